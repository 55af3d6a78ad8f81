"""Whole runs, at the function's edge: an alarm and its topic's name stand for all that can be deployed."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas.attestor import handler
from lambdas.attestor.controls import BY_ID
from lambdas.attestor.evidence import BadEvidence
from lambdas.attestor.handler import handle
from lambdas.attestor.intent import BadIntent, Check
from lambdas.attestor.request import BadRequest
from lambdas.attestor.service import AttestationFailed, message
from lambdas.attestor.verdict import judge
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
    import time  # noqa: PLC0415 - the real one, which the emulator writes on objects

    clock = Clock(time.time())
    monkeypatch.setattr(handler, "time", clock)
    monkeypatch.setattr("lambdas.shared.invocation.time", clock)
    return clock


def deploy(client: Client, *, trail: bool = False) -> dict[str, str]:
    """Deploy an alarm, and perhaps a trail, which never delivers here; return where the intent stands."""
    resources = [
        {"kind": "alarm", "id": "house-dead", "expected": {"alarm-actions-enabled": True, "alarm-actions": [TOPIC]}}
    ]
    made.put_alarm(client("cloudwatch"), [TOPIC])
    if trail:
        client("s3").create_bucket(Bucket="house-trail")
        arn = client("cloudtrail").create_trail(Name="house", S3BucketName="house-trail")["TrailARN"]
        client("cloudtrail").put_event_selectors(TrailName="house", AdvancedEventSelectors=made.SELECTORS[:1])
        client("cloudtrail").start_logging(Name="house")
        expected = {"cloudtrail-logging": True, "cloudtrail-validation": False, "cloudtrail-encryption": None,
                    "cloudtrail-destination": "house-trail", "cloudtrail-delivery": "delivered",
                    "cloudtrail-event-selectors": {"Control planes": {"eventCategory Equals": ["Management"]}}}  # fmt: skip
        resources.append({"kind": "trail", "id": arn, "expected": expected})
    return made.pointer(client("s3"), json.dumps({"schema": 1, "resources": resources}).encode())


def stored(client: Client) -> list[dict[str, Any]]:
    listed = client("s3").list_objects_v2(Bucket=AUDIT, Prefix=PREFIX).get("Contents", [])
    return [json.loads(client("s3").get_object(Bucket=AUDIT, Key=one["Key"])["Body"].read()) for one in listed]


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_run_leaves_one_document_that_says_all(client: Client) -> None:
    pointer = deploy(client)
    evidence = handle({"intent": pointer, "trigger": "schedule"}, context())
    place = evidence.pop("stored")
    assert stored(client) == [json.loads(json.dumps(evidence))]
    assert client("s3").head_object(Bucket=place["bucket"], Key=place["key"])
    assert evidence["run"].keys() == {"request_id", "function", "trigger", "started_at", "finished_at"}
    assert evidence["run"]["trigger"] == "schedule"
    assert evidence["intent"] == pointer
    assert evidence["summary"] == {"pass": 2, "fail": 0, "pending": 0}
    assert evidence["controls"][1] == {
        "control": "alarm-actions", "kind": "alarm", "resource": "house-dead", "verdict": "pass",
        "references": BY_ID["alarm-actions"].references, "expected": [TOPIC], "found": [TOPIC],
    }  # fmt: skip


def test_at_a_deployment_a_failed_control_fails_it_with_all_that_is_wrong(client: Client) -> None:
    pointer = deploy(client)
    made.put_alarm(client("cloudwatch"), [])
    client("cloudwatch").disable_alarm_actions(AlarmNames=["house-dead"])
    with pytest.raises(AttestationFailed) as raised:
        handle({"intent": pointer, **DEPLOY}, context())
    first, *others = str(raised.value).splitlines()
    assert re.fullmatch(rf"2 of 2 controls failed; the evidence is s3://{AUDIT}/{PREFIX}\S+-request-1\.json", first)
    assert others == [
        "alarm-actions-enabled of alarm house-dead: expected true, found false",
        f'alarm-actions of alarm house-dead: expected ["{TOPIC}"], found []',
    ]
    assert [one["summary"]["fail"] for one in stored(client)] == [2]


def test_at_any_other_time_a_failed_control_is_a_metric(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    pointer = deploy(client, trail=True)
    client("cloudwatch").disable_alarm_actions(AlarmNames=["house-dead"])
    assert handle({"intent": pointer}, context())["summary"] == {"pass": 6, "fail": 1, "pending": 1}
    (line,) = [one for one in lines(capsys) if "_aws" in one]
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("Strongroom", [["FunctionName"]])
    names = [one["Name"] for one in directive["Metrics"]]
    assert {name: line[name] for name in names} == {"Attestations": 1, "FailedControls": 1, "PendingControls": 1}
    assert line["FunctionName"] == "house-attestor"


def test_after_a_deployment_the_state_keeps_the_summary_only(client: Client) -> None:
    event = {"intent": deploy(client), "code": "x", "tf": {"action": "update", "prev_input": {}}}
    assert handle(event, context()) == {"summary": {"pass": 2, "fail": 0, "pending": 0}}


def test_what_is_pending_lets_a_deployment_through_and_fails_the_daily_run_after_three_days(
    client: Client, clock: Clock
) -> None:
    event = {"intent": deploy(client, trail=True)}

    def daily() -> list[tuple[str, str | None]]:
        evidence = handle({**event, "trigger": "schedule"}, context())
        return [(one["verdict"], one.get("pending_since")) for one in evidence["controls"] if one["verdict"] != "pass"]

    assert handle({**event, **DEPLOY}, context())["summary"]["pending"] == 1
    ((_, since),) = daily()
    for _ in range(2):
        clock.now += DAY
        assert daily() == [("pending", since)]
    for _ in range(2):
        clock.now += DAY + 1
        assert daily() == [("fail", since)]
    # However long it has been so, a deployment is not stopped by it: it can only be the one that repairs it.
    assert handle({**event, **DEPLOY}, context())["summary"]["pending"] == 1


def test_without_an_earlier_run_waiting_began_when_the_intent_was_written(client: Client, clock: Clock) -> None:
    pointer = deploy(client, trail=True)
    clock.now += 4 * DAY
    assert handle({"intent": pointer}, context())["summary"]["fail"] == 1


def test_waiting_begins_anew_for_what_was_right_before(client: Client, clock: Clock) -> None:
    handle({"intent": deploy(client)}, context())
    clock.now += 4 * DAY
    assert handle({"intent": deploy(client, trail=True)}, context())["summary"]["pending"] == 1


def test_who_names_no_intent_gets_the_last_runs(client: Client, clock: Clock) -> None:
    handle({"intent": deploy(client)}, context())
    clock.now += 1
    pointer = deploy(client)
    handle({"intent": pointer}, context())
    clock.now += 1
    assert handle({}, context())["intent"] == pointer
    assert [one["run"]["trigger"] for one in stored(client)] == ["request"] * 3


def test_a_run_of_over_a_week_ago_is_not_gone_on_from(client: Client, clock: Clock) -> None:
    handle({"intent": deploy(client)}, context())
    clock.now += 7 * DAY - 60
    handle({}, context())
    clock.now += 7 * DAY + 60
    with pytest.raises(BadRequest, match="no run of the last days"):
        handle({}, context())


@pytest.mark.parametrize(("event", "waits"), [(DEPLOY, True), ({"trigger": "schedule"}, False)])
def test_only_a_deployment_waits_for_what_may_not_be_visible_yet(
    event: dict[str, Any], waits: bool, client: Client, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    pointer = deploy(client)
    client("cloudwatch").disable_alarm_actions(AlarmNames=["house-dead"])
    monkeypatch.setattr(clock, "sleep", lambda _: client("cloudwatch").enable_alarm_actions(AlarmNames=["house-dead"]))
    assert handle({"intent": pointer, **event}, context(300))["summary"]["fail"] == int(not waits)


@pytest.mark.usefixtures("client")
def test_without_any_intent_the_run_says_what_to_do() -> None:
    with pytest.raises(BadRequest, match="Deploy first"):
        handle({}, context())


def test_an_intent_that_was_changed_is_refused(client: Client) -> None:
    pointer = deploy(client)
    with pytest.raises(BadIntent, match="expected SHA-256"):
        handle({"intent": {**pointer, "sha256": "0" * 64}}, context())
    assert stored(client) == []


def test_an_older_version_than_the_named_one_is_not_taken(client: Client) -> None:
    first = deploy(client)
    made.pointer(client("s3"), b"{}")
    assert handle({"intent": first}, context())["summary"]["pass"] == 2


def test_evidence_that_is_none_is_not_gone_on_from(client: Client) -> None:
    pointer = deploy(client)
    client("s3").put_object(Bucket=AUDIT, Key=f"{PREFIX}20990101T000000.000000Z-x.json", Body=b"{}")
    with pytest.raises(BadEvidence, match="20990101T000000"):
        handle({"intent": pointer}, context())


def test_a_run_that_cannot_leave_evidence_fails(
    client: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pointer = deploy(client)

    def refuse(*_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutObject")

    monkeypatch.setattr("lambdas.attestor.evidence.Archive.add", refuse)
    with pytest.raises(ClientError):
        handle({"intent": pointer}, context())
    assert lines(capsys)[-1]["error"] == "AWS answered AccessDenied to PutObject: no"


def test_a_destruction_succeeds_and_touches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUDIT_BUCKET", raising=False)
    monkeypatch.setattr(handler, "_client", None)
    assert handle({"tf": {"action": "delete", "prev_input": None}}, context()) == {"summary": {}}


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"trigger": "create"}, "one of schedule, request, found 'create'"),
        ({"tf": {"action": "read"}}, "one of create, update, delete, found 'read'"),
        ({"tf": "create"}, "one of create, update, delete, found 'request'"),
        ({"trigger": ["schedule"]}, "found"),
        ({"intent": "key"}, "an object of the texts key, version_id, sha256"),
        ({"intent": {"key": "k", "version_id": "v"}}, "an object of the texts"),
        ({"intent": {"key": "k", "version_id": 1, "sha256": "s"}}, "an object of the texts"),
    ],
)  # fmt: skip
def test_a_malformed_request_is_refused(event: dict[str, Any], said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        handle(event, context())


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize("name", ["AUDIT_BUCKET", "EVIDENCE_PREFIX"])
def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(InvalidSettings, match=f"{name} is missing"):
        handle({}, context())


def test_a_message_stays_within_bounds_and_names_what_did_not_fit() -> None:
    checks = [Check(control=BY_ID["s3-policy"], resource=f"bucket-{n}", expected={"x": "y" * 300}) for n in range(99)]
    checks.append(Check(control=BY_ID["kms-policy"], resource="key", expected={}))
    failed = [judge(one, {}, since=0, now=0, deploying=True) for one in checks]
    text = message(failed, 200, "s3://a/b")
    assert len(text) < 8_500
    assert text.splitlines()[0] == "100 of 200 controls failed; the evidence is s3://a/b"
    assert re.search(r"\nand \d\d more, of s3-policy, kms-policy$", text)


def test_a_client_makes_one_attempt_and_takes_one_address_for_all_buckets_where_it_is_told_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    made_for = handler._client.__wrapped__("s3")
    assert made_for.meta.config.retries["total_max_attempts"] == 1
    assert made_for.meta.config.s3["addressing_style"] == "path"
