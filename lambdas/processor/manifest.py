"""What is told of a file: which one it is, what became of it, and its control totals."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import NotRequired, TypedDict

from lambdas.processor.registry import CURRENCY_DIGITS
from lambdas.source import Source

PART = "part-00000.jsonl.gz"
MANIFEST = "manifest.json"


class PlainTotal(TypedDict):
    """A currency's total, as a manifest holds it."""

    count: int
    positive: str
    negative: str


@dataclass
class Total:
    """Exact sums of one currency's accepted amounts, in its minor units."""

    currency: str
    count: int = 0
    positive: int = 0
    negative: int = 0

    def add(self, amount: str) -> None:
        """Count an amount, given in its canonical form."""
        whole, _, fraction = amount.partition(".")
        minor = int(whole + fraction.ljust(CURRENCY_DIGITS[self.currency], "0"))
        self.count += 1
        if minor < 0:
            self.negative += minor
        else:
            self.positive += minor

    def plain(self) -> PlainTotal:
        """Return the total with sums as decimal strings, with as many fraction digits as the currency has."""
        return {"count": self.count, "positive": self._decimal(self.positive), "negative": self._decimal(self.negative)}

    def _decimal(self, minor: int) -> str:
        digits = CURRENCY_DIGITS[self.currency]
        text = str(abs(minor)).rjust(digits + 1, "0")
        sign = "-" if minor < 0 else ""
        return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else f"{sign}{text}"


@dataclass
class Result:
    """What became of a file.

    Attributes
    ----------
    status
        COMPLETED, QUARANTINED or FAILED.
    error
        Why it is not COMPLETED.
    sha256
        Of its bytes as stored; none if they were not read.
    rejected_by
        Records by the field for which they were rejected; one that breaks the rules of several counts for each.
    output, quarantine
        Its spooled parts; none where there are no such records.
    """

    status: str = "COMPLETED"
    error: str | None = None
    read: int = 0
    accepted: int = 0
    rejected: int = 0
    totals: dict[str, Total] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    rejected_by: Counter[str] = field(default_factory=Counter)
    sha256: str | None = None
    output: Path | None = None
    quarantine: Path | None = None

    @property
    def balanced(self) -> bool:
        """Whether every record that was read was either accepted, with its amount in a total, or rejected."""
        counted = sum(total.count for total in self.totals.values())
        return self.read == self.accepted + self.rejected and self.accepted == counted


class Manifest(TypedDict):
    """The manifest, as it is stored beside the parts, kept in the table and printed. What is absent is left out."""

    bucket: str
    key: str
    version_id: str
    manifest_status: str
    records_read: int
    records_accepted: int
    records_rejected: int
    amounts: dict[str, PlainTotal]
    output_parts: int
    quarantine_parts: int
    started_at: str
    finished_at: str
    dropped_columns: NotRequired[list[str]]
    input_sha256: NotRequired[str]
    output_prefix: NotRequired[str]
    quarantine_prefix: NotRequired[str]
    error: NotRequired[str]


def manifest(source: Source, result: Result, started_at: str, finished_at: str) -> Manifest:
    """Return the manifest of a file."""
    whole: Manifest = {
        "bucket": source.bucket,
        "key": source.key,
        "version_id": source.version_id,
        "manifest_status": result.status,
        "records_read": result.read,
        "records_accepted": result.accepted,
        "records_rejected": result.rejected,
        "amounts": {currency: total.plain() for currency, total in sorted(result.totals.items())},
        "output_parts": int(result.output is not None),
        "quarantine_parts": int(result.quarantine is not None),
        "started_at": started_at,
        "finished_at": finished_at,
    }
    if result.dropped:
        whole["dropped_columns"] = result.dropped
    if result.sha256 is not None:
        whole["input_sha256"] = result.sha256
    if result.output is not None:
        whole["output_prefix"] = f"{source.file_id}/"
    if result.quarantine is not None:
        whole["quarantine_prefix"] = f"{source.file_id}/"
    if result.error is not None:
        whole["error"] = result.error
    return whole
