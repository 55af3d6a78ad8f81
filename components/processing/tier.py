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
from components.processing.function_size import FunctionSize
from components.processing.malware_scan import MalwareScan, MalwareScanArgs
from components.processing.policies import processor_permissions, redrive_permissions
from components.processing.queue import MAX_RECEIVES, WorkQueue, WorkQueueArgs
from components.processing.reconciler import Reconciler, ReconcilerArgs
from components.processing.release import Release, ReleaseArgs
from components.retention import Retention
from components.shared.function import Function, FunctionArgs
from components.shared.function_code import function_code
from components.tags import classified

_REPORTS = ["ReportBatchItemFailures"]
_SCAN_SECONDS = 120
"""Seconds between an upload and the first delivery of its message, in which the malware scan of most files ends. A file without
a verdict is retried after six timeouts of the processor, four times."""
_REDRIVE_MEMORY = 256
_REDRIVE_TIMEOUT = 300
"""Seconds for about ten thousand dead letters; asking again moves the rest."""
_EVENTS = ["s3:ObjectCreated:*"]
_BATCH_SIZE = 1
"""One file may take most of the timeout, so two would not fit into one invocation."""


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
    malware_scan
        Whether a file is processed only once GuardDuty has found no threats in it.
    """

    context: AwsContext
    principals: Principals
    data: Data
    network: Network
    key_arns: Mapping[str, Input[str]]
    retention: Retention
    size: FunctionSize
    account_last4: bool
    malware_scan: bool


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
    malware_scan
        The malware scan of uploads; None without one.
    size
        Capacity of the processor.
    """

    queue: WorkQueue
    processor: Function
    reconciler: Reconciler
    redrive: Function
    malware_scan: MalwareScan | None
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
                delay=_SCAN_SECONDS if args.malware_scan else 0,
            ),
            self.child,
        )
        self.processor = Function("processor", self._processor_args(args), internal)
        endpoints = EndpointPolicies(f"{name}-endpoints", _endpoint_policies_args(args), self.child)
        release = Release(
            "processor", ReleaseArgs(function=self.processor, after=(args.network, endpoints)), self.child
        )
        source = aws.lambda_.EventSourceMapping(
            f"{name}-work",
            event_source_arn=self.queue.arn,
            function_name=release.arn,
            batch_size=_BATCH_SIZE,
            function_response_types=_REPORTS,
            # Also limited here: a throttled invocation would return messages to the queue and use up their attempts.
            scaling_config={"maximum_concurrency": args.size.concurrency},
            opts=self.child,
        )
        notification = aws.s3.BucketNotification(
            f"{name}-work",
            bucket=buckets["input"].bucket_name,
            queues=[{"queue_arn": self.queue.arn, "events": _EVENTS}],
            eventbridge=args.malware_scan,  # a bucket has one configuration of notifications, which GuardDuty would change
            opts=self.child,
        )
        self.malware_scan = None
        if args.malware_scan:
            scan_args = MalwareScanArgs(
                context=args.context,
                bucket_name=notification.bucket,
                bucket_arn=buckets["input"].arn,
                key_arn=args.key_arns["records"],
            )
            self.malware_scan = MalwareScan(f"{name}-malware-scan", scan_args, self.child)
        self.expect(
            expected_event_source(
                uuid=source.uuid,
                queue_arn=self.queue.arn,
                function_arn=release.arn,
                concurrency=args.size.concurrency,
                reports=_REPORTS,
            ),
            expected_notification(
                bucket=buckets["input"].bucket_name,
                events=_EVENTS,
                target_arn=self.queue.arn,
                event_bridge=args.malware_scan,
            ),
            *(
                expected_notification(bucket=bucket.bucket_name)
                for purpose, bucket in buckets.items()
                if purpose != "input" and purpose not in args.data.replicated
            ),
        )
        self.reconciler = Reconciler("reconciler", self._reconciler_args(args), internal)
        self.redrive = Function("redrive", self._redrive_args(args), internal)

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
                "MALWARE_SCAN": str(args.malware_scan).lower(),
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
                "malware_scan": args.malware_scan,
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
            released=True,
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
        malware_scan=args.malware_scan,
    )
