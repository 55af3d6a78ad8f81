"""Flow logs: accepted and rejected traffic of the network."""

import json
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import Input, Output

from components.base import Component
from components.context import AwsContext
from components.network.policies import flow_log_permissions
from components.retention import Retention
from components.shared.documents import document_json
from components.shared.log_group import LogGroup, LogGroupArgs
from components.shared.role import ServiceRole, ServiceRoleArgs
from components.shared.statements import service_trust

_AGGREGATION_SECONDS = 60
"""The shorter of the two intervals that AWS offers."""


@dataclass(frozen=True, kw_only=True)
class NetworkLogArgs:
    """Inputs of a log of the network.

    Attributes
    ----------
    context
        Account and region.
    vpc_id
        The network.
    key_arn
        Customer key of the log group.
    retention
        How long the log is kept.
    """

    context: AwsContext
    vpc_id: Input[str]
    key_arn: Input[str]
    retention: Retention


class FlowLogs(Component[NetworkLogArgs]):
    """The flow logs of a VPC in a log group.

    Attributes
    ----------
    log_group_name, log_group_arn
        Log group of the flow logs.
    """

    log_group_name: Output[str]
    log_group_arn: Output[str]

    def create(self, name: str, args: NetworkLogArgs) -> None:
        """Create the log group, the role and the flow logs."""
        context = args.context
        group = LogGroup(
            name,
            LogGroupArgs(
                log_group_name=f"/aws/vpc/{context.name('flow')}", key_arn=args.key_arn, retention=args.retention
            ),
            self.child,
        )
        role = ServiceRole(
            name,
            ServiceRoleArgs(
                role_name=context.name("flow"),
                trust=json.dumps(
                    service_trust("vpc-flow-logs.amazonaws.com", context, context.arn("ec2", "vpc-flow-log/*"))
                ),
                permissions=document_json(flow_log_permissions, log_group_arn=group.arn),
            ),
            self.child,
        )
        aws.ec2.FlowLog(
            name,
            vpc_id=args.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=_AGGREGATION_SECONDS,
            opts=self.child_after(role),
        )
        self.log_group_name = group.log_group_name
        self.log_group_arn = group.arn
