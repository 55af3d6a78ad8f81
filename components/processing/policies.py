"""Queue and topic policies."""

from components.context import AwsContext
from components.shared.statements import Document, allow_service, deny_plain_http, policy


def work_queue_policy(*, queue_arn: str, bucket_arn: str, account_id: str) -> Document:
    """Let one bucket's notifications in, and nobody over plain HTTP."""
    return policy(
        allow_service("InputNotifications", "s3.amazonaws.com", ["sqs:SendMessage"], queue_arn, account_id, bucket_arn),
        deny_plain_http([queue_arn], "sqs:*"),
    )


def closed_queue_policy(*, queue_arn: str) -> Document:
    """Deny plain HTTP; who may use the queue stands in the roles."""
    return policy(deny_plain_http([queue_arn], "sqs:*"))


def topic_policy(*, topic_arn: str, context: AwsContext) -> Document:
    """Let this account's alarms publish, and nobody over plain HTTP."""
    alarms = context.arn("cloudwatch", "alarm:*")
    return policy(
        allow_service("Alarms", "cloudwatch.amazonaws.com", ["sns:Publish"], topic_arn, context.account_id, alarms),
        deny_plain_http([topic_arn], "sns:Publish"),
    )
