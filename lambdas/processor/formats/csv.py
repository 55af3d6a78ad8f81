"""CSV: RFC 4180 with a header."""

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from functools import partial
from typing import NamedTuple

from lambdas.processor.formats.format import DroppedColumns, Record, record_format
from lambdas.processor.formats.physical_lines import Line, physical_lines
from lambdas.processor.reasons import HEADER, RECORD, InvalidFile, Reason
from lambdas.processor.records.fields import FIELDS, MAX_RECORD_BYTES, REQUIRED

MAX_RECORD_LINES = 1000
"""A quoted field may contain line breaks. The longest valid field has 500 characters, so no valid record has more lines."""

_KNOWN = frozenset(FIELDS)
_QUOTED = r'"([^"]*(?:""[^"]*)*)"(?!")'
_FIELD = re.compile(rf'{_QUOTED}|[^",\r]*')


class _InvalidRow(Exception):
    """A row breaks RFC 4180."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class _Row(NamedTuple):
    """A record, split into values; none and a reason if that is not possible."""

    line: int
    offset: int
    length: int
    data: bytes
    values: list[str] | None = None
    invalid: Reason | None = None


@record_format("CSV", ".csv")
def read(chunks: Iterable[bytes], dropped: DroppedColumns) -> Iterator[Record]:
    """Yield the records of CSV."""
    rows = RowReader(physical_lines(chunks))
    columns = _header(rows.next_row(None), dropped)
    known = [(index, name) for index, name in enumerate(columns) if name in _KNOWN]
    find_account = partial(_field_span, index=columns.index("account"))
    while (row := rows.next_row(len(columns))) is not None:
        line, offset, length, data, values, invalid = row
        reason, fields = None, None
        if values is None:
            reason = invalid and invalid.of(RECORD)
        elif not_text := _not_text(data):
            reason = not_text.of(RECORD)
        elif len(values) != len(columns):
            reason = Reason.FIELD_COUNT.of(RECORD, found=len(values), expected=len(columns))
        else:
            fields = {name: values[index] for index, name in known}
        yield Record(line, offset, length, data, fields, reason, find_account)


def _not_text(data: bytes) -> Reason | None:
    """Return why bytes are no text, or none if they are."""
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError:
            return Reason.NOT_UTF_8
    return Reason.CONTAINS_NUL if b"\0" in data else None


def _header(row: _Row | None, dropped: DroppedColumns) -> list[str]:
    """Return the names of the columns, without spaces around them; names are case-sensitive."""
    if row is None:
        raise InvalidFile(Reason.NO_HEADER, HEADER)
    if invalid := row.invalid or _not_text(row.data):
        raise InvalidFile(invalid, HEADER)
    names = [name.strip(" ") for name in row.values or ()]
    if duplicates := [name for name, count in Counter(names).items() if count > 1]:
        # The name of an unknown column may be anything, and a reason quotes nothing.
        column = next((name for name in duplicates if name in _KNOWN), "one that is not kept")
        raise InvalidFile(Reason.DUPLICATE_COLUMN, HEADER, column=column)
    if missing := [name for name in REQUIRED if name not in names]:
        raise InvalidFile(Reason.MISSING_COLUMNS, HEADER, columns=", ".join(missing))
    for name in names:
        if name not in _KNOWN:
            dropped.add(name)
    return names


class RowReader:
    """Reads rows from physical lines, several lines for a row with line breaks in quotes."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._returned: deque[Line] = deque()

    def _next_line(self) -> Line | None:
        return self._returned.popleft() if self._returned else next(self._lines, None)

    def next_row(self, width: int | None) -> _Row | None:
        """Return the next row, or none at the end.

        Several lines are one row only if it is well formed, within the limits, and as wide as the header. Otherwise the
        closing quote of its first line is missing: that line alone is invalid, and the following ones are read again as
        rows of their own. The closing quote is looked for at most once per line, so no line is read more than twice.

        Parameters
        ----------
        width
            Number of columns in the header; none for the header itself.
        """
        first = self._next_line()
        while first is not None and first.is_blank:
            first = self._next_line()
        if first is None:
            return None
        row = _join([first])
        if row.length > MAX_RECORD_BYTES:
            return row._replace(invalid=Reason.TOO_MANY_BYTES)
        try:
            return _Row(*row[:4], _split(row.data.decode(errors="replace")))  # faster than _replace, for every row
        except _InvalidRow as error:
            invalid = error.reason
        if invalid is Reason.UNCLOSED_QUOTE and (lines := self._read_to_closing_quote(first)):
            joined = _join(lines)
            try:
                values = _split(joined.data.decode(errors="replace"))
            except _InvalidRow:
                values = []
            if values and width in (None, len(values)):
                return joined._replace(values=values)
            self._returned.extendleft(reversed(lines[1:]))
        return row._replace(invalid=invalid)

    def _read_to_closing_quote(self, first: Line) -> list[Line] | None:
        """Read lines up to the one that closes a quote; return none, and the lines to the queue, if there is none."""
        lines, size = [first], first.length
        while len(lines) < MAX_RECORD_LINES:
            line = self._next_line()
            if line is None:
                break
            lines.append(line)
            size += 1 + line.length
            if size > MAX_RECORD_BYTES:
                break
            if line.data.count(b'"') % 2:
                return lines
        self._returned.extendleft(reversed(lines[1:]))
        return None


def _join(lines: list[Line]) -> _Row:
    """Return lines as one row that is not split yet, without the CR of its line ending."""
    first, last = lines[0], lines[-1]
    data = b"\n".join(line.data for line in lines)
    ending = last.data.endswith(b"\r")
    return _Row(
        first.number, first.offset, last.offset - first.offset + last.length - ending, data[: len(data) - ending]
    )


def _split(text: str) -> list[str]:
    """Return the values of a row."""
    if '"' not in text and "\r" not in text:
        return text.split(",")
    values: list[str] = []
    start = 0
    while True:
        match = _FIELD.match(text, start)
        assert match is not None  # noqa: S101 - the pattern matches an empty text too
        quoted = match.group(1)
        values.append(match.group() if quoted is None else quoted.replace('""', '"'))
        end = match.end()
        if end == len(text):
            return values
        if text[end] != ",":
            if text[end] == '"' and end == start:
                raise _InvalidRow(Reason.UNCLOSED_QUOTE)
            if quoted is not None:
                raise _InvalidRow(Reason.TEXT_AFTER_QUOTE)
            raise _InvalidRow(Reason.UNQUOTED_QUOTE if text[end] == '"' else Reason.CARRIAGE_RETURN)
        start = end + 1


def _field_span(text: str, index: int) -> tuple[int, int]:
    """Return start and end of a field in a row's text; in an invalid row, where it would be by counting commas."""
    start = 0
    for _ in range(index):
        match = _FIELD.match(text, start)
        end = match.end() if match else start
        start = (text.find(",", end) + 1) or len(text)
    match = _FIELD.match(text, start)
    end = match.end() if match else start
    comma = text.find(",", end)
    return start, comma if comma >= 0 else len(text)
