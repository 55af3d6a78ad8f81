"""A schedule: calls a function again and again, with a role that can do nothing else."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.context import AwsContext
from components.shared.documents import document_json
from components.shared.expected import ExpectedResource
from components.shared.role import service_role
from components.shared.schedule_policies import schedule_permissions
from components.shared.statements import trust


@dataclass(frozen=True, kw_only=True)
class ScheduleArgs:
    """What a schedule needs to know.

    Attributes
    ----------
    context
        Where it is.
    expression
        When it calls, as EventBridge Scheduler writes it: `rate(…)`, or `cron(…)` in UTC.
    function_arn, request
        What it calls, and the JSON that goes in.
    """

    context: AwsContext
    expression: str
    function_arn: Input[str]
    request: Input[str]


class Schedule(pulumi.ComponentResource):
    """A schedule in a group of its own, which is the narrowest that a role's trust can name.

    Attributes
    ----------
    role_arn
        Its role.
    expected_state
        What is meant of that role.
    """

    role_arn: Output[str]
    expected_state: list[ExpectedResource]

    def __init__(self, name: str, args: ScheduleArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("strongroom:schedule:Schedule", name, {}, opts)
        child = ResourceOptions(parent=self)
        context = args.context
        group = aws.scheduler.ScheduleGroup(name, name=context.name(name), opts=child)
        role = service_role(
            name,
            self,
            role_name=context.name(name),
            trust=document_json(
                lambda source_arn: trust("scheduler.amazonaws.com", context, source_arn), source_arn=group.arn
            ),
            permissions=document_json(schedule_permissions, function_arn=args.function_arn),
        )
        aws.scheduler.Schedule(
            name,
            group_name=group.name,
            schedule_expression=args.expression,
            flexible_time_window={"mode": "OFF"},
            target={"arn": args.function_arn, "role_arn": role.arn, "input": args.request},
            opts=ResourceOptions(parent=self, depends_on=[role.policy]),
        )
        self.role_arn = role.arn
        self.expected_state = [role.expected]
        self.register_outputs({"role_arn": self.role_arn})
