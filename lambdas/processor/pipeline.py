"""The pipeline: reads the bytes of one file, checks its records, and writes local parts and totals. No AWS here.

Nothing is published before the whole file has been read, so a file that turns out to be broken at its end leaves no
part. Memory does not grow with the file; disk usage does, by the parts and the ids.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from lambdas.processor.formats.format import DroppedColumns, Record, read_records
from lambdas.processor.part_files import PartWriter, SeenIds
from lambdas.processor.reasons import InvalidFile, Reason
from lambdas.processor.records.account_numbers import Account
from lambdas.processor.records.tokens import Tokens
from lambdas.processor.records.totals import Total
from lambdas.processor.records.validation import CheckedRecord, check

_RECORDS_PER_DEADLINE_CHECK = 4096

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass
class Result:
    """The result of processing a file.

    Attributes
    ----------
    status
        COMPLETED, QUARANTINED or FAILED.
    error
        Why it is not COMPLETED.
    totals
        Totals of the accepted amounts, by currency.
    dropped
        Names of the columns that were not kept.
    rejected_by
        Number of rejected records by the field with the error; a record with several errors counts for each field.
    sha256
        Checksum of the file's bytes as stored; none if they were not read.
    output, quarantine
        Local parts of accepted and rejected records; none where there are no such records.
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
    def totalled(self) -> int:
        """Number of amounts in the totals."""
        return sum(total.count for total in self.totals.values())

    @property
    def balanced(self) -> bool:
        """Whether every record read was either accepted, with its amount in a total, or rejected."""
        return self.read == self.accepted + self.rejected and self.accepted == self.totalled


def process(
    key: str,
    chunks: Iterable[bytes],
    tokens: Tokens,
    folder: Path,
    *,
    last4: bool,
    check_deadline: Callable[[], None] = lambda: None,
) -> Result:
    """Return the result of processing a file.

    Parameters
    ----------
    key
        The file's name, whose ending selects the format.
    chunks
        Its bytes as stored.
    folder
        An empty folder for the parts.
    last4
        Whether accepted records keep the last four characters of the account.
    check_deadline
        Called regularly; the processing ends with the exception that it raises.
    """
    digest = hashlib.sha256()

    def hashed() -> Iterator[bytes]:
        for chunk in chunks:
            check_deadline()
            digest.update(chunk)
            yield chunk

    content = hashed()
    output, quarantine = PartWriter(folder / "output"), PartWriter(folder / "quarantine")
    with closing(SeenIds()) as ids, closing(output), closing(quarantine):
        sorter = _Sorter(tokens, ids, output, quarantine, last4=last4)
        try:
            result = sorter.run(key, content, check_deadline)
        except InvalidFile as error:
            result = Result(status="QUARANTINED", error=str(error))
    for _ in content:
        pass  # the checksum covers all bytes, also those after an error
    result.sha256 = digest.hexdigest()
    if not result.balanced:
        result.status = "FAILED"
        result.error = Reason.UNBALANCED.of(
            "control totals",
            read=result.read,
            accepted=result.accepted,
            rejected=result.rejected,
            totalled=result.totalled,
        )
    elif result.status == "COMPLETED":
        result.output, result.quarantine = output.close(), quarantine.close()
    return result


class _Sorter:
    """Sorts the records of a file into accepted and rejected ones."""

    def __init__(
        self, tokens: Tokens, ids: SeenIds, output: PartWriter, quarantine: PartWriter, *, last4: bool
    ) -> None:
        self._tokens = tokens
        self._ids = ids
        self._output = output
        self._quarantine = quarantine
        self._last4 = last4
        self._totals: dict[str, Total] = {}
        self._rejected_by: Counter[str] = Counter()

    def run(self, key: str, content: Iterable[bytes], check_deadline: Callable[[], None]) -> Result:
        dropped = DroppedColumns()
        count = 0
        for count, record in enumerate(read_records(key, content, dropped), start=1):
            if not count % _RECORDS_PER_DEADLINE_CHECK:
                check_deadline()
            if record.fields is None:
                self._reject(record, [record.reason or ""])
                continue
            checked = check(record.fields, self._ids.add)
            if checked.reasons or checked.account is None:
                self._reject(record, checked.reasons)
            else:
                self._accept(record.line, checked, checked.account)
        # The counts come from different places, so that they reveal a record that was lost between them.
        return Result(
            read=count,
            accepted=self._output.count,
            rejected=self._quarantine.count,
            totals=self._totals,
            dropped=dropped.names,
            rejected_by=self._rejected_by,
        )

    def _accept(self, line: int, checked: CheckedRecord, account: Account) -> None:
        accepted: dict[str, str | int] = {**checked.values, "account_token": self._tokens.token(*account)}
        if self._last4:
            accepted["account_last4"] = account.number[-4:]
        accepted["line"] = line
        self._output.write(_encode(accepted))
        currency = checked.values["currency"]
        if currency not in self._totals:
            self._totals[currency] = Total(currency)
        self._totals[currency].add(checked.values["amount"])

    def _reject(self, record: Record, reasons: list[str]) -> None:
        self._rejected_by.update({reason.partition(":")[0] for reason in reasons})
        rejected = {
            "line": record.line,
            "offset": record.offset,
            "length": record.length,
            "reasons": reasons,
            "record": record.masked_text(),
        }
        self._quarantine.write(_encode(rejected))
