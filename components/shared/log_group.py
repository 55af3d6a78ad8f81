"""A log group under a customer key that keeps its events for years."""

from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import Input, Output

from components.base import Component
from components.retention import Retention
from components.shared.expected import expected_log_group


@dataclass(frozen=True, kw_only=True)
class LogGroupArgs:
    """Inputs of a log group.

    Attributes
    ----------
    log_group_name
        Name in AWS.
    key_arn
        Customer key of the events.
    retention
        How long events are kept, and whether the group is protected from deletion.
    """

    log_group_name: str
    key_arn: Input[str]
    retention: Retention


class LogGroup(Component[LogGroupArgs]):
    """A log group, created before its first event so that no service creates one without key and retention.

    Attributes
    ----------
    log_group_name, arn
        Name and ARN in AWS.
    """

    log_group_name: Output[str]
    arn: Output[str]

    def create(self, name: str, args: LogGroupArgs) -> None:
        """Create the log group."""
        group = aws.cloudwatch.LogGroup(
            name,
            name=args.log_group_name,
            retention_in_days=args.retention.log_days,
            kms_key_id=args.key_arn,
            opts=self.protected_child(args.retention.protection),
        )
        self.log_group_name = group.name
        self.arn = group.arn
        self.expect(expected_log_group(name=group.name, key_arn=args.key_arn, retention_days=args.retention.log_days))
