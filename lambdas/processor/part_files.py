"""Local files written while an input file is read, so that memory does not grow with it: parts, and the ids seen."""

import sqlite3
import zlib
from pathlib import Path

_BLOCK = 1 << 16
_LEVEL = 3
"""Measured on 27 MB of output: level 1 takes 0.20 s for 7.9 MB, 3 takes 0.24 s for 7.3, 6 takes 0.56 s for 6.6."""


class PartWriter:
    """Writes lines to a part: gzip without name and time, so that the same lines give the same bytes.

    Attributes
    ----------
    count
        Lines so far.
    """

    def __init__(self, path: Path) -> None:
        self.count = 0
        self._path = path
        self._file = path.open("wb")
        self._gzip = zlib.compressobj(_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS | 16)
        self._block = bytearray()

    def write(self, line: str) -> None:
        """Append a line, given without its ending."""
        self._block += line.encode()
        self._block += b"\n"
        self.count += 1
        if len(self._block) >= _BLOCK:
            self._file.write(self._gzip.compress(self._block))
            self._block.clear()

    def close(self) -> Path | None:
        """Finish the part; return its path, or none if it has no lines."""
        if not self._file.closed:
            self._file.write(self._gzip.compress(self._block))
            self._file.write(self._gzip.flush())
            self._file.close()
        return self._path if self.count else None


class SeenIds:
    """The transaction ids of a file, exactly, in a temporary database that SQLite moves to disk beyond a cache of 2 MB."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._cursor = self._database.cursor()
        self._cursor.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; CREATE TABLE seen (id TEXT PRIMARY KEY) WITHOUT ROWID; BEGIN"
        )

    def add(self, identity: str) -> bool:
        """Add an id; return whether it is new."""
        return self._cursor.execute("INSERT OR IGNORE INTO seen VALUES (?)", (identity,)).rowcount == 1

    def close(self) -> None:
        """Delete the database."""
        self._database.close()
