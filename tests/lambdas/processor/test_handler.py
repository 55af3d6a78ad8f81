import gzip
import hashlib
import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from lambdas.processor import handler, table
from lambdas.processor.handler import handle
from lambdas.processor.objects import Objects
from lambdas.processor.part_files import PartWriter
from lambdas.processor.table import Table
from lambdas.shared.source import Source
from tests.lambdas.context import FakeContext
from tests.lambdas.processor.conftest import Cloud, forget
from tests.lambdas.processor.material import CARD, GOOD, IBAN, csv_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def record(source: Source, event: str = "ObjectCreated:Put") -> dict[str, Any]:
    key = source.key.replace("%", "%25").replace("+", "%2B").replace(" ", "+").replace("ä", "%C3%A4")
    described = {"bucket": {"name": source.bucket}, "object": {"key": key, "versionId": source.version_id}}
    return {"eventSource": "aws:s3", "eventName": event, "s3": described}


def message(*sources: Source, body: str | None = None, identity: str = "m-1", receives: int = 1) -> dict[str, Any]:
    return {
        "messageId": identity,
        "body": json.dumps({"Records": [record(source) for source in sources]}) if body is None else body,
        "attributes": {"ApproximateReceiveCount": str(receives)},
    }


def deliver(*messages: Any, context: FakeContext | None = None) -> list[str]:
    """Deliver messages; return the ids of those that failed."""
    answer: Any = handle({"Records": list(messages)}, context or FakeContext())
    assert set(answer) == {"batchItemFailures"}
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_file_is_published_as_parts_items_and_a_manifest(cloud: Cloud) -> None:
    source = cloud.upload()
    assert deliver(message(source)) == []
    output, quarantine = cloud.objects("output"), cloud.objects("quarantine")
    assert sorted(output) == [f"{source.file_id}/manifest.json", f"{source.file_id}/part-00000.jsonl.gz"]
    assert sorted(quarantine) == [f"{source.file_id}/part-00000.jsonl.gz"]
    accepted = [
        json.loads(line) for line in gzip.decompress(output[f"{source.file_id}/part-00000.jsonl.gz"]).splitlines()
    ]
    assert [(entry["transaction_id"], entry["line"], entry["account_last4"]) for entry in accepted] == [
        ("T-1", 2, IBAN[-4:]), ("T-2", 3, CARD[-4:]),
    ]  # fmt: skip
    whole = cloud.manifest(source)
    assert whole["amounts"] == {"EUR": {"count": 2, "positive": "12.50", "negative": "-1.00"}}
    assert (whole["records_read"], whole["records_accepted"], whole["records_rejected"]) == (3, 2, 1)
    assert (whole["output_prefix"], whole["output_parts"], whole["quarantine_parts"]) == (f"{source.file_id}/", 1, 1)
    assert cloud.item(source) == {"pk": f"file#{source.file_id}", "sk": "manifest", **whole}
    row = next(item for item in cloud.items() if item["pk"] == "transaction#T-2")
    assert row == {
        "pk": "transaction#T-2", "sk": source.file_id, "line": 3, "account_token": accepted[1]["account_token"],
        "amount": "-1", "currency": "EUR", "booked_at": GOOD["booked_at"],
    }  # fmt: skip
    everything = str([*map(gzip.decompress, [*quarantine.values()]), *cloud.items(), accepted, whole])
    assert IBAN not in everything
    assert CARD not in everything


def test_the_manifest_has_the_checksums_of_the_stored_parts(cloud: Cloud) -> None:
    source = cloud.upload()
    assert deliver(message(source)) == []
    whole = cloud.manifest(source)
    for bucket in ("output", "quarantine"):
        stored = cloud.objects(bucket)[f"{source.file_id}/part-00000.jsonl.gz"]
        assert whole[f"{bucket}_sha256"] == hashlib.sha256(stored).hexdigest()


def test_writes_name_no_encryption_so_that_the_bucket_default_applies(cloud: Cloud) -> None:
    sent: list[dict[str, Any]] = []
    handler._s3().meta.events.register(
        "before-call.s3", lambda params, **_: sent.append({**params["headers"], "method": params["method"]})
    )
    assert deliver(message(cloud.upload())) == []
    writes = [headers for headers in sent if headers["method"] == "PUT"]
    assert len(writes) == 3
    assert not [name for headers in writes for name in headers if "encryption" in name.lower()]
    assert all(headers["x-amz-sdk-checksum-algorithm"] == "SHA256" for headers in writes)


def test_a_message_may_name_several_objects_with_encoded_keys(cloud: Cloud) -> None:
    sources = [cloud.upload(key=key) for key in ("a b+c.csv", "ä%20.csv")]
    assert deliver(message(*sources)) == []
    assert [cloud.manifest(source)["key"] for source in sources] == ["a b+c.csv", "ä%20.csv"]


def test_events_that_create_no_object_are_ignored_and_logged(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    source = cloud.upload()
    removed = json.dumps({"Records": [record(source, "ObjectRemoved:Delete")]})
    test = json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "input"})
    assert deliver(message(body=removed), message(body=test)) == []
    assert [line["event_name"] for line in logged(capsys)] == ["ObjectRemoved:Delete", "s3:TestEvent"]
    assert cloud.items() == []


@pytest.mark.parametrize(
    "body",
    [
        "not JSON", "[]", "{}", '{"Records": []}', '{"Records": [7]}', '{"Records": [{"eventName": "ObjectCreated:Put"}]}',
        json.dumps({"Records": [record(Source(bucket="other", key="f.csv", version_id="v"))]}),
        json.dumps({"Records": [record(Source(bucket="input", key="f.csv", version_id=""))]}),
    ],
)  # fmt: skip
def test_an_invalid_message_fails_alone(cloud: Cloud, body: str) -> None:
    source = cloud.upload()
    assert deliver(message(body=body, identity="poison"), message(source)) == ["poison"]
    assert cloud.manifest(source)["manifest_status"] == "COMPLETED"


def test_an_object_that_fails_does_not_stop_the_others_of_its_message(cloud: Cloud) -> None:
    good, held = cloud.upload(), cloud.upload(key="held.csv")
    cloud.put(held, manifest_status="PROCESSING", lease_until=2**40, lease_owner="other")
    assert deliver(message(held, good)) == ["m-1"]
    assert cloud.manifest(good)["manifest_status"] == "COMPLETED"


def test_a_quarantined_file_gets_a_manifest_and_no_part(cloud: Cloud) -> None:
    source = cloud.upload(b"")
    assert deliver(message(source)) == []
    whole = cloud.manifest(source)
    assert (whole["manifest_status"], whole["error"]) == ("QUARANTINED", "file: empty, 0 bytes")
    assert (whole["records_read"], whole["output_parts"], whole["amounts"]) == (0, 0, {})
    assert "output_prefix" not in whole
    assert list(cloud.objects("output")) == [f"{source.file_id}/manifest.json"]
    assert cloud.objects("quarantine") == {}
    assert cloud.item(source)["manifest_status"] == "QUARANTINED"


def test_a_key_of_over_900_bytes_fails_the_file_without_a_read(cloud: Cloud) -> None:
    long, longest = (cloud.upload(key="ä" * 448 + "x" * extra + ".csv") for extra in (0, 1))
    assert deliver(message(long), message(longest)) == []
    assert cloud.manifest(long)["manifest_status"] == "COMPLETED"
    whole = cloud.manifest(longest)
    assert (whole["manifest_status"], whole["error"]) == ("FAILED", "key: 901 bytes, at most 900 are allowed")
    assert "input_sha256" not in whole


def test_a_deleted_version_fails_the_file_and_the_message_succeeds(cloud: Cloud) -> None:
    source = cloud.upload()
    cloud.s3.delete_object(Bucket="input", Key=source.key, VersionId=source.version_id)
    assert deliver(message(source)) == []
    assert cloud.manifest(source)["error"] == "object: version cannot be read, S3 answered NoSuchVersion"


def test_the_version_that_the_message_names_is_read(cloud: Cloud) -> None:
    source = cloud.upload()
    cloud.upload(b"")
    assert deliver(message(source)) == []
    assert cloud.manifest(source)["records_read"] == 3


# Idempotence


def versions(cloud: Cloud) -> int:
    return sum(
        len(cloud.s3.list_object_versions(Bucket=bucket).get("Versions", [])) for bucket in ("output", "quarantine")
    )


def test_a_redelivered_message_changes_nothing(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    source = cloud.upload()
    deliver(message(source))
    before = (versions(cloud), cloud.items())
    assert deliver(message(source), context=FakeContext("request-2")) == []
    assert (versions(cloud), cloud.items()) == before
    assert [line["event"] for line in logged(capsys)] == ["file processed", "file already processed"]


def test_two_versions_of_a_key_are_two_files(cloud: Cloud) -> None:
    first, second = cloud.upload(), cloud.upload()
    assert deliver(message(first), message(second)) == []
    assert first.file_id != second.file_id
    assert len([item for item in cloud.items() if item["pk"] == "transaction#T-1"]) == 2


def test_a_completed_file_whose_manifest_object_is_missing_is_processed_again(cloud: Cloud) -> None:
    source = cloud.upload()
    deliver(message(source))
    part = cloud.objects("output")[f"{source.file_id}/part-00000.jsonl.gz"]
    cloud.s3.delete_object(Bucket="output", Key=f"{source.file_id}/manifest.json")
    assert deliver(message(source)) == []
    assert cloud.manifest(source)["manifest_status"] == "COMPLETED"
    assert cloud.objects("output")[f"{source.file_id}/part-00000.jsonl.gz"] == part


def test_a_lease_of_another_invocation_fails_the_message(cloud: Cloud) -> None:
    source = cloud.upload()
    cloud.put(source, manifest_status="PROCESSING", lease_until=2**40, lease_owner="other")
    assert deliver(message(source)) == ["m-1"]
    assert cloud.objects("output") == {}
    assert cloud.item(source)["lease_owner"] == "other"


@pytest.mark.parametrize("status", ["PROCESSING", "FAILED"])
def test_a_file_that_failed_or_whose_lease_expired_is_claimed(cloud: Cloud, status: str) -> None:
    source = cloud.upload()
    cloud.put(source, manifest_status=status, lease_until=1, lease_owner="other", error="old")
    assert deliver(message(source)) == []
    assert cloud.item(source)["manifest_status"] == "COMPLETED"
    assert "error" not in cloud.item(source)


def test_a_lease_expires_with_its_invocation(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 1000.0)
    source = cloud.upload()
    seen: list[dict[str, Any]] = []
    monkeypatch.setattr(Table, "index", lambda *_: seen.append(cloud.item(source)))
    assert deliver(message(source), context=FakeContext(seconds=60)) == []
    assert seen[0]["manifest_status"] == "PROCESSING"
    assert 1060 <= seen[0]["lease_until"] <= 1070
    assert seen[0]["started_at"] == "1970-01-01T00:16:40.000Z"


def test_an_invocation_that_lost_its_lease_overwrites_nothing(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    source = cloud.upload()

    def overtaken(*_: object) -> None:
        cloud.put(source, manifest_status="PROCESSING", lease_until=2**40, lease_owner="other")

    monkeypatch.setattr(Table, "index", overtaken)
    assert deliver(message(source)) == ["m-1"]
    assert (cloud.item(source)["manifest_status"], cloud.item(source)["lease_owner"]) == ("PROCESSING", "other")
    assert cloud.item(source)["lease_until"] == 2**40


@pytest.mark.parametrize("step", ["put_parts", "put_manifest"])
def test_after_a_crash_no_manifest_exists_and_the_next_delivery_finishes(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    source = cloud.upload()

    def crash(*_: object) -> None:
        raise OSError("disk")

    with monkeypatch.context() as broken:
        broken.setattr(Objects, step, crash)
        assert deliver(message(source)) == ["m-1"]
    assert f"{source.file_id}/manifest.json" not in cloud.objects("output")
    assert cloud.item(source)["manifest_status"] == "PROCESSING"
    assert deliver(message(source), context=FakeContext("request-2")) == []
    assert cloud.item(source)["manifest_status"] == "COMPLETED"


def test_an_error_on_the_last_delivery_fails_the_file_and_the_message(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_RECEIVES", "3")
    source = cloud.upload()
    with monkeypatch.context() as broken:
        broken.setattr(Table, "index", lambda *_: (_ for _ in ()).throw(OSError("T-1 disk")))
        assert deliver(message(source, receives=2)) == ["m-1"]
        assert cloud.item(source)["manifest_status"] == "PROCESSING"
        assert deliver(message(source, receives=3)) == ["m-1"]
    whole = cloud.manifest(source)
    assert whole["manifest_status"] == "FAILED"
    assert whole["error"].startswith("processing: last attempt failed, OSError at ")
    assert "T-1" not in whole["error"]
    assert deliver(message(source, receives=1)) == []
    assert cloud.manifest(source)["manifest_status"] == "COMPLETED"


# The table under load


class Throttled:
    """A client that takes some items, answers throttles, and otherwise does as the real one."""

    def __init__(self, client: "DynamoDBClient", answers: list[str]) -> None:
        self._client = client
        self._answers = answers
        self.calls: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def batch_write_item(self, RequestItems: dict[str, list[Any]]) -> Any:  # noqa: N803 - boto3's own name
        ((name, batch),) = RequestItems.items()
        self.calls.append(len(batch))
        answer = self._answers.pop(0) if self._answers else "all"
        if answer == "all":
            return self._client.batch_write_item(RequestItems=RequestItems)
        if answer == "some":
            self._client.batch_write_item(RequestItems={name: batch[:10]})
            return {"UnprocessedItems": {name: batch[10:]}}
        raise ClientError({"Error": {"Code": answer}}, "BatchWriteItem")


def throttle(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, answers: list[str]) -> tuple[Throttled, list[float]]:
    client, waits = Throttled(cloud.dynamodb, answers), list[float]()
    monkeypatch.setattr(handler, "_dynamodb", lambda: client)
    monkeypatch.setattr("time.sleep", waits.append)
    monkeypatch.setattr("random.random", lambda: 1.0)
    return client, waits


def thirty() -> bytes:
    return csv_of({**GOOD, "transaction_id": f"T-{number}"} for number in range(30))


def test_unprocessed_items_are_retried_with_exponential_backoff(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    forget()
    real = handler._dynamodb
    client, waits = throttle(
        cloud, monkeypatch, ["some", "ThrottlingException", "ProvisionedThroughputExceededException"]
    )
    source = cloud.upload(thirty())
    assert deliver(message(source)) == []
    monkeypatch.setattr(handler, "_dynamodb", real)
    assert client.calls == [25, 15, 15, 15, 5]
    assert waits == [0.05, 0.1, 0.2]
    assert len([item for item in cloud.items() if item["sk"] == source.file_id]) == 30


def test_near_the_deadline_the_message_fails_and_the_file_is_released(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, context = handler._dynamodb, FakeContext(seconds=5.5)
    client, waits = throttle(cloud, monkeypatch, ["ThrottlingException"] * 50)
    source = cloud.upload(thirty())
    assert deliver(message(source), context=context) == ["m-1"]
    assert waits == [0.05, 0.1, 0.2, 0.4]
    assert f"{source.file_id}/manifest.json" not in cloud.objects("output")
    client._answers.clear()
    assert deliver(message(source), context=FakeContext("request-2")) == []
    monkeypatch.setattr(handler, "_dynamodb", real)
    assert cloud.item(source)["manifest_status"] == "COMPLETED"


def test_a_permanent_error_is_not_retried(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    real = handler._dynamodb
    client, waits = throttle(cloud, monkeypatch, ["ValidationException"])
    assert deliver(message(cloud.upload())) == ["m-1"]
    monkeypatch.setattr(handler, "_dynamodb", real)
    assert (client.calls, waits) == ([2], [])


def test_nothing_starts_near_the_deadline(cloud: Cloud) -> None:
    assert deliver(message(cloud.upload()), context=FakeContext(seconds=4)) == ["m-1"]
    assert cloud.items() == []


# Tokens, settings, logs


def test_the_token_key_is_derived_once_and_another_kms_key_gives_different_tokens(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tokens() -> set[str]:
        source = cloud.upload()
        assert deliver(message(source)) == []
        return {item["account_token"] for item in cloud.items() if item["sk"] == source.file_id}

    first, again = tokens(), tokens()
    assert first == again
    forget()
    assert tokens() == first
    other = boto3.client("kms").create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    monkeypatch.setenv("TOKEN_KEY_ID", other)
    forget()
    assert not tokens() & first


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("OUTPUT_BUCKET", "", "OUTPUT_BUCKET is missing"),
        ("TOKEN_KEY_ID", "", "TOKEN_KEY_ID is missing"),
        ("ACCOUNT_LAST4", "yes", "ACCOUNT_LAST4 is 'yes', expected true or false"),
        ("MALWARE_SCAN", "", "MALWARE_SCAN is '', expected true or false"),
        ("MAX_RECEIVES", "0", "MAX_RECEIVES is '0', expected a whole number of at least 1"),
    ],
)
def test_an_invalid_setting_is_named(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    assert deliver(message(cloud.upload())) == ["m-1"]
    assert told in logged(capsys)[0]["error"]


def test_the_last_four_characters_can_be_left_out_by_a_setting(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCOUNT_LAST4", "false")
    source = cloud.upload()
    assert deliver(message(source)) == []
    part = gzip.decompress(cloud.objects("output")[f"{source.file_id}/part-00000.jsonl.gz"])
    assert b"account_token" in part
    assert b"account_last4" not in part


def test_a_file_has_one_log_line_with_its_metrics_and_no_record(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    source = cloud.upload()
    deliver(message(source))
    text = capsys.readouterr().out
    (line,) = map(json.loads, text.splitlines())
    assert (line["request_id"], line["file_id"], line["key"]) == ("request-1", source.file_id, source.key)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("Strongroom", [["FunctionName"]])
    assert (line["FunctionName"], line["rejected_by"]) == ("processor", {"transaction_id": 1, "amount": 1})
    assert {metric["Name"]: line[metric["Name"]] for metric in directive["Metrics"]} == {
        "FilesCompleted": 1, "FilesFailed": 0, "FilesQuarantined": 0, "RecordsRead": 3, "RecordsAccepted": 2,
        "RecordsRejected": 1, "ControlTotalMismatch": 0,
    }  # fmt: skip
    assert not [value for value in (IBAN, CARD, "T-1", "12.50") if value in text]


def test_a_failed_message_is_counted_because_lambda_counts_no_error(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Table, "index", lambda *_: (_ for _ in ()).throw(OSError("disk")))
    assert deliver(message(cloud.upload())) == ["m-1"]
    line = logged(capsys)[-1]
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Metrics"] == [{"Name": "MessagesFailed", "Unit": "Count"}]
    assert directive["Dimensions"] == [["FunctionName"]]
    assert (line["event"], line["MessagesFailed"], line["FunctionName"]) == ("message failed", 1, "processor")


def test_unbalanced_control_totals_fail_the_file_and_are_counted(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Losing(PartWriter):
        def write(self, line: str) -> None:
            if '"T-2"' not in line:
                super().write(line)

    monkeypatch.setattr("lambdas.processor.pipeline.PartWriter", Losing)
    source = cloud.upload()
    assert deliver(message(source)) == []
    whole = cloud.manifest(source)
    assert whole["manifest_status"] == "FAILED"
    assert whole["error"] == "control totals: 3 records read, 1 accepted, 1 rejected, 2 in the amounts"
    assert whole["output_parts"] == 0
    (line,) = logged(capsys)
    assert (line["ControlTotalMismatch"], line["FilesFailed"]) == (1, 1)


# The malware scan


@pytest.fixture
def scanned(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """The processor of a stack with a malware scan."""
    monkeypatch.setenv("MALWARE_SCAN", "true")
    forget()
    return cloud


def tag(cloud: Cloud, source: Source, verdict: str, name: str = "GuardDutyMalwareScanStatus") -> None:
    """Tag a version as GuardDuty does."""
    cloud.s3.put_object_tagging(
        Bucket=source.bucket, Key=source.key, VersionId=source.version_id,
        Tagging={"TagSet": [{"Key": "team", "Value": "payments"}, {"Key": name, "Value": verdict}]},
    )  # fmt: skip


def operations() -> list[str]:
    """Return the operations on S3 that the processor will have called."""
    called: list[str] = []
    handler._s3().meta.events.register("before-call.s3", lambda model, **_: called.append(model.name))
    return called


def test_a_file_that_the_malware_scan_found_clean_is_processed(scanned: Cloud) -> None:
    source = scanned.upload()
    tag(scanned, source, "NO_THREATS_FOUND")
    assert deliver(message(source)) == []
    assert scanned.manifest(source)["manifest_status"] == "COMPLETED"


# Source: Amazon GuardDuty User Guide, "S3 object potential malware scan result status values"; the others are made up.
@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        ("THREATS_FOUND", "threats found"),
        ("UNSUPPORTED", "not completed, GuardDuty answered UNSUPPORTED"),
        ("ACCESS_DENIED", "not completed, GuardDuty answered ACCESS_DENIED"),
        ("FAILED", "not completed, GuardDuty answered FAILED"),
        ("SKIPPED", "not completed, GuardDuty answered with an unknown status"),
        ("no_threats_found", "not completed, GuardDuty answered with an unknown status"),
        ("NO_THREATS_FOUND_2", "not completed, GuardDuty answered with an unknown status"),
        ("", "not completed, GuardDuty answered with an unknown status"),
    ],
)
def test_a_file_with_any_other_verdict_is_quarantined_and_not_read(scanned: Cloud, verdict: str, reason: str) -> None:
    source = scanned.upload()
    tag(scanned, source, verdict)
    called = operations()
    assert deliver(message(source)) == []
    assert called == ["GetObjectTagging", "PutObject"]  # the verdict and the manifest
    whole = scanned.manifest(source)
    assert (whole["manifest_status"], whole["error"]) == ("QUARANTINED", f"malware scan: {reason}")
    assert "input_sha256" not in whole
    assert list(scanned.objects("output")) == [f"{source.file_id}/manifest.json"]
    assert scanned.objects("quarantine") == {}
    assert [item["sk"] for item in scanned.items()] == ["manifest"]


@pytest.mark.parametrize("name", [None, "guarddutymalwarescanstatus", "GuardDutyMalwareScanStatus2"])
def test_a_file_without_a_verdict_is_retried_and_not_read(
    scanned: Cloud, capsys: pytest.CaptureFixture[str], name: str | None
) -> None:
    source = scanned.upload()
    if name:
        tag(scanned, source, "NO_THREATS_FOUND", name)
    called = operations()
    assert deliver(message(source)) == ["m-1"]
    assert called == ["GetObjectTagging"]
    assert logged(capsys)[0]["error"] == "NotScanned: not scanned for malware yet"
    tag(scanned, source, "NO_THREATS_FOUND")
    assert deliver(message(source), context=FakeContext("request-2")) == []
    assert scanned.manifest(source)["manifest_status"] == "COMPLETED"


def test_a_file_that_is_never_scanned_fails_on_the_last_delivery(
    scanned: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_RECEIVES", "5")
    forget()
    source = scanned.upload()
    assert deliver(message(source, receives=5)) == ["m-1"]
    whole = scanned.manifest(source)
    assert whole["manifest_status"] == "FAILED"
    assert whole["error"] == "processing: last attempt failed, NotScanned: not scanned for malware yet"


def test_the_verdict_of_another_version_does_not_count(scanned: Cloud) -> None:
    first, second = scanned.upload(), scanned.upload()
    tag(scanned, second, "NO_THREATS_FOUND")
    assert deliver(message(first), message(second, identity="m-2")) == ["m-1"]
    assert scanned.manifest(second)["manifest_status"] == "COMPLETED"


def test_a_name_without_a_format_needs_no_verdict(scanned: Cloud) -> None:
    source = scanned.upload(b"test", key="malware-protection-resource-validation-object")
    called = operations()
    assert deliver(message(source)) == []
    assert called == ["PutObject"]
    assert scanned.manifest(source)["error"].startswith("file: unknown format")


def test_a_version_that_was_deleted_before_its_verdict_is_read_fails_the_file(scanned: Cloud) -> None:
    source = scanned.upload()
    scanned.s3.delete_object(Bucket="input", Key=source.key, VersionId=source.version_id)
    assert deliver(message(source)) == []
    assert scanned.manifest(source)["error"].startswith("object: version cannot be read, S3 answered NoSuch")


def test_without_a_malware_scan_no_tags_are_read(cloud: Cloud) -> None:
    source = cloud.upload()
    tag(cloud, source, "THREATS_FOUND")
    called = operations()
    assert deliver(message(source)) == []
    assert "GetObjectTagging" not in called
    assert cloud.manifest(source)["manifest_status"] == "COMPLETED"


def test_an_unexpected_error_is_logged_by_type_and_location_without_its_message(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "_transactions", lambda *_: (_ for _ in ()).throw(ValueError(f"bad {CARD}")))
    assert deliver(message(cloud.upload())) == ["m-1"]
    text = capsys.readouterr().out
    assert "ValueError at test_handler.py:" in text
    assert CARD not in text


@pytest.mark.usefixtures("cloud")
def test_a_custom_endpoint_is_used_with_path_style_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    def url() -> str:
        return handler._s3().generate_presigned_url("get_object", Params={"Bucket": "input", "Key": "k"})

    assert url().startswith("https://input.s3.")
    forget()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert url().startswith("http://127.0.0.1:4566/input/k")
