"""One file from its stored bytes to spooled parts and totals; no AWS here.

Nothing becomes visible before the whole file was understood: a file that turns out to be broken at its end leaves no
part. Memory does not grow with the file; disk does, by the parts and the ids.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

from lambdas.processor.fields import Checked, check
from lambdas.processor.lines import Unreadable
from lambdas.processor.manifest import Result, Total
from lambdas.processor.numbers import Account
from lambdas.processor.reader import read
from lambdas.processor.spool import SeenIds, Spool
from lambdas.processor.tokens import Tokens

_PULSE = 4096
"""Records between two looks at the clock."""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def process(
    key: str,
    chunks: Iterable[bytes],
    tokens: Tokens,
    folder: Path,
    *,
    last4: bool,
    pulse: Callable[[], None] = lambda: None,
) -> Result:
    """Process the content of a file.

    Parameters
    ----------
    key
        Its name; the ending tells the format.
    chunks
        Its bytes as stored.
    folder
        Where parts are spooled; it must be empty.
    last4
        Whether accepted records tell the last four characters of the account.
    pulse
        Called now and then; what it raises ends the work.
    """
    digest = hashlib.sha256()

    def hashed() -> Iterator[bytes]:
        for chunk in chunks:
            pulse()
            digest.update(chunk)
            yield chunk

    stored = hashed()
    output, quarantine = Spool(folder / "output"), Spool(folder / "quarantine")
    with closing(SeenIds()) as seen, closing(output), closing(quarantine):
        try:
            result = _sorted(key, stored, tokens, seen, output, quarantine, last4=last4, pulse=pulse)
        except Unreadable as reason:
            result = Result(status="QUARANTINED", error=str(reason))
    for _ in stored:
        pass  # the checksum is of all bytes, whatever was understood of them
    result.sha256 = digest.hexdigest()
    if result.status == "COMPLETED":
        if result.balanced:
            result.output, result.quarantine = output.close(), quarantine.close()
        else:
            result.status = "FAILED"
            result.error = (
                f"control totals: {result.read} records read, {result.accepted} accepted, {result.rejected} rejected"
            )
    return result


def _sorted(
    key: str,
    stored: Iterable[bytes],
    tokens: Tokens,
    seen: SeenIds,
    output: Spool,
    quarantine: Spool,
    *,
    last4: bool,
    pulse: Callable[[], None],
) -> Result:
    """Sort the records of a file into accepted and rejected."""
    totals: dict[str, Total] = {}
    rejected_by: Counter[str] = Counter()
    count = 0
    reading = read(key, stored)
    for count, record in enumerate(reading.records, start=1):
        if not count % _PULSE:
            pulse()
        if record.fields is None:
            reasons = [record.reason]
        else:
            checked = check(record.fields, seen.first)
            reasons = [*checked.reasons]
            if not reasons and checked.account is not None:
                output.write(_accepted(checked, checked.account, tokens, record.line, last4=last4))
                currency = checked.values["currency"]
                if currency not in totals:
                    totals[currency] = Total(currency)
                totals[currency].add(checked.values["amount"])
                continue
        rejected_by.update({str(reason).partition(":")[0] for reason in reasons})
        rejected = {
            "line": record.line,
            "offset": record.offset,
            "length": record.length,
            "reasons": reasons,
            "record": record.masked_text(),
        }
        quarantine.write(_encode(rejected))
    # The counts come from different places, so that they can tell when a record was lost between them.
    return Result(
        read=count,
        accepted=output.count,
        rejected=quarantine.count,
        totals=totals,
        dropped=sorted(reading.dropped),
        rejected_by=rejected_by,
    )


def _accepted(checked: Checked, account: Account, tokens: Tokens, line: int, *, last4: bool) -> str:
    leaving: dict[str, str | int] = {**checked.values, "account_token": tokens.token(*account)}
    if last4:
        leaving["account_last4"] = account.number[-4:]
    leaving["line"] = line
    return _encode(leaving)
