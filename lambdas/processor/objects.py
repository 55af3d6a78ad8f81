"""Objects: reads input files as streams, writes parts and manifests.

Requests name no encryption, so that the bucket's default key applies. They name a checksum, which S3 verifies and which
a bucket with object lock requires.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.processor.manifest import MANIFEST, PART, Manifest, manifest_json
from lambdas.processor.reasons import Reason
from lambdas.shared.errors import SafeError, error_code
from lambdas.shared.source import Source

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_CHUNK_BYTES = 1 << 18
_CHECKSUM: Final = "SHA256"
_GONE_CODES = frozenset({"NoSuchKey", "NoSuchVersion", "MethodNotAllowed", "InvalidObjectState", "404", "405"})
"""The version is deleted, a delete marker, or archived: a retry cannot succeed."""
_NOT_FOUND_CODES = frozenset({"403", "404", "AccessDenied", "NoSuchKey"})
"""S3 answers 403 for an object that does not exist if the role may not list the bucket."""


class ObjectGone(Exception):
    """The object version cannot be read, now or later; the message is the reason."""


class DownloadInterrupted(SafeError):
    """The download of an object ended early: the message is retried."""


@contextmanager
def _gone() -> Iterator[None]:
    """Turn S3's answers about a version that cannot be read into `ObjectGone`."""
    try:
        yield
    except ClientError as error:
        if error_code(error) in _GONE_CODES:
            raise ObjectGone(Reason.NOT_READABLE.of("object", code=error_code(error))) from None
        raise


class Objects:
    """The buckets of one deployment."""

    def __init__(self, client: "S3Client", *, output: str, quarantine: str) -> None:
        self._client = client
        self._output = output
        self._quarantine = quarantine

    def content(self, source: Source) -> Iterator[bytes]:
        """Return the bytes of an object version as a stream.

        Raises
        ------
        ObjectGone
            The version does not exist or is archived.
        DownloadInterrupted
            While reading: the connection broke.
        """
        with _gone():
            answer = self._client.get_object(Bucket=source.bucket, Key=source.key, VersionId=source.version_id)
        chunks = answer["Body"].iter_chunks(_CHUNK_BYTES)

        def checked() -> Iterator[bytes]:
            received = 0
            try:
                for chunk in chunks:
                    received += len(chunk)
                    yield chunk
            except BotoCoreError as error:
                raise DownloadInterrupted(
                    f"{type(error).__name__} after {received} of {answer['ContentLength']} bytes"
                ) from error
            if received != answer["ContentLength"]:
                raise DownloadInterrupted(f"the object ended after {received} of {answer['ContentLength']} bytes")

        return checked()

    def tag(self, source: Source, name: str) -> str | None:
        """Return the value of a tag of an object version; none if it has no such tag.

        Raises
        ------
        ObjectGone
            The version does not exist.
        """
        with _gone():
            answer = self._client.get_object_tagging(Bucket=source.bucket, Key=source.key, VersionId=source.version_id)
        return next((tag["Value"] for tag in answer["TagSet"] if tag["Key"] == name), None)

    def has_manifest(self, source: Source) -> bool:
        """Return whether a file's manifest object exists."""
        try:
            self._client.head_object(Bucket=self._output, Key=f"{source.file_id}/{MANIFEST}")
        except ClientError as error:
            if error_code(error) in _NOT_FOUND_CODES:
                return False
            raise
        return True

    def put_parts(self, source: Source, output: Path | None, quarantine: Path | None) -> None:
        """Write a file's parts, if it has any."""
        for part, bucket in ((output, self._output), (quarantine, self._quarantine)):
            if part is not None:
                self._client.upload_file(
                    str(part),
                    bucket,
                    f"{source.file_id}/{PART}",
                    ExtraArgs={"ContentType": "application/gzip", "ChecksumAlgorithm": _CHECKSUM},
                )

    def put_manifest(self, source: Source, manifest: Manifest) -> None:
        """Write a file's manifest object, which tells consumers that the parts are complete."""
        self._client.put_object(
            Bucket=self._output,
            Key=f"{source.file_id}/{MANIFEST}",
            Body=manifest_json(manifest).encode(),
            ContentType="application/json",
            ChecksumAlgorithm=_CHECKSUM,
        )
