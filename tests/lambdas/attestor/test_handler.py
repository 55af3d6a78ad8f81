"""Whole runs, at the function's edge: an alarm and its topic's name stand for all that can be deployed."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas.attestor import handler
from lambdas.attestor.controls import BY_ID
from lambdas.attestor.evidence import InvalidEvidence
from lambdas.attestor.expected_state import Check, InvalidExpectedState
from lambdas.attestor.findings import judge
from lambdas.attestor.handler import handle
from lambdas.attestor.request import InvalidRequest
from lambdas.attestor.service import AttestationFailed, failure_message
from lambdas.shared.environment import InvalidSettings
from tests.lambdas.attestor import house as made
from tests.lambdas.attestor.conftest import context
from tests.lambdas.attestor.house import ACCOUNT, AUDIT, REGION

DAY = 86400.0
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:house-page"
PREFIX = "attestation/house/evidence/"
DEPLOY = {"tf": {"action": "create", "prev_input": None}}
Client = Callable[[str], Any]


class Clock:
    """The handler's time, which the tests move."""

    def __init__(self, now: float) -> None:
        self.now = now

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    import time  # noqa: PLC0415 - the real entry, which the emulator writes on objects

    clock = Clock(time.time())
    monkeypatch.setattr(handler, "time", clock)
    monkeypatch.setattr("lambdas.shared.invocation.time", clock)
    return clock


def deploy(client: Client, *, trail: bool = False) -> dict[str, str]:
    """Deploy an alarm, and perhaps a trail, which never delivers here; return the reference to the expected state."""
    alarm = {
        "alarm-actions-enabled": True,
        "alarm-actions": [TOPIC],
        "alarm-condition": made.CONDITION,
        "alarm-expression": None,
    }
    resources = [{"kind": "alarm", "id": "house-dead", "expected": alarm}]
    made.put_alarm(client("cloudwatch"), [TOPIC])
    if trail:
        client("s3").create_bucket(Bucket="house-trail")
        arn = client("cloudtrail").create_trail(Name="house", S3BucketName="house-trail")["TrailARN"]
        client("cloudtrail").put_event_selectors(TrailName="house", AdvancedEventSelectors=made.SELECTORS[:1])
        client("cloudtrail").start_logging(Name="house")
        expected = {"cloudtrail-logging": True, "cloudtrail-validation": False, "cloudtrail-encryption": None,
                    "cloudtrail-destination": "house-trail", "cloudtrail-log-group": None, "cloudtrail-delivery": "delivered",
                    "cloudtrail-event-selectors": {"Control planes": {"eventCategory Equals": ["Management"]}}}  # fmt: skip
        resources.append({"kind": "trail", "id": arn, "expected": expected})
    return made.pointer(client("s3"), json.dumps({"schema": 1, "resources": resources}).encode())


def stored(client: Client) -> list[dict[str, Any]]:
    listed = client("s3").list_objects_v2(Bucket=AUDIT, Prefix=PREFIX).get("Contents", [])
    return [json.loads(client("s3").get_object(Bucket=AUDIT, Key=entry["Key"])["Body"].read()) for entry in listed]


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_run_stores_one_document_with_all_findings(client: Client) -> None:
    pointer = deploy(client)
    evidence = handle({"expected_state": pointer, "trigger": "schedule"}, context())
    place = evidence.pop("stored")
    assert stored(client) == [json.loads(json.dumps(evidence))]
    assert client("s3").head_object(Bucket=place["bucket"], Key=place["key"])
    assert evidence["run"].keys() == {"request_id", "function", "trigger", "started_at", "finished_at"}
    assert evidence["run"]["trigger"] == "schedule"
    assert evidence["expected_state"] == pointer
    assert evidence["summary"] == {"pass": 4, "fail": 0, "pending": 0}
    assert evidence["controls"][1] == {
        "control": "alarm-actions", "kind": "alarm", "resource": "house-dead", "verdict": "pass",
        "references": BY_ID["alarm-actions"].references, "expected": [TOPIC], "found": [TOPIC],
    }  # fmt: skip


def test_a_failed_control_fails_the_deployment_with_a_message_that_names_it(client: Client) -> None:
    pointer = deploy(client)
    made.put_alarm(client("cloudwatch"), [])
    client("cloudwatch").disable_alarm_actions(AlarmNames=["house-dead"])
    with pytest.raises(AttestationFailed) as raised:
        handle({"expected_state": pointer, **DEPLOY}, context())
    first, *others = str(raised.value).splitlines()
    assert re.fullmatch(rf"2 of 4 controls failed. Evidence: s3://{AUDIT}/{PREFIX}\S+-request-1\.json", first)
    assert others == [
        "alarm-actions-enabled of alarm house-dead: expected true, found false",
        f'alarm-actions of alarm house-dead: expected ["{TOPIC}"], found []',
    ]
    assert [entry["summary"]["fail"] for entry in stored(client)] == [2]


def test_at_any_other_time_a_failed_control_is_counted_by_a_metric(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    pointer = deploy(client, trail=True)
    client("cloudwatch").disable_alarm_actions(AlarmNames=["house-dead"])
    assert handle({"expected_state": pointer}, context())["summary"] == {"pass": 9, "fail": 1, "pending": 1}
    (line,) = [entry for entry in lines(capsys) if "_aws" in entry]
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("Strongroom", [["FunctionName"]])
    names = [entry["Name"] for entry in directive["Metrics"]]
    assert {name: line[name] for name in names} == {"Attestations": 1, "FailedControls": 1, "PendingControls": 1}
    assert line["FunctionName"] == "house-attestor"


def test_a_deployment_receives_only_the_summary(client: Client) -> None:
    event = {"expected_state": deploy(client), "code": "x", "tf": {"action": "update", "prev_input": {}}}
    assert handle(event, context()) == {"summary": {"pass": 4, "fail": 0, "pending": 0}}


def test_a_pending_value_never_fails_a_deployment_and_fails_the_daily_run_after_three_days(
    client: Client, clock: Clock
) -> None:
    event = {"expected_state": deploy(client, trail=True)}

    def daily() -> list[tuple[str, str | None]]:
        evidence = handle({**event, "trigger": "schedule"}, context())
        return [
            (entry["verdict"], entry.get("pending_since"))
            for entry in evidence["controls"]
            if entry["verdict"] != "pass"
        ]

    assert handle({**event, **DEPLOY}, context())["summary"]["pending"] == 1
    ((_, since),) = daily()
    for _ in range(2):
        clock.now += DAY
        assert daily() == [("pending", since)]
    for _ in range(2):
        clock.now += DAY + 1
        assert daily() == [("fail", since)]
    # However long it is pending, it does not fail a deployment, which may be the one that repairs it.
    assert handle({**event, **DEPLOY}, context())["summary"]["pending"] == 1


def test_without_a_previous_run_a_value_is_pending_since_the_expected_state_was_written(
    client: Client, clock: Clock
) -> None:
    pointer = deploy(client, trail=True)
    clock.now += 4 * DAY
    assert handle({"expected_state": pointer}, context())["summary"]["fail"] == 1


def test_a_value_that_was_right_before_is_pending_from_now(client: Client, clock: Clock) -> None:
    handle({"expected_state": deploy(client)}, context())
    clock.now += 4 * DAY
    assert handle({"expected_state": deploy(client, trail=True)}, context())["summary"]["pending"] == 1


def test_a_request_without_expected_state_uses_that_of_the_previous_run(client: Client, clock: Clock) -> None:
    handle({"expected_state": deploy(client)}, context())
    clock.now += 1
    pointer = deploy(client)
    handle({"expected_state": pointer}, context())
    clock.now += 1
    assert handle({}, context())["expected_state"] == pointer
    assert [entry["run"]["trigger"] for entry in stored(client)] == ["request"] * 3


def test_a_run_older_than_seven_days_is_no_previous_run(client: Client, clock: Clock) -> None:
    handle({"expected_state": deploy(client)}, context())
    clock.now += 7 * DAY - 60
    handle({}, context())
    clock.now += 7 * DAY + 60
    with pytest.raises(InvalidRequest, match="no run in the last seven days"):
        handle({}, context())


@pytest.mark.parametrize(("event", "waits"), [(DEPLOY, True), ({"trigger": "schedule"}, False)])
def test_only_a_deployment_reads_an_unexpected_value_again(
    event: dict[str, Any], waits: bool, client: Client, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    pointer = deploy(client)
    client("cloudwatch").disable_alarm_actions(AlarmNames=["house-dead"])
    monkeypatch.setattr(clock, "sleep", lambda _: client("cloudwatch").enable_alarm_actions(AlarmNames=["house-dead"]))
    assert handle({"expected_state": pointer, **event}, context(300))["summary"]["fail"] == int(not waits)


@pytest.mark.usefixtures("client")
def test_without_any_expected_state_the_error_says_what_to_do() -> None:
    with pytest.raises(InvalidRequest, match="Deploy first"):
        handle({}, context())


def test_an_expected_state_that_was_changed_is_refused(client: Client) -> None:
    pointer = deploy(client)
    with pytest.raises(InvalidExpectedState, match="expected SHA-256"):
        handle({"expected_state": {**pointer, "sha256": "0" * 64}}, context())
    assert stored(client) == []


def test_the_named_version_of_the_expected_state_is_read(client: Client) -> None:
    first = deploy(client)
    made.pointer(client("s3"), b"{}")
    assert handle({"expected_state": first}, context())["summary"]["pass"] == 4


def test_a_document_that_is_not_evidence_fails_the_run(client: Client) -> None:
    pointer = deploy(client)
    client("s3").put_object(Bucket=AUDIT, Key=f"{PREFIX}20990101T000000.000000Z-x.json", Body=b"{}")
    with pytest.raises(InvalidEvidence, match="20990101T000000"):
        handle({"expected_state": pointer}, context())


def test_evidence_of_an_older_schema_does_not_count_as_a_previous_run(client: Client) -> None:
    pointer = deploy(client)
    client("s3").put_object(Bucket=AUDIT, Key=f"{PREFIX}20990101T000000.000000Z-x.json", Body=b'{"schema": 1}')
    assert handle({"expected_state": pointer}, context())["summary"]["pass"] == 4


def test_a_run_that_cannot_store_evidence_fails(
    client: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pointer = deploy(client)

    def refuse(*_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutObject")

    monkeypatch.setattr("lambdas.attestor.evidence.Archive.add", refuse)
    with pytest.raises(ClientError):
        handle({"expected_state": pointer}, context())
    assert lines(capsys)[-1]["error"] == "AWS answered AccessDenied to PutObject: no"


def test_destroying_the_stack_succeeds_without_any_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUDIT_BUCKET", raising=False)
    monkeypatch.setattr(handler, "RunClients", None)
    assert handle({"tf": {"action": "delete", "prev_input": None}}, context()) == {"summary": {}}


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"trigger": "create"}, "one of schedule, request, found 'create'"),
        ({"tf": {"action": "read"}}, "one of create, update, delete, found 'read'"),
        ({"tf": "create"}, "one of create, update, delete, found 'request'"),
        ({"trigger": ["schedule"]}, "found"),
        ({"expected_state": "key"}, "an object of the strings key, version_id, sha256"),
        ({"expected_state": {"key": "k", "version_id": "v"}}, "an object of the strings"),
        ({"expected_state": {"key": "k", "version_id": 1, "sha256": "s"}}, "an object of the strings"),
    ],
)  # fmt: skip
def test_an_invalid_request_is_refused(event: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        handle(event, context())


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize("name", ["AUDIT_BUCKET", "EVIDENCE_PREFIX"])
def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(InvalidSettings, match=f"{name} is missing"):
        handle({}, context())


def test_a_message_is_limited_and_names_the_controls_that_it_omits() -> None:
    checks = [Check(control=BY_ID["s3-policy"], resource=f"bucket-{n}", expected={"x": "y" * 300}) for n in range(99)]
    checks.append(Check(control=BY_ID["kms-policy"], resource="key", expected={}))
    failed = [judge(entry, {}, since=0, now=0, deploying=True) for entry in checks]
    text = failure_message(failed, 200, "s3://a/b")
    assert len(text) < 8_500
    assert text.splitlines()[0] == "100 of 200 controls failed. Evidence: s3://a/b"
    assert re.search(r"\n\d\d more failed controls: s3-policy, kms-policy$", text)
