"""The input bucket: which files came in."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from lambdas.invocation import Invocation
from lambdas.source import Source

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def pages(client: "S3Client", bucket: str, before: float, invocation: Invocation) -> Iterator[Sequence[Source]]:
    """Yield the versions of all objects that came in before a moment, up to a thousand at a time.

    Older versions count like the newest. Delete markers are none: they bring nothing in. Empty objects are, those that
    stand for folders too, as the processor gives each a manifest.

    Parameters
    ----------
    before
        In seconds since the epoch. S3 dates an object from when its upload began.

    Raises
    ------
    OutOfTime
        The deadline nears.
    """
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        invocation.pulse()
        yield [
            Source(bucket=bucket, key=one["Key"], version_id=one["VersionId"])
            for one in page.get("Versions", [])
            if one["LastModified"].timestamp() < before
        ]
