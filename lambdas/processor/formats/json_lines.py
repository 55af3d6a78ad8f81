"""JSON Lines: one JSON object on each line."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator

from lambdas.processor.formats.format import DroppedColumns, Record, record_format
from lambdas.processor.formats.physical_lines import physical_lines
from lambdas.processor.reasons import RECORD, Reason
from lambdas.processor.records.fields import FIELDS, MAX_RECORD_BYTES

_KNOWN = frozenset(FIELDS)
_TOO_MANY_BYTES = Reason.TOO_MANY_BYTES.of(RECORD)


class _DuplicateMember(Exception):
    """An object has a name twice; the message is that name."""


def _unique(members: list[tuple[str, object]]) -> dict[str, object]:
    unique = dict(members)
    if len(unique) < len(members):
        counts = Counter(name for name, _ in members)
        raise _DuplicateMember(next(name for name, count in counts.items() if count > 1))
    return unique


def _reject_constant(_: str) -> object:
    raise ValueError("JSON has no NaN and no Infinity")


def _ignore_number(_: str) -> int:
    return 0  # no field is a number, so its value does not matter, and parsing a long one would be slow


_decode = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_reject_constant, parse_int=_ignore_number, parse_float=_ignore_number
).decode


@record_format("JSON Lines", ".jsonl", ".ndjson")
def read(chunks: Iterable[bytes], dropped: DroppedColumns) -> Iterator[Record]:
    """Yield the records of JSON Lines."""
    for line in physical_lines(chunks):
        if line.is_blank:
            continue
        number, offset, length, data = line
        if data.endswith(b"\r"):
            data, length = data[:-1], length - 1
        if length > MAX_RECORD_BYTES:
            yield Record(number, offset, length, data, reason=_TOO_MANY_BYTES)
            continue
        fields, reason = _parse(data)
        if fields is not None and not fields.keys() <= _KNOWN:
            for name in fields:
                if name not in _KNOWN:
                    dropped.add(name)
        yield Record(number, offset, length, data, fields, reason)


def _parse(data: bytes) -> tuple[dict[str, object] | None, str | None]:
    """Return the members of a line's object, or the reason why it has none."""
    subject = RECORD
    try:
        value = _decode(data.decode())
    except UnicodeDecodeError:
        reason = Reason.NOT_UTF_8
    except _DuplicateMember as duplicate:
        reason = Reason.DUPLICATE_MEMBER
        subject = str(duplicate) if str(duplicate) in _KNOWN else RECORD
    except RecursionError:
        reason = Reason.NESTED_TOO_DEEPLY
    except ValueError:
        reason = Reason.NOT_JSON
    else:
        if isinstance(value, dict):
            return value, None
        reason = Reason.NOT_AN_OBJECT
    return None, reason.of(subject)
