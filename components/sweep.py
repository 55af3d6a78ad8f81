"""The sweep: every hour a function looks whether every file that came in has become something."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi import Input, ResourceOptions

from components.documents.sweep import sweep_permissions
from components.function import PrivateFunction, PrivateFunctionArgs, python_code
from components.intent import Intent
from components.place import Place
from components.retention import Retention
from components.schedule import Schedule, ScheduleArgs

_HOURLY = "rate(1 hour)"
_MEMORY = 1024
_TIMEOUT = 900
"""The most there is: a sweep takes as long as the bucket is full."""


@dataclass(frozen=True, kw_only=True)
class SweepArgs:
    """What the sweep needs to know.

    Attributes
    ----------
    place
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

    place: Place
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


class Sweep(pulumi.ComponentResource):
    """The function that sweeps, and its hourly schedule.

    Its metrics `Sweeps`, `FilesWithoutManifest` and `OverrunLeases` are in namespace `Strongroom`, with the dimension
    `FunctionName`. A sweep that could not see everything leaves no `Sweeps`.

    Attributes
    ----------
    function
        The function.
    schedule
        What calls it.
    intents
        What is meant of both.
    """

    function: PrivateFunction
    schedule: Schedule
    intents: list[Intent]

    def __init__(self, name: str, args: SweepArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("strongroom:monitoring:Sweep", name, {}, opts)
        child = ResourceOptions(parent=self)
        self.function = PrivateFunction(
            name,
            PrivateFunctionArgs(
                place=args.place,
                code=python_code("lambdas.sweep"),
                handler="lambdas.sweep.handler.handle",
                artifact_bucket=args.artifact_bucket,
                environment={
                    "INPUT_BUCKET": args.input_bucket,
                    "TRANSACTIONS_TABLE": args.table_name,
                    "ALLOWED_SECONDS": str(args.allowed_seconds),
                },
                permissions=sweep_permissions,
                resources={
                    "region": args.place.region,
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
            place=args.place, expression=_HOURLY, function_arn=self.function.arn, request=json.dumps({})
        )
        self.schedule = Schedule(f"{name}-hourly", schedule, child)
        self.intents = [*self.function.intents, *self.schedule.intents]
        self.register_outputs({"function_name": self.function.function_name})
