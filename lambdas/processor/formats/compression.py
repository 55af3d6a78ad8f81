"""Decompression of input files whose name ends with `.gz`."""

import zlib
from collections.abc import Iterable, Iterator

from lambdas.processor.reasons import FILE, InvalidFile, Reason

ENDING = ".gz"
_PIECE_BYTES = 1 << 18


def decompress(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the content of gzip data of one or more members, in pieces of bounded size.

    A decompression bomb costs time, not memory. Zero bytes after a member are padding, as for gzip(1).

    Raises
    ------
    InvalidFile
        The data is corrupt or truncated.
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
                piece = member.decompress(data, _PIECE_BYTES)
            except zlib.error:
                raise InvalidFile(Reason.NOT_GZIP, FILE) from None
            if piece:
                yield piece
            data = member.unused_data if member.eof else member.unconsumed_tail
            inside = not member.eof
    if inside:
        raise InvalidFile(Reason.TRUNCATED_GZIP, FILE)
