"""Statements that policy documents of every tier are made of, as plain data."""

from collections.abc import Iterable, Sequence
from typing import Any

from components.context import AwsContext

Statement = dict[str, Any]
Document = dict[str, Any]

PRINCIPAL = "aws:PrincipalArn"
"""Condition key of the caller; for an assumed role it holds the ARN of the role itself."""
SOURCE = "aws:SourceArn"
"""Condition key of the resource that an AWS service acts for."""
EXEMPT_SERVICES = {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}
"""Condition of a deny that exempts AWS services, which use principals of their own."""


def policy(*groups: Iterable[Statement]) -> Document:
    """Return a document of several groups of statements, in the order given."""
    return {"Version": "2012-10-17", "Statement": [statement for group in groups for statement in group]}


def account_root(context: AwsContext) -> dict[str, str]:
    """Return the principal that delegates to the account's IAM policies."""
    return {"AWS": f"arn:{context.partition}:iam::{context.account_id}:root"}


def unless(principals: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the condition of a deny that exempts some principals; with no principals it exempts nobody.

    In a deny, a negated operator also matches a request that lacks the key, so AWS services are denied too.
    """
    return {"ArnNotLike": {PRINCIPAL: list(principals)}} if principals else {}


def through_service(service: str, region: str) -> dict[str, dict[str, Any]]:
    """Return the condition that a key is used by an AWS service on behalf of the caller."""
    return {"StringEquals": {"kms:ViaService": f"{service}.{region}.amazonaws.com"}}


def allow(
    sid: str, actions: str | list[str], resources: str | list[str], condition: dict[str, Any] | None = None
) -> Statement:
    """Return a statement of a role's policy that allows actions."""
    return _statement({"Sid": sid, "Effect": "Allow"}, actions, resources, condition)


def deny(
    sid: str, actions: str | list[str], resources: str | list[str], condition: dict[str, Any] | None = None
) -> Statement:
    """Return a statement of a role's policy that denies actions, whatever else allows them."""
    return _statement({"Sid": sid, "Effect": "Deny"}, actions, resources, condition)


def deny_everybody(sid: str, actions: Sequence[str], resources: Sequence[str], condition: dict[str, Any]) -> Statement:
    """Return a statement of a resource's policy that denies actions to everybody; an empty condition always holds."""
    head = {"Sid": sid, "Effect": "Deny", "Principal": "*"}
    return _statement(head, list(actions), list(resources), condition)


def _statement(
    head: dict[str, str], actions: str | list[str], resources: str | list[str], condition: dict[str, Any] | None
) -> Statement:
    return {**head, "Action": actions, "Resource": resources, **({"Condition": condition} if condition else {})}


def deny_plain_http(resources: Sequence[str], action: str) -> list[Statement]:
    """Deny every request that does not use TLS."""
    return [deny_everybody("DenyPlainHttp", [action], resources, {"Bool": {"aws:SecureTransport": "false"}})]


def allow_service(
    sid: str, service: str, actions: Sequence[str], resource: str, account_id: str, source_arn: str
) -> list[Statement]:
    """Allow an AWS service to act on behalf of this account's resources only (confused deputy prevention).

    Parameters
    ----------
    source_arn
        Pattern of the resources that the service may act for.
    """
    return [
        {
            "Sid": sid,
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": list(actions),
            "Resource": resource,
            "Condition": _on_behalf_of(account_id, source_arn),
        }
    ]


def service_trust(service: str, context: AwsContext, source_arn: str) -> Document:
    """Return a trust policy: a service may assume the role on behalf of one resource of this account."""
    statement: Statement = {
        "Sid": "AssumeRole",
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
        "Condition": _on_behalf_of(context.account_id, source_arn),
    }
    return policy([statement])


def _on_behalf_of(account_id: str, source_arn: str) -> dict[str, Any]:
    return {"StringEquals": {"aws:SourceAccount": account_id}, "ArnLike": {SOURCE: source_arn}}


def write_log_streams(log_group_arn: str) -> list[Statement]:
    """Let a role write to an existing log group.

    `logs:CreateLogGroup` is left out on purpose: it would recreate a deleted group without key and retention.
    """
    return [allow("WriteLogStreams", ["logs:CreateLogStream", "logs:PutLogEvents"], f"{log_group_arn}:*")]
