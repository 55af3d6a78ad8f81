"""Physical lines of a text file, read in memory that does not grow with the file."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lambdas.processor.reasons import FILE, InvalidFile, Reason
from lambdas.processor.records.fields import MAX_RECORD_BYTES

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BLANK = b" \t\r"


class Line(NamedTuple):
    """A physical line.

    Attributes
    ----------
    number
        From 1. Lines end with LF or CRLF; a CR alone does not end a line.
    offset
        Position of its first byte in the decompressed content, after a byte order mark.
    length
        Its bytes without the LF.
    data
        These bytes; of a line longer than `MAX_RECORD_BYTES` only its beginning.
    """

    number: int
    offset: int
    length: int
    data: bytes

    @property
    def is_blank(self) -> bool:
        """Whether the line holds nothing but spaces and tabs."""
        return not self.data.strip(_BLANK)


def physical_lines(chunks: Iterable[bytes]) -> Iterator[Line]:
    """Yield the physical lines of content.

    Raises
    ------
    InvalidFile
        The content has no bytes.
    """
    lines = _split(chunks)
    first = next(lines, None)
    if first is None:
        raise InvalidFile(Reason.EMPTY, FILE)
    if first.data.startswith(_BYTE_ORDER_MARK):
        skipped = len(_BYTE_ORDER_MARK)
        first = Line(1, skipped, first.length - skipped, first.data[skipped:])
    yield first
    yield from lines


def _split(chunks: Iterable[bytes]) -> Iterator[Line]:
    number, offset = 1, 0
    current, discarded = b"", 0  # the beginning of the line being read, and how many of its bytes were not kept
    for chunk in chunks:
        pieces = chunk.split(b"\n")
        if current:
            pieces[0] = current + pieces[0]
        current = pieces.pop()
        for data in pieces:
            length = len(data) + discarded
            yield Line(number, offset, length, data)
            number, offset, discarded = number + 1, offset + length + 1, 0
        if len(current) > MAX_RECORD_BYTES + 1:
            # The last byte is kept: it may be the CR of the line ending.
            discarded += len(current) - MAX_RECORD_BYTES - 1
            current = current[:MAX_RECORD_BYTES] + current[-1:]
    if current:
        yield Line(number, offset, len(current) + discarded, current)
