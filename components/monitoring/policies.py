"""Policies of the monitoring tier."""

from components.context import AwsContext
from components.shared.statements import Document, allow_service, deny_plain_http, policy


def topic_policy(*, topic_arn: str, context: AwsContext) -> Document:
    """Let the alarms of this account publish, and deny plain HTTP to everybody."""
    alarms = context.arn("cloudwatch", "alarm:*")
    return policy(
        allow_service("Alarms", "cloudwatch.amazonaws.com", ["sns:Publish"], topic_arn, context.account_id, alarms),
        deny_plain_http([topic_arn], "sns:Publish"),
    )
