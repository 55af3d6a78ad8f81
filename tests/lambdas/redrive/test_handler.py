"""The redrive function returns messages and files to the processor, and shows nothing of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from lambdas.processor.notifications import parse_notification
from lambdas.redrive import handler
from lambdas.redrive.files import UnknownFile
from lambdas.redrive.request import InvalidRequest
from lambdas.shared.environment import InvalidSettings
from lambdas.shared.invocation import OutOfTime
from lambdas.shared.source import Source
from tests.lambdas.context import FakeContext

KEY = "in/GB29NWBK60161331926819 ü+.csv"


@dataclass
class Cloud:
    """An input bucket and both queues."""

    s3: Any
    sqs: Any
    work: str
    dead: str

    def ask(self, event: object, seconds: float = 60) -> dict[str, object]:
        return handler.handle(event, FakeContext(function_name="redrive", seconds=seconds))

    def upload(self, key: str = KEY) -> Source:
        version = self.s3.put_object(Bucket="input", Key=key, Body=b"x")["VersionId"]
        return Source(bucket="input", key=key, version_id=version)

    def messages(self, queue: str) -> list[str]:
        received = []
        while answer := self.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            received += [message["Body"] for message in answer]
        return received

    def notified(self) -> list[Source]:
        return [source for body in self.messages(self.work) for source in parse_notification(body, "input").sources]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, shared_session: boto3.Session) -> Iterator[Cloud]:
    with mock_aws():
        s3, sqs = shared_session.client("s3"), shared_session.client("sqs")
        s3.create_bucket(Bucket="input", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        s3.put_bucket_versioning(Bucket="input", VersioningConfiguration={"Status": "Enabled"})
        work, dead = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("work", "dead"))
        for name, value in (("INPUT_BUCKET", "input"), ("WORK_QUEUE_URL", work), ("DEAD_LETTER_QUEUE_URL", dead)):
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(handler, "_s3", lambda: s3)
        monkeypatch.setattr(handler, "_sqs", lambda: sqs)
        yield Cloud(s3, sqs, work, dead)


@pytest.mark.parametrize("count", [0, 1, 25])
def test_all_dead_letters_return_to_the_work_queue(count: int, cloud: Cloud) -> None:
    for number in range(count):
        cloud.sqs.send_message(QueueUrl=cloud.dead, MessageBody=f"message {number}")
    assert cloud.ask({"operation": "redrive"}) == {"moved": count}
    assert sorted(cloud.messages(cloud.work)) == sorted(f"message {number}" for number in range(count))
    assert cloud.messages(cloud.dead) == []


def test_a_message_that_cannot_be_sent_stays_in_the_dead_letter_queue(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.sqs.send_message(QueueUrl=cloud.dead, MessageBody="kept")
    monkeypatch.setenv("WORK_QUEUE_URL", f"{cloud.work}-gone")
    with pytest.raises(ClientError):
        cloud.ask({"operation": "redrive"})
    counts = cloud.sqs.get_queue_attributes(QueueUrl=cloud.dead, AttributeNames=["All"])["Attributes"]
    assert counts["ApproximateNumberOfMessagesNotVisible"] == "1"


def test_near_the_deadline_nothing_is_moved_and_the_invocation_fails(cloud: Cloud) -> None:
    cloud.sqs.send_message(QueueUrl=cloud.dead, MessageBody="kept")
    with pytest.raises(OutOfTime):
        cloud.ask({"operation": "redrive"}, seconds=1)
    assert cloud.messages(cloud.dead) == ["kept"]


def test_the_processor_is_notified_of_the_current_version_of_a_file(cloud: Cloud) -> None:
    cloud.upload()
    current = cloud.upload()
    cloud.upload(f"{KEY}.other")
    assert cloud.ask({"operation": "replay", "key": KEY}) == {
        "file_id": current.file_id,
        "version_id": current.version_id,
    }
    assert cloud.notified() == [current]


def test_the_processor_is_notified_of_a_version_by_its_id_even_if_the_file_was_deleted(cloud: Cloud) -> None:
    first = cloud.upload()
    cloud.upload()
    cloud.s3.delete_object(Bucket="input", Key=KEY)
    cloud.ask({"operation": "replay", "key": KEY, "version_id": first.version_id})
    assert cloud.notified() == [first]


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"operation": "replay", "key": "in/missing.csv"}, "no current object with this key"),
        ({"operation": "replay", "key": KEY[:-4]}, "no current object with this key"),
        ({"operation": "replay", "key": KEY, "version_id": "missing"}, "no such version"),
    ],
)
def test_a_file_that_does_not_exist_is_an_error_and_sends_nothing(
    event: dict[str, str], message: str, cloud: Cloud
) -> None:
    cloud.upload()
    with pytest.raises(UnknownFile, match=message):
        cloud.ask(event)
    assert cloud.notified() == []


def test_a_deleted_file_without_a_version_is_an_error(cloud: Cloud) -> None:
    cloud.upload()
    cloud.s3.delete_object(Bucket="input", Key=KEY)
    with pytest.raises(UnknownFile, match="name a version_id if it was deleted"):
        cloud.ask({"operation": "replay", "key": KEY})


@pytest.mark.parametrize(
    "event",
    [
        None, [], "redrive", {}, {"operation": "delete"}, {"operation": "redrive", "queue": "x"}, {"operation": "replay"},
        {"operation": "replay", "key": ""}, {"operation": "replay", "key": 1}, {"operation": "replay", "key": "k", "bucket": "b"},
        {"operation": "replay", "key": "k", "version_id": ""}, {"operation": "replay", "key": "k", "version_id": 1},
    ],
)  # fmt: skip
def test_any_other_request_is_refused(event: object, cloud: Cloud) -> None:
    with pytest.raises(InvalidRequest, match="expected"):
        cloud.ask(event)


def test_missing_settings_are_named(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORK_QUEUE_URL")
    with pytest.raises(InvalidSettings, match="WORK_QUEUE_URL is missing"):
        cloud.ask({"operation": "redrive"})


def test_no_line_of_the_log_quotes_a_key_or_a_message(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.upload()
    cloud.sqs.send_message(QueueUrl=cloud.dead, MessageBody=json.dumps({"key": KEY}))
    cloud.ask({"operation": "redrive"})
    cloud.ask({"operation": "replay", "key": KEY})
    with pytest.raises(UnknownFile):
        cloud.ask({"operation": "replay", "key": f"{KEY}.missing"})
    lines = capsys.readouterr().out
    assert [json.loads(line)["event"] for line in lines.splitlines()] == [
        "request done",
        "request done",
        "request failed",
    ]
    assert "GB29" not in lines
