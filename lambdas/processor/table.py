"""The table: leases and manifests of files, and an index of the accepted transactions.

An invocation claims a file with a lease that expires with the invocation:

| the file's item | what a delivery does |
|---|---|
| none, FAILED, or PROCESSING with an expired lease | claims the file |
| PROCESSING with a lease | the message is retried |
| COMPLETED or QUARANTINED, and the manifest object exists | nothing |
| COMPLETED or QUARANTINED, and the manifest object is missing | claims the file again: same parts, same keys |
"""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from lambdas.processor.manifest import Manifest
from lambdas.shared.errors import SafeError, error_code, is_transient
from lambdas.shared.invocation import Invocation
from lambdas.shared.source import Source
from lambdas.shared.timestamps import timestamp

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, WriteRequestUnionTypeDef

_FINAL = ("COMPLETED", "QUARANTINED")
_BATCH = 25
"""Maximum number of items in a BatchWriteItem."""
_CLOCK_SKEW_SECONDS = 2.0
"""Seconds added to a lease, because clocks of two machines may differ."""
_CONDITION_FAILED = "ConditionalCheckFailedException"
INDEXED_FIELDS = ("line", "account_token", "amount", "currency", "booked_at")


class FileLeased(SafeError):
    """Another invocation holds the lease of the file: the message is retried."""


class LeaseLost(SafeError):
    """Another invocation took over the file: that invocation's outcome counts."""


class Table:
    """The table, for one invocation."""

    def __init__(self, client: "DynamoDBClient", name: str, invocation: Invocation) -> None:
        self._client = client
        self._name = name
        self._invocation = invocation

    def claim(self, source: Source) -> str | None:
        """Claim a file; return none on success, or the final status that the file has.

        Raises
        ------
        FileLeased
            Another invocation holds the lease.
        """
        now = self._invocation.clock()
        free = "attribute_not_exists(pk) OR manifest_status = :failed OR (manifest_status = :processing AND lease_until < :now)"
        values: Mapping[str, AttributeValueTypeDef] = {
            ":failed": {"S": "FAILED"},
            ":processing": {"S": "PROCESSING"},
            ":now": {"N": f"{now:.3f}"},
        }
        if self._put_claim(source, now, free, values):
            return None
        status = self.status(source)
        if status in _FINAL:
            return status
        raise FileLeased(f"another invocation holds the lease of file {source.file_id}")

    def status(self, source: Source) -> str | None:
        """Return the status of a file; None if the table does not know it."""
        found = self._client.get_item(TableName=self._name, Key=source.item_key, ConsistentRead=True).get("Item", {})
        return found.get("manifest_status", {}).get("S")

    def reclaim(self, source: Source, status: str) -> None:
        """Claim a finished file whose manifest object is missing.

        Raises
        ------
        FileLeased
            Another invocation was faster.
        """
        if not self._put_claim(
            source, self._invocation.clock(), "manifest_status = :status", {":status": {"S": status}}
        ):
            raise FileLeased(f"another invocation holds the lease of file {source.file_id}")

    def _put_claim(
        self, source: Source, now: float, condition: str, values: Mapping[str, "AttributeValueTypeDef"]
    ) -> bool:
        until = now + max(self._invocation.remaining(), 0) + _CLOCK_SKEW_SECONDS
        item: dict[str, AttributeValueTypeDef] = {
            **source.item_key,
            **_attributes({"bucket": source.bucket, "key": source.key, "version_id": source.version_id}),
            "manifest_status": {"S": "PROCESSING"},
            "started_at": {"S": timestamp(now)},
            "lease_owner": {"S": self._invocation.request_id},
            "lease_until": {"N": f"{until:.3f}"},
        }
        return self._put(item, condition, values)

    def release(self, source: Source) -> None:
        """End the lease of an unfinished file, so that the next delivery need not wait until it expires."""
        try:
            self._client.update_item(
                TableName=self._name,
                Key=source.item_key,
                UpdateExpression="SET lease_until = :ended",
                ConditionExpression="lease_owner = :me",
                ExpressionAttributeValues={":ended": {"N": "0"}, ":me": {"S": self._invocation.request_id}},
            )
        except ClientError as error:
            if error_code(error) != _CONDITION_FAILED:
                raise

    def finish(self, source: Source, manifest: Manifest) -> None:
        """Write a file's manifest item.

        Raises
        ------
        LeaseLost
            This invocation no longer holds the lease.
        """
        item = {**source.item_key, **_attributes(manifest)}
        if not self._put(item, "lease_owner = :me", {":me": {"S": self._invocation.request_id}}):
            raise LeaseLost(f"another invocation took over file {source.file_id}")

    def restore(self, source: Source, manifest: Manifest) -> None:
        """Write the item of a finished file again; a file that is being processed keeps its lease."""
        item = {**source.item_key, **_attributes(manifest)}
        unclaimed = "attribute_not_exists(pk) OR manifest_status <> :processing"
        self._put(item, unclaimed, {":processing": {"S": "PROCESSING"}})

    def _put(
        self,
        item: Mapping[str, "AttributeValueTypeDef"],
        condition: str,
        values: Mapping[str, "AttributeValueTypeDef"],
    ) -> bool:
        try:
            self._client.put_item(
                TableName=self._name, Item=item, ConditionExpression=condition, ExpressionAttributeValues=values
            )
        except ClientError as error:
            if error_code(error) == _CONDITION_FAILED:
                return False
            raise
        return True

    def index(self, source: Source, part: Path) -> None:
        """Write an item for each transaction of a part.

        Raises
        ------
        OutOfTime
            Items remained unwritten near the deadline.
        """
        rows = _transactions(source, part)
        while batch := list(islice(rows, _BATCH)):
            self._write(batch)

    def _write(self, batch: Sequence["WriteRequestUnionTypeDef"]) -> None:
        """Write items, retrying unprocessed ones with backoff."""
        attempt = 0
        while True:
            self._invocation.check_deadline()
            try:
                answer = self._client.batch_write_item(RequestItems={self._name: batch})
                batch = answer.get("UnprocessedItems", {}).get(self._name, [])
            except ClientError as error:
                if not is_transient(error):
                    raise
            if not batch:
                return
            self._invocation.back_off(attempt, f"{len(batch)} items are still not written to the table")
            attempt += 1


def _transactions(source: Source, part: Path) -> Iterator["WriteRequestUnionTypeDef"]:
    with gzip.open(part, "rt", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            record = json.loads(line)
            item = {
                "pk": f"transaction#{record['transaction_id']}",
                "sk": source.file_id,
                **{name: record[name] for name in INDEXED_FIELDS},
            }
            yield {"PutRequest": {"Item": _attributes(item)}}


def _attributes(values: Mapping[str, object]) -> dict[str, "AttributeValueTypeDef"]:
    return {name: _attribute(value) for name, value in values.items()}


def _attribute(value: object) -> "AttributeValueTypeDef":
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, dict):
        return {"M": _attributes(value)}
    if isinstance(value, list):
        return {"L": [_attribute(element) for element in value]}
    return {"S": str(value)}
