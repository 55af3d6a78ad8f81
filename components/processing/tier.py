"""The processing tier: every file that arrives in the input bucket becomes a message, every message is worked on."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, ResourceOptions

from components.context import AwsContext
from components.data.tier import Data
from components.network.endpoint_policies import EndpointPolicies, EndpointPoliciesArgs
from components.network.tier import Network
from components.processing.queue import RECEIVES, WorkQueue, WorkQueueArgs
from components.processing.reconciler import Reconciler, ReconcilerArgs
from components.retention import Retention
from components.shared.expected import ExpectedResource
from components.shared.function import Function, FunctionArgs, python_code
from components.shared.function_policies import processor_permissions
from components.tags import classified

_BATCH = 1
"""A file may take most of a timeout: two in a batch would not fit into one."""


@dataclass(frozen=True, kw_only=True)
class FunctionSize:
    """How much the processor may take.

    Attributes
    ----------
    memory, timeout
        MiB and seconds.
    concurrency
        Files at once, 2 or more.
    reserved
        Executions kept for it, no fewer than `concurrency`; none leaves it what the account has.
    architecture
        `arm64` or `x86_64`.
    """

    memory: int
    timeout: int
    concurrency: int
    reserved: int | None
    architecture: str


@dataclass(frozen=True, kw_only=True)
class ProcessingArgs:
    """What the processing tier needs to know.

    Attributes
    ----------
    context
        Where it runs.
    data, network
        The tiers it works in.
    key_arns
        The keys of queue and records, of environment and logs, and of account tokens: `records`, `logs`, `tokens`.
    retention
        How long the function's logs are kept.
    size
        How much the function may take.
    account_last4
        Whether accepted records tell the last four characters of an account.
    """

    context: AwsContext
    data: Data
    network: Network
    key_arns: Mapping[str, Input[str]]
    retention: Retention
    size: FunctionSize
    account_last4: bool


class Processing(pulumi.ComponentResource):
    """Queue, function and what connects them.

    Attributes
    ----------
    queue
        The work queue with its dead letters.
    processor
        The function.
    reconciler
        What looks hourly for files that became nothing.
    perimeter
        What the network's endpoints let through.
    expected_state
        What is meant of all these.
    """

    queue: WorkQueue
    processor: Function
    reconciler: Reconciler
    perimeter: EndpointPolicies
    expected_state: list[ExpectedResource]

    def __init__(self, name: str, args: ProcessingArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("strongroom:processing:Processing", name, {}, opts)
        child = ResourceOptions(parent=self)
        data, network = args.data, args.network
        self.queue = WorkQueue(
            f"{name}-work",
            WorkQueueArgs(
                key_arn=args.key_arns["records"],
                sender_arn=data.input.arn,
                account_id=args.context.account_id,
                worker_timeout=args.size.timeout,
            ),
            child,
        )
        self.processor = Function(
            "processor",
            FunctionArgs(
                context=args.context,
                code=python_code("lambdas.processor"),
                handler="lambdas.processor.handler.handle",
                artifact_bucket=data.artifacts.bucket_name,
                environment={
                    "INPUT_BUCKET": data.input.bucket_name,
                    "OUTPUT_BUCKET": data.output.bucket_name,
                    "QUARANTINE_BUCKET": data.quarantine.bucket_name,
                    "TRANSACTIONS_TABLE": data.table.table_name,
                    "TOKEN_KEY_ID": args.key_arns["tokens"],
                    "ACCOUNT_LAST4": str(args.account_last4).lower(),
                    "MAX_RECEIVES": str(RECEIVES),
                },
                permissions=processor_permissions,
                resources={
                    "input_arn": data.input.arn,
                    "output_arn": data.output.arn,
                    "quarantine_arn": data.quarantine.arn,
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
                reserved=args.size.reserved,
                architecture=args.size.architecture,
            ),
            # Code, environment and logs hold no records, and are under the key of internal data.
            ResourceOptions.merge(child, classified("internal")),
        )
        aws.lambda_.EventSourceMapping(
            f"{name}-work",
            event_source_arn=self.queue.arn,
            function_name=self.processor.arn,
            batch_size=_BATCH,
            function_response_types=["ReportBatchItemFailures"],
            # Bounded here too, since a throttled function would only send messages back to the queue.
            scaling_config={"maximum_concurrency": args.size.concurrency},
            opts=child,
        )
        aws.s3.BucketNotification(
            f"{name}-work",
            bucket=data.input.bucket_name,
            queues=[{"queue_arn": self.queue.arn, "events": ["s3:ObjectCreated:*"]}],
            opts=child,
        )
        self.reconciler = self._reconciler(args)
        # Last, since it names what others are made of: the functions work with or without it.
        self.perimeter = EndpointPolicies(
            f"{name}-perimeter",
            EndpointPoliciesArgs(
                endpoint_ids=network.endpoint_ids,
                account_id=args.context.account_id,
                read_arns=[data.input.arn, data.output.arn],
                write_arns=[data.output.arn, data.quarantine.arn],
                table_arn=data.table.arn,
                key_arn=args.key_arns["tokens"],
            ),
            child,
        )
        parts = (self.queue, self.processor, self.reconciler, self.perimeter)
        self.expected_state = [expected for part in parts for expected in part.expected_state]
        self.register_outputs({"queue_url": self.queue.url, "function_name": self.processor.function_name})

    def _reconciler(self, args: ProcessingArgs) -> Reconciler:
        data, network = args.data, args.network
        reconciler = ReconcilerArgs(
            context=args.context,
            input_bucket=data.input.bucket_name,
            input_arn=data.input.arn,
            table_name=data.table.table_name,
            table_arn=data.table.arn,
            index_name=data.table.index_name,
            allowed_seconds=self.queue.retry_seconds,
            artifact_bucket=data.artifacts.bucket_name,
            records_key_arn=args.key_arns["records"],
            logs_key_arn=args.key_arns["logs"],
            subnet_ids=network.subnet_ids,
            security_group_ids=[network.security_group_ids["function"]],
            retention=args.retention,
            architecture=args.size.architecture,
        )
        return Reconciler(
            "sweep", reconciler, ResourceOptions.merge(ResourceOptions(parent=self), classified("internal"))
        )
