"""The attestor reads settings and no content."""

from tests.components.policies.attached import (
    ATTESTATION,
    ATTESTOR,
    ATTESTOR_LOG_GROUP,
    ATTESTOR_ROLE,
    AUDIT,
    AUDIT_KEY,
    CONTEXT,
    ELSEWHERE,
    FOREIGN_BUCKET,
    FUNCTION,
    INPUT,
    LOG_GROUP,
    LOGS_KEY,
    OTHER_QUEUE,
    OTHER_TABLE,
    OUTPUT,
    QUEUE,
    RECORDS_KEY,
    SCHEDULES,
    TABLE,
    TOPIC,
    local,
)
from tests.components.policies.rows.row import LAMBDA, VIA_S3, Row, source
from tests.support.iam.builders import HOME
from tests.support.iam.request import service

SCHEDULER = service("scheduler.amazonaws.com")

READ = {
    "cloudtrail": (local("cloudtrail", "trail/any"), ["GetEventSelectors", "GetTrail", "GetTrailStatus"]),
    "dynamodb": (TABLE, ["DescribeContinuousBackups", "DescribeTable", "GetResourcePolicy"]),
    "kms": (RECORDS_KEY, ["DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus"]),
    "logs": (LOG_GROUP, ["DescribeMetricFilters"]),
    "sns": (TOPIC, ["GetTopicAttributes", "ListSubscriptionsByTopic"]),
    "sqs": (QUEUE, ["GetQueueAttributes"]),
    "guardduty": (local("guardduty", "malware-protection-plan/any"), ["GetMalwareProtectionPlan"]),
    "iam": (
        CONTEXT.role_arn("x"),
        ["GetRole", "GetRolePolicy", "ListAttachedRolePolicies", "ListRolePolicies"],
    ),
}
"""The actions that read the actual state, with a resource on which they are allowed."""
ROWS: list[Row] = [
    (LAMBDA, "sts:AssumeRole", ATTESTOR_ROLE, {}, "yes"),
    (SCHEDULER, "sts:AssumeRole", ATTESTOR_ROLE, source(SCHEDULES), "no: trust"),
    *((ATTESTOR, f"{name}:{action}", resource, {}, "yes") for name, (resource, actions) in READ.items() for action in actions),
    (ATTESTOR, "lambda:GetFunctionConfiguration", FUNCTION, {}, "yes"),
    (ATTESTOR, "lambda:GetEventSourceMapping", local("lambda", "event-source-mapping:any"), {}, "yes"),
    (ATTESTOR, "guardduty:GetMalwareProtectionPlan", local("guardduty", "detector/any"), {}, "no: identity"),
    (ATTESTOR, "lambda:GetEventSourceMapping", FUNCTION, {}, "no: identity"),
    (ATTESTOR, "scheduler:GetSchedule", local("scheduler", f"schedule/{CONTEXT.name('x')}/{CONTEXT.name('x')}"), {}, "yes"),
    (ATTESTOR, "scheduler:GetSchedule", local("scheduler", "schedule/default/x"), {}, "no: identity"),
    (ATTESTOR, "s3:GetBucketNotification", INPUT, {}, "yes"),
    (ATTESTOR, "iam:GetRole", f"{CONTEXT.role_arn('x').removesuffix('-x')}x", {}, "no: identity"),
    (ATTESTOR, "iam:GetRolePolicy", f"arn:aws:iam::{HOME}:role/administrator", {}, "no: identity"),
    (ATTESTOR, "iam:PutRolePolicy", CONTEXT.role_arn("x"), {}, "no: identity"),
    (ATTESTOR, "iam:GetUser", CONTEXT.role_arn("x").replace(":role/", ":user/"), {}, "no: identity"),
    (ATTESTOR, "cloudtrail:PutEventSelectors", local("cloudtrail", "trail/any"), {}, "DenyGuardrailChanges"),
    (ATTESTOR, "s3:GetBucketPolicy", INPUT, {}, "yes"),
    (ATTESTOR, "s3:GetBucketPolicy", FOREIGN_BUCKET, {}, "no: identity"),
    (ATTESTOR, "s3:PutBucketPolicy", ELSEWHERE, {}, "no: identity"),
    *(
        (ATTESTOR, action, "*", {}, "yes")
        for action in (
            "ec2:DescribeVpcEndpoints",
            "logs:DescribeLogGroups",
            "route53resolver:ListFirewallRuleGroupAssociations",
            "route53resolver:ListResolverQueryLogConfigAssociations",
        )
    ),
    (ATTESTOR, "route53resolver:ListFirewallRules", local("route53resolver", "firewall-rule-group/rslvr-frg-1"), {}, "yes"),
    (ATTESTOR, "cloudwatch:DescribeAlarms", "*", {}, "yes"),
    # Its own objects and their keys only, and no deletion.
    (ATTESTOR, "s3:GetObject", f"{AUDIT}/{ATTESTATION}expected-state.json", {}, "yes"),
    (ATTESTOR, "s3:GetObjectVersion", f"{AUDIT}/{ATTESTATION}expected-state.json", {}, "yes"),
    (ATTESTOR, "s3:PutObject", f"{AUDIT}/{ATTESTATION}evidence/x.json", {}, "yes"),
    (ATTESTOR, "s3:PutObject", f"{AUDIT}/{ATTESTATION}expected-state.json", {}, "no: identity"),
    (ATTESTOR, "s3:ListBucket", AUDIT, {"s3:prefix": f"{ATTESTATION}evidence/"}, "yes"),
    (ATTESTOR, "s3:ListBucket", AUDIT, {"s3:prefix": ""}, "no: identity"),
    (ATTESTOR, "s3:ListBucket", AUDIT, {}, "no: identity"),
    (ATTESTOR, "s3:GetObject", f"{ELSEWHERE}/id/part-00000.jsonl.gz", {}, "DenyOtherObjects"),
    (ATTESTOR, "s3:GetObject", f"{OUTPUT}/id/part-00000.jsonl.gz", {}, "DenyOtherReaders"),
    (ATTESTOR, "s3:PutObject", f"{AUDIT}/AWSLogs/x", {}, "DenyOtherObjects"),
    *(
        (ATTESTOR, f"s3:{action}", f"{ELSEWHERE}/x.json", {}, "DenyEvidenceDeletion")
        for action in ("BypassGovernanceRetention", "DeleteObjectVersion", "PutObjectLegalHold", "PutObjectRetention")
    ),
    *((ATTESTOR, f"kms:{action}", AUDIT_KEY, VIA_S3, "yes") for action in ("Decrypt", "GenerateDataKey")),
    (ATTESTOR, "kms:Decrypt", AUDIT_KEY, {}, "no: identity"),
    (ATTESTOR, "kms:Decrypt", LOGS_KEY, {}, "yes"),
    (ATTESTOR, "kms:Decrypt", RECORDS_KEY, VIA_S3, "DenyOtherKeys"),
    *((ATTESTOR, f"dynamodb:{action}", OTHER_TABLE, {}, "DenyItems") for action in ("GetItem", "Query", "Scan", "PutItem", "PartiQLSelect")),
    *(
        (ATTESTOR, action, resource, {}, "DenyContent")
        for action, resource in [
            ("lambda:GetFunction", FUNCTION),
            ("lambda:InvokeFunction", FUNCTION),
            ("logs:GetLogEvents", LOG_GROUP),
            ("sns:Publish", local("sns", "other")),
            ("sqs:ReceiveMessage", OTHER_QUEUE),
        ]
    ),
    *((ATTESTOR, action, "*", {}, "DenySecrets") for action in ("secretsmanager:GetSecretValue", "ssm:GetParameters")),
    (ATTESTOR, "logs:PutLogEvents", f"{ATTESTOR_LOG_GROUP}:log-stream:x", {}, "yes"),
    (ATTESTOR, "logs:PutLogEvents", f"{LOG_GROUP}:log-stream:x", {}, "no: identity"),
    (ATTESTOR, "xray:PutTraceSegments", "*", {}, "yes"),
]  # fmt: skip
