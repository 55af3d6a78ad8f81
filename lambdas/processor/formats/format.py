"""What a format is: how to register one, and the records that it reads."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from lambdas.processor.formats.compression import ENDING, decompress
from lambdas.processor.reasons import FILE, InvalidFile, Reason
from lambdas.processor.records.masking import mask

_TEXT_LENGTH = 4096
"""Characters of a rejected record's text that quarantine keeps; the input version has all of it."""
_MARGIN = 1024
"""Further characters that are masked before the cut, so that a number across the cut is masked too."""
_MAX_NAMES, _NAME_LENGTH = 100, 64


class Record(NamedTuple):
    """A record as a format reads it.

    Attributes
    ----------
    line, offset, length, data
        Where it starts, and its bytes without the line ending.
    fields
        Its known fields; none if it cannot be parsed.
    reason
        Why it cannot be parsed.
    find_account
        Returns start and end of the account in the record's text; none where masking finds the account by itself.
    """

    line: int
    offset: int
    length: int
    data: bytes
    fields: Mapping[str, object] | None = None
    reason: str | None = None
    find_account: Callable[[str], tuple[int, int]] | None = None

    def masked_text(self) -> str:
        """Return its text, shortened, with all account and card numbers masked."""
        decoded = self.data[: 4 * (_TEXT_LENGTH + _MARGIN)].decode(errors="replace")  # at most four bytes a character
        text = decoded[: _TEXT_LENGTH + _MARGIN]
        return mask(text, self.find_account and self.find_account(text))[:_TEXT_LENGTH]


class DroppedColumns:
    """The names of columns that are not kept: a limited number, shortened, with numbers masked."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def add(self, name: str) -> None:
        """Add the name of a column."""
        if len(self._names) < _MAX_NAMES:
            text = name[: _NAME_LENGTH + _MARGIN].encode(errors="replace").decode()
            self._names.add(mask(text)[:_NAME_LENGTH])

    @property
    def names(self) -> list[str]:
        """The names, sorted."""
        return sorted(self._names)


Read = Callable[[Iterable[bytes], DroppedColumns], Iterator[Record]]
"""Yields the records of decompressed content, and adds the names of the columns that are not kept."""


@dataclass(frozen=True)
class Format:
    """A format of input files.

    Attributes
    ----------
    name
        Its name, for people.
    endings
        What the names of its files end with, in lower case.
    read
        Reads its records.
    """

    name: str
    endings: tuple[str, ...]
    read: Read


FORMATS: list[Format] = []


def record_format(name: str, *endings: str) -> Callable[[Read], Read]:
    """Register the decorated function as the reader of a format."""

    def register(read: Read) -> Read:
        FORMATS.append(Format(name, endings, read))
        return read

    return register


def read_records(key: str, chunks: Iterable[bytes], dropped: DroppedColumns) -> Iterator[Record]:
    """Return the records of a file.

    Every line that is not blank belongs to exactly one record, and a record that cannot be parsed spoils no other.

    Parameters
    ----------
    key
        The file's name: its ending, in any case, selects the format.
    chunks
        Its bytes as stored.
    dropped
        Receives the names of the columns that are not kept.

    Raises
    ------
    InvalidFile
        The ending is unknown; while reading: there are no bytes, or the compression or the header is broken.
    """
    found = format_of(key)
    return found.read(decompress(chunks) if key.lower().endswith(ENDING) else chunks, dropped)


def format_of(key: str) -> Format:
    """Return the format of a file, which the ending of its name selects, in any case.

    Raises
    ------
    InvalidFile
        The ending is unknown.
    """
    name = key.lower().removesuffix(ENDING)
    for candidate in FORMATS:
        if name.endswith(candidate.endings):
            return candidate
    endings = ", ".join(ending for known in FORMATS for ending in known.endings)
    raise InvalidFile(Reason.UNKNOWN_FORMAT, FILE, endings=endings)
