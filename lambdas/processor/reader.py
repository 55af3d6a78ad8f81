"""From physical lines to records: JSON Lines and CSV, told apart by the ending of the key.

Whatever bytes come, each line that is not blank belongs to exactly one record, and a record that cannot be understood
costs its own line only.
"""

import json
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from lambdas.processor.fields import FIELDS, REQUIRED
from lambdas.processor.lines import RECORD_BYTES, Line, Unreadable, inflated, lines
from lambdas.processor.masking import masked

RECORD_LINES = 1000
"""A quoted CSV field may hold line breaks. No record has more lines: the longest field that is kept has 500 characters."""

_TEXT = 4096
"""Characters of a rejected record's text that are carried; the whole stands in the input version."""
_MARGIN = 1024
"""Characters after them that are looked at, so that a number across the cut is masked like any other."""
_NAMES, _NAME_LENGTH = 100, 64
"""Dropped columns that are named, and the characters of a name."""
_BLANK = b" \t\r"
_TOO_LONG = f"record: longer than {RECORD_BYTES} bytes"


class Record(NamedTuple):
    """A record as it came.

    Attributes
    ----------
    line, offset, length, data
        Where it starts, and its bytes without the line ending.
    fields
        Its known fields; none if it could not be parsed.
    reason
        Why it could not.
    account
        Which field of a CSV row is the account.
    """

    line: int
    offset: int
    length: int
    data: bytes
    fields: Mapping[str, object] | None = None
    reason: str | None = None
    account: int | None = None

    def masked_text(self) -> str:
        """Return its text, cut to what is carried, with all account and card numbers masked."""
        whole = self.data[: 4 * (_TEXT + _MARGIN)].decode(errors="replace")  # a character has at most four bytes
        text = whole[: _TEXT + _MARGIN]
        return masked(text, None if self.account is None else _field_span(text, self.account))[:_TEXT]


@dataclass(frozen=True)
class Reading:
    """The records of a file; `dropped` names the columns that are not kept, once all records have been read."""

    records: Iterator[Record]
    dropped: set[str] = field(default_factory=set)


def read(key: str, chunks: Iterable[bytes]) -> Reading:
    """Return the records of a file.

    Parameters
    ----------
    key
        Its name; the ending tells the format.
    chunks
        Its bytes as stored.

    Raises
    ------
    Unreadable
        The ending is unknown; while reading: no bytes, broken compression, a broken header.
    """
    name = key.lower()
    if name.endswith(".gz"):
        name, chunks = name.removesuffix(".gz"), inflated(chunks)
    dropped: set[str] = set()
    if name.endswith(".csv"):
        return Reading(_csv(_CsvLines(lines(chunks)), dropped), dropped)
    if name.endswith((".jsonl", ".ndjson")):
        return Reading(_json(lines(chunks), dropped), dropped)
    raise Unreadable("file: its name ends with none of .csv, .jsonl, .ndjson, nor with one of these and .gz")


def _note(dropped: set[str], name: str) -> None:
    if len(dropped) < _NAMES:
        whole = name[: _NAME_LENGTH + _MARGIN].encode(errors="replace").decode()
        dropped.add(masked(whole)[:_NAME_LENGTH])


def _doubled(names: Iterable[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]


def _ending(line: Line) -> int:
    """Return the bytes of a line ending that are still on the line."""
    return line.data.endswith(b"\r")


# JSON Lines


class _DoubledName(Exception):  # noqa: N818
    """An object has a name twice; the message is that name."""


def _object(members: list[tuple[str, object]]) -> dict[str, object]:
    unique = dict(members)
    if len(unique) < len(members):
        raise _DoubledName(_doubled(name for name, _ in members)[0])
    return unique


def _refuse(_: str) -> object:
    raise ValueError("not a number of JSON")


def _number(_: str) -> int:
    return 0  # no field is a number: its value is of no use, and a long one would be slow to read


_decode = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_refuse, parse_int=_number, parse_float=_number
).decode


def _json(whole: Iterable[Line], dropped: set[str]) -> Iterator[Record]:
    for line in whole:
        number, offset, length, data = line
        if not data.strip(_BLANK):
            continue
        ending = _ending(line)
        if ending:
            data, length = data[:-1], length - 1
        if length > RECORD_BYTES:
            yield Record(number, offset, length, data, reason=_TOO_LONG)
            continue
        fields, reason = _members(data)
        if fields is not None and not fields.keys() <= _KNOWN:
            for name in fields:
                if name not in _KNOWN:
                    _note(dropped, name)
        yield Record(number, offset, length, data, fields, reason)


_KNOWN = frozenset(FIELDS)


def _members(data: bytes) -> tuple[dict[str, object] | None, str | None]:
    try:
        found = _decode(data.decode())
    except UnicodeDecodeError:
        return None, "record: not valid UTF-8"
    except _DoubledName as doubled:
        name = str(doubled)
        return None, f"{name}: given twice" if name in _KNOWN else "record: a name is given twice in one object"
    except RecursionError:
        return None, "record: nested too deeply"
    except ValueError:
        return None, "record: not valid JSON"
    return (found, None) if isinstance(found, dict) else (None, "record: not a JSON object")


# CSV

_QUOTED = r'"([^"]*(?:""[^"]*)*)"(?!")'
_FIELD = re.compile(rf'{_QUOTED}|[^",\r]*')


class _BrokenRow(Exception):  # noqa: N818
    """A row breaks RFC 4180; the message says how."""


class _OpenQuote(_BrokenRow):
    """A quoted field has no end."""


def _row(text: str) -> list[str]:
    """Split a record into its fields (RFC 4180)."""
    if '"' not in text and "\r" not in text:
        return text.split(",")
    fields: list[str] = []
    at = 0
    while True:
        match = _FIELD.match(text, at)
        assert match is not None  # noqa: S101 - it matches nothing, too
        quoted = match.group(1)
        fields.append(match.group() if quoted is None else quoted.replace('""', '"'))
        end = match.end()
        if end == len(text):
            return fields
        if text[end] != ",":
            if text[end] == '"' and end == at:
                raise _OpenQuote("a quote is not closed")
            if quoted is not None:
                raise _BrokenRow("text after a closing quote")
            what = "quote" if text[end] == '"' else "carriage return"
            raise _BrokenRow(f"{what} in a field that is not quoted")
        at = end + 1


def _field_span(text: str, index: int) -> tuple[int, int]:
    """Return where a field stands in a record's text; in a broken one, where it would be by counting commas."""
    at = 0
    for _ in range(index):
        match = _FIELD.match(text, at)
        end = match.end() if match else at
        at = (text.find(",", end) + 1) or len(text)
    match = _FIELD.match(text, at)
    end = match.end() if match else at
    comma = text.find(",", end)
    return at, comma if comma >= 0 else len(text)


class _CsvLines:
    """Lines, some of which may be given back; puts those together that quotes hold together."""

    def __init__(self, whole: Iterator[Line]) -> None:
        self._whole = whole
        self._again: deque[Line] = deque()

    def _next(self) -> Line | None:
        return self._again.popleft() if self._again else next(self._whole, None)

    def record(self, width: int | None) -> tuple[Record, list[str] | None] | None:
        """Return the next record and its row, if it has one; none at the end.

        A record over several lines is one only if it is well formed, ends within the limits, and has as many fields as
        the header. Otherwise its first quote was not closed: that line alone is rejected, and the next one is read as a
        record of its own. As a quote that is opened is looked for at most once a line, this reads no line more than
        twice.

        Parameters
        ----------
        width
            Fields of the header; none for the header itself.
        """
        first = self._next()
        while first is not None and not first.data.strip(_BLANK):
            first = self._next()
        if first is None:
            return None
        alone = _joined([first])
        if alone.length > RECORD_BYTES:
            return alone._replace(reason=_TOO_LONG), None
        try:
            return alone, _row(alone.data.decode(errors="replace"))
        except _OpenQuote as broken:
            reason = f"record: {broken}"
        except _BrokenRow as broken:
            return alone._replace(reason=f"record: {broken}"), None
        taken = self._until_closed(first)
        if taken is not None:
            together = _joined(taken)
            try:
                row = _row(together.data.decode(errors="replace"))
            except _BrokenRow:
                row = []
            if row and width in (None, len(row)):
                return together, row
            self._again.extendleft(reversed(taken[1:]))
        return alone._replace(reason=reason), None

    def _until_closed(self, first: Line) -> list[Line] | None:
        """Take lines up to the one that closes a quote; give them back if there is none within the limits."""
        taken, size = [first], first.length
        while len(taken) < RECORD_LINES:
            line = self._next()
            if line is None:
                break
            taken.append(line)
            size += 1 + line.length
            if size > RECORD_BYTES:
                break
            if line.data.count(b'"') % 2:
                return taken
        self._again.extendleft(reversed(taken[1:]))
        return None


def _joined(taken: list[Line]) -> Record:
    first, last = taken[0], taken[-1]
    data = b"\n".join(line.data for line in taken)
    ending = _ending(last)
    length = last.offset - first.offset + last.length - ending
    return Record(first.number, first.offset, length, data[: len(data) - ending])


def _csv(source: _CsvLines, dropped: set[str]) -> Iterator[Record]:
    names = _header(source.record(None), dropped)
    account = names.index("account")
    known = [(index, name) for index, name in enumerate(names) if name in _KNOWN]
    while (found := source.record(len(names))) is not None:
        record, row = found
        reason, fields = record.reason, None
        if row is not None:
            if not _is_utf8(record.data):
                reason = "record: not valid UTF-8"
            elif b"\0" in record.data:
                reason = "record: holds a NUL byte"
            elif len(row) != len(names):
                reason = f"record: {len(row)} fields where the header has {len(names)}"
            else:
                fields = {name: row[index] for index, name in known}
        yield Record(record.line, record.offset, record.length, record.data, fields, reason, account)


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _header(found: tuple[Record, list[str] | None] | None, dropped: set[str]) -> list[str]:
    """Return the names of the columns: lower-case and exact, but for spaces around them."""
    if found is None:
        raise Unreadable("header: missing")
    record, row = found
    if row is None:
        raise Unreadable(f"header: {(record.reason or '').removeprefix('record: ')}")
    if not _is_utf8(record.data) or b"\0" in record.data:
        raise Unreadable("header: not valid UTF-8, or with a NUL byte")
    names = [name.strip(" ") for name in row]
    if doubled := _doubled(names):
        known = [name for name in doubled if name in _KNOWN]
        raise Unreadable(f"header: {known[0] if known else 'a column that is not kept'} stands in it twice")
    absent = [name for name in REQUIRED if name not in names]
    if absent:
        raise Unreadable(f"header: lacks the required {', '.join(absent)}")
    for name in names:
        if name not in _KNOWN:
            _note(dropped, name)
    return names
