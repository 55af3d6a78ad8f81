"""The table: which files have a manifest, and which are said to be worked on though nobody does."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambdas.invocation import Invocation
from lambdas.source import Source
from lambdas.telemetry import timestamp

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

_BATCH = 100
"""Items of a BatchGetItem, at most."""


@dataclass(frozen=True, kw_only=True)
class Overrun:
    """A file whose manifest says PROCESSING, and whose lease has ended.

    Attributes
    ----------
    file_id, key
        The file.
    started_at
        When it was last taken, in RFC 3339.
    """

    file_id: str
    key: str
    started_at: str


class Table:
    """The table as one sweep sees it.

    Reads are eventually consistent: what is looked for is hours old.
    """

    def __init__(self, client: "DynamoDBClient", name: str, invocation: Invocation) -> None:
        self._client = client
        self._name = name
        self._invocation = invocation

    def without_manifest(self, sources: Sequence[Source]) -> list[Source]:
        """Return those files that have no manifest at all, whatever it says.

        Raises
        ------
        OutOfTime
            The deadline nears.
        """
        missing: list[Source] = []
        for start in range(0, len(sources), _BATCH):
            batch = sources[start : start + _BATCH]
            found = self._found(batch)
            missing += [source for source in batch if source.file_id not in found]
        return missing

    def _found(self, batch: Sequence[Source]) -> set[str]:
        """Return the ids of those that have a manifest, asking again for what the table did not look at."""
        found: set[str] = set()
        due: Sequence[Mapping[str, AttributeValueTypeDef]] = [source.item_key for source in batch]
        attempt = 0
        while True:
            self._invocation.pulse()
            answer = self._client.batch_get_item(RequestItems={self._name: {"Keys": due, "ProjectionExpression": "pk"}})
            found |= {_file_id(item) for item in answer["Responses"].get(self._name, [])}
            if self._name not in answer.get("UnprocessedKeys", {}):
                return found
            due = answer["UnprocessedKeys"][self._name]["Keys"]
            self._invocation.pause(attempt, f"the table has still not looked for {len(due)} items")
            attempt += 1

    def overruns(self, before: float, now: float) -> Iterator[Overrun]:
        """Yield the files that were taken before a moment, and whose lease has ended by now.

        Neither alone is trouble: a redelivery may begin long after the file came in, and a file that was let go waits
        for its next delivery.

        Raises
        ------
        OutOfTime
            The deadline nears.
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
            self._invocation.pulse()
            for item in page["Items"]:
                yield Overrun(file_id=_file_id(item), key=item["key"]["S"], started_at=item["started_at"]["S"])


def _file_id(item: "Mapping[str, AttributeValueTypeDef]") -> str:
    return item["pk"]["S"].removeprefix("file#")
