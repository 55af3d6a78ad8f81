"""The table: who works on a file, what became of it, and an index of the accepted transactions.

The claim of a file is a lease that ends with the invocation that took it:

| the file's item | what a delivery does |
|---|---|
| none, FAILED, or PROCESSING with a lease that has ended | takes the file |
| PROCESSING with a lease | goes back and comes again |
| COMPLETED or QUARANTINED, and the manifest object is there | nothing is left to do |
| COMPLETED or QUARANTINED, and the manifest object is not there | takes the file: same parts, same keys |
"""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from lambdas.invocation import Invocation
from lambdas.processor.manifest import Manifest
from lambdas.source import Source
from lambdas.telemetry import Told, timestamp

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, WriteRequestUnionTypeDef

TERMINAL = ("COMPLETED", "QUARANTINED")
_BATCH = 25
"""Items of a BatchWriteItem, at most."""
_CLOCK_SKEW = 2.0
"""Seconds by which two machines' clocks may differ before a lease is taken for ended too early."""
_TRANSIENT = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
    }
)
_INDEXED = ("line", "account_token", "amount", "currency", "booked_at")


class Busy(Told):
    """Another invocation works on the file: the message goes back and comes again."""


class LostLease(Told):
    """Another invocation took the file over: what it says of it counts."""


class Table:
    """The table as one invocation sees it."""

    def __init__(self, client: "DynamoDBClient", name: str, invocation: Invocation) -> None:
        self._client = client
        self._name = name
        self._invocation = invocation

    def claim(self, source: Source) -> str | None:
        """Take a file; return none if it was taken, or the terminal status that it has.

        Raises
        ------
        Busy
            Another invocation holds it.
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
        found = self._client.get_item(TableName=self._name, Key=source.item_key, ConsistentRead=True).get("Item", {})
        status = found.get("manifest_status", {}).get("S")
        if status in TERMINAL:
            return status
        raise Busy(f"another invocation works on file {source.file_id}")

    def reclaim(self, source: Source, status: str) -> None:
        """Take a file that is finished, since its manifest object is not there.

        Raises
        ------
        Busy
            Another invocation was faster.
        """
        if not self._put_claim(
            source, self._invocation.clock(), "manifest_status = :status", {":status": {"S": status}}
        ):
            raise Busy(f"another invocation works on file {source.file_id}")

    def _put_claim(
        self, source: Source, now: float, condition: str, values: Mapping[str, "AttributeValueTypeDef"]
    ) -> bool:
        until = now + max(self._invocation.remaining(), 0) + _CLOCK_SKEW
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
        """Let go of a file that was not finished, so that the next delivery need not wait for the lease's end."""
        try:
            self._client.update_item(
                TableName=self._name,
                Key=source.item_key,
                UpdateExpression="SET lease_until = :ended",
                ConditionExpression="lease_owner = :me",
                ExpressionAttributeValues={":ended": {"N": "0"}, ":me": {"S": self._invocation.request_id}},
            )
        except ClientError as error:
            if not _is_condition(error):
                raise

    def finish(self, source: Source, whole: Manifest) -> None:
        """Write a file's manifest.

        Raises
        ------
        LostLease
            The file is no longer this invocation's.
        """
        item = {**source.item_key, **_attributes(whole)}
        if not self._put(item, "lease_owner = :me", {":me": {"S": self._invocation.request_id}}):
            raise LostLease(f"another invocation took over file {source.file_id}")

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
            if _is_condition(error):
                return False
            raise
        return True

    def index(self, source: Source, part: Path) -> None:
        """Write an item for each transaction of a part.

        Raises
        ------
        OutOfTime
            The table did not take all of them before the deadline.
        """
        rows = _transactions(source, part)
        while batch := list(islice(rows, _BATCH)):
            self._write(batch)

    def _write(self, batch: Sequence["WriteRequestUnionTypeDef"]) -> None:
        """Write items, and those again that were not taken, with growing waits and full jitter."""
        attempt = 0
        while True:
            self._invocation.pulse()
            try:
                answer = self._client.batch_write_item(RequestItems={self._name: batch})
                batch = answer.get("UnprocessedItems", {}).get(self._name, [])
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") not in _TRANSIENT:
                    raise
            if not batch:
                return
            self._invocation.pause(attempt, f"the table has still not taken {len(batch)} items")
            attempt += 1


def _is_condition(error: ClientError) -> bool:
    return error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException"


def _transactions(source: Source, part: Path) -> Iterator["WriteRequestUnionTypeDef"]:
    with gzip.open(part, "rt", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            record = json.loads(line)
            item = {
                "pk": f"transaction#{record['transaction_id']}",
                "sk": source.file_id,
                **{name: record[name] for name in _INDEXED},
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
        return {"L": [_attribute(one) for one in value]}
    return {"S": str(value)}
