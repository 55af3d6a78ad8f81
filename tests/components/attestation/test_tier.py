"""The attestation tier under Pulumi's mocks, and what its roles may do."""

import fnmatch
import hashlib
import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime import MockResourceArgs

from components.attestation.policies import attestor_permissions
from components.attestation.tier import Attestation, AttestationArgs
from components.audit.expected import expected_trail
from components.context import AwsContext
from components.data.expected import expected_bucket, expected_table
from components.expected import ExpectedResource
from components.keys.expected import expected_key
from components.monitoring.expected import expected_alarm, expected_topic
from components.network.expected import expected_endpoint, expected_vpc
from components.processing.expected import expected_queue
from components.retention import ObjectLock, Retention
from components.shared.expected import expected_log_group
from components.shared.role_policies import function_trust
from components.shared.statements import Document
from lambdas.attestor.controls import KINDS
from lambdas.attestor.expected_state import Check, parse
from lambdas.attestor.policy_documents import canonical
from lambdas.attestor.request import request_from
from tests.support.mocks import Recorder, deployed

ROOT = Path(__file__).parents[2]
CONTEXT = AwsContext(partition="aws", region="eu-central-1", account_id="123456789012", prefix="strongroom-test")
POLICY: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "A", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}],
}
JSON = json.dumps(POLICY)
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
            name="output", key_arn="arn:records", policy=JSON, lifecycle=["abort uploads after 7 days"],
            lock=("COMPLIANCE", 10), log_bucket="access-log",
        ),
        expected_bucket(
            name="access-log", key_arn=None, policy=JSON, lifecycle=["expire after 400 days", "abort uploads after 7 days"], lock=None,
            log_bucket=None,
        ),
        expected_key(arn="arn:records", rotation_days=365, policy=JSON),
        expected_key(arn="arn:tokens", rotation_days=None, policy=JSON),
        expected_table(name="table", key_arn="arn:records", deletion_protection=True),
        expected_queue(url="url:work", key_arn="arn:records", policy=JSON, dead_letters=("arn:dead", 5)),
        expected_queue(url="url:dead", key_arn="arn:records", policy=JSON, dead_letters=None),
        expected_topic(arn="arn:page", key_arn="arn:logs", policy=JSON, subscriptions=[("email", "on-call@example.com"), ("sqs", pulumi.Output.from_input("arn:q"))]),
        expected_log_group(name="/trail", key_arn="arn:audit", retention_days=3653),
        expected_alarm(name="dead-letters", actions=[pulumi.Output.from_input("arn:page")]),
        expected_vpc(id="vpc-1", flow_log_destinations=["arn:group:*"]),
        expected_endpoint(id="vpce-1", policy=JSON),
        expected_trail(arn="arn:trail", key_arn="arn:audit", bucket="audit", event_selectors=json.dumps(SELECTORS)),
    ]  # fmt: skip


class Attested(Recorder):
    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        identity, state = super().new_resource(args)
        computed = {
            "aws:s3/bucketObjectv2:BucketObjectv2": {"versionId": "version-1"},
            "aws:lambda/function:Function": {"codeSha256": "code-1"},
            "aws:lambda/invocation:Invocation": {"result": '{"summary": {}}'},
        }
        return identity, {**state, **computed.get(args.typ, {})}

    def one(self, kind: str, name: str = "attestor") -> dict[str, Any]:
        return super().one(kind, name)


@pytest.fixture(scope="module")
def made() -> Attested:
    def program() -> Any:
        attestation = Attestation(
            "attestor",
            AttestationArgs(
                context=CONTEXT, expected_state=expected_state(), not_read_back=(), audit_bucket="audit", audit_bucket_arn="arn:aws:s3:::audit",
                audit_key_arn="arn:audit", artifact_bucket="artifacts", key_arn="arn:logs",
                architecture="arm64",
                retention=Retention(raw_days=90, log_days=3653, lock=ObjectLock(mode="COMPLIANCE", years=10), protection=True),
            ),
        )  # fmt: skip
        return attestation.summary

    return deployed(program, Attested())


@pytest.fixture(scope="module")
def checks(made: Attested) -> list[Check]:
    content = expected_state_of(made)
    return list(parse(content, hashlib.sha256(content).hexdigest()))


def expected_state_of(made: Attested) -> bytes:
    (stored,) = [one.inputs for one in made.made if one.inputs.get("key", "").endswith("expected-state.json")]
    content: str = stored["content"]
    return content.encode()


def expected_of(checks: list[Check], resource: str) -> dict[str, Any]:
    return {one.control.id: one.expected for one in checks if one.resource == resource}


def test_the_attestor_reads_the_expected_state_that_the_tiers_state(checks: list[Check]) -> None:
    assert {one.control.kind for one in checks} == set(KINDS)
    output = expected_of(checks, "output")
    assert set(output) == {control.id for control in KINDS["bucket"]}
    assert output.items() >= {
        "s3-default-encryption": {"algorithm": "aws:kms", "key": "arn:records"}, "s3-bucket-key": True,
        "s3-versioning": "Enabled", "s3-ownership": "BucketOwnerEnforced",
        "s3-public-access-block": {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True},
        "s3-object-lock": {"mode": "COMPLIANCE", "years": 10}, "s3-lifecycle": ["abort uploads after 7 days"],
        "s3-policy": canonical(POLICY), "s3-access-log": "access-log",
    }.items()  # fmt: skip
    plain = expected_of(checks, "access-log")
    assert plain["s3-default-encryption"] == {"algorithm": "AES256", "key": None}
    assert plain["s3-lifecycle"] == ["abort uploads after 7 days", "expire after 400 days"]
    assert (plain["s3-object-lock"], plain["s3-access-log"], plain["s3-bucket-key"]) == (None, None, False)
    assert expected_of(checks, "url:work")["sqs-redrive"] == {"target": "arn:dead", "receives": 5}
    assert expected_of(checks, "url:dead")["sqs-redrive"] is None
    assert expected_of(checks, "arn:page")["sns-subscriptions"] == {
        "email on-call@example.com": "confirmed",
        "sqs arn:q": "confirmed",
    }
    assert expected_of(checks, "vpc-1")["vpc-flow-logs"] == ["ALL to arn:group"]
    assert expected_of(checks, "dead-letters") == {"alarm-actions-enabled": True, "alarm-actions": ["arn:page"]}
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


def test_the_attestor_attests_itself(checks: list[Check], made: Attested) -> None:
    mine = expected_of(checks, "strongroom-test-attestor")
    permissions = json.loads(made.one("aws:iam/rolePolicy:RolePolicy")["policy"])
    assert mine == {
        "lambda-code": "code-1", "lambda-network": None, "lambda-environment-key": "arn:logs", "lambda-role": "arn:attestor",
        "iam-role-policy": canonical(permissions), "iam-role-trust": canonical(function_trust()),
        "iam-role-managed-policies": [], "iam-role-boundary": made.one("aws:iam/role:Role").get("permissionsBoundary"),
    }  # fmt: skip
    assert expected_of(checks, "/aws/lambda/strongroom-test-attestor") == {
        "logs-retention": 3653,
        "logs-encryption": "arn:logs",
    }


def test_the_deployment_invokes_it_again_when_expected_state_or_code_changes(made: Attested) -> None:
    invocation = made.one("aws:lambda/invocation:Invocation")
    assert invocation["lifecycleScope"] == "CRUD"
    event = json.loads(invocation["input"])
    assert event["code_sha256"] == "code-1"
    request = request_from({**event, "tf": {"action": "create"}})
    assert request.deploying
    assert request.expected_state is not None
    assert request.expected_state.version_id == "version-1"
    parse(expected_state_of(made), request.expected_state.sha256)


def test_the_schedule_invokes_it_daily_with_the_same_expected_state(made: Attested) -> None:
    schedule = made.one("aws:scheduler/schedule:Schedule", "attestor-daily")
    request = request_from(json.loads(schedule["target"]["input"]))
    assert (request.trigger, request.deploying) == ("schedule", False)
    assert (
        json.loads(made.one("aws:lambda/invocation:Invocation")["input"])["expected_state"]
        == json.loads(schedule["target"]["input"])["expected_state"]
    )
    assert schedule["target"]["arn"] == "arn:attestor"
    assert schedule["scheduleExpression"].startswith("cron(")


def test_the_attestor_is_outside_the_network_and_its_zip_holds_no_other_package(made: Attested) -> None:
    function = made.one("aws:lambda/function:Function")
    assert "vpcConfig" not in function
    assert function["handler"] == "lambdas.attestor.handler.handle"
    (code,) = [one.inputs["source"] for one in made.made if one.inputs.get("key") == "functions/attestor.zip"]
    names = set(code.assets)
    assert {"lambdas/__init__.py", "lambdas/shared/telemetry.py", "lambdas/attestor/controls/vpc.py"} <= names
    assert not any("processor/" in name for name in names)


PERMISSIONS = attestor_permissions(
    partition="aws", region="eu-central-1", account_id="123456789012", stack="strongroom-test",
    resource_arns={"bucket": ["arn:aws:s3:::b"], "queue": ["arn:aws:sqs:eu-central-1:123456789012:q"]}, audit_bucket_arn="arn:aws:s3:::audit",
    prefix="attestation/x/", audit_key_arn="arn:audit", key_arn="arn:logs", log_group_arn="arn:group",
    function_arn="arn:function",
)  # fmt: skip


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def actions(document: Document, effect: str) -> set[str]:
    return {action for one in document["Statement"] if one["Effect"] == effect for action in listed(one["Action"])}


def test_the_attestor_may_change_nothing_but_its_evidence_logs_and_traces() -> None:
    writing = {
        one for one in actions(PERMISSIONS, "Allow") if not one.split(":")[1].startswith(("Get", "List", "Describe"))
    }
    assert writing == {
        "kms:Decrypt", "kms:GenerateDataKey", "s3:PutObject", "logs:CreateLogStream", "logs:PutLogEvents",
        "xray:PutTraceSegments", "xray:PutTelemetryRecords",
    }  # fmt: skip
    assert not any("*" in one for one in actions(PERMISSIONS, "Allow"))


@pytest.mark.parametrize(
    "action",
    [
        "dynamodb:GetItem", "dynamodb:Scan", "dynamodb:PartiQLSelect", "sqs:ReceiveMessage", "logs:GetLogEvents",
        "lambda:GetFunction", "secretsmanager:GetSecretValue", "ssm:GetParameters", "s3:DeleteObjectVersion",
        "s3:BypassGovernanceRetention",
    ],
)  # fmt: skip
def test_content_is_denied_to_the_attestor_whatever_else_is_granted(action: str) -> None:
    denied = [one for one in PERMISSIONS["Statement"] if one["Effect"] == "Deny" and one.get("Resource") == "*"]
    assert any(fnmatch.fnmatchcase(action, pattern) for one in denied for pattern in listed(one["Action"]))


def test_only_objects_and_keys_of_expected_state_and_evidence_are_allowed() -> None:
    spared = {
        one["Sid"]: (set(listed(one["Action"])), one["NotResource"])
        for one in PERMISSIONS["Statement"]
        if "NotResource" in one
    }
    assert spared["DenyOtherObjects"] == ({"s3:GetObject*", "s3:PutObject"}, "arn:aws:s3:::audit/attestation/x/*")
    assert {"kms:Decrypt", "kms:GenerateMac", "kms:GenerateDataKey*"} <= spared["DenyOtherKeys"][0]
    assert spared["DenyOtherKeys"][1] == ["arn:audit", "arn:logs"]


def test_no_statement_is_about_another_account() -> None:
    for one in PERMISSIONS["Statement"]:
        for resource in listed(one.get("Resource", [])):
            assert resource.split(":")[4:5] in ([], [""], ["123456789012"], ["function"]) or one["Sid"] == "ReadBucket"
    (buckets,) = [one for one in PERMISSIONS["Statement"] if one["Sid"] == "ReadBucket"]
    assert buckets["Condition"] == {"StringEquals": {"aws:ResourceAccount": "123456789012"}}
