"""The attestation tier under Pulumi's mocks, and the permissions of the attestor."""

import fnmatch
import hashlib
import json
from typing import Any

import pulumi
import pytest
from pulumi.runtime import MockResourceArgs

from components.attestation.policies import attestor_permissions
from components.attestation.tier import Attestation, AttestationArgs
from components.audit.expected import expected_trail
from components.data.expected import expected_bucket, expected_notification, expected_table
from components.expected import ExpectedResource
from components.keys.expected import expected_key
from components.monitoring.expected import expected_alarm, expected_metric_filter
from components.network.expected import expected_dns_firewall, expected_endpoint, expected_security_group, expected_vpc
from components.processing.expected import expected_event_source, expected_malware_scan, expected_queue
from components.shared.expected import expected_log_group
from components.shared.role_policies import function_trust
from components.shared.statements import Document
from components.shared.topic import expected_topic
from lambdas.attestor.controls import KINDS
from lambdas.attestor.expected_state import Check, parse
from lambdas.attestor.policy_documents import canonical
from lambdas.attestor.request import request_from
from tests.components.sample import CONTEXT, RETENTION
from tests.support.mocks import Recorder, deployed

BUCKET_POLICY: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "A", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}],
}
POLICY_JSON = json.dumps(BUCKET_POLICY)
SELECTORS = [
    {"name": "Control planes", "field_selectors": [{"field": "eventCategory", "equals": ["Management"]}]},
    {
        "name": "Objects",
        "field_selectors": [
            {"field": "eventCategory", "equals": ["Data"]},
            {"field": "resources.ARN", "starts_withs": ["arn:b/", "arn:a/"], "not_ends_withs": ["/x"]},
        ],
    },
]


def expected_state() -> list[ExpectedResource]:
    return [
        expected_bucket(
            name="output", key_arn="arn:records", policy=POLICY_JSON, lifecycle=["abort uploads after 7 days"],
            lock=("COMPLIANCE", 10), log_bucket="access-log",
        ),
        expected_bucket(
            name="access-log", key_arn=None, policy=POLICY_JSON, lifecycle=["expire after 400 days", "abort uploads after 7 days"], lock=None,
            log_bucket=None,
        ),
        expected_key(arn="arn:records", rotation_days=365, policy=POLICY_JSON),
        expected_key(arn="arn:tokens", rotation_days=None, policy=POLICY_JSON),
        expected_table(name="table", key_arn="arn:records", policy="{}", deletion_protection=True),
        expected_queue(url="url:work", key_arn="arn:records", policy=POLICY_JSON, dead_letters=("arn:dead", 5)),
        expected_queue(url="url:dead", key_arn="arn:records", policy=POLICY_JSON, dead_letters=None),
        expected_topic(arn="arn:page", key_arn="arn:logs", policy=POLICY_JSON, subscriptions=[("email", "on-call@example.com"), ("sqs", pulumi.Output.from_input("arn:q"))]),
        expected_log_group(name="/trail", key_arn="arn:audit", retention_days=3653),
        expected_alarm(name="dead-letters", actions=[pulumi.Output.from_input("arn:page")], description={"AlarmRule": "ALARM(x)"}),
        expected_metric_filter(log_group="/trail", name="deletions", pattern="{$.a=1}", namespace="n", metric="deletions"),
        expected_event_source(uuid="u", queue_arn="arn:work", function_arn="arn:f", concurrency=5, reports=["r"]),
        expected_malware_scan(plan_id="plan", bucket_name="input", role_arn="arn:scan"),
        expected_notification(bucket="output"),
        expected_notification(bucket="input", events=["s3:ObjectCreated:*"], target_arn="arn:work", event_bridge=True),
        expected_security_group(id="sg-1", rules=[("out", "pl-1"), ("out", pulumi.Output.from_input("sg-2"))]),
        expected_dns_firewall(vpc_id="vpc-1", rules={"101.100 ALLOW": ["a"]}, log_group_arn="arn:group"),
        expected_vpc(id="vpc-1", flow_log_destinations=["arn:group:*"]),
        expected_endpoint(id="vpce-1", policy=POLICY_JSON),
        expected_trail(arn="arn:trail", key_arn="arn:audit", bucket="audit", log_group_arn="arn:trail-group", event_selectors=json.dumps(SELECTORS)),
    ]  # fmt: skip


class AttestationRecorder(Recorder):
    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        identity, state = super().new_resource(args)
        computed = {
            "aws:s3/bucketObjectv2:BucketObjectv2": {"versionId": "version-1"},
            "aws:lambda/function:Function": {"codeSha256": "code-1"},
            "aws:lambda/invocation:Invocation": {"result": '{"summary": {}}'},
        }
        return identity, {**state, **computed.get(args.typ, {})}

    def inputs_of(self, token: str, name: str = "attestor") -> dict[str, Any]:
        return super().inputs_of(token, name)


@pytest.fixture(scope="module")
def recorder() -> AttestationRecorder:
    def program() -> Any:
        attestation = Attestation(
            "attestor",
            AttestationArgs(
                context=CONTEXT, expected_state=expected_state(), not_attested=(), audit_bucket="audit", audit_bucket_arn="arn:aws:s3:::audit",
                audit_key_arn="arn:audit", artifact_bucket="artifacts", key_arn="arn:logs",
                architecture="arm64",
                retention=RETENTION,
            ),
        )  # fmt: skip
        return attestation.summary

    return deployed(program, AttestationRecorder())


@pytest.fixture(scope="module")
def checks(recorder: AttestationRecorder) -> list[Check]:
    content = expected_state_of(recorder)
    return list(parse(content, hashlib.sha256(content).hexdigest()))


def expected_state_of(recorder: AttestationRecorder) -> bytes:
    (stored,) = [
        resource.inputs
        for resource in recorder.resources
        if resource.inputs.get("key", "").endswith("expected-state.json")
    ]
    content: str = stored["content"]
    return content.encode()


def expected_of(checks: list[Check], resource: str) -> dict[str, Any]:
    return {check.control.id: check.expected for check in checks if check.resource == resource}


def test_the_attestor_can_parse_the_expected_state_of_the_tiers(checks: list[Check]) -> None:
    assert {check.control.kind for check in checks} == set(KINDS) - {"replication"}
    output = expected_of(checks, "output")
    assert set(output) == {control.id for kind in ("bucket", "notification") for control in KINDS[kind]}
    assert output.items() >= {
        "s3-default-encryption": {"algorithm": "aws:kms", "key": "arn:records"}, "s3-bucket-key": True,
        "s3-versioning": "Enabled", "s3-ownership": "BucketOwnerEnforced",
        "s3-public-access-block": {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True},
        "s3-object-lock": {"mode": "COMPLIANCE", "years": 10}, "s3-lifecycle": ["abort uploads after 7 days"],
        "s3-policy": canonical(BUCKET_POLICY), "s3-access-log": "access-log",
    }.items()  # fmt: skip
    access_log = expected_of(checks, "access-log")
    assert access_log["s3-default-encryption"] == {"algorithm": "AES256", "key": None}
    assert access_log["s3-lifecycle"] == ["abort uploads after 7 days", "expire after 400 days"]
    assert (access_log["s3-object-lock"], access_log["s3-access-log"], access_log["s3-bucket-key"]) == (
        None,
        None,
        False,
    )
    assert expected_of(checks, "url:work")["sqs-redrive"] == {"target": "arn:dead", "receives": 5}
    assert expected_of(checks, "url:dead")["sqs-redrive"] is None
    assert expected_of(checks, "arn:page")["sns-subscriptions"] == {
        "email on-call@example.com": "confirmed",
        "sqs arn:q": "confirmed",
    }
    assert expected_of(checks, "/trail:deletions") == {
        "logs-metric-filter": {"pattern": "{$.a=1}", "metrics": ["n deletions 1"]}
    }
    assert expected_of(checks, "input") == {
        "s3-notification": ["s3:ObjectCreated:* to arn:work", "every event to EventBridge"]
    }
    assert output["s3-notification"] == []
    assert expected_of(checks, "sg-1") == {"ec2-security-group": ["out, tcp 443-443: pl-1", "out, tcp 443-443: sg-2"]}
    assert expected_of(checks, "vpc-1")["dns-firewall-rules"] == {"101.100 ALLOW": ["a"]}
    assert expected_of(checks, "vpc-1")["vpc-flow-logs"] == ["ALL to arn:group"]
    assert expected_of(checks, "dead-letters") == {
        "alarm-actions-enabled": True,
        "alarm-actions": ["arn:page"],
        "alarm-condition": {"rule": "ALARM(x)"},
        "alarm-expression": None,
    }
    assert expected_of(checks, "arn:trail")["cloudtrail-event-selectors"] == {
        "Control planes": {"eventCategory Equals": ["Management"]},
        "Objects": {
            "eventCategory Equals": ["Data"],
            "resources.ARN StartsWith": ["arn:b/", "arn:a/"],
            "resources.ARN NotEndsWith": ["/x"],
        },
    }
    assert (expected_of(checks, "arn:records")["kms-rotation"], expected_of(checks, "arn:tokens")["kms-rotation"]) == (
        365,
        None,
    )


def test_the_expected_state_includes_the_attestor_itself(checks: list[Check], recorder: AttestationRecorder) -> None:
    attestor = expected_of(checks, "strongroom-test-attestor")
    permissions = json.loads(recorder.inputs_of("aws:iam/rolePolicy:RolePolicy")["policy"])
    assert attestor == {
        "lambda-code": "code-1", "lambda-network": None, "lambda-environment-key": "arn:logs", "lambda-role": "arn:attestor",
        "lambda-alias": {},
        "iam-role-policy": canonical(permissions), "iam-role-trust": canonical(function_trust()),
        "iam-role-managed-policies": [], "iam-role-boundary": recorder.inputs_of("aws:iam/role:Role").get("permissionsBoundary"),
    }  # fmt: skip
    assert expected_of(checks, "strongroom-test-attestor-daily/strongroom-test-attestor-daily") == {
        "scheduler-schedule": {
            "state": "ENABLED",
            "expression": "cron(0 5 * * ? *)",
            "target": "arn:attestor",
            "role": "arn:aws:iam::123456789012:role/strongroom-test-attestor-daily",
        }
    }
    assert expected_of(checks, "/aws/lambda/strongroom-test-attestor") == {
        "logs-retention": 3653,
        "logs-encryption": "arn:logs",
    }


def test_a_deployment_invokes_the_attestor_when_expected_state_or_code_has_changed(
    recorder: AttestationRecorder,
) -> None:
    invocation = recorder.inputs_of("aws:lambda/invocation:Invocation")
    assert invocation["lifecycleScope"] == "CRUD"
    event = json.loads(invocation["input"])
    assert event["code_sha256"] == "code-1"
    request = request_from({**event, "tf": {"action": "create"}})
    assert request.deploying
    assert request.expected_state is not None
    assert request.expected_state.version_id == "version-1"
    parse(expected_state_of(recorder), request.expected_state.sha256)


def test_the_schedule_invokes_the_attestor_daily_with_the_same_expected_state(recorder: AttestationRecorder) -> None:
    schedule = recorder.inputs_of("aws:scheduler/schedule:Schedule", "attestor-daily")
    request = request_from(json.loads(schedule["target"]["input"]))
    assert (request.trigger, request.deploying) == ("schedule", False)
    assert (
        json.loads(recorder.inputs_of("aws:lambda/invocation:Invocation")["input"])["expected_state"]
        == json.loads(schedule["target"]["input"])["expected_state"]
    )
    assert schedule["target"]["arn"] == "arn:attestor"
    assert schedule["scheduleExpression"].startswith("cron(")


def test_the_attestor_is_outside_the_vpc_and_its_archive_contains_no_other_function(
    recorder: AttestationRecorder,
) -> None:
    function = recorder.inputs_of("aws:lambda/function:Function")
    assert "vpcConfig" not in function
    assert function["handler"] == "lambdas.attestor.handler.handle"
    (code,) = [
        resource.inputs["source"]
        for resource in recorder.resources
        if resource.inputs.get("key") == "functions/attestor.zip"
    ]
    names = set(code.assets)
    assert {"lambdas/__init__.py", "lambdas/shared/telemetry.py", "lambdas/attestor/controls/network/vpc.py"} <= names
    assert not any("processor/" in name for name in names)


PERMISSIONS = attestor_permissions(
    partition="aws", region="eu-central-1", account_id="123456789012", stack="strongroom-test",
    reader_arns=[], resource_arns={"bucket": ["arn:aws:s3:::b"], "queue": ["arn:aws:sqs:eu-central-1:123456789012:q"]}, audit_bucket_arn="arn:aws:s3:::audit",
    prefix="attestation/x/", audit_key_arn="arn:audit", key_arn="arn:logs", log_group_arn="arn:group",
    function_arn="arn:function",
)  # fmt: skip


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def actions(document: Document, effect: str) -> set[str]:
    return {
        action
        for statement in document["Statement"]
        if statement["Effect"] == effect
        for action in as_list(statement["Action"])
    }


def test_the_attestor_can_write_nothing_but_evidence_logs_and_traces() -> None:
    writing = {
        action
        for action in actions(PERMISSIONS, "Allow")
        if not action.split(":")[1].startswith(("Get", "List", "Describe"))
    }
    assert writing == {
        "kms:Decrypt", "kms:GenerateDataKey", "s3:PutObject", "logs:CreateLogStream", "logs:PutLogEvents",
        "xray:PutTraceSegments", "xray:PutTelemetryRecords",
    }  # fmt: skip
    assert not any("*" in action for action in actions(PERMISSIONS, "Allow"))


@pytest.mark.parametrize(
    "action",
    [
        "dynamodb:GetItem", "dynamodb:Scan", "dynamodb:PartiQLSelect", "sqs:ReceiveMessage", "logs:GetLogEvents",
        "lambda:GetFunction", "secretsmanager:GetSecretValue", "ssm:GetParameters", "s3:DeleteObjectVersion",
        "s3:BypassGovernanceRetention",
    ],
)  # fmt: skip
def test_a_deny_keeps_content_from_the_attestor_whatever_else_is_allowed(action: str) -> None:
    denied = [
        statement
        for statement in PERMISSIONS["Statement"]
        if statement["Effect"] == "Deny" and statement.get("Resource") == "*"
    ]
    assert any(fnmatch.fnmatchcase(action, pattern) for statement in denied for pattern in as_list(statement["Action"]))


def test_the_attestor_can_use_only_the_objects_and_keys_of_expected_state_and_evidence() -> None:
    exceptions = {
        statement["Sid"]: (set(as_list(statement["Action"])), statement["NotResource"])
        for statement in PERMISSIONS["Statement"]
        if "NotResource" in statement
    }
    assert exceptions["DenyOtherObjects"] == ({"s3:GetObject*", "s3:PutObject"}, "arn:aws:s3:::audit/attestation/x/*")
    assert {"kms:Decrypt", "kms:GenerateMac", "kms:GenerateDataKey*"} <= exceptions["DenyOtherKeys"][0]
    assert exceptions["DenyOtherKeys"][1] == ["arn:audit", "arn:logs"]


def test_every_statement_is_limited_to_the_own_account() -> None:
    for statement in PERMISSIONS["Statement"]:
        for resource in as_list(statement.get("Resource", [])):
            assert (
                resource.split(":")[4:5] in ([], [""], ["123456789012"], ["function"])
                or statement["Sid"] == "ReadBucket"
            )
    (buckets,) = [statement for statement in PERMISSIONS["Statement"] if statement["Sid"] == "ReadBucket"]
    assert buckets["Condition"] == {"StringEquals": {"aws:ResourceAccount": "123456789012"}}
