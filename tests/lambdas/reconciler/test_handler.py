import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from lambdas.reconciler import handler
from lambdas.reconciler.findings import MAX_LOGGED
from lambdas.shared.environment import InvalidSettings
from lambdas.shared.invocation import OutOfTime
from lambdas.shared.source import Source
from lambdas.shared.timestamps import timestamp
from tests.lambdas.context import FakeContext

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

ALLOWED = 7200


def context(seconds: float = 900) -> FakeContext:
    return FakeContext(function_name="house-reconciler", seconds=seconds)


@dataclass
class Cloud:
    """The reconciler's surroundings, a day after everything in them was made."""

    s3: "S3Client"
    dynamodb: "DynamoDBClient"
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    now: float = 0

    def upload(self, key: str = "in/file.csv", content: bytes = b"x") -> Source:
        version = self.s3.put_object(Bucket="input", Key=key, Body=content).get("VersionId", "null")
        return Source(bucket="input", key=key, version_id=version)

    def put(self, source: Source, status: str, started: float = 0, lease: float | None = None) -> None:
        item: Any = {**source.item_key, "key": {"S": source.key}, "manifest_status": {"S": status}}
        item["started_at"] = {"S": timestamp(started)}
        if lease is not None:
            item["lease_until"] = {"N": f"{lease:.3f}"}
        self.dynamodb.put_item(TableName="transactions", Item=item)

    def at(self, now: float) -> None:
        self.now = now
        clock = SimpleNamespace(time=lambda: now, sleep=lambda _: None)
        self.monkeypatch.setattr("lambdas.shared.invocation.time", clock)

    def reconcile(self, seconds: float = 900) -> dict[str, int]:
        return handler.handle({}, context(seconds))

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.capsys.readouterr().out.splitlines()]


@pytest.fixture
def cloud(
    shared_session: boto3.Session, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Cloud]:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("INPUT_BUCKET", "input")
    monkeypatch.setenv("TRANSACTIONS_TABLE", "transactions")
    monkeypatch.setenv("ALLOWED_SECONDS", str(ALLOWED))
    with mock_aws():
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", shared_session)
        s3, dynamodb = boto3.client("s3"), boto3.client("dynamodb")
        s3.create_bucket(Bucket="input", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        s3.put_bucket_versioning(Bucket="input", VersioningConfiguration={"Status": "Enabled"})
        dynamodb.create_table(
            TableName="transactions",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "manifest_status", "started_at")
            ],
            GlobalSecondaryIndexes=[{
                "IndexName": "by_status",
                "KeySchema": [
                    {"AttributeName": "manifest_status", "KeyType": "HASH"}, {"AttributeName": "started_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }],
            BillingMode="PAY_PER_REQUEST",
        )  # fmt: skip
        monkeypatch.setattr(handler, "_s3", lambda: s3)
        monkeypatch.setattr(handler, "_dynamodb", lambda: dynamodb)
        found = Cloud(s3, dynamodb, capsys, monkeypatch)
        found.at(time.time() + 24 * 3600)
        yield found


def none(files: int) -> dict[str, int]:
    return {"files": files, "without_manifest": 0, "overruns": 0}


def gap(files: int = 1) -> dict[str, int]:
    return {**none(files), "without_manifest": 1}


def metrics(lines: list[dict[str, Any]]) -> dict[str, int]:
    """Return the metrics of all lines, which have the dimension that the alarms name."""
    found: dict[str, int] = {}
    for line in lines:
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
            assert (directive["Namespace"], directive["Dimensions"]) == ("Strongroom", [["FunctionName"]])
            assert line["FunctionName"] == "house-reconciler"
            found |= {metric["Name"]: line[metric["Name"]] for metric in directive["Metrics"]}
    return found


def test_a_file_without_manifest_is_counted_and_named(cloud: Cloud) -> None:
    done, lost = cloud.upload("done.csv"), cloud.upload("lost.csv")
    cloud.put(done, "COMPLETED")
    assert cloud.reconcile() == gap(2)
    named, told = cloud.lines()
    assert (named["event"], named["level"]) == ("file without manifest", "ERROR")
    assert (named["file_id"], named["key"], named["version_id"]) == (lost.file_id, "lost.csv", lost.version_id)
    assert metrics([told]) == {"Reconciliations": 1, "FilesWithoutManifest": 1, "OverrunLeases": 0}
    assert (told["level"], told["files"]) == ("ERROR", 2)


@pytest.mark.parametrize("status", ["COMPLETED", "QUARANTINED", "FAILED", "PROCESSING"])
def test_a_file_with_a_manifest_is_no_gap_whatever_the_manifest_says(cloud: Cloud, status: str) -> None:
    cloud.put(cloud.upload(), status, started=cloud.now, lease=cloud.now + 60)
    assert cloud.reconcile() == none(1)
    (told,) = cloud.lines()
    assert (told["level"], metrics([told])) == (
        "INFO",
        {"Reconciliations": 1, "FilesWithoutManifest": 0, "OverrunLeases": 0},
    )


def test_a_file_has_its_time(cloud: Cloud) -> None:
    cloud.upload()
    arrived = cloud.s3.list_object_versions(Bucket="input")["Versions"][0]["LastModified"].timestamp()
    cloud.at(arrived + ALLOWED)
    assert cloud.reconcile() == none(0)
    cloud.at(arrived + ALLOWED + 0.001)
    assert cloud.reconcile() == gap()


def test_every_version_of_an_object_is_a_file(cloud: Cloud) -> None:
    first, second = cloud.upload(), cloud.upload(content=b"y")
    cloud.put(second, "COMPLETED")
    assert cloud.reconcile() == gap(2)
    assert cloud.lines()[0]["file_id"] == first.file_id


def test_a_delete_marker_is_none_and_hides_none(cloud: Cloud) -> None:
    source = cloud.upload()
    cloud.s3.delete_object(Bucket="input", Key=source.key)
    assert cloud.reconcile() == gap()
    cloud.put(source, "COMPLETED")
    assert cloud.reconcile() == none(1)


@pytest.mark.parametrize("key", ["folder/", "a b+c%2B&.csv", "überweisung\u2028 €.csv", "x" * 1024])
def test_a_key_is_taken_as_it_is_and_an_empty_object_is_a_file(cloud: Cloud, key: str) -> None:
    source = cloud.upload(key, content=b"")
    assert cloud.reconcile() == gap()
    assert cloud.lines()[0]["key"] == key
    cloud.put(source, "QUARANTINED")
    assert cloud.reconcile() == none(1)


def test_what_came_in_while_versions_were_suspended_shows(cloud: Cloud) -> None:
    cloud.s3.put_bucket_versioning(Bucket="input", VersioningConfiguration={"Status": "Suspended"})
    cloud.upload()
    assert cloud.reconcile() == gap()
    assert cloud.lines()[0]["version_id"] == "null"


def test_an_item_that_is_no_manifest_is_none(cloud: Cloud) -> None:
    source = cloud.upload()
    cloud.dynamodb.put_item(TableName="transactions", Item={**source.item_key, "sk": {"S": "other"}})
    assert cloud.reconcile() == gap()


@pytest.mark.parametrize(
    ("status", "started", "lease", "overruns"),
    [
        ("PROCESSING", -ALLOWED - 1, -1, 1),
        ("PROCESSING", -ALLOWED - 1, 0.001 - 86400, 1),
        ("PROCESSING", -ALLOWED - 1, +1, 0),
        ("PROCESSING", -ALLOWED + 1, -1, 0),
        ("COMPLETED", -ALLOWED - 1, -1, 0),
        ("FAILED", -ALLOWED - 1, -1, 0),
    ],
)
def test_a_file_is_overrun_when_it_was_taken_long_ago_and_its_lease_has_ended(
    cloud: Cloud, status: str, started: float, lease: float, overruns: int
) -> None:
    source = cloud.upload()
    cloud.put(source, status, started=cloud.now + started, lease=cloud.now + lease)
    assert cloud.reconcile() == {**none(1), "overruns": overruns}
    lines = cloud.lines()
    assert metrics(lines) == {"Reconciliations": 1, "FilesWithoutManifest": 0, "OverrunLeases": overruns}
    assert lines[-1]["level"] == ("ERROR" if overruns else "INFO")
    named = [(one["file_id"], one["key"]) for one in lines if one["event"] == "lease overrun"]
    assert named == [(source.file_id, source.key)] * overruns


def test_a_file_that_was_let_go_long_ago_is_overrun_though_its_object_is_gone(cloud: Cloud) -> None:
    cloud.put(Source(bucket="input", key="gone.csv", version_id="v"), "PROCESSING", lease=0)
    assert cloud.reconcile() == {**none(0), "overruns": 1}


def test_many_gaps_are_all_counted_and_some_named(cloud: Cloud) -> None:
    for number in range(MAX_LOGGED + 5):
        cloud.upload(f"{number:04}.csv")
    assert cloud.reconcile() == {**none(MAX_LOGGED + 5), "without_manifest": MAX_LOGGED + 5}
    lines = cloud.lines()
    assert len([one for one in lines if one["event"] == "file without manifest"]) == MAX_LOGGED
    assert metrics(lines)["FilesWithoutManifest"] == MAX_LOGGED + 5


class Unwilling:
    """A client of DynamoDB whose batches are answered in part, or not, as it is told."""

    def __init__(self, client: Any, *answers: int | str) -> None:
        self._client = client
        self._answers = list(answers)
        self.asked: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def batch_get_item(self, RequestItems: dict[str, Any]) -> Any:  # noqa: N803
        ((table, request),) = RequestItems.items()
        self.asked.append(len(request["Keys"]))
        answer = self._answers.pop(0) if self._answers else 100
        if isinstance(answer, str):
            raise ClientError({"Error": {"Code": answer}}, "BatchGetItem")
        taken, left = request["Keys"][:answer], request["Keys"][answer:]
        found = self._client.batch_get_item(RequestItems={table: {**request, "Keys": taken}}) if taken else {}
        unprocessed = {table: {**request, "Keys": left}} if left else {}
        return {"Responses": found.get("Responses", {table: []}), "UnprocessedKeys": unprocessed}


def unwilling(cloud: Cloud, *answers: int | str) -> Unwilling:
    client = Unwilling(cloud.dynamodb, *answers)
    cloud.monkeypatch.setattr(handler, "_dynamodb", lambda: client)
    return client


def test_what_the_table_did_not_look_for_is_asked_again(cloud: Cloud) -> None:
    for number in range(5):
        cloud.put(cloud.upload(f"{number}.csv"), "COMPLETED")
    client = unwilling(cloud, 2, 0, 1)
    assert cloud.reconcile() == none(5)
    assert client.asked == [5, 3, 3, 2]


def test_a_table_that_never_answers_fails_the_reconciliation(cloud: Cloud) -> None:
    cloud.upload()
    unwilling(cloud, *[0] * 1000)
    cloud.monkeypatch.setattr("random.random", lambda: 1.0)
    with pytest.raises(OutOfTime, match="1 items are still not read"):
        cloud.reconcile(seconds=6)
    (line,) = cloud.lines()
    assert (line["event"], metrics([line])) == ("reconciliation failed", {})


def test_a_sweep_that_is_broken_off_tells_what_it_found_and_is_none(cloud: Cloud) -> None:
    for number in range(150):
        cloud.upload(f"{number:03}.csv")
    cloud.put(Source(bucket="input", key="old.csv", version_id="v"), "PROCESSING", lease=0)
    cloud.monkeypatch.setattr(cloud.s3, "get_paginator", lambda _: Pages(cloud.s3, 100))
    unwilling(cloud, 100, "ThrottlingException")
    with pytest.raises(ClientError, match="ThrottlingException"):
        cloud.reconcile()
    *_, line = cloud.lines()
    assert (line["event"], line["level"], line["files"]) == ("reconciliation failed", "ERROR", 100)
    assert line["error"] == "AWS answered ThrottlingException to BatchGetItem"
    assert metrics([line]) == {"FilesWithoutManifest": 100, "OverrunLeases": 1}


class Pages:
    """A paginator whose pages are of some size."""

    def __init__(self, s3: "S3Client", size: int) -> None:
        self._s3 = s3
        self._size = size

    def paginate(self, **parameters: Any) -> Any:
        pages = self._s3.__class__.get_paginator(self._s3, "list_object_versions")
        return pages.paginate(**parameters, PaginationConfig={"PageSize": self._size})


def test_near_the_deadline_the_invocation_fails_and_says_nothing_of_none(cloud: Cloud) -> None:
    cloud.upload()
    with pytest.raises(OutOfTime, match="deadline is near"):
        cloud.reconcile(seconds=4)
    (line,) = cloud.lines()
    assert (line["event"], line["error"]) == ("reconciliation failed", "OutOfTime: the deadline is near")
    assert metrics([line]) == {}


def test_a_list_that_takes_too_long_fails_the_sweep_though_nothing_in_it_is_due(cloud: Cloud) -> None:
    for number in range(3):
        cloud.upload(f"{number}.csv")
    cloud.at(time.time())
    cloud.monkeypatch.setattr(cloud.s3, "get_paginator", lambda _: Pages(cloud.s3, 1))
    left = iter([900, 900, 900, 4])  # after the index and two pages
    late = context()
    cloud.monkeypatch.setattr(late, "get_remaining_time_in_millis", lambda: next(left) * 1000)
    with pytest.raises(OutOfTime):
        handler.handle({}, late)


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_pages_of_any_size_are_one_list(cloud: Cloud, size: int) -> None:
    sources = [cloud.upload(f"{number % 3}.csv") for number in range(7)]
    cloud.s3.delete_object(Bucket="input", Key="0.csv")
    for source in sources[:6]:
        cloud.put(source, "COMPLETED")
    cloud.monkeypatch.setattr(cloud.s3, "get_paginator", lambda _: Pages(cloud.s3, size))
    assert cloud.reconcile() == gap(7)
    assert cloud.lines()[0]["file_id"] == sources[6].file_id


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("INPUT_BUCKET", "", "INPUT_BUCKET is missing"),
        ("TRANSACTIONS_TABLE", "", "TRANSACTIONS_TABLE is missing"),
        ("ALLOWED_SECONDS", "", "ALLOWED_SECONDS is '', expected a whole number of at least 1"),
        ("ALLOWED_SECONDS", "0", "expected a whole number of at least 1"),
        ("ALLOWED_SECONDS", "1h", "expected a whole number of at least 1"),
    ],
)
def test_a_wrong_setting_is_named(cloud: Cloud, name: str, value: str, told: str) -> None:
    cloud.monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSettings, match=told):
        cloud.reconcile()
