"""A stack without findings, weakened in one place at a time: the rule that each weakening violates finds it."""

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from policy.evaluation import Verdict, evaluate
from policy.model import Stack
from policy.rules import RULES
from policy.settings import Settings
from tests.policy.programs import Document, program
from tests.policy.support import TODAY

STACK = program(Path(__file__).parents[1] / "strongroom.yaml")
GONE = object()
"""In place of a value: the value is removed."""
Where = tuple[str | int, ...]

S3 = "aws:s3"
INPUT_POLICY = (f"{S3}/bucketPolicy:BucketPolicy::input", "policy", "Statement")
WORK_POLICY = ("aws:sqs/queuePolicy:QueuePolicy::work", "policy", "Statement")
ROLE_POLICY = ("aws:iam/rolePolicy:RolePolicy::processor-role", "policy", "Statement")
ENDPOINT_POLICY = ("aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy::s3", "policy", "Statement", 0)
RECORDS_POLICY = ("aws:kms/key:Key::records", "policy", "Statement")
TRAIL = "aws:cloudtrail/trail:Trail::trail"
LOCK = f"{S3}/bucketObjectLockConfiguration:BucketObjectLockConfiguration::evidence"
LIFECYCLE = (f"{S3}/bucketLifecycleConfiguration:BucketLifecycleConfiguration::output", "rules", 1)
RAW = (f"{S3}/bucketLifecycleConfiguration:BucketLifecycleConfiguration::input", "rules", 1)
ENCRYPTION = (
    f"{S3}/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration::input",
    "rules",
    0,
)
TABLE, QUEUE, FUNCTION = (
    "aws:dynamodb/table:Table::transactions",
    "aws:sqs/queue:Queue::work",
    "aws:lambda/function:Function::processor",
)
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm::denied"
SCHEDULE_TRUST = ("aws:iam/role:Role::schedule", "assumeRolePolicy", "Statement", 0)
EVERYBODY = {"AWS": "*"}
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule::to-endpoints"

WEAKENINGS: dict[str, tuple[str, Where, Any]] = {
    "a bucket with S3's own key": (
        "bucket-uses-customer-key",
        (*ENCRYPTION, "applyServerSideEncryptionByDefault"),
        {"sseAlgorithm": "AES256"},
    ),
    "a bucket with an AWS managed key": (
        "bucket-uses-customer-key",
        (*ENCRYPTION, "applyServerSideEncryptionByDefault", "kmsMasterKeyId"),
        "arn:aws:kms:eu-central-1:111122223333:alias/aws/s3",
    ),
    "a bucket without a bucket key": ("bucket-uses-customer-key", (*ENCRYPTION, "bucketKeyEnabled"), False),
    "a table with an AWS managed key": ("table-uses-customer-key", (TABLE, "serverSideEncryption", "kmsKeyArn"), GONE),
    "a queue with the key of SQS": ("queue-uses-customer-key", (QUEUE, "kmsMasterKeyId"), "alias/aws/sqs"),
    "a topic without a key": ("topic-uses-customer-key", ("aws:sns/topic:Topic::page", "kmsMasterKeyId"), GONE),
    "a trail without a key": ("trail-uses-customer-key", (TRAIL, "kmsKeyId"), GONE),
    "a log group without a key": (
        "log-group-uses-customer-key",
        ("aws:cloudwatch/logGroup:LogGroup::trail-logs", "kmsKeyId"),
        GONE,
    ),
    "a function's environment without a key": ("function-environment-uses-customer-key", (FUNCTION, "kmsKeyArn"), GONE),
    "a key that is not rotated": ("key-is-rotated", ("aws:kms/key:Key::logs", "enableKeyRotation"), "false"),
    "a key that is rotated every seven years": (
        "key-is-rotated",
        ("aws:kms/key:Key::records", "rotationPeriodInDays"),
        2560,
    ),
    "a rotation that AWS refuses": ("key-is-rotated", ("aws:kms/key:Key::tokens", "enableKeyRotation"), True),
    "a key that is gone in a week": (
        "key-deletion-waits",
        ("aws:kms/key:Key::records", "deletionWindowInDays"),
        7,
    ),
    "a key for everyone": ("key-policy-is-closed", (*RECORDS_POLICY, 1, "Principal"), EVERYBODY),
    "a key for S3 on behalf of any account": (
        "service-principal-has-source-condition",
        (*RECORDS_POLICY, 3, "Condition"),
        GONE,
    ),
    "data of one class with the key of another class": (
        "data-class-has-one-key",
        (TABLE, "serverSideEncryption", "kmsKeyArn"),
        "arn:aws:kms:eu-central-1:111122223333:audit-1a2b3c4",
    ),
    "plain HTTP": ("bucket-requires-tls", (*INPUT_POLICY, 0), GONE),
    "plain HTTP, by a deny for one principal": (
        "bucket-requires-tls",
        (*INPUT_POLICY, 0, "Principal"),
        {"AWS": "arn:aws:iam::111122223333:role/x"},
    ),
    "plain HTTP, by a deny the other way round": (
        "bucket-requires-tls",
        (*INPUT_POLICY, 0, "Condition"),
        {"Bool": {"aws:SecureTransport": "true"}},
    ),
    "plain HTTP, by a deny of something else": ("bucket-requires-tls", (*INPUT_POLICY, 0, "Action"), "s3:PutBucketAcl"),
    "plain HTTP, by a deny that allows": ("bucket-requires-tls", (*INPUT_POLICY, 0, "Effect"), "Allow"),
    "plain HTTP, by a deny in another bucket": (
        "bucket-requires-tls",
        (*INPUT_POLICY, 0, "Resource"),
        "arn:aws:s3:::other/*",
    ),
    "old TLS": (
        "bucket-requires-tls",
        (*INPUT_POLICY, 1, "Condition"),
        {"NumericLessThan": {"s3:TlsVersion": "1.1"}},
    ),
    "plain HTTP to a queue": ("queue-requires-tls", (*WORK_POLICY, 0), GONE),
    "plain HTTP to a topic": (
        "topic-requires-tls",
        ("aws:sns/topicPolicy:TopicPolicy::page", "policy", "Statement", 1, "Principal"),
        {"Service": "cloudwatch.amazonaws.com"},
    ),
    "uploads with S3's own key": ("bucket-denies-other-keys", (*INPUT_POLICY, 2), GONE),
    "uploads with another key": ("bucket-denies-other-keys", (*INPUT_POLICY, 3), GONE),
    "uploads with the account's default key": ("bucket-denies-other-keys", (*INPUT_POLICY, 4), GONE),
    "uploads with a key of the caller": ("bucket-denies-sse-c", (*INPUT_POLICY, 5), GONE),
    "logs for a year": (
        "log-group-has-retention-period",
        ("aws:cloudwatch/logGroup:LogGroup::processor-logs", "retentionInDays"),
        365,
    ),
    "logs for ever": (
        "log-group-has-retention-period",
        ("aws:cloudwatch/logGroup:LogGroup::processor-logs", "retentionInDays"),
        GONE,
    ),
    "versions that are no more made": (
        "bucket-is-versioned",
        (f"{S3}/bucketVersioning:BucketVersioning::input", "versioningConfiguration", "status"),
        "Suspended",
    ),
    "evidence locked for seven years": ("evidence-is-locked", (LOCK, "rule", "defaultRetention", "years"), 7),
    "evidence locked by nothing": ("evidence-is-locked", (LOCK, "rule"), GONE),
    "evidence that a destroy may empty": (
        "locked-bucket-has-no-force-destroy",
        (f"{S3}/bucket:Bucket::evidence", "forceDestroy"),
        True,
    ),
    "evidence that ends": ("evidence-does-not-expire", (*LIFECYCLE, "expiration"), {"days": 365}),
    "evidence that ends for a tag": (
        "evidence-does-not-expire",
        LIFECYCLE,
        {"status": "Enabled", "filter": {"tag": {"key": "old", "value": "yes"}}, "expiration": {"days": 30}},
    ),
    "old versions of evidence that end": (
        "evidence-does-not-expire",
        (*LIFECYCLE, "noncurrentVersionExpiration"),
        {"noncurrentDays": 30},
    ),
    "raw data for a year": ("raw-data-expires", (*RAW, "expiration", "days"), 365),
    "raw data that ends for a prefix only": ("raw-data-expires", (*RAW, "filter"), {"prefix": "tmp/"}),
    "old versions of raw data for ever": ("raw-data-expires", (*RAW, "noncurrentVersionExpiration"), GONE),
    "a table that cannot be recovered": (
        "table-has-point-in-time-recovery",
        (TABLE, "pointInTimeRecovery", "enabled"),
        False,
    ),
    "a table that can be deleted": ("database-has-deletion-protection", (TABLE, "deletionProtectionEnabled"), False),
    "a way to the internet": (
        "network-is-isolated",
        ("aws:ec2/routeTable:RouteTable::routes", "routes"),
        [{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1a2b"}],
    ),
    "public addresses": (
        "nothing-has-public-address",
        ("aws:ec2/subnet:Subnet::private", "mapPublicIpOnLaunch"),
        True,
    ),
    "traffic to everywhere": ("security-group-is-closed", (EGRESS, "cidrIpv4"), "0.0.0.0/0"),
    "traffic to each half of everywhere": ("security-group-is-closed", (EGRESS, "cidrIpv4"), "128.0.0.0/1"),
    "traffic that nobody explains": ("security-group-is-described", (EGRESS, "description"), " "),
    "a default group with rules": (
        "default-security-group-is-closed",
        ("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup::closed", "egress"),
        [{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["10.0.0.0/8"]}],
    ),
    "flows that nobody logs": (
        "vpc-has-flow-logs",
        ("aws:ec2/flowLog:FlowLog::flows", "trafficType"),
        "ACCEPT",
    ),
    "an endpoint to everybody's buckets": (
        "endpoint-has-own-policy",
        ENDPOINT_POLICY,
        {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"},
    ),
    "a function outside the network": ("function-runs-in-vpc", (FUNCTION, "vpcConfig"), GONE),
    "a role that may do everything": ("policy-has-no-wildcard-action", (*ROLE_POLICY, 2, "Action"), "*"),
    "a role that may do everything with objects": (
        "policy-has-no-wildcard-action",
        (*ROLE_POLICY, 2, "Action"),
        "S3:*",
    ),
    "a role that may do all but something": (
        "policy-has-no-wildcard-action",
        (*ROLE_POLICY, 2),
        {"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"},
    ),
    "a role for all buckets": ("policy-has-no-wildcard-resource", (*ROLE_POLICY, 2, "Resource"), ["arn:aws:s3:::*"]),
    "a role for all buckets but one": (
        "policy-has-no-wildcard-resource",
        (*ROLE_POLICY, 2),
        {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::other/*"},
    ),
    "a role for all keys": (
        "policy-has-no-wildcard-resource",
        (*ROLE_POLICY, 3, "Resource"),
        "arn:aws:kms:*:111122223333:key/*",
    ),
    "a role of an administrator": (
        "identity-has-no-broad-managed-policy",
        ("aws:iam/role:Role::schedule", "managedPolicyArns"),
        ["arn:aws:iam::aws:policy/AdministratorAccess"],
    ),
    "a role with everything in itself": (
        "policy-has-no-wildcard-action",
        ("aws:iam/role:Role::schedule", "inlinePolicies"),
        [{"policy": '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'}],
    ),
    "a role for everyone": (
        "resource-policy-is-closed",
        SCHEDULE_TRUST,
        {"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": "sts:AssumeRole"},
    ),
    "a role for a service on behalf of any account": (
        "service-principal-has-source-condition",
        (*SCHEDULE_TRUST, "Condition"),
        GONE,
    ),
    "public access that is not blocked": (
        "bucket-blocks-public-access",
        (f"{S3}/bucketPublicAccessBlock:BucketPublicAccessBlock::input", "restrictPublicBuckets"),
        False,
    ),
    "a bucket for everyone": (
        "bucket-is-not-public",
        (*INPUT_POLICY, 5),
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"},
    ),
    "a bucket for all but one": (
        "bucket-is-not-public",
        (*INPUT_POLICY, 5),
        {
            "Effect": "Allow",
            "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:user/x"},
            "Action": "s3:GetObject",
            "Resource": "*",
        },
    ),
    "objects that their writers own": (
        "bucket-has-no-acls",
        (f"{S3}/bucketOwnershipControls:BucketOwnershipControls::input", "rule", "objectOwnership"),
        "ObjectWriter",
    ),
    "a queue for everyone": (
        "resource-policy-is-closed",
        (*WORK_POLICY, 1),
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "sqs:SendMessage",
            "Resource": "*",
            "Condition": {"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}},
        },
    ),
    "a queue for S3 on behalf of any account": (
        "service-principal-has-source-condition",
        (*WORK_POLICY, 1, "Condition"),
        {},
    ),
    "a secret in an environment": (
        "configuration-holds-no-secret",
        (FUNCTION, "environment", "variables", "DB_PASSWORD"),
        "hunter2",
    ),
    "an alarm that notifies nobody": ("alarm-notifies", (ALARM, "actionsEnabled"), False),
    "an alarm that never gets data": (
        "alarm-has-dimensions",
        ("aws:cloudwatch/metricAlarm:MetricAlarm::throttles", "metricQueries", 1, "metric", "dimensions", "Operation"),
        GONE,
    ),
    "a metric filter without an alarm": ("metric-filter-has-alarm", (ALARM, "metricName"), "denied"),
    "an alarm on a metric that nothing publishes": ("alarm-metric-is-published", (ALARM, "metricName"), "denied"),
    "a topic without a subscription": (
        "alarm-topic-is-subscribed",
        ("aws:sns/topicSubscription:TopicSubscription::page", "topic"),
        "arn:aws:sns:eu-central-1:111122223333:other",
    ),
    "a function that logs elsewhere": (
        "function-has-log-group",
        ("aws:lambda/function:Function::attestor", "loggingConfig", "logGroup"),
        "theirs",
    ),
    "a function that is not traced": ("function-is-traced", (FUNCTION, "tracingConfig", "mode"), "PassThrough"),
    "a function that loses failed events": (
        "function-has-failure-destination",
        ("aws:lambda/function:Function::attestor", "deadLetterConfig"),
        GONE,
    ),
    "a trail without log file validation": ("trail-validates-log-files", (TRAIL, "enableLogFileValidation"), False),
    "a trail that is disabled": ("trail-validates-log-files", (TRAIL, "enableLogging"), False),
    "a trail of one region": ("trail-covers-all-regions", (TRAIL, "isMultiRegionTrail"), False),
    "a trail without management events": (
        "trail-records-management-events",
        (TRAIL, "advancedEventSelectors", 0),
        GONE,
    ),
    "a trail without data events": ("trail-records-bucket-data-events", (TRAIL, "advancedEventSelectors", 1), GONE),
    "a trail of writes only": (
        "trail-records-bucket-data-events",
        (TRAIL, "advancedEventSelectors", 1, "fieldSelectors", 2),
        {"field": "readOnly", "equals": ["false"]},
    ),
    "a bucket without access logs": (
        "bucket-logs-access",
        (f"{S3}/bucketLogging:BucketLogging::input", "bucket"),
        "other",
    ),
    "a queue without a dead-letter queue": ("queue-has-dead-letter-queue", (QUEUE, "redrivePolicy"), GONE),
    "a queue that moves a message after one receive": (
        "queue-has-dead-letter-queue",
        (QUEUE, "redrivePolicy", "maxReceiveCount"),
        1,
    ),
    "a queue with a short visibility timeout": ("queue-visibility-exceeds-function-timeout", (FUNCTION, "timeout"), 60),
    "a batch that fails as a whole": (
        "mapping-reports-partial-failures",
        ("aws:lambda/eventSourceMapping:EventSourceMapping::work", "functionResponseTypes"),
        [],
    ),
}


def changed(value: Any, where: Where, new: Any) -> Any:
    """Return the value with a part of it changed, also inside documents."""
    if not where:
        return new
    if isinstance(value, Document):
        return Document(changed(value.content, where, new))
    head, *rest = where
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    if new is GONE and not rest:
        del copy[head]
    else:
        old = copy.get(head) if isinstance(copy, dict) else copy[head]
        copy[head] = changed(old, tuple(rest), new)
    return copy


def said(stack: Stack, *verdicts: Verdict) -> set[tuple[str, str]]:
    results = evaluate(stack, Settings(), TODAY).with_verdict(*verdicts)
    return {(result.rule.name, result.resource.logical_name) for result in results if result.resource}


SOUND = said(STACK.deployed(), Verdict.FAIL)


@pytest.mark.parametrize("weakening", WEAKENINGS)
def test_each_weakening_of_a_sound_stack_is_a_finding(weakening: str) -> None:
    rule, where, new = WEAKENINGS[weakening]
    weak = replace(STACK, resources=changed(deepcopy(STACK.resources), where, new))
    found = {name for name in said(weak.deployed(), Verdict.FAIL) - SOUND if name[0] == rule}
    assert found
    # A preview that does not know it yet is undecided.
    assert found <= said(weak.previewed(), Verdict.FAIL, Verdict.UNKNOWN)


def test_there_is_a_weakening_for_every_rule_that_applies_to_the_stack() -> None:
    concerned = {rule for rule, _ in said(STACK.deployed(), Verdict.PASS)}
    assert concerned - {rule for rule, _, _ in WEAKENINGS.values()} == set()
    assert {rule for rule, _, _ in WEAKENINGS.values()} <= RULES.keys()
