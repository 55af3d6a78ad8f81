"""The reconciler: an hourly function that looks for files that were never processed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from pulumi import Input

from components.base import Component
from components.context import AwsContext
from components.processing.policies import reconciler_permissions
from components.retention import Retention
from components.shared.function import Function, FunctionArgs
from components.shared.function_code import function_code
from components.shared.schedule import Schedule, ScheduleArgs

SCHEDULE = "rate(1 hour)"
_MEMORY = 1024
_TIMEOUT = 900
"""Lambda's maximum: a run takes longer the more objects the bucket holds."""


@dataclass(frozen=True, kw_only=True)
class ReconcilerArgs:
    """Inputs of the reconciler.

    Attributes
    ----------
    context
        Account and region.
    input_bucket, input_arn
        Bucket whose files must all have a manifest.
    table_name, table_arn, index_name
        Table of the manifests, and its index by status.
    grace_seconds
        Age at which a file must have a manifest. At least `WorkQueue.retry_seconds`: until then its message may return.
    artifact_bucket
        Bucket that keeps the function's code.
    records_key_arn, logs_key_arn
        Customer keys of the table, and of the function's environment and logs.
    subnet_ids, security_group_ids
        Place in the network; the function reaches S3 and DynamoDB through their endpoints.
    retention
        How long logs are kept.
    architecture
        `arm64` or `x86_64`.
    """

    context: AwsContext
    input_bucket: Input[str]
    input_arn: Input[str]
    table_name: Input[str]
    table_arn: Input[str]
    index_name: str
    grace_seconds: int
    artifact_bucket: Input[str]
    records_key_arn: Input[str]
    logs_key_arn: Input[str]
    subnet_ids: Sequence[Input[str]]
    security_group_ids: Sequence[Input[str]]
    retention: Retention
    architecture: str


class Reconciler(Component[ReconcilerArgs]):
    """The function and its hourly schedule.

    The function writes the metrics `Reconciliations`, `FilesWithoutManifest` and `OverrunLeases` in the namespace `Strongroom`,
    with the dimension `FunctionName`. A run that could not see everything writes no `Reconciliations`.

    Attributes
    ----------
    function
        The function.
    schedule
        The schedule that invokes it.
    """

    function: Function
    schedule: Schedule

    def create(self, name: str, args: ReconcilerArgs) -> None:
        """Create the function and its schedule."""
        self.function = Function(
            name,
            FunctionArgs(
                context=args.context,
                code=function_code("lambdas.reconciler"),
                handler="lambdas.reconciler.handler.handle",
                artifact_bucket=args.artifact_bucket,
                environment={
                    "INPUT_BUCKET": args.input_bucket,
                    "TRANSACTIONS_TABLE": args.table_name,
                    "ALLOWED_SECONDS": str(args.grace_seconds),
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
            self.child,
        )
        schedule = ScheduleArgs(
            context=args.context,
            expression=SCHEDULE,
            function_arn=self.function.arn,
            payload=json.dumps({}),
            key_arn=args.logs_key_arn,
        )
        self.schedule = Schedule(f"{name}-hourly", schedule, self.child)
