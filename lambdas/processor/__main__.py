"""The same processing on a plain file, without AWS: `python -m lambdas.processor FILE [--out DIR]`."""

import argparse
import hashlib
import json
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from lambdas.processor.pipeline import PART, Source, manifest, process
from lambdas.processor.tokens import Tokens

_CHUNK = 1 << 16


def token_key() -> bytes:
    """Return this user's own key, made on first use: tokens are the same on this machine, and no key is in the project."""
    data = os.environ.get("XDG_DATA_HOME")
    file = (Path(data) if data else Path.home() / ".local" / "share") / "strongroom" / "offline-token-key"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as new:
            new.write(secrets.token_bytes(32))
        print(f"made a key for tokens, for this user only: {file}", file=sys.stderr)
    return file.read_bytes()


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def main() -> int:
    """Process a file; 0 when it is COMPLETED, 1 when it is not, 2 when it cannot be read."""
    parser = argparse.ArgumentParser(
        prog="python -m lambdas.processor",
        description="Processes a file of records without AWS and prints its manifest as JSON.",
    )
    parser.add_argument("file", type=Path, help="a .csv, .jsonl or .ndjson file, or one of these with .gz")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="also write DIR/output and DIR/quarantine, as the buckets would hold them",
    )
    arguments = parser.parse_args()
    started_at = _now()
    try:
        digest = hashlib.sha256()
        for chunk in _chunks(arguments.file):
            digest.update(chunk)
    except OSError as error:
        print(f"error: {arguments.file} cannot be read: {error.strerror}", file=sys.stderr)
        return 2
    source = Source(bucket="local", key=arguments.file.name, version_id=digest.hexdigest())
    with tempfile.TemporaryDirectory() as folder:
        result = process(source.key, _chunks(arguments.file), Tokens(token_key()), Path(folder), last4=True)
        whole = manifest(source, result, started_at, _now())
        if arguments.out is not None:
            for part, name in ((result.output, "output"), (result.quarantine, "quarantine")):
                if part is not None:
                    target = arguments.out / name / source.file_id
                    target.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(part, target / PART)
            target = arguments.out / "output" / source.file_id
            target.mkdir(parents=True, exist_ok=True)
            (target / "manifest.json").write_text(json.dumps(whole, ensure_ascii=False, sort_keys=True))
    print(json.dumps(whole, indent=2, ensure_ascii=False))
    return 0 if result.status == "COMPLETED" else 1


if __name__ == "__main__":
    sys.exit(main())
