"""Policies of the monitoring tier."""

from collections.abc import Sequence

from components.context import AwsContext
from components.shared.action_classes import actions
from components.shared.statements import (
    EXEMPT_SERVICES,
    Document,
    allow_service,
    deny_everybody,
    deny_plain_http,
    policy,
    unless,
)


def topic_policy(*, topic_arn: str, context: AwsContext, guardrail_admins: Sequence[str]) -> Document:
    """Let the alarms of this account publish; deny plain HTTP to everybody, and false alarms to everybody but AWS services.

    Parameters
    ----------
    guardrail_admins
        The only principals who may subscribe, or change the topic; empty leaves it to IAM.
    """
    alarms = context.arn("cloudwatch", "alarm:*")
    changes = actions("sns", "guard", "move out")
    return policy(
        allow_service("Alarms", "cloudwatch.amazonaws.com", ["sns:Publish"], topic_arn, context.account_id, alarms),
        deny_plain_http([topic_arn], "sns:Publish"),
        [deny_everybody("DenyOtherPublishers", actions("sns", "write"), [topic_arn], EXEMPT_SERVICES)],
        [deny_everybody("DenyGuardrailChanges", changes, [topic_arn], unless(guardrail_admins))]
        if guardrail_admins
        else [],
    )
