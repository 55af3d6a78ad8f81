"""Where results go: parts and manifests as objects, the index as items."""

import gzip
import json
import random
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from lambdas.processor.pipeline import PART, Result, Source

_BATCH = 25
_FIRST_WAIT, _LONGEST_WAIT = 0.05, 5.0
_THROTTLES = {
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "InternalServerError",
}
TERMINAL = ("COMPLETED", "QUARANTINED")


class Busy(Exception):  # noqa: N818
    """Another invocation works on the file: the message goes back and comes again."""


class OutOfTime(Exception):  # noqa: N818
    """The deadline nears: the message goes back and comes again."""


class Store:
    """Results of one deployment.

    Parameters
    ----------
    s3, dynamodb
        boto3 clients.
    remaining
        Seconds until the invocation ends.
    """

    def __init__(
        self, s3: Any, dynamodb: Any, *, output: str, quarantine: str, table: str, remaining: Callable[[], float]
    ) -> None:
        self._s3 = s3
        self._dynamodb = dynamodb
        self._output = output
        self._quarantine = quarantine
        self._table = table
        self._remaining = remaining

    def claim(self, source: Source, now: float, started_at: str) -> bool:
        """Take a file for this invocation; false if it is finished.

        A claim is a lease that ends with the invocation: a crash frees the file for the next delivery.

        Raises
        ------
        Busy
            Another invocation holds the lease.
        """
        item = {
            **_key(source),
            "bucket": {"S": source.bucket},
            "key": {"S": source.key},
            "version_id": {"S": source.version_id},
            "manifest_status": {"S": "PROCESSING"},
            "started_at": {"S": started_at},
            "lease_until": {"N": str(int(now + self._remaining()) + 1)},
        }
        try:
            self._dynamodb.put_item(
                TableName=self._table,
                Item=item,
                ConditionExpression="attribute_not_exists(pk) OR manifest_status = :failed "
                "OR (manifest_status = :processing AND lease_until < :now)",
                ExpressionAttributeValues={
                    ":failed": {"S": "FAILED"},
                    ":processing": {"S": "PROCESSING"},
                    ":now": {"N": str(int(now))},
                },
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            found = self._dynamodb.get_item(TableName=self._table, Key=_key(source), ConsistentRead=True).get(
                "Item", {}
            )
            if found.get("manifest_status", {}).get("S") in TERMINAL:
                return False
            raise Busy(f"file {source.file_id} is in work by another invocation") from None
        return True

    def publish(self, source: Source, result: Result, whole: dict[str, Any]) -> None:
        """Publish results: parts, then index, then the manifest object, then the manifest's status."""
        for path, bucket in ((result.output, self._output), (result.quarantine, self._quarantine)):
            if path is not None:
                self._s3.upload_file(str(path), bucket, f"{source.file_id}/{PART}")
        if result.output is not None:
            self._index(source, result.output)
        body = json.dumps(whole, ensure_ascii=False, sort_keys=True).encode()
        self._s3.put_object(
            Bucket=self._output, Key=f"{source.file_id}/manifest.json", Body=body, ContentType="application/json"
        )
        self._dynamodb.put_item(TableName=self._table, Item={**_key(source), **_attributes(whole)})

    def _index(self, source: Source, part: Path) -> None:
        rows = _transactions(source, part)
        while batch := list(islice(rows, _BATCH)):
            self._write(batch)

    def _write(self, batch: list[dict[str, Any]]) -> None:
        """Write items, and again what was not taken, with growing waits and full jitter."""
        wait = _FIRST_WAIT
        while batch:
            try:
                answer = self._dynamodb.batch_write_item(RequestItems={self._table: batch})
                batch = answer.get("UnprocessedItems", {}).get(self._table, [])
            except ClientError as error:
                if error.response["Error"]["Code"] not in _THROTTLES:
                    raise
            if batch:
                if self._remaining() < _LONGEST_WAIT + 1:
                    raise OutOfTime(f"{len(batch)} items of the index are still not taken")
                time.sleep(random.uniform(0, wait))  # noqa: S311 - spreads retries, keeps no secret
                wait = min(2 * wait, _LONGEST_WAIT)


def _key(source: Source) -> dict[str, Any]:
    return {"pk": {"S": f"file#{source.file_id}"}, "sk": {"S": "manifest"}}


def _transactions(source: Source, part: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(part, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            names = ("line", "account_token", "amount", "currency", "booked_at")
            item = {
                "pk": f"transaction#{record['transaction_id']}",
                "sk": source.file_id,
                **{name: record[name] for name in names},
            }
            yield {"PutRequest": {"Item": _attributes(item)}}


def _attributes(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _attribute(value) for name, value in values.items()}


def _attribute(value: Any) -> dict[str, Any]:
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, dict):
        return {"M": _attributes(value)}
    if isinstance(value, list):
        return {"L": [_attribute(one) for one in value]}
    return {"S": str(value)}
