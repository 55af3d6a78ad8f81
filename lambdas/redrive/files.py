"""Notifies the processor of a file again."""

import json
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from lambdas.redrive.request import Replay
from lambdas.redrive.settings import Settings
from lambdas.shared.errors import SafeError
from lambdas.shared.source import Source

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

EVENT_NAME = "ObjectCreated:Replay"
"""Tells a replay from S3's own notifications in the queue."""


class UnknownFile(SafeError):
    """The input bucket does not have the file; the message does not quote its key, which may name a customer."""


def replay(s3: "S3Client", sqs: "SQSClient", settings: Settings, request: Replay) -> Source:
    """Send a notification about a file to the work queue, in the form of S3's own; return the version of the object.

    Raises
    ------
    UnknownFile
        The input bucket has no such object or version, or the object was deleted.
    """
    source = _source(s3, settings.input_bucket, request)
    record = {
        "eventSource": "aws:s3",
        "eventName": EVENT_NAME,
        "s3": {
            "bucket": {"name": source.bucket},
            "object": {"key": quote_plus(source.key), "versionId": source.version_id},
        },
    }
    sqs.send_message(QueueUrl=settings.work_queue_url, MessageBody=json.dumps({"Records": [record]}))
    return source


def _source(client: "S3Client", bucket: str, request: Replay) -> Source:
    """Return the version of the object that a request names."""
    pages = client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=request.key)
    for page in pages:
        versions = [version for version in page.get("Versions", []) if version["Key"] == request.key]
        for version in versions:
            if version["VersionId"] == request.version_id or (request.version_id is None and version["IsLatest"]):
                return Source(bucket=bucket, key=request.key, version_id=version["VersionId"])
        # Keys are listed in order, so all versions of this one come before those of longer keys.
        others = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if any(entry["Key"] != request.key for entry in others):
            break
    if request.version_id is None:
        raise UnknownFile("the input bucket has no current object with this key; name a version_id if it was deleted")
    raise UnknownFile("the input bucket has no such version of an object with this key")
