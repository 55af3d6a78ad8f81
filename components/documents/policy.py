"""What all policy documents are made of."""

from collections.abc import Iterable
from typing import Any

Statement = dict[str, Any]
Document = dict[str, Any]


def policy(*groups: Iterable[Statement]) -> Document:
    """Put groups of statements into one document, in the order given."""
    return {"Version": "2012-10-17", "Statement": [statement for group in groups for statement in group]}


def account_root(partition: str, account_id: str) -> dict[str, str]:
    """Return the principal that delegates to the IAM policies of an account."""
    return {"AWS": f"arn:{partition}:iam::{account_id}:root"}


def deny_plain_http(resources: list[str], action: str) -> list[Statement]:
    """Deny every request that does not come over TLS."""
    return [
        {
            "Sid": "DenyPlainHttp",
            "Effect": "Deny",
            "Principal": "*",
            "Action": action,
            "Resource": resources,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]


def allow_service(
    sid: str, service: str, actions: list[str], resource: str, account_id: str, source_arn: str | None = None
) -> list[Statement]:
    """Let an AWS service in, for this account's resources only: the confused deputy's two conditions.

    Parameters
    ----------
    source_arn
        The only resources on whose behalf the service may come, a pattern; none where the service documents no
        `aws:SourceArn` for this use.
    """
    condition: dict[str, Any] = {"StringEquals": {"aws:SourceAccount": account_id}}
    if source_arn is not None:
        condition["ArnLike"] = {"aws:SourceArn": source_arn}
    return [
        {
            "Sid": sid,
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": actions,
            "Resource": resource,
            "Condition": condition,
        }
    ]
