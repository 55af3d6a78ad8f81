"""A schedule that invokes a function, with a role that can do nothing else."""

from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import Input

from components.base import Component
from components.context import AwsContext
from components.shared.documents import document_json
from components.shared.expected import expected_schedule
from components.shared.role import ServiceRole, ServiceRoleArgs
from components.shared.role_policies import schedule_permissions
from components.shared.statements import service_trust


@dataclass(frozen=True, kw_only=True)
class ScheduleArgs:
    """Inputs of a schedule.

    Attributes
    ----------
    context
        Account and region.
    expression
        When it invokes the function, in the syntax of EventBridge Scheduler: `rate(…)`, or `cron(…)` in UTC.
    function_arn
        The function.
    payload
        JSON that the function receives.
    key_arn
        Customer key of the payload.
    """

    context: AwsContext
    expression: str
    function_arn: Input[str]
    payload: Input[str]
    key_arn: Input[str]


class Schedule(Component[ScheduleArgs]):
    """A schedule in a group of its own: a group is the narrowest resource that a role's trust policy can name."""

    def create(self, name: str, args: ScheduleArgs) -> None:
        """Create the schedule, its group and its role."""
        context = args.context
        group = aws.scheduler.ScheduleGroup(name, name=context.name(name), opts=self.child)
        role = ServiceRole(
            name,
            ServiceRoleArgs(
                role_name=context.name(name),
                trust=document_json(
                    lambda source_arn: service_trust("scheduler.amazonaws.com", context, source_arn),
                    source_arn=group.arn,
                ),
                permissions=document_json(
                    schedule_permissions,
                    function_arn=args.function_arn,
                    key_arn=args.key_arn,
                    schedule_arn=context.arn("scheduler", f"schedule/{context.name(name)}/{context.name(name)}"),
                ),
            ),
            self.child,
        )
        aws.scheduler.Schedule(
            name,
            name=context.name(name),
            group_name=group.name,
            kms_key_arn=args.key_arn,
            schedule_expression=args.expression,
            flexible_time_window={"mode": "OFF"},
            target={"arn": args.function_arn, "role_arn": role.arn, "input": args.payload},
            opts=self.child_after(role),
        )
        self.expect(
            expected_schedule(
                name=context.name(name),
                expression=args.expression,
                function_arn=args.function_arn,
                role_arn=role.arn,
            )
        )
