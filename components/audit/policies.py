"""Policies of the audit tier."""

from components.shared.statements import Document, policy, write_log_streams


def trail_permissions(*, log_group_arn: str) -> Document:
    """Let a trail deliver to an existing log group."""
    return policy(write_log_streams(log_group_arn))
