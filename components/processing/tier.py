"""The processing tier: each file in the input bucket becomes a message, and the processor handles each message."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.base import Component
from components.context import AwsContext
from components.data.buckets import BUCKETS
from components.data.expected import expected_notification
from components.data.tier import Data
from components.network.endpoint_policies import EndpointPolicies, EndpointPoliciesArgs
from components.network.tier import Network
from components.principals import Principals
from components.processing.expected import expected_event_source
from components.processing.policies import processor_permissions, redrive_permissions
from components.processing.queue import MAX_RECEIVES, WorkQueue, WorkQueueArgs
from components.processing.reconciler import Reconciler, ReconcilerArgs
from components.retention import Retention
from components.shared.function import Function, FunctionArgs
from components.shared.function_code import function_code
from components.tags import classified

_REPORTS = ["ReportBatchItemFailures"]
_REDRIVE_MEMORY = 256
_REDRIVE_TIMEOUT = 300
"""Seconds for about ten thousand dead letters; asking again moves the rest."""
_EVENTS = ["s3:ObjectCreated:*"]
_BATCH_SIZE = 1
"""One file may take most of the timeout, so two would not fit into one invocation."""


@dataclass(frozen=True, kw_only=True)
class FunctionSize:
    """Capacity of the processor.

    Attributes
    ----------
    memory
        Memory in MiB.
    timeout
        Timeout in seconds.
    storage
        Temporary storage in MB.
    concurrency
        Files processed at the same time, 2 or more.
    reserved
        Reserved concurrency, at least `concurrency`; None reserves nothing.
    architecture
        `arm64` or `x86_64`.
    """

    memory: int
    timeout: int
    storage: int
    concurrency: int
    reserved: int | None
    architecture: str


@dataclass(frozen=True, kw_only=True)
class ProcessingArgs:
    """Inputs of the processing tier.

    Attributes
    ----------
    context
        Account and region.
    principals
        Who may, in an emergency, receive messages.
    data, network
        Tiers that the functions use.
    key_arns
        Customer keys by class of data: `records`, `logs`, `tokens`.
    retention
        How long the functions' logs are kept.
    size
        Capacity of the processor.
    account_last4
        Whether accepted records keep the last four characters of the account.
    """

    context: AwsContext
    principals: Principals
    data: Data
    network: Network
    key_arns: Mapping[str, Input[str]]
    retention: Retention
    size: FunctionSize
    account_last4: bool


class Processing(Component[ProcessingArgs]):
    """The work queue, the processor, the reconciler, and the endpoint policies for what they call.

    Attributes
    ----------
    queue
        The work queue with its dead-letter queue.
    processor
        The function that processes files.
    reconciler
        The function that finds files that were never processed.
    redrive
        The function that returns dead letters and files to the processor.
    size
        Capacity of the processor.
    """

    queue: WorkQueue
    processor: Function
    reconciler: Reconciler
    redrive: Function
    size: FunctionSize

    def create(self, name: str, args: ProcessingArgs) -> None:
        """Create the queue, the functions, and the notifications that connect them."""
        self.size = args.size
        buckets = args.data.buckets
        # Code, environment and logs hold no records, and are under the key of internal data.
        internal = ResourceOptions.merge(self.child, classified("internal"))
        self.queue = WorkQueue(
            f"{name}-work",
            WorkQueueArgs(
                key_arn=args.key_arns["records"],
                sender_arn=buckets["input"].arn,
                account_id=args.context.account_id,
                consumers=(args.context.role_arn("processor"), *args.principals.break_glass),
                dead_letter_consumers=(args.context.role_arn("redrive"), *args.principals.break_glass),
                worker_timeout=args.size.timeout,
            ),
            self.child,
        )
        self.processor = Function("processor", self._processor_args(args), internal)
        source = aws.lambda_.EventSourceMapping(
            f"{name}-work",
            event_source_arn=self.queue.arn,
            function_name=self.processor.arn,
            batch_size=_BATCH_SIZE,
            function_response_types=_REPORTS,
            # Also limited here: a throttled invocation would return messages to the queue and use up their attempts.
            scaling_config={"maximum_concurrency": args.size.concurrency},
            opts=self.child,
        )
        aws.s3.BucketNotification(
            f"{name}-work",
            bucket=buckets["input"].bucket_name,
            queues=[{"queue_arn": self.queue.arn, "events": _EVENTS}],
            opts=self.child,
        )
        self.expect(
            expected_event_source(
                uuid=source.uuid,
                queue_arn=self.queue.arn,
                function_arn=self.processor.arn,
                concurrency=args.size.concurrency,
                reports=_REPORTS,
            ),
            expected_notification(bucket=buckets["input"].bucket_name, events=_EVENTS, target_arn=self.queue.arn),
            *(
                expected_notification(bucket=bucket.bucket_name)
                for bucket_name, bucket in buckets.items()
                if bucket_name != "input" and bucket_name not in args.data.replicated
            ),
        )
        self.reconciler = Reconciler("reconciler", self._reconciler_args(args), internal)
        self.redrive = Function("redrive", self._redrive_args(args), internal)
        EndpointPolicies(f"{name}-endpoints", _endpoint_policies_args(args), self.child)

    def _processor_args(self, args: ProcessingArgs) -> FunctionArgs:
        data, network = args.data, args.network
        return FunctionArgs(
            context=args.context,
            code=function_code("lambdas.processor"),
            handler="lambdas.processor.handler.handle",
            artifact_bucket=data.buckets["artifacts"].bucket_name,
            environment={
                "INPUT_BUCKET": data.buckets["input"].bucket_name,
                "OUTPUT_BUCKET": data.buckets["output"].bucket_name,
                "QUARANTINE_BUCKET": data.buckets["quarantine"].bucket_name,
                "TRANSACTIONS_TABLE": data.table.table_name,
                "TOKEN_KEY_ID": args.key_arns["tokens"],
                "ACCOUNT_LAST4": str(args.account_last4).lower(),
                "MAX_RECEIVES": str(MAX_RECEIVES),
            },
            permissions=processor_permissions,
            resources={
                "input_arn": data.buckets["input"].arn,
                "output_arn": data.buckets["output"].arn,
                "quarantine_arn": data.buckets["quarantine"].arn,
                "table_arn": data.table.arn,
                "queue_arn": self.queue.arn,
                "records_key_arn": args.key_arns["records"],
                "logs_key_arn": args.key_arns["logs"],
                "tokens_key_arn": args.key_arns["tokens"],
            },
            key_arn=args.key_arns["logs"],
            retention=args.retention,
            subnet_ids=network.subnet_ids,
            security_group_ids=[network.security_group_ids["function"]],
            memory=args.size.memory,
            timeout=args.size.timeout,
            storage=args.size.storage,
            reserved=args.size.reserved,
            architecture=args.size.architecture,
        )

    def _redrive_args(self, args: ProcessingArgs) -> FunctionArgs:
        """Return the inputs of a function outside the VPC: the network has no endpoint of SQS, and it reads no record."""
        buckets = args.data.buckets
        return FunctionArgs(
            context=args.context,
            code=function_code("lambdas.redrive"),
            handler="lambdas.redrive.handler.handle",
            artifact_bucket=buckets["artifacts"].bucket_name,
            environment={
                "INPUT_BUCKET": buckets["input"].bucket_name,
                "WORK_QUEUE_URL": self.queue.url,
                "DEAD_LETTER_QUEUE_URL": self.queue.dead_letter_url,
            },
            permissions=redrive_permissions,
            resources={
                "region": args.context.region,
                "input_arn": buckets["input"].arn,
                "work_queue_arn": self.queue.arn,
                "dead_letter_arn": self.queue.dead_letter_arn,
                "records_key_arn": args.key_arns["records"],
                "logs_key_arn": args.key_arns["logs"],
            },
            key_arn=args.key_arns["logs"],
            retention=args.retention,
            memory=_REDRIVE_MEMORY,
            timeout=_REDRIVE_TIMEOUT,
            architecture=args.size.architecture,
        )

    def _reconciler_args(self, args: ProcessingArgs) -> ReconcilerArgs:
        data, network = args.data, args.network
        return ReconcilerArgs(
            context=args.context,
            input_bucket=data.buckets["input"].bucket_name,
            input_arn=data.buckets["input"].arn,
            table_name=data.table.table_name,
            table_arn=data.table.arn,
            index_name=data.table.index_name,
            grace_seconds=self.queue.retry_seconds,
            artifact_bucket=data.buckets["artifacts"].bucket_name,
            records_key_arn=args.key_arns["records"],
            logs_key_arn=args.key_arns["logs"],
            subnet_ids=network.subnet_ids,
            security_group_ids=[network.security_group_ids["function"]],
            retention=args.retention,
            architecture=args.size.architecture,
        )


def _endpoint_policies_args(args: ProcessingArgs) -> EndpointPoliciesArgs:
    def arns(used: list[str]) -> list[Output[str]]:
        return [args.data.buckets[bucket].arn for bucket in used]

    return EndpointPoliciesArgs(
        endpoint_ids=args.network.endpoint_ids,
        account_id=args.context.account_id,
        read_arns=arns([bucket for bucket, row in BUCKETS.items() if "processor" in row.readers]),
        write_arns=arns([bucket for bucket, row in BUCKETS.items() if "processor" in row.writers]),
        table_arn=args.data.table.arn,
        key_arn=args.key_arns["tokens"],
    )
