"""The same processing on a plain file, without AWS: `python -m lambdas.processor FILE [--out DIR]`."""

import argparse
import hashlib
import json
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from lambdas.processor.manifest import MANIFEST, PART, Manifest, Result, manifest
from lambdas.processor.pipeline import process
from lambdas.processor.tokens import Tokens
from lambdas.source import Source

_CHUNK = 1 << 18
_KEY_BYTES = 32


class _Unusable(Exception):  # noqa: N818
    """Something on this machine cannot be used; the message says what to do."""


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def token_key(environment: Mapping[str, str], random_bytes: Callable[[int], bytes]) -> bytes:
    """Return this user's own token key, made on first use and kept where the XDG specification puts a user's data.

    The same account so has the same token on this machine, today and tomorrow, and no key is in the project.
    """
    base = Path(environment.get("XDG_DATA_HOME", ""))
    folder = (base if base.is_absolute() else Path.home() / ".local" / "share") / "strongroom"
    file = folder / "offline-token-key"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Written whole under another name and then linked: of two processes at once one wins, and both read its key.
        descriptor, name = tempfile.mkstemp(dir=folder)  # mode 0600
        try:
            with os.fdopen(descriptor, "wb") as new:
                new.write(random_bytes(_KEY_BYTES))
            os.link(name, file)
            _say(f"made a token key for this user: {file}")
        except FileExistsError:
            pass
        finally:
            Path(name).unlink()
    key = file.read_bytes()
    if len(key) != _KEY_BYTES:
        raise _Unusable(
            f"{file} has {len(key)} bytes, a token key has {_KEY_BYTES}: move it away to have a new one made"
        )
    _say(f"tokens are made with this user's key: {file}")
    return key


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    for chunk in _chunks(file):
        digest.update(chunk)
    return digest.hexdigest()


def _now() -> str:
    return datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _write(out: Path, source: Source, result: Result, whole: Manifest) -> None:
    """Write what the buckets would hold; the manifest last."""
    for part, bucket in ((result.output, "output"), (result.quarantine, "quarantine")):
        if part is not None:
            folder = out / bucket / source.file_id
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(part, folder / PART)
    folder = out / "output" / source.file_id
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).write_text(_json(whole))


def _json(whole: Manifest) -> str:
    return json.dumps(whole, sort_keys=True, indent=2) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Process a file; return 0 when it is COMPLETED, 1 when it is not, 2 when something cannot be read or written."""
    parser = argparse.ArgumentParser(
        prog="python -m lambdas.processor",
        description="Process a file of records without AWS; print its manifest as JSON.",
        epilog="exit status: 0 COMPLETED, 1 QUARANTINED or FAILED, 2 the file cannot be read",
    )
    parser.add_argument(
        "file", metavar="FILE", type=Path, help="a .csv, .jsonl or .ndjson file, or one of these with .gz"
    )
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        help="also write the parts and the manifest, to DIR/output and DIR/quarantine",
    )
    given = parser.parse_args(arguments)
    started_at = _now()
    try:
        # A name need not be Unicode; a key is.
        name = os.fsencode(given.file.name).decode(errors="replace")
        source = Source(bucket="local", key=name, version_id=_sha256(given.file))
        tokens = Tokens(token_key(os.environ, secrets.token_bytes))
        with tempfile.TemporaryDirectory() as folder:
            result = process(source.key, _chunks(given.file), tokens, Path(folder), last4=True)
            whole = manifest(source, result, started_at, _now())
            if given.out is not None:
                _write(given.out, source, result, whole)
    except OSError as error:
        _say(f"error: {error.filename or given.file}: {error.strerror or error}")
        return 2
    except _Unusable as error:
        _say(f"error: {error}")
        return 2
    sys.stdout.write(_json(whole))
    return 0 if result.status == "COMPLETED" else 1


if __name__ == "__main__":
    sys.exit(main())
