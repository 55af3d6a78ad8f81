"""Processes a local file as the processor does, without AWS: `python -m lambdas.processor FILE [--out DIR]`."""

import argparse
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from lambdas.processor.formats.format import FORMATS
from lambdas.processor.manifest import MANIFEST, PART, Manifest, manifest_json, manifest_of
from lambdas.processor.pipeline import Result, process
from lambdas.processor.records.tokens import Tokens
from lambdas.shared.checksums import sha256_of
from lambdas.shared.source import Source
from lambdas.shared.timestamps import timestamp

_CHUNK = 1 << 18
_KEY_BYTES = 32


class _InvalidTokenKey(Exception):
    """The file of the token key is not usable."""


def _report(text: str) -> None:
    print(text, file=sys.stderr)


def token_key(environment: Mapping[str, str], random_bytes: Callable[[int], bytes]) -> bytes:
    """Return this user's token key, created on first use in the data directory of the XDG specification.

    An account therefore has the same token in every run on this machine, and the project contains no key.
    """
    base = Path(environment.get("XDG_DATA_HOME", ""))
    folder = (base if base.is_absolute() else Path.home() / ".local" / "share") / "strongroom"
    file = folder / "offline-token-key"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Write the key under a temporary name, then link it: of two concurrent processes one wins, and both read its key.
        descriptor, name = tempfile.mkstemp(dir=folder)  # mode 0600
        try:
            with os.fdopen(descriptor, "wb") as new:
                new.write(random_bytes(_KEY_BYTES))
            os.link(name, file)
            _report(f"created a token key for this user: {file}")
        except FileExistsError:
            pass
        finally:
            Path(name).unlink()
    key = file.read_bytes()
    if len(key) != _KEY_BYTES:
        raise _InvalidTokenKey(
            f"token key {file} has {len(key)} bytes, expected {_KEY_BYTES}. Move the file away to create a new key"
        )
    _report(f"tokens use this user's key: {file}")
    return key


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def _write(out: Path, source: Source, result: Result, manifest: Manifest) -> None:
    """Write the objects of both buckets as files, the manifest last."""
    for part, bucket in ((result.output, "output"), (result.quarantine, "quarantine")):
        if part is not None:
            folder = out / bucket / source.file_id
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(part, folder / PART)
    folder = out / "output" / source.file_id
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).write_text(manifest_json(manifest))


def main(arguments: Sequence[str] | None = None) -> int:
    """Process a file; return the exit status."""
    endings = [ending for known in FORMATS for ending in known.endings]
    parser = argparse.ArgumentParser(
        prog="python -m lambdas.processor",
        description="Process a file of records without AWS, and print its manifest as JSON.",
        epilog="exit status: 0 COMPLETED, 1 QUARANTINED or FAILED, 2 a file cannot be read or written",
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        type=Path,
        help="the file; its ending selects the format: " + ", ".join(endings) + ", each with or without .gz",
    )
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        help="also write parts and manifest to DIR/output and DIR/quarantine",
    )
    given = parser.parse_args(arguments)
    started_at = timestamp(time.time())
    try:
        # A file name may not be valid Unicode; an object key always is.
        name = os.fsencode(given.file.name).decode(errors="replace")
        source = Source(bucket="local", key=name, version_id=sha256_of(given.file))
        tokens = Tokens(token_key(os.environ, secrets.token_bytes))
        with tempfile.TemporaryDirectory() as folder:
            result = process(source.key, _chunks(given.file), tokens, Path(folder), last4=True)
            manifest = manifest_of(source, result, started_at, timestamp(time.time()))
            if given.out is not None:
                _write(given.out, source, result, manifest)
    except OSError as error:
        _report(f"error: {error.filename or given.file}: {error.strerror or error}")
        return 2
    except _InvalidTokenKey as error:
        _report(f"error: {error}")
        return 2
    sys.stdout.write(manifest_json(manifest))
    return 0 if result.status == "COMPLETED" else 1


if __name__ == "__main__":
    sys.exit(main())
