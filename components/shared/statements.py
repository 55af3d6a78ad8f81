"""What all policy documents are made of."""

from collections.abc import Iterable, Sequence
from typing import Any

from components.context import AwsContext

Statement = dict[str, Any]
Document = dict[str, Any]

PRINCIPAL = "aws:PrincipalArn"
"""Of an assumed role, the ARN of the role itself."""


def policy(*groups: Iterable[Statement]) -> Document:
    """Put groups of statements into one document, in the order given."""
    return {"Version": "2012-10-17", "Statement": [statement for group in groups for statement in group]}


def account_root(context: AwsContext) -> dict[str, str]:
    """Return the principal that delegates to the IAM policies of an account."""
    return {"AWS": f"arn:{context.partition}:iam::{context.account_id}:root"}


def unless(principals: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the condition of a deny that spares some principals; with none of them it spares nobody.

    In a deny a negated operator also matches a request without the key: services are denied too.
    """
    return {"ArnNotLike": {PRINCIPAL: list(principals)}} if principals else {}


def deny(sid: str, actions: Sequence[str], resources: Sequence[str], condition: dict[str, Any]) -> Statement:
    """Deny everybody some actions on resources under a condition; an empty one always holds."""
    statement = {"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": list(actions), "Resource": list(resources)}
    return statement | ({"Condition": condition} if condition else {})


def deny_plain_http(resources: Sequence[str], action: str) -> list[Statement]:
    """Deny every request that does not come over TLS."""
    return [deny("DenyPlainHttp", [action], resources, {"Bool": {"aws:SecureTransport": "false"}})]


def allow_service(
    sid: str,
    service: str,
    actions: Sequence[str],
    resource: str,
    account_id: str,
    source_arn: str | None = None,
    **condition: dict[str, Any],
) -> list[Statement]:
    """Let an AWS service in, for this account's resources only: the confused deputy's two conditions.

    Parameters
    ----------
    source_arn
        The only resources on whose behalf the service may come, a pattern; none where the service documents no
        `aws:SourceArn` for this use.
    condition
        What else has to hold, by operator.
    """
    conditions: dict[str, Any] = {"StringEquals": {"aws:SourceAccount": account_id}}
    if source_arn is not None:
        conditions["ArnLike"] = {"aws:SourceArn": source_arn}
    for operator, pairs in condition.items():
        conditions[operator] = {**conditions.get(operator, {}), **pairs}
    return [
        {
            "Sid": sid,
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": list(actions),
            "Resource": resource,
            "Condition": conditions,
        }
    ]


def trust(service: str, context: AwsContext, source_arn: str) -> Document:
    """Let a service assume a role on behalf of one resource of this account."""
    statement: Statement = {
        "Sid": "Assume",
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": context.account_id},
            "ArnLike": {"aws:SourceArn": source_arn},
        },
    }
    return policy([statement])


def write_streams(log_group_arn: str) -> list[Statement]:
    """Let a role write to a log group that is there.

    There is no `logs:CreateLogGroup`: it would recreate a deleted group without key and retention.
    """
    return [
        {
            "Sid": "OwnLogStreams",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"{log_group_arn}:*",
        }
    ]
