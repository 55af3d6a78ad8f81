"""Documents that AWS publishes for common tasks: none is a finding that a reviewer would call false.

Facts only, with account numbers for documentation; each names its page.
"""

from typing import Any

import pytest

from policy.evaluation import Verdict, evaluate
from policy.model import Stack
from policy.rules._helpers.resource_types import BUCKET_POLICY, KEY, QUEUE_POLICY, TOPIC_POLICY
from policy.settings import Settings
from tests.policy.cases import document
from tests.policy.support import TAGS, TODAY, declare

ACCOUNT = "111122223333"
SERVICE = "Service"


def allow(principal: Any, action: Any, resource: str = "*", **condition: Any) -> dict[str, Any]:
    found = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}
    return {**found, "Condition": condition} if condition else found


SOURCE = {"aws:SourceAccount": ACCOUNT}
TRAIL = {"aws:SourceArn": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/management"}
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
LOGS = {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:ledger"}

EXAMPLES: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "CloudTrail User Guide, Amazon S3 bucket policy for CloudTrail": (
        BUCKET_POLICY,
        [
            allow({SERVICE: "cloudtrail.amazonaws.com"}, "s3:GetBucketAcl", StringEquals=TRAIL),
            allow(
                {SERVICE: "cloudtrail.amazonaws.com"},
                "s3:PutObject",
                StringEquals={"s3:x-amz-acl": "bucket-owner-full-control", **TRAIL},
            ),
        ],
    ),
    "S3 User Guide, permissions for log delivery": (
        BUCKET_POLICY,
        [
            allow(
                {SERVICE: "logging.s3.amazonaws.com"},
                "s3:PutObject",
                ArnLike={"aws:SourceArn": "arn:aws:s3:::ledger"},
                StringEquals=SOURCE,
            )
        ],
    ),
    "VPC User Guide, publish flow logs to Amazon S3": (
        BUCKET_POLICY,
        [
            allow(
                {SERVICE: "delivery.logs.amazonaws.com"},
                ["s3:PutObject"],
                StringEquals=SOURCE,
                ArnLike={"aws:SourceArn": f"arn:aws:logs:us-east-1:{ACCOUNT}:*"},
            )
        ],
    ),
    "S3 User Guide, granting permissions to publish event notification messages to an SQS queue": (
        QUEUE_POLICY,
        [
            allow(
                {SERVICE: "s3.amazonaws.com"},
                ["SQS:SendMessage"],
                ArnLike={"aws:SourceArn": "arn:aws:s3:*:*:ledger"},
                StringEquals=SOURCE,
            )
        ],
    ),
    "SNS Developer Guide, default policy of a topic": (
        TOPIC_POLICY,
        [allow({"AWS": "*"}, ["SNS:Publish", "SNS:Subscribe"], StringEquals={"AWS:SourceOwner": ACCOUNT})],
    ),
    "EventBridge User Guide, resource-based policy for SNS": (
        TOPIC_POLICY,
        [allow({SERVICE: "events.amazonaws.com"}, "sns:Publish")],
    ),
    "KMS Developer Guide, default key policy": (KEY, [allow(ROOT, "kms:*")]),
    "CloudWatch Logs User Guide, encrypt log data": (
        KEY,
        [allow(ROOT, "kms:*"), allow({SERVICE: "logs.us-east-1.amazonaws.com"}, ["kms:Encrypt*"], ArnEquals=LOGS)],
    ),
    "CloudTrail User Guide, configure KMS key policies": (
        KEY,
        [
            allow(
                {SERVICE: "cloudtrail.amazonaws.com"},
                "kms:GenerateDataKey*",
                StringEquals=TRAIL,
                StringLike={"kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{ACCOUNT}:trail/*"},
            ),
            allow({SERVICE: "cloudtrail.amazonaws.com"}, "kms:DescribeKey"),
        ],
    ),
    "KMS Developer Guide, AWS managed key for S3, by a condition on the caller": (
        KEY,
        [
            allow(
                {"AWS": "*"},
                ["kms:Decrypt"],
                StringEquals={"kms:CallerAccount": ACCOUNT, "kms:ViaService": "s3.us-east-1.amazonaws.com"},
            )
        ],
    ),
}
RULES_OF_DOCUMENTS = {
    "bucket-is-not-public",
    "key-policy-is-closed",
    "resource-policy-is-closed",
    "service-principal-has-source-condition",
}


def found(kind: str, **inputs: Any) -> dict[str, tuple[str, ...]]:
    results = evaluate(Stack([declare(kind, inputs=inputs)]), Settings(), TODAY).results
    return {result.rule.name: result.messages for result in results if result.verdict is Verdict.FAIL}


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_resource_policy_that_aws_publishes_has_no_finding(example: str) -> None:
    kind, statements = EXAMPLES[example]
    assert not found(kind, policy=document(*statements)).keys() & RULES_OF_DOCUMENTS


@pytest.mark.parametrize(
    "actions",
    [
        # AWSLambdaVPCAccessExecutionRole, without its log actions
        [
            "ec2:CreateNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:DeleteNetworkInterface",
            "ec2:AssignPrivateIpAddresses",
            "ec2:UnassignPrivateIpAddresses",
        ],
        # AWSXRayDaemonWriteAccess
        [
            "xray:PutTraceSegments",
            "xray:PutTelemetryRecords",
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:GetSamplingStatisticSummaries",
        ],
        # CloudWatchAgentServerPolicy, what it grants on every resource for want of a narrower one
        ["cloudwatch:PutMetricData", "ec2:DescribeVolumes", "ec2:DescribeTags"],
        ["ecr:GetAuthorizationToken"],
    ],
)
def test_an_action_that_aws_documents_with_a_wildcard_resource_has_no_finding(actions: list[str]) -> None:
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    assert found("aws:iam/policy:Policy", policy=document(statement), tags=dict(TAGS)) == {}
