"""What the tests of the processor are made of: records, numbers, and the processor without AWS."""

import csv
import gzip
import io
import json
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

from lambdas.processor.formats.format import FORMATS
from lambdas.processor.pipeline import Result, process
from lambdas.processor.records.account_numbers import is_luhn
from lambdas.processor.records.reference_data import IBAN_LENGTHS
from lambdas.processor.records.tokens import Tokens

IBAN = "DE89370400440532013000"
CARD = "4111111111111111"
GOOD = {
    "transaction_id": "T-1",
    "account": IBAN,
    "amount": "12.50",
    "currency": "EUR",
    "booked_at": "2026-11-23T09:15:00Z",
}
KEY = bytes(range(32))
ENDINGS = ", ".join(ending for known in FORMATS for ending in known.endings)


@dataclass(frozen=True)
class Outcome:
    """A processed file, its parts read back."""

    result: Result
    accepted: list[dict[str, object]]
    rejected: list[dict[str, object]]
    parts: tuple[bytes, bytes]

    @property
    def reasons(self) -> list[object]:
        return [record["reasons"] for record in self.rejected]


def run(content: bytes, key: str = "file.csv", *, last4: bool = True, chunk: int = 1 << 16) -> Outcome:
    """Process content that comes in chunks of some size."""
    chunks = (content[at : at + chunk] for at in range(0, len(content), chunk))
    with tempfile.TemporaryDirectory() as folder:
        result = process(key, chunks, Tokens(KEY), Path(folder), last4=last4)
        parts = tuple(path.read_bytes() if path else b"" for path in (result.output, result.quarantine))
    read = [[json.loads(line) for line in gzip.decompress(part).splitlines()] if part else [] for part in parts]
    return Outcome(result, read[0], read[1], (parts[0], parts[1]))


def csv_of(records: Iterable[Mapping[str, str]]) -> bytes:
    """Write records as CSV whose columns are those of all records."""
    rows = list(records)
    names = list(dict.fromkeys(name for row in rows for name in row)) or list(GOOD)
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def jsonl_of(records: Iterable[Mapping[str, object]]) -> bytes:
    """Write records as JSON Lines."""
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def process_record(record: Mapping[str, object]) -> Outcome:
    """Process a single record, as JSON."""
    return run(jsonl_of([record]), "file.jsonl")


def with_card_check(digits: str) -> str:
    """Append the check digit."""
    return next(digits + check for check in "0123456789" if is_luhn(digits + check))


def with_iban_check(country: str, rest: str) -> str:
    """Put country and check digits before a basic bank account number."""
    number = int("".join(str(int(character, 36)) for character in f"{rest}{country}00"))
    return f"{country}{98 - number % 97:02d}{rest}"


@st.composite
def cards(draw: st.DrawFn, shortest: int = 12) -> str:
    """Valid card numbers of any length that cards have."""
    length = draw(st.integers(shortest, 19))
    return with_card_check(draw(st.text("0123456789", min_size=length - 1, max_size=length - 1)))


@st.composite
def ibans(draw: st.DrawFn) -> str:
    """Valid IBANs of all countries."""
    country, length = draw(st.sampled_from(sorted(IBAN_LENGTHS.items())))
    alphabet = draw(st.sampled_from(["0123456789", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"]))
    return with_iban_check(country, draw(st.text(alphabet, min_size=length - 4, max_size=length - 4)))
