"""One file from its bytes to spooled results and totals; no AWS here.

Results are spooled to files and become visible only when the whole file was understood.
"""

import gzip
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

from lambdas.processor.fields import check
from lambdas.processor.numbers import masked
from lambdas.processor.reader import Record, Unreadable, read
from lambdas.processor.tokens import Tokens

PART = "part-00000.jsonl.gz"
KEY_BYTES = 900
"""A longer input key does not fit beside what is built from it."""

_LEVEL = 1
"""Five times as fast as gzip's default, for a sixth more bytes."""
_TEXT = 4096
"""Characters of a rejected record's text that are carried; the whole stands in the input version."""
_EXACT = Context(prec=60)


@dataclass(frozen=True, kw_only=True)
class Source:
    """One version of one object."""

    bucket: str
    key: str
    version_id: str

    @property
    def file_id(self) -> str:
        """SHA-256 hex of bucket, key and version id, joined by newlines."""
        return hashlib.sha256(f"{self.bucket}\n{self.key}\n{self.version_id}".encode()).hexdigest()


@dataclass
class Total:
    """Exact sums of one currency's accepted amounts."""

    count: int = 0
    positive: Decimal = Decimal(0)
    negative: Decimal = Decimal(0)

    def add(self, amount: str) -> None:
        """Count an amount."""
        value = Decimal(amount)
        self.count += 1
        if value < 0:
            self.negative = _EXACT.add(self.negative, value)
        else:
            self.positive = _EXACT.add(self.positive, value)

    def plain(self) -> dict[str, Any]:
        """Return the total as the manifest holds it."""
        return {"count": self.count, "positive": f"{self.positive:f}", "negative": f"{self.negative:f}"}


@dataclass
class Result:
    """What became of a file; `output` and `quarantine` are spooled parts, none where there are no such records."""

    status: str = "COMPLETED"
    error: str | None = None
    read: int = 0
    accepted: int = 0
    rejected: int = 0
    totals: dict[str, Total] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    sha256: str | None = None
    output: Path | None = None
    quarantine: Path | None = None


class _Spool:
    """A part in the making: gzip JSON Lines that are the same bytes for the same records."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._file = path.open("wb")
        self._gzip = gzip.GzipFile("", "wb", _LEVEL, self._file, mtime=0)

    def write(self, record: dict[str, Any]) -> None:
        self._gzip.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        self.count += 1

    def close(self) -> Path | None:
        """Finish the part; return its path, or none if nothing was written."""
        self._gzip.close()
        self._file.close()
        return self.path if self.count else None


class _Seen:
    """The transaction ids of a file, on disk as soon as they are many."""

    def __init__(self) -> None:
        self._ids = sqlite3.connect("", isolation_level=None)
        self._ids.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; CREATE TABLE seen (id TEXT PRIMARY KEY) WITHOUT ROWID; BEGIN"
        )

    def first(self, identity: str) -> bool:
        """Whether an id comes for the first time."""
        return self._ids.execute("INSERT OR IGNORE INTO seen VALUES (?)", (identity,)).rowcount == 1

    def close(self) -> None:
        self._ids.close()


def process(key: str, chunks: Iterable[bytes], tokens: Tokens, folder: Path, *, last4: bool) -> Result:
    """Process the content of a file.

    Parameters
    ----------
    chunks
        Its bytes as stored.
    folder
        Where results are spooled.
    last4
        Whether accepted records tell the last four characters of the account.
    """
    result = Result()
    digest = hashlib.sha256()

    def hashed() -> Iterator[bytes]:
        for chunk in chunks:
            digest.update(chunk)
            yield chunk

    stream = hashed()
    accepted, rejected = _Spool(folder / "output.gz"), _Spool(folder / "quarantine.gz")
    with closing(_Seen()) as seen:
        try:
            reading = read(key, stream)
            for record in reading.records:
                result.read += 1
                _sort(record, seen, tokens, result, accepted, rejected, last4=last4)
            result.dropped = sorted(reading.dropped)
        except Unreadable as reason:
            result = Result(status="QUARANTINED", error=str(reason))
        finally:
            output, quarantine = accepted.close(), rejected.close()
    for _ in stream:
        pass  # the checksum covers the whole file, whatever was understood of it
    result.sha256 = digest.hexdigest()
    if result.status == "COMPLETED":
        result.accepted, result.rejected = accepted.count, rejected.count
        result.output, result.quarantine = output, quarantine
        if result.read != result.accepted + result.rejected:
            result.status = "FAILED"
            result.error = f"control totals: {result.read} read, {result.accepted} accepted, {result.rejected} rejected"
    return result


def _sort(
    record: Record, seen: _Seen, tokens: Tokens, result: Result, accepted: _Spool, rejected: _Spool, *, last4: bool
) -> None:
    reasons = [record.reason] if record.reason else []
    account = None
    if record.fields is not None:
        checked = check(record.fields)
        reasons += checked.reasons
        identity = checked.values.get("transaction_id")
        named = identity is not None and not any(reason.startswith("transaction_id:") for reason in reasons)
        if named and identity is not None and not seen.first(identity):
            reasons.append("transaction_id: stands on an earlier line of this file")
        if not reasons and checked.account is not None:
            leaving: dict[str, Any] = dict(checked.values)
            leaving["account_token"] = tokens.token(checked.account.kind, checked.account.canonical)
            if last4:
                leaving["account_last4"] = checked.account.canonical[-4:]
            leaving["line"] = record.line
            accepted.write(leaving)
            result.totals.setdefault(leaving["currency"], Total()).add(leaving["amount"])
            return
        given = record.fields.get("account")
        account = given if isinstance(given, str) else None
    text = masked(record.raw.decode(errors="replace"), account)[:_TEXT]
    rejected.write(
        {"line": record.line, "offset": record.offset, "length": record.length, "reasons": reasons, "record": text}
    )


def manifest(source: Source, result: Result, started_at: str, finished_at: str) -> dict[str, Any]:
    """Return the manifest of a file; what is absent is left out."""
    whole: dict[str, Any] = {
        "bucket": source.bucket,
        "key": source.key,
        "version_id": source.version_id,
        "manifest_status": result.status,
        "records_read": result.read,
        "records_accepted": result.accepted,
        "records_rejected": result.rejected,
        "amounts": {currency: total.plain() for currency, total in sorted(result.totals.items())},
        "dropped_columns": result.dropped or None,
        "input_sha256": result.sha256,
        "output_prefix": f"{source.file_id}/" if result.output else None,
        "output_parts": int(result.output is not None),
        "quarantine_prefix": f"{source.file_id}/" if result.quarantine else None,
        "quarantine_parts": int(result.quarantine is not None),
        "started_at": started_at,
        "finished_at": finished_at,
        "error": result.error,
    }
    return {name: value for name, value in whole.items() if value is not None}
