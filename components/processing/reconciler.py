"""The sweep: every hour a function looks whether every file that came in has become something."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi import Input, ResourceOptions

from components.context import AwsContext
from components.processing.reconciler_policies import reconciler_permissions
from components.retention import Retention
from components.shared.expected import ExpectedResource
from components.shared.function import Function, FunctionArgs, python_code
from components.shared.schedule import Schedule, ScheduleArgs

_HOURLY = "rate(1 hour)"
_MEMORY = 1024
_TIMEOUT = 900
"""The most there is: a sweep takes as long as the bucket is full."""


@dataclass(frozen=True, kw_only=True)
class ReconcilerArgs:
    """What the sweep needs to know.

    Attributes
    ----------
    context
        Where it runs.
    input_bucket, input_arn
        The bucket that files come in to.
    table_name, table_arn, index_name
        The table of manifests, and its index of them by status.
    allowed_seconds
        How old a file may be before it has to have a manifest; not below `WorkQueue.retry_seconds`, for which a message
        may come again.
    artifact_bucket
        Where the function's code is kept.
    records_key_arn, logs_key_arn
        The customer keys of the table, and of the function's environment and logs.
    subnet_ids, security_group_ids
        Where it is in the network; it calls S3 and DynamoDB, by their endpoints.
    retention
        How long its logs are kept.
    architecture
        `arm64` or `x86_64`.
    """

    context: AwsContext
    input_bucket: Input[str]
    input_arn: Input[str]
    table_name: Input[str]
    table_arn: Input[str]
    index_name: str
    allowed_seconds: int
    artifact_bucket: Input[str]
    records_key_arn: Input[str]
    logs_key_arn: Input[str]
    subnet_ids: Sequence[Input[str]]
    security_group_ids: Sequence[Input[str]]
    retention: Retention
    architecture: str


class Reconciler(pulumi.ComponentResource):
    """The function that sweeps, and its hourly schedule.

    Its metrics `Reconciliations`, `FilesWithoutManifest` and `OverrunLeases` are in namespace `Strongroom`, with the dimension
    `FunctionName`. A sweep that could not see everything leaves no `Reconciliations`.

    Attributes
    ----------
    function
        The function.
    schedule
        What calls it.
    expected_state
        What is meant of both.
    """

    function: Function
    schedule: Schedule
    expected_state: list[ExpectedResource]

    def __init__(self, name: str, args: ReconcilerArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("strongroom:monitoring:Sweep", name, {}, opts)
        child = ResourceOptions(parent=self)
        self.function = Function(
            name,
            FunctionArgs(
                context=args.context,
                code=python_code("lambdas.reconciler"),
                handler="lambdas.reconciler.handler.handle",
                artifact_bucket=args.artifact_bucket,
                environment={
                    "INPUT_BUCKET": args.input_bucket,
                    "TRANSACTIONS_TABLE": args.table_name,
                    "ALLOWED_SECONDS": str(args.allowed_seconds),
                },
                permissions=reconciler_permissions,
                resources={
                    "region": args.context.region,
                    "input_arn": args.input_arn,
                    "table_arn": args.table_arn,
                    "index_name": args.index_name,
                    "records_key_arn": args.records_key_arn,
                    "logs_key_arn": args.logs_key_arn,
                },
                key_arn=args.logs_key_arn,
                retention=args.retention,
                subnet_ids=args.subnet_ids,
                security_group_ids=args.security_group_ids,
                memory=_MEMORY,
                timeout=_TIMEOUT,
                architecture=args.architecture,
            ),
            child,
        )
        schedule = ScheduleArgs(
            context=args.context, expression=_HOURLY, function_arn=self.function.arn, request=json.dumps({})
        )
        self.schedule = Schedule(f"{name}-hourly", schedule, child)
        self.expected_state = [*self.function.expected_state, *self.schedule.expected_state]
        self.register_outputs({"function_name": self.function.function_name})
