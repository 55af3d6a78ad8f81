"""The package: a ZIP file that is either complete or absent, with the SHA-256 of each entry."""

import csv
import hashlib
import io
import os
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from offline.terminal import UserError

CHECKSUMS = "SHA256SUMS"
_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._=-]*(?<!\.)", re.ASCII)
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Names of devices on Windows (https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file)."""
_MAX_SEGMENT = 200
_COMPRESSED = (".gz",)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - full-width signs start formulas too
"""First characters that make a spreadsheet take text for a formula (https://owasp.org/www-community/attacks/CSV_Injection)."""
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)
_BLOCK_CHARACTERS = 1 << 16

Row = Mapping[str, Any]
"""A row of a table, by column."""


class Package:
    """A ZIP file that is being written. Equal entries give equal bytes."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        self._sums: list[str] = []
        self._names: set[str] = set()

    def name(self, folder: str, key: str, version_id: str) -> str:
        """Return a name for an object's entry: its key, if that is a portable path, otherwise a SHA-256 of key and version.

        A key may contain anything. As a name it must neither leave the folder that the package is unpacked to, nor
        mean a device, nor equal another name but for upper and lower case.
        """
        name = f"{folder}/{key}"
        if not all(_is_portable(segment) for segment in key.split("/")) or name.lower() in self._names:
            return f"{folder}/renamed/" + hashlib.sha256(f"{key}\n{version_id}".encode()).hexdigest()
        return name

    def add(self, name: str, chunks: Iterable[bytes], modified: datetime) -> str:
        """Write an entry; return its SHA-256."""
        sha256 = self._write(name, chunks, modified)
        self._sums.append(f"{sha256}  {name}\n")
        return sha256

    def add_checksums(self, modified: datetime) -> None:
        """Write the last entry: the checksums of all others, in the format of `sha256sum`."""
        self._write(CHECKSUMS, (line.encode() for line in self._sums), modified)

    def close(self) -> None:
        """Write the directory of the entries."""
        self._zip.close()

    def _write(self, name: str, chunks: Iterable[bytes], modified: datetime) -> str:
        if name.lower() in self._names:
            raise AssertionError(f"entry {name} is written twice")
        self._names.add(name.lower())
        entry = zipfile.ZipInfo(name, modified.timetuple()[:6])
        entry.create_system, entry.external_attr = 3, 0o600 << 16  # Unix, on every system: equal bytes
        entry.compress_type = zipfile.ZIP_STORED if name.endswith(_COMPRESSED) else zipfile.ZIP_DEFLATED
        digest = hashlib.sha256()
        with self._zip.open(entry, "w", force_zip64=True) as stream:  # no size is known before the end
            for chunk in chunks:
                digest.update(chunk)
                stream.write(chunk)
        return digest.hexdigest()


def _is_portable(segment: str) -> bool:
    return bool(_SEGMENT.fullmatch(segment)) and not _RESERVED.fullmatch(segment) and len(segment) <= _MAX_SEGMENT


@contextmanager
def new_package(path: Path, now: datetime) -> Iterator[Package]:
    """Write a package under a temporary name, and rename it when it is complete; after an error nothing is left.

    Raises
    ------
    UserError
        The file exists already, or it cannot be written.
    """
    if path.exists():
        raise UserError(f"{path} exists already and was not changed. Name a new file with FILE=<path>.")
    temporary: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as file, closing(Package(file)) as package:
            yield package
            package.add_checksums(now)
        temporary.rename(path)
    except OSError as error:
        raise UserError(
            f"{path} cannot be written: {error.strerror or error}. Nothing was left behind. Name a file in an existing folder of "
            f"yours with enough free space, with FILE=<path>."
        ) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def cell(value: object) -> str:
    """Return a value as text for a CSV file that a spreadsheet may open: what would be a formula gets an apostrophe.

    Numbers stay as they are, negative ones too.
    """
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


def csv_chunks(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield some columns of rows as a CSV file of RFC 4180 in UTF-8; a row may lack columns."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: cell(row[name]) for name in columns if name in row})
        if text.tell() >= _BLOCK_CHARACTERS:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()
