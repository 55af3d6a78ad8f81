"""The table: finds files without a manifest, and files in status PROCESSING whose lease has expired."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambdas.shared.invocation import Invocation
from lambdas.shared.source import Source
from lambdas.shared.timestamps import timestamp

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

_BATCH = 100
"""Maximum number of items in a BatchGetItem."""


@dataclass(frozen=True, kw_only=True)
class ExpiredLease:
    """A file in status PROCESSING whose lease has expired.

    Attributes
    ----------
    file_id, key
        The file.
    started_at
        When it was last claimed, in RFC 3339.
    """

    file_id: str
    key: str
    started_at: str


class Table:
    """The table, for one reconciliation.

    Reads are eventually consistent: the items are hours old.
    """

    def __init__(self, client: "DynamoDBClient", name: str, invocation: Invocation) -> None:
        self._client = client
        self._name = name
        self._invocation = invocation

    def without_manifest(self, sources: Sequence[Source]) -> list[Source]:
        """Return the files that have no manifest, of any status.

        Raises
        ------
        OutOfTime
            The deadline is near.
        """
        missing: list[Source] = []
        for start in range(0, len(sources), _BATCH):
            batch = sources[start : start + _BATCH]
            found = self._file_ids_with_manifest(batch)
            missing += [source for source in batch if source.file_id not in found]
        return missing

    def _file_ids_with_manifest(self, batch: Sequence[Source]) -> set[str]:
        """Return the ids of the files that have a manifest, retrying unprocessed keys with backoff."""
        found: set[str] = set()
        keys: Sequence[Mapping[str, AttributeValueTypeDef]] = [source.item_key for source in batch]
        attempt = 0
        while True:
            self._invocation.check_deadline()
            answer = self._client.batch_get_item(
                RequestItems={self._name: {"Keys": keys, "ProjectionExpression": "pk"}}
            )
            found |= {_file_id(item) for item in answer["Responses"].get(self._name, [])}
            if self._name not in answer.get("UnprocessedKeys", {}):
                return found
            keys = answer["UnprocessedKeys"][self._name]["Keys"]
            self._invocation.back_off(attempt, f"{len(keys)} items are still not read from the table")
            attempt += 1

    def overruns(self, before: float, now: float) -> Iterator[ExpiredLease]:
        """Yield the files in status PROCESSING that were claimed before a time and whose lease has expired by now.

        Either alone is normal: a redelivery may start long after the upload, and a released file waits for its next
        delivery.

        Raises
        ------
        OutOfTime
            The deadline is near.
        """
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name,
            IndexName="by_status",
            KeyConditionExpression="manifest_status = :processing AND started_at < :before",
            FilterExpression="lease_until < :now",
            ProjectionExpression="pk, #key, started_at",
            ExpressionAttributeNames={"#key": "key"},
            ExpressionAttributeValues={
                ":processing": {"S": "PROCESSING"},
                ":before": {"S": timestamp(before)},
                ":now": {"N": f"{now:.3f}"},
            },
        )
        for page in pages:
            self._invocation.check_deadline()
            for item in page["Items"]:
                yield ExpiredLease(file_id=_file_id(item), key=item["key"]["S"], started_at=item["started_at"]["S"])


def _file_id(item: "Mapping[str, AttributeValueTypeDef]") -> str:
    return item["pk"]["S"].removeprefix("file#")
