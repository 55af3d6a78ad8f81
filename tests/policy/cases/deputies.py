from typing import Any

from policy.rules._helpers.resource_types import (
    BUCKET_POLICY,
    KEY,
    QUEUE_POLICY,
    TOPIC_POLICY,
)
from tests.policy.cases import FAIL, OPEN, PASS, UNKNOWN, allow, case, declare, document

ROLE = "aws:iam/role:Role"
DEPUTY = "service-principal-has-source-condition"


def trust(service: str, **condition: Any) -> Any:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    return declare(
        ROLE, inputs={"assumeRolePolicy": document({**statement, **({"Condition": condition} if condition else {})})}
    )


def served(kind: str, service: str, action: str, **condition: Any) -> Any:
    statement = allow(action, "*", Principal={"Service": service})
    return declare(kind, inputs={"policy": document({**statement, **({"Condition": condition} if condition else {})})})


OURS = {"StringEquals": {"aws:SourceAccount": "111122223333"}}

CASES = [
    case(DEPUTY, "Lambda takes a role without one", PASS, trust("lambda.amazonaws.com")),
    case(DEPUTY, "the scheduler does not", FAIL, trust("scheduler.amazonaws.com")),
    case(DEPUTY, "the scheduler for this account", PASS, trust("scheduler.amazonaws.com", **OURS)),
    case(DEPUTY, "flow logs on behalf of any account", FAIL, trust("vpc-flow-logs.amazonaws.com")),
    case(
        DEPUTY,
        "a bucket's notifications for this account",
        PASS,
        served(QUEUE_POLICY, "s3.amazonaws.com", "sqs:SendMessage", **OURS),
    ),
    case(
        DEPUTY,
        "a bucket's notifications on behalf of any account",
        FAIL,
        served(QUEUE_POLICY, "s3.amazonaws.com", "sqs:SendMessage"),
    ),
    case(
        DEPUTY,
        "a condition on something else",
        FAIL,
        served(
            BUCKET_POLICY,
            "cloudtrail.amazonaws.com",
            "s3:PutObject",
            StringEquals={"s3:x-amz-acl": "bucket-owner-full-control"},
        ),
    ),
    case(DEPUTY, "EventBridge to a topic", PASS, served(TOPIC_POLICY, "events.amazonaws.com", "sns:Publish")),
    case(
        DEPUTY,
        "logs by their encryption context",
        PASS,
        served(
            KEY,
            "logs.eu-central-1.amazonaws.com",
            "kms:Decrypt",
            ArnLike={"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-central-1:111122223333:*"},
        ),
    ),
    case(DEPUTY, "logs on behalf of any account", FAIL, served(KEY, "logs.eu-central-1.amazonaws.com", "kms:Decrypt")),
    case(DEPUTY, "a trail describes the key", PASS, served(KEY, "cloudtrail.amazonaws.com", "kms:DescribeKey")),
    case(
        DEPUTY,
        "a service is denied",
        PASS,
        declare(
            TOPIC_POLICY,
            inputs={
                "policy": document(
                    {"Effect": "Deny", "Action": "*", "Resource": "*", "Principal": {"Service": "s3.amazonaws.com"}}
                )
            },
        ),
    ),
    case(DEPUTY, "unknown", OPEN, declare(KEY, inputs={"policy": UNKNOWN})),
    case(DEPUTY, "a service of a region", FAIL, trust("states.eu-central-1.amazonaws.com")),
    case(DEPUTY, "a trail that writes into a log group", FAIL, trust("cloudtrail.amazonaws.com")),
    case(DEPUTY, "a trail of this account", PASS, trust("cloudtrail.amazonaws.com", **OURS)),
    case(DEPUTY, "flow logs on behalf of any account", FAIL, trust("vpc-flow-logs.amazonaws.com")),
    case(DEPUTY, "a schedule of this account", PASS, trust("scheduler.amazonaws.com", **OURS)),
]
