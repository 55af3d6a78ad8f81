"""Objects: the input as a stream, parts and manifests as they are written.

What is written names no encryption: the bucket's default key applies. It names a checksum, which S3 verifies and which
a bucket with object lock demands.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.processor.manifest import MANIFEST, PART, Manifest
from lambdas.source import Source
from lambdas.telemetry import Told

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_CHUNK = 1 << 18
_CHECKSUM: Final = "SHA256"
_GONE = frozenset({"NoSuchKey", "NoSuchVersion", "MethodNotAllowed", "InvalidObjectState", "404", "405"})
"""The version was deleted, is a delete marker, or was archived: it will not come back by itself."""
_NOT_SEEN = frozenset({"403", "404", "AccessDenied", "NoSuchKey"})
"""Without leave to list a bucket, S3 answers 403 for an object that is not there."""


class Gone(Exception):  # noqa: N818
    """The object version is not there to be read, and waiting will not help."""


class Interrupted(Told):
    """The object stopped coming: the message goes back and comes again."""


class Objects:
    """The buckets of one deployment."""

    def __init__(self, client: "S3Client", *, output: str, quarantine: str) -> None:
        self._client = client
        self._output = output
        self._quarantine = quarantine

    def content(self, source: Source) -> Iterator[bytes]:
        """Open an object version; return its bytes as a stream.

        Raises
        ------
        Gone
            There is no such version.
        Interrupted
            While reading: the stream broke.
        """
        try:
            answer = self._client.get_object(Bucket=source.bucket, Key=source.key, VersionId=source.version_id)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code")
            if code in _GONE:
                raise Gone(f"object: S3 answered {code} for this version") from None
            raise
        chunks = answer["Body"].iter_chunks(_CHUNK)

        def checked() -> Iterator[bytes]:
            received = 0
            try:
                for chunk in chunks:
                    received += len(chunk)
                    yield chunk
            except BotoCoreError as error:
                raise Interrupted(
                    f"{type(error).__name__} after {received} of {answer['ContentLength']} bytes"
                ) from error
            if received != answer["ContentLength"]:
                raise Interrupted(f"the object ended after {received} of {answer['ContentLength']} bytes")

        return checked()

    def has_manifest(self, source: Source) -> bool:
        """Whether a file's manifest object is there."""
        try:
            self._client.head_object(Bucket=self._output, Key=f"{source.file_id}/{MANIFEST}")
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _NOT_SEEN:
                return False
            raise
        return True

    def put_parts(self, source: Source, output: Path | None, quarantine: Path | None) -> None:
        """Write a file's parts, those that it has."""
        for part, bucket in ((output, self._output), (quarantine, self._quarantine)):
            if part is not None:
                self._client.upload_file(
                    str(part),
                    bucket,
                    f"{source.file_id}/{PART}",
                    ExtraArgs={"ContentType": "application/gzip", "ChecksumAlgorithm": _CHECKSUM},
                )

    def put_manifest(self, source: Source, whole: Manifest) -> None:
        """Write a file's manifest object: consumers take it as the sign that the parts are complete."""
        self._client.put_object(
            Bucket=self._output,
            Key=f"{source.file_id}/{MANIFEST}",
            Body=serialised(whole),
            ContentType="application/json",
            ChecksumAlgorithm=_CHECKSUM,
        )


def serialised(whole: Manifest) -> bytes:
    """Return the bytes of a manifest object."""
    return json.dumps(whole, sort_keys=True, indent=2).encode() + b"\n"
