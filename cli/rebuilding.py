"""Rebuilds the table of transaction metadata from the parts and manifests in the output bucket."""

import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from lambdas.processor.manifest import MANIFEST, PART, Manifest
from lambdas.processor.table import Table
from lambdas.shared.invocation import Invocation
from lambdas.shared.source import Source
from offline.terminal import Progress, UserError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

_RETRY_SECONDS = 600.0
"""How long the writes of one part may be throttled."""
_MISSING = ("404", "NoSuchKey")


def rebuild_table(s3: "S3Client", dynamodb: "DynamoDBClient", *, output_bucket: str, table: str) -> Counter[str]:
    """Write the items of all files that have a manifest object; items that exist are overwritten with the same values.

    A file that is being processed keeps its lease: its invocation writes its items. A file without a manifest object has
    nothing to rebuild: its message, or the reconciler, has it processed again.

    Returns
    -------
    Counter
        Number of files by status.

    Raises
    ------
    UserError
        A part that a manifest names is missing, or a manifest belongs to another file than its key says. All other files
        are rebuilt before that.
    """
    files: Counter[str] = Counter()
    damaged: list[str] = []
    with Progress(f"rebuilding {table} from {output_bucket}") as progress:
        for key in _manifest_keys(s3, output_bucket):
            manifest: Manifest = json.load(s3.get_object(Bucket=output_bucket, Key=key)["Body"])
            source = Source(bucket=manifest["bucket"], key=manifest["key"], version_id=manifest["version_id"])
            items = Table(dynamodb, table, _invocation())
            if key != f"{source.file_id}/{MANIFEST}":
                damaged.append(f"{key} is the manifest of another file, {source.file_id}")
            elif manifest["output_parts"] and not _index_part(s3, output_bucket, items, source):
                damaged.append(f"{source.file_id}/{PART} is missing, which its manifest names")
            else:
                items.restore(source, manifest)
                files[manifest["manifest_status"]] += 1
            progress.detail = f"{files.total()} files"
    if damaged:
        raise UserError(
            f"{len(damaged)} files of {output_bucket} were not rebuilt: {'; '.join(damaged)}. The other {files.total()} files are "
            f"in the table. Restore a missing object from its earlier version, then run the command again."
        )
    return files


def _manifest_keys(s3: "S3Client", bucket: str) -> Iterator[str]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        yield from (entry["Key"] for entry in page.get("Contents", []) if entry["Key"].endswith(f"/{MANIFEST}"))


def _invocation() -> Invocation:
    deadline = time.monotonic() + _RETRY_SECONDS
    return Invocation(
        request_id="rebuild",
        clock=time.time,
        remaining=lambda: deadline - time.monotonic(),
        sleep=time.sleep,
        random=random.random,
    )


def _index_part(s3: "S3Client", bucket: str, items: Table, source: Source) -> bool:
    """Write the items of a file's transactions; return false if its part does not exist."""
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / PART
        try:
            s3.download_file(bucket, f"{source.file_id}/{PART}", str(part))
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                return False
            raise
        items.index(source, part)
    return True
