"""Flow logs: who talked to whom in the network, and who was refused."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.context import AwsContext
from components.retention import Retention, kept
from components.shared.documents import document_json
from components.shared.expected import ExpectedLogGroup, ExpectedResource
from components.shared.function_policies import flow_log_permissions
from components.shared.role import service_role
from components.shared.statements import trust

_SECONDS = 60
"""The shorter of the two intervals that AWS offers."""


@dataclass(frozen=True, kw_only=True)
class NetworkLogArgs:
    """What a log of a network needs to know.

    Attributes
    ----------
    context
        Where the network is.
    vpc_id
        The network.
    key_arn
        The customer key of the log group.
    retention
        How long it is kept.
    """

    context: AwsContext
    vpc_id: Input[str]
    key_arn: Input[str]
    retention: Retention


class FlowLogs(pulumi.ComponentResource):
    """The flow logs of a VPC, accepted and rejected traffic alike.

    Attributes
    ----------
    log_group_name, log_group_arn
        Where they go.
    role_arn
        The role with which they are delivered.
    expected_state
        What is meant of log group and role.
    """

    log_group_name: Output[str]
    log_group_arn: Output[str]
    role_arn: Output[str]
    expected_state: list[ExpectedResource]

    def __init__(self, name: str, args: NetworkLogArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("strongroom:network:FlowLogs", name, {}, opts)
        context = args.context
        group = aws.cloudwatch.LogGroup(
            name,
            name=f"/aws/vpc/{context.name('flow')}",
            retention_in_days=args.retention.log_days,
            kms_key_id=args.key_arn,
            opts=kept(self, args.retention.protection),
        )
        role = service_role(
            name,
            self,
            role_name=context.name("flow"),
            trust=json.dumps(trust("vpc-flow-logs.amazonaws.com", context, context.arn("ec2", "vpc-flow-log/*"))),
            permissions=document_json(flow_log_permissions, log_group_arn=group.arn),
        )
        aws.ec2.FlowLog(
            name,
            vpc_id=args.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=_SECONDS,
            opts=ResourceOptions(parent=self, depends_on=[role.policy]),
        )
        self.log_group_name = group.name
        self.log_group_arn = group.arn
        self.role_arn = role.arn
        self.expected_state = [
            ExpectedLogGroup(name=group.name, key_arn=args.key_arn, retention_days=args.retention.log_days),
            role.expected,
        ]
        self.register_outputs({"log_group_name": self.log_group_name})
