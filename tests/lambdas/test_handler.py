import gzip
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_plus

import boto3
import pytest
from moto import mock_aws

from lambdas.processor import handler
from lambdas.processor.pipeline import Source
from lambdas.processor.store import Busy, Store
from lambdas.processor.tokens import Tokens

HEADER = b"transaction_id,account,amount,currency,booked_at\n"
GOOD = HEADER + b"A,4111111111111111,1.00,EUR,2026-11-23T09:15:00Z\nB,4111111111111112,1.00,EUR,2026-11-23T09:15:00Z\n"


class Context:
    aws_request_id = "request"

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


class Deployment:
    """Buckets and table as they are deployed, on moto."""

    def __init__(self) -> None:
        self.s3 = boto3.client("s3", region_name="us-east-1")
        self.dynamodb = boto3.client("dynamodb", region_name="us-east-1")
        for bucket in ("input", "output", "quarantine"):
            self.s3.create_bucket(Bucket=bucket)
        self.s3.put_bucket_versioning(Bucket="input", VersioningConfiguration={"Status": "Enabled"})
        self.dynamodb.create_table(
            TableName="table",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        )

    def send(self, key: str, content: bytes) -> tuple[Source, str]:
        version = self.s3.put_object(Bucket="input", Key=key, Body=content)["VersionId"]
        described = {"bucket": {"name": "input"}, "object": {"key": quote_plus(key), "versionId": version}}
        body = json.dumps({"Records": [{"eventName": "ObjectCreated:Put", "s3": described}]})
        return Source(bucket="input", key=key, version_id=version), body

    def manifest(self, source: Source) -> dict[str, Any]:
        item = self.dynamodb.get_item(
            TableName="table", Key={"pk": {"S": f"file#{source.file_id}"}, "sk": {"S": "manifest"}}
        )
        return item["Item"]

    def lines(self, bucket: str, source: Source) -> list[dict[str, Any]]:
        body = self.s3.get_object(Bucket=bucket, Key=f"{source.file_id}/part-00000.jsonl.gz")["Body"].read()
        return [json.loads(line) for line in gzip.decompress(body).splitlines()]


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    values = {
        "INPUT_BUCKET": "input", "OUTPUT_BUCKET": "output", "QUARANTINE_BUCKET": "quarantine", "TRANSACTIONS_TABLE": "table",
        "TOKEN_KEY_ID": "key", "ACCOUNT_LAST4": "false",
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1",
    }  # fmt: skip
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    handler.environment.cache_clear()
    handler._client.cache_clear()
    monkeypatch.setattr(handler, "_tokens", lambda _: Tokens(b"k" * 32))
    with mock_aws():
        yield Deployment()
    handler.environment.cache_clear()
    handler._client.cache_clear()


def answer(*bodies: str) -> list[str]:
    event = {"Records": [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]}
    return [one["itemIdentifier"] for one in handler.handle(event, Context())["batchItemFailures"]]


def test_a_file_becomes_output_quarantine_rows_and_a_manifest(
    deployed: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    source, body = deployed.send("a folder/ä+1.csv", GOOD)
    assert answer(body) == []
    assert deployed.manifest(source)["manifest_status"] == {"S": "COMPLETED"}
    (record,) = deployed.lines("output", source)
    assert "account_last4" not in record
    (rejected,) = deployed.lines("quarantine", source)
    assert rejected["line"] == 3
    stored = json.loads(deployed.s3.get_object(Bucket="output", Key=f"{source.file_id}/manifest.json")["Body"].read())
    assert (stored["records_read"], stored["records_accepted"], stored["records_rejected"]) == (2, 1, 1)
    row = deployed.dynamodb.get_item(
        TableName="table", Key={"pk": {"S": "transaction#A"}, "sk": {"S": source.file_id}}
    )["Item"]
    assert row["amount"] == {"S": "1.00"}
    logged = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (logged["RecordsRejected"], logged["FilesCompleted"]) == (1, 1)
    assert logged["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Strongroom"


def test_a_message_that_comes_again_changes_nothing(deployed: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    source, body = deployed.send("a.csv", GOOD)
    answer(body)
    before = deployed.manifest(source)
    assert answer(body) == []
    assert deployed.manifest(source) == before
    assert "done before" in capsys.readouterr().out


def test_a_message_that_is_none_goes_back_and_takes_no_other_along(deployed: Deployment) -> None:
    source, body = deployed.send("a.csv", GOOD)
    assert answer("not json", body, "{}", '{"Event": "s3:TestEvent"}', "[]") == ["0", "2", "4"]
    assert deployed.manifest(source)["manifest_status"] == {"S": "COMPLETED"}


def test_a_file_that_is_gone_has_failed(deployed: Deployment) -> None:
    source, body = deployed.send("a.csv", GOOD)
    deployed.s3.delete_object(Bucket="input", Key="a.csv", VersionId=source.version_id)
    assert answer(body) == []
    assert deployed.manifest(source)["manifest_status"] == {"S": "FAILED"}


def test_a_key_that_is_too_long_has_failed(deployed: Deployment) -> None:
    source, body = deployed.send("k" * 901 + ".csv", GOOD)
    assert answer(body) == []
    assert "900" in deployed.manifest(source)["error"]["S"]


def test_another_buckets_notification_goes_back(deployed: Deployment) -> None:
    _, body = deployed.send("a.csv", GOOD)
    assert answer(body.replace('"input"', '"other"')) == ["0"]


def test_a_file_in_work_is_not_worked_on_twice_until_its_lease_ends(deployed: Deployment) -> None:
    source, _ = deployed.send("a.csv", GOOD)
    store = Store(
        deployed.s3, deployed.dynamodb, output="output", quarantine="quarantine", table="table", remaining=lambda: 10.0
    )
    assert store.claim(source, 1000.0, "now")
    with pytest.raises(Busy):
        store.claim(source, 1005.0, "now")
    assert store.claim(source, 1012.0, "now")


def test_logs_tell_no_account(deployed: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    answer(deployed.send("a.csv", GOOD)[1], deployed.send("b.csv", b"4111111111111111")[1])
    assert "411111" not in capsys.readouterr().out


class Throttled:
    """A table that takes one item of a batch at a time, and now and then none."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.calls = 0

    def batch_write_item(self, *, RequestItems: dict[str, list[Any]]) -> dict[str, Any]:  # noqa: N803
        self.calls += 1
        (first, *rest) = RequestItems["table"]
        if self.calls % 2:
            return {"UnprocessedItems": RequestItems}
        self.taken.append(first)
        return {"UnprocessedItems": {"table": rest} if rest else {}}


def test_items_that_were_not_taken_are_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lambdas.processor.store.time.sleep", lambda _: None)
    table = Throttled()
    store = Store(None, table, output="output", quarantine="quarantine", table="table", remaining=lambda: 100.0)
    store._write([{"n": number} for number in range(5)])
    assert table.taken == [{"n": number} for number in range(5)]
