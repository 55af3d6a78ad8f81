"""The input bucket: lists the files that were uploaded."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from lambdas.shared.invocation import Invocation
from lambdas.shared.source import Source

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def uploads(client: "S3Client", bucket: str, before: float, invocation: Invocation) -> Iterator[Sequence[Source]]:
    """Yield pages of up to a thousand object versions that were uploaded before a time.

    Noncurrent versions count too, and empty objects, also those that stand for folders: the processor writes a manifest
    for each. Delete markers do not count: they upload nothing.

    Parameters
    ----------
    before
        Seconds since the epoch. S3 dates an object from the start of its upload.

    Raises
    ------
    OutOfTime
        The deadline is near.
    """
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        invocation.check_deadline()
        yield [
            Source(bucket=bucket, key=version["Key"], version_id=version["VersionId"])
            for version in page.get("Versions", [])
            if version["LastModified"].timestamp() < before
        ]
