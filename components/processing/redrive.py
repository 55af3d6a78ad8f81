"""The redrive function: operators return dead letters and files to the processor with it."""

from dataclasses import dataclass

from pulumi import Input

from components.base import Component
from components.context import AwsContext
from components.processing.policies import redrive_permissions
from components.processing.queue import WorkQueue
from components.retention import Retention
from components.shared.function import Function, FunctionArgs
from components.shared.function_code import function_code

_MEMORY = 256
_TIMEOUT = 300
"""Seconds for about ten thousand dead letters; asking again moves the rest."""


@dataclass(frozen=True, kw_only=True)
class RedriveArgs:
    """Inputs of the redrive function.

    Attributes
    ----------
    context
        Account and region.
    queue
        The work queue with its dead-letter queue.
    input_bucket, input_arn
        Bucket of the files.
    artifact_bucket
        Bucket that keeps the function's code.
    records_key_arn, logs_key_arn
        Customer keys of the queues, and of the function's environment and logs.
    retention
        How long logs are kept.
    architecture
        `arm64` or `x86_64`.
    """

    context: AwsContext
    queue: WorkQueue
    input_bucket: Input[str]
    input_arn: Input[str]
    artifact_bucket: Input[str]
    records_key_arn: Input[str]
    logs_key_arn: Input[str]
    retention: Retention
    architecture: str


class Redrive(Component[RedriveArgs]):
    """The function, outside the VPC: the network has no endpoint of SQS, and the function reads no record.

    Attributes
    ----------
    function
        The function.
    """

    function: Function

    def create(self, name: str, args: RedriveArgs) -> None:
        """Create the function."""
        self.function = Function(
            name,
            FunctionArgs(
                context=args.context,
                code=function_code("lambdas.redrive"),
                handler="lambdas.redrive.handler.handle",
                artifact_bucket=args.artifact_bucket,
                environment={
                    "INPUT_BUCKET": args.input_bucket,
                    "WORK_QUEUE_URL": args.queue.url,
                    "DEAD_LETTER_QUEUE_URL": args.queue.dead_letter_url,
                },
                permissions=redrive_permissions,
                resources={
                    "region": args.context.region,
                    "input_arn": args.input_arn,
                    "work_queue_arn": args.queue.arn,
                    "dead_letter_arn": args.queue.dead_letter_arn,
                    "records_key_arn": args.records_key_arn,
                    "logs_key_arn": args.logs_key_arn,
                },
                key_arn=args.logs_key_arn,
                retention=args.retention,
                memory=_MEMORY,
                timeout=_TIMEOUT,
                architecture=args.architecture,
            ),
            self.child,
        )
