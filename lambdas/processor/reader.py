"""From a stream of bytes to records, each with its line, offset and length, in memory that does not grow with the file.

Offsets and lengths count bytes of the content after decompression.
"""

import csv
import io
import json
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lambdas.processor.fields import FIELDS, REQUIRED
from lambdas.processor.numbers import masked

RECORD_BYTES = 1 << 16
"""No record is longer: the fields together stay under 4 KiB. A quote that is never closed ends here, too."""

_CHUNK = 1 << 16
_BOM = b"\xef\xbb\xbf"
_NAMES, _NAME_LENGTH = 100, 64


class Unreadable(Exception):  # noqa: N818
    """The whole file cannot be processed; the message is its reason."""


@dataclass
class Record:
    """One record as it came; `fields` is none where it could not be parsed, and `reason` tells why."""

    line: int
    offset: int
    length: int
    raw: bytes
    fields: dict[str, object] | None = None
    reason: str | None = None


@dataclass
class Reading:
    """Records of a file; `dropped` is complete once all of them have been read."""

    records: Iterator[Record]
    dropped: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _Line:
    number: int
    offset: int
    length: int
    data: bytes


def read(key: str, chunks: Iterable[bytes]) -> Reading:
    """Return the records of a file, by the ending of its key.

    Raises
    ------
    Unreadable
        The ending is unknown; while reading: the file is empty, its header or its compression is broken.
    """
    name = key.lower()
    if name.endswith(".gz"):
        name, chunks = name[:-3], _inflated(chunks)
    reading = Reading(iter(()))
    if name.endswith(".csv"):
        reading.records = _csv(_lines(chunks), reading.dropped)
    elif name.endswith((".jsonl", ".ndjson")):
        reading.records = _json(_lines(chunks), reading.dropped)
    else:
        raise Unreadable("file: its name ends with none of .csv, .jsonl, .ndjson, each also with .gz")
    return reading


def _inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Decompress gzip of one or more members, a bounded piece at a time."""
    member = zlib.decompressobj(zlib.MAX_WBITS | 16)
    started = False
    try:
        for chunk in chunks:
            data = chunk
            while data:
                if member.eof:
                    member = zlib.decompressobj(zlib.MAX_WBITS | 16)
                started = True
                yield member.decompress(data, _CHUNK)
                data = member.unconsumed_tail or (member.unused_data if member.eof else b"")
    except zlib.error:
        raise Unreadable("file: is not valid gzip") from None
    if started and not member.eof:
        raise Unreadable("file: its gzip data ends too early")


def _lines(chunks: Iterable[bytes]) -> Iterator[_Line]:
    """Yield physical lines; of one that is too long only the beginning is kept."""
    buffer, number, offset, skipped = b"", 1, 0, 0
    seen = False
    for chunk in chunks:
        if chunk and not seen:
            seen = True
        buffer += chunk
        if skipped and b"\n" not in buffer and len(buffer) > RECORD_BYTES:
            skipped, buffer = skipped + len(buffer) - RECORD_BYTES - 1, buffer[: RECORD_BYTES + 1]
        *whole, buffer = buffer.split(b"\n")
        for data in whole:
            length = len(data) + 1 + skipped
            yield _Line(number, offset, length, data[: RECORD_BYTES + 1])
            number, offset, skipped = number + 1, offset + length, 0
        if len(buffer) > RECORD_BYTES + 1:
            skipped, buffer = skipped + len(buffer) - RECORD_BYTES - 1, buffer[: RECORD_BYTES + 1]
    if buffer or skipped:
        yield _Line(number, offset, len(buffer) + skipped, buffer[: RECORD_BYTES + 1])
    if not seen:
        raise Unreadable("file: holds no bytes at all")


def _start(line: _Line) -> _Line:
    if line.offset == 0 and line.data.startswith(_BOM):
        return _Line(line.number, line.offset, line.length, line.data[len(_BOM) :])
    return line


def _note(dropped: set[str], name: str) -> None:
    if len(dropped) < _NAMES:
        dropped.add(masked(name[:_NAME_LENGTH].encode(errors="replace").decode()))


def _json(lines: Iterable[_Line], dropped: set[str]) -> Iterator[Record]:
    for one in lines:
        line = _start(one)
        if not line.data.strip():
            continue
        record = Record(line.number, line.offset, line.length, line.data.rstrip(b"\r"))
        record.fields, record.reason = _json_fields(line, dropped)
        yield record


def _json_fields(line: _Line, dropped: set[str]) -> tuple[dict[str, object] | None, str | None]:
    if line.length > RECORD_BYTES:
        return None, f"record: is longer than {RECORD_BYTES} bytes"
    try:
        pairs = json.loads(line.data.decode(), object_pairs_hook=_Pairs, parse_constant=_refuse)
    except UnicodeDecodeError:
        return None, "record: is not valid UTF-8"
    except (ValueError, RecursionError):
        return None, "record: is not valid JSON"
    if not isinstance(pairs, _Pairs):
        return None, "record: is not a JSON object"
    fields = dict(pairs)
    if len(fields) < len(pairs):
        return None, "record: a name stands twice in it"
    for name in fields.keys() - set(FIELDS):
        _note(dropped, name)
    return {name: fields[name] for name in FIELDS if name in fields}, None


class _Pairs(list[tuple[str, object]]):
    """The members of a JSON object in their order, doubled ones included."""


def _refuse(_: str) -> object:
    raise ValueError("not a JSON number")


def _csv(lines: Iterable[_Line], dropped: set[str]) -> Iterator[Record]:
    header: list[str] | None = None
    for record in _csv_records(iter(lines)):
        row = None if record.reason else _row(record)
        if header is None:
            header = _header(record, row, dropped)
            continue
        if row is not None and len(row) != len(header):
            record.reason = f"record: has {len(row)} fields where the header has {len(header)}"
        elif row is not None:
            record.fields = {name: value for name, value in zip(header, row, strict=True) if name in FIELDS}
        yield record
    if header is None:
        raise Unreadable("header: is missing")


def _csv_records(lines: Iterator[_Line]) -> Iterator[Record]:
    """Yield records as quotes hold them together; a quote that is not closed costs its own line only."""
    again: deque[_Line] = deque()
    ended = False
    while True:
        first = again.popleft() if again else next(lines, None)
        if first is None:
            return
        first = _start(first)
        if not first.data.strip():
            continue
        taken = [first]
        size, odd = first.length, first.data.count(b'"') % 2
        while odd and size <= RECORD_BYTES:
            more = again.popleft() if again else (None if ended else next(lines, None))
            if more is None:
                ended = True
                break
            taken.append(more)
            size += more.length
            odd ^= more.data.count(b'"') % 2
        record = Record(first.number, first.offset, first.length, first.data.rstrip(b"\r"))
        if odd or (size > RECORD_BYTES and len(taken) > 1):
            again.extendleft(reversed(taken[1:]))
            record.reason = "record: a quote is not closed"
        elif size > RECORD_BYTES:
            record.reason = f"record: is longer than {RECORD_BYTES} bytes"
        else:
            record.length, record.raw = size, b"\n".join(line.data for line in taken).rstrip(b"\r")
        yield record


def _row(record: Record) -> list[str] | None:
    try:
        text = record.raw.decode()
    except UnicodeDecodeError:
        record.reason = "record: is not valid UTF-8"
        return None
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        rows = []
    if len(rows) != 1 or "\x00" in text:
        record.reason = "record: is not valid CSV"
        return None
    return rows[0]


def _header(record: Record, row: list[str] | None, dropped: set[str]) -> list[str]:
    if row is None:
        raise Unreadable(f"header: {(record.reason or '').partition(': ')[2]}")
    names = [name.strip() for name in row]
    if len(set(names)) < len(names):
        raise Unreadable("header: a column stands twice in it")
    absent = [name for name in REQUIRED if name not in names]
    if absent:
        raise Unreadable(f"header: lacks the required {', '.join(absent)}")
    for name in names:
        if name not in FIELDS:
            _note(dropped, name)
    return names
