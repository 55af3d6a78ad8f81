"""Reads versions of objects, several at a time."""

import hashlib
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from offline.terminal import UserError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

WORKERS = 8
"""Objects read at the same time; boto3 keeps ten connections."""
CHUNK_BYTES = 1 << 18
MEMORY_BYTES = 1 << 20
"""A larger object is kept in a temporary file."""
_ATTEMPTS = 5
"""Downloads of one object before a broken connection is an error; boto3 repeats only requests without an answer."""
_MISSING = frozenset({"NoSuchKey", "NoSuchVersion", "404"})

State = Literal["current", "superseded", "deleted"]
"""Whether a version is the current one, a newer one exists, or its object was deleted later."""

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Version:
    """One version of an object; `stored_at` is when S3 stored it."""

    bucket: str
    key: str
    version_id: str
    stored_at: datetime
    state: State

    def __str__(self) -> str:
        return f"{self.key}, version {self.version_id}, of bucket {self.bucket}"


@dataclass(frozen=True)
class Download:
    """The content of a version: a file to read from its start, its size, its SHA-256, and the object's own metadata."""

    file: tempfile.SpooledTemporaryFile[bytes]
    size: int
    sha256: str
    metadata: Mapping[str, str]

    def read(self) -> bytes:
        """Return the content, and release the file."""
        with self.file:
            return b"".join(self.chunks())

    def chunks(self) -> Iterator[bytes]:
        """Yield the content from its start."""
        self.file.seek(0)
        while chunk := self.file.read(CHUNK_BYTES):
            yield chunk


@contextmanager
def readable_errors() -> Iterator[None]:
    """Turn errors of AWS into errors that say what to do."""
    try:
        yield
    except ClientError as error:
        reason = error.response["Error"]
        raise UserError(
            f"AWS answered {reason['Code']} to {error.operation_name}: {reason.get('Message', 'no message')}. Nothing was "
            f"written. Use the credentials of an auditor of this stack, then run the command again."
        ) from None
    except BotoCoreError as error:
        raise UserError(
            f"S3 cannot be read: {error}. Nothing was written. Check the network and the credentials, then run the command again."
        ) from None


def list_versions(s3: "S3Client", bucket: str, prefix: str = "") -> Iterator[Version]:
    """Yield the versions of a bucket's objects, by key, the newest version of a key first."""
    deleted = ""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        entries = [*page.get("DeleteMarkers", []), *page.get("Versions", [])]
        # Stable: a marker that is the latest entry of its key comes before the versions of the key.
        for entry in sorted(entries, key=lambda entry: entry["Key"]):
            if "Size" not in entry:
                deleted = entry["Key"] if entry["IsLatest"] else deleted
                continue
            state: State = "current" if entry["IsLatest"] else "deleted" if entry["Key"] == deleted else "superseded"
            yield Version(bucket, entry["Key"], entry["VersionId"], entry["LastModified"], state)


def list_folders(s3: "S3Client", bucket: str, prefix: str) -> list[str]:
    """Return the prefixes below a prefix, up to the next slash."""
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix, Delimiter="/")
    return [folder["Prefix"] for page in pages for folder in page.get("CommonPrefixes", [])]


def download(s3: "S3Client", version: Version) -> Download | None:
    """Return the content of a version; none if it no longer exists."""
    for attempt in range(1, _ATTEMPTS + 1):
        file = tempfile.SpooledTemporaryFile[bytes](MEMORY_BYTES)
        digest, size = hashlib.sha256(), 0
        try:
            answer = s3.get_object(Bucket=version.bucket, Key=version.key, VersionId=version.version_id)
            for chunk in answer["Body"].iter_chunks(CHUNK_BYTES):
                digest.update(chunk)
                file.write(chunk)
                size += len(chunk)
        except ClientError as error:
            file.close()
            if error.response["Error"]["Code"] in _MISSING:
                return None
            raise
        except BotoCoreError:
            file.close()
            if attempt == _ATTEMPTS:
                raise
        else:
            return Download(file, size, digest.hexdigest(), answer["Metadata"])
    raise AssertionError("the last attempt returns or raises")


def in_order(pool: Executor, function: Callable[[Item], Answer], items: Iterable[Item]) -> Iterator[Answer]:
    """Yield a function's answers in the order of the items; few are computed ahead, so that few downloads are kept."""
    waiting: deque[Future[Answer]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > WORKERS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
