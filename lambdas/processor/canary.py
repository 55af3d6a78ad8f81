"""The canary: a small file that a new version of the processor processes before it gets any other.

It goes the way of every file, as far as nothing is left behind. Account tokens need the KMS key, the pipeline writes its parts
to temporary storage, and the output bucket and the table are asked for a file that they do not have. Nothing is written to them,
because results are locked for years.
"""

import gzip
import json
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypedDict

from lambdas.processor.pipeline import Result, process
from lambdas.processor.records.tokens import VERSION
from lambdas.processor.records.totals import TotalFields
from lambdas.processor.service import Service
from lambdas.shared.errors import SafeError
from lambdas.shared.source import Source

_SOURCE = Source(bucket="canary", key="canary.csv", version_id="canary")
_ACCOUNTS = ("DE89370400440532013000", "4111111111111111", "DE89370400440532013001")
"""The IBAN and the card number of documentation, which are nobody's, and an IBAN whose check digits are wrong."""
_CONTENT = f"""transaction_id,account,amount,currency,booked_at
CANARY-1,{_ACCOUNTS[0]},10.50,EUR,2026-01-02T03:04:05Z
CANARY-2,{_ACCOUNTS[1]},-7,JPY,2026-01-02T03:04:05Z
CANARY-3,{_ACCOUNTS[2]},1.00,EUR,2026-01-02T03:04:05Z
""".encode()
_TOKEN = re.compile(rf"{VERSION}\.[0-9a-f]{{64}}")


class Canary(TypedDict):
    """The control totals of the canary file."""

    status: str
    records_read: int
    records_accepted: int
    records_rejected: int
    amounts: dict[str, TotalFields]


_EXPECTED: Canary = {
    "status": "COMPLETED",
    "records_read": 3,
    "records_accepted": 2,
    "records_rejected": 1,
    "amounts": {
        "EUR": {"count": 1, "positive": "10.50", "negative": "0.00"},
        "JPY": {"count": 1, "positive": "0", "negative": "-7"},
    },
}


class CanaryFailed(SafeError):
    """The canary file was not processed as expected."""


def process_canary(service: Service) -> Canary:
    """Return the control totals of the canary file.

    Raises
    ------
    CanaryFailed
        They differ from the expected totals, an accepted record has no token of its account, or a part shows an account.
    """
    service.objects.has_manifest(_SOURCE)
    service.table.status(_SOURCE)
    with tempfile.TemporaryDirectory() as folder:
        result = process(_SOURCE.key, [_CONTENT], service.tokens, Path(folder), last4=service.account_last4)
        found: Canary = {
            "status": result.status,
            "records_read": result.read,
            "records_accepted": result.accepted,
            "records_rejected": result.rejected,
            "amounts": {currency: total.fields() for currency, total in sorted(result.totals.items())},
        }
        if found != _EXPECTED:
            raise CanaryFailed(f"canary file: expected {json.dumps(_EXPECTED)}, found {json.dumps(found)}")
        _check_parts(result)
    return found


def _check_parts(result: Result) -> None:
    accepted, rejected = (_records(part) for part in (result.output, result.quarantine))
    tokens = {token for record in accepted if _TOKEN.fullmatch(token := str(record.get("account_token")))}
    if len(tokens) != _EXPECTED["records_accepted"]:
        raise CanaryFailed(
            f"canary file: expected a different token in each of {_EXPECTED['records_accepted']} accepted records, "
            f"found {len(tokens)}"
        )
    shown = json.dumps([accepted, rejected])
    if any(account in shown for account in _ACCOUNTS):
        raise CanaryFailed("canary file: expected parts without account numbers, found one")


def _records(part: Path | None) -> Sequence[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(part.read_bytes()).splitlines()] if part else []
