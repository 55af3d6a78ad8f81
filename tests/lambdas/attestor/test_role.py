"""The attestor's role allows exactly the calls of a run."""

from collections.abc import Callable
from typing import Any

import pytest

from components.attestation.policies import NAMED_KINDS, attestor_permissions
from lambdas.attestor import handler
from lambdas.attestor.handler import handle
from tests.lambdas.attestor import house as made
from tests.lambdas.attestor.conftest import context
from tests.lambdas.attestor.house import House

# Where the permission has another name than the operation (Service Authorization Reference, Amazon S3).
NAMES = {
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:ListObjectsV2": "s3:ListBucket",
    "monitoring:DescribeAlarms": "cloudwatch:DescribeAlarms",
}
# Reading a version of an object takes a permission of its own; endpoint, DNS firewall and malware scan are not in the house; the
# rest is no call.
BESIDES = {
    "s3:GetObjectVersion", "guardduty:GetMalwareProtectionPlan", "ec2:DescribeVpcEndpoints", "kms:Decrypt", "kms:GenerateDataKey", "logs:CreateLogStream",
    "logs:PutLogEvents", "xray:PutTraceSegments", "xray:PutTelemetryRecords",
    "route53resolver:GetFirewallConfig", "route53resolver:GetResolverQueryLogConfig", "route53resolver:ListFirewallDomains",
    "route53resolver:ListFirewallRuleGroupAssociations", "route53resolver:ListFirewallRules",
    "route53resolver:ListResolverQueryLogConfigAssociations",
}  # fmt: skip


def test_the_role_allows_exactly_the_calls_of_a_run(
    client: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(client).build()
    pointer = made.pointer(client("s3"), house.content())
    called: set[str] = set()

    def note(model: Any, **_: object) -> None:
        action = f"{model.service_model.endpoint_prefix}:{model.name}"
        called.add(NAMES.get(action, action))

    def noting(service: str, _: object = None) -> Any:
        client(service).meta.events.register("before-call", note, unique_id="note")
        return client(service)

    monkeypatch.setattr(handler, "RunClients", lambda: noting)
    try:
        handle({"expected_state": pointer}, context())
        handle({"expected_state": pointer}, context())
    finally:
        for service in (
            "s3",
            "kms",
            "dynamodb",
            "sqs",
            "sns",
            "logs",
            "cloudwatch",
            "lambda",
            "iam",
            "ec2",
            "cloudtrail",
            "scheduler",
        ):
            client(service).meta.events.unregister("before-call", note, unique_id="note")

    values = dict.fromkeys(
        ("partition", "region", "account_id", "stack", "audit_bucket_arn", "prefix", "audit_key_arn", "key_arn", "log_group_arn", "function_arn"), "x"
    )  # fmt: skip
    allowed = {
        action
        for statement in attestor_permissions(
            **values, reader_arns=[], resource_arns={kind: ["x"] for kind in NAMED_KINDS}
        )["Statement"]
        if statement["Effect"] == "Allow"
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    assert allowed - BESIDES == called
