"""From stored bytes to physical lines, in memory that does not grow with the file."""

import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

RECORD_BYTES = 1 << 20
"""No record is longer. The fields that are kept fit into 4 KiB: the rest is room for columns that are dropped."""

_CHUNK = 1 << 18
_BOM = b"\xef\xbb\xbf"


class Unreadable(Exception):  # noqa: N818
    """The whole file cannot be processed; the message is its reason."""


class Line(NamedTuple):
    """A physical line.

    Attributes
    ----------
    number
        From 1; lines end with LF, or with CR and LF. A CR alone ends none.
    offset
        Its first byte in the content after decompression; a byte order mark is no part of the first line.
    length
        Its bytes without the LF.
    data
        These bytes; of a line longer than `RECORD_BYTES` only its beginning.
    """

    number: int
    offset: int
    length: int
    data: bytes


def inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Decompress gzip of one or more members, in pieces of bounded size: a bomb costs time, not memory.

    Zero bytes after a member are padding, as gzip(1) has it.

    Raises
    ------
    Unreadable
        The data is corrupt, or ends within a member.
    """
    member = zlib.decompressobj(zlib.MAX_WBITS | 16)
    inside = False
    for chunk in chunks:
        data = chunk
        while data:
            if not inside:
                data = data.lstrip(b"\0") if member.eof else data
                if not data:
                    break
                member, inside = zlib.decompressobj(zlib.MAX_WBITS | 16), True
            try:
                piece = member.decompress(data, _CHUNK)
            except zlib.error:
                raise Unreadable("file: not valid gzip") from None
            if piece:
                yield piece
            data = member.unused_data if member.eof else member.unconsumed_tail
            inside = not member.eof
    if inside:
        raise Unreadable("file: its gzip data ends too early")


def lines(chunks: Iterable[bytes]) -> Iterator[Line]:
    """Yield the physical lines of content.

    Raises
    ------
    Unreadable
        There are no bytes at all.
    """
    split = _split(chunks)
    first = next(split, None)
    if first is None:
        raise Unreadable("file: no bytes at all")
    if first.data.startswith(_BOM):
        mark = len(_BOM)
        first = Line(1, mark, first.length - mark, first.data[mark:])
    yield first
    yield from split


def _split(chunks: Iterable[bytes]) -> Iterator[Line]:
    number, offset = 1, 0
    started, skipped = b"", 0  # the beginning of the line in progress, and how many of its bytes were not kept
    for chunk in chunks:
        pieces = chunk.split(b"\n")
        if started:
            pieces[0] = started + pieces[0]
        started = pieces.pop()
        for data in pieces:
            length = len(data) + skipped
            yield Line(number, offset, length, data)
            number, offset, skipped = number + 1, offset + length + 1, 0
        if len(started) > RECORD_BYTES + 1:
            # The last byte is kept, as it may be the line ending's CR.
            skipped += len(started) - RECORD_BYTES - 1
            started = started[:RECORD_BYTES] + started[-1:]
    if started:
        yield Line(number, offset, len(started) + skipped, started)
