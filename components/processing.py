"""The processing tier: every file that arrives in the input bucket becomes a message, every message is worked on."""

from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws
from pulumi import Input, ResourceOptions

from components.data import Data
from components.documents.role import processor_permissions
from components.function import PrivateFunction, PrivateFunctionArgs, python_code
from components.network import Network
from components.place import Place
from components.queue import RECEIVES, WorkQueue, WorkQueueArgs

_BATCH = 1
"""A file may take most of a timeout: two in a batch would not fit into one."""


@dataclass(frozen=True, kw_only=True)
class ProcessingArgs:
    """What the processing tier needs to know.

    Attributes
    ----------
    place
        Where it runs.
    data, network
        The tiers it works in.
    records_key_arn, logs_key_arn, tokens_key_arn
        The keys of queue and records, of environment and logs, and of account tokens.
    source
        The folder that holds the package `lambdas`.
    log_retention_days
        Days that the function's logs are kept.
    memory, timeout, concurrency, architecture
        MiB, seconds, files at once, and processor of the function.
    account_last4
        Whether accepted records tell the last four characters of an account.
    protection
        Whether the engine refuses to delete the log group.
    """

    place: Place
    data: Data
    network: Network
    records_key_arn: Input[str]
    logs_key_arn: Input[str]
    tokens_key_arn: Input[str]
    source: Path
    log_retention_days: int
    memory: int
    timeout: int
    concurrency: int
    architecture: str
    account_last4: bool
    protection: bool


class Processing(pulumi.ComponentResource):
    """Queue, function and what connects them.

    Attributes
    ----------
    queue
        The work queue with its dead letters.
    processor
        The function.
    """

    queue: WorkQueue
    processor: PrivateFunction

    def __init__(self, name: str, args: ProcessingArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("strongroom:processing:Processing", name, {}, opts)
        child = ResourceOptions(parent=self)
        data, network = args.data, args.network
        self.queue = WorkQueue(
            f"{name}-work",
            WorkQueueArgs(
                key_arn=args.records_key_arn,
                sender_arn=data.input.arn,
                account_id=args.place.account_id,
                worker_timeout=args.timeout,
            ),
            child,
        )
        self.processor = PrivateFunction(
            "processor",
            PrivateFunctionArgs(
                place=args.place,
                code=python_code(args.source, "lambdas.processor"),
                handler="lambdas.processor.handler.handle",
                artifact_bucket=data.artifacts.bucket_name,
                environment={
                    "INPUT_BUCKET": data.input.bucket_name,
                    "OUTPUT_BUCKET": data.output.bucket_name,
                    "QUARANTINE_BUCKET": data.quarantine.bucket_name,
                    "TRANSACTIONS_TABLE": data.table_name,
                    "TOKEN_KEY_ID": args.tokens_key_arn,
                    "ACCOUNT_LAST4": str(args.account_last4).lower(),
                    "MAX_RECEIVES": str(RECEIVES),
                },
                permissions=processor_permissions,
                resources={
                    "input_arn": data.input.arn,
                    "output_arn": data.output.arn,
                    "quarantine_arn": data.quarantine.arn,
                    "table_arn": data.table_arn,
                    "queue_arn": self.queue.arn,
                    "records_key_arn": args.records_key_arn,
                    "logs_key_arn": args.logs_key_arn,
                    "tokens_key_arn": args.tokens_key_arn,
                },
                key_arn=args.logs_key_arn,
                log_retention_days=args.log_retention_days,
                subnet_ids=network.subnet_ids,
                security_group_ids=[network.security_group_ids["function"]],
                memory=args.memory,
                timeout=args.timeout,
                architecture=args.architecture,
                protection=args.protection,
            ),
            child,
        )
        aws.lambda_.EventSourceMapping(
            f"{name}-work",
            event_source_arn=self.queue.arn,
            function_name=self.processor.arn,
            batch_size=_BATCH,
            function_response_types=["ReportBatchItemFailures"],
            # Bounded here and not by reserved concurrency, which small accounts cannot give.
            scaling_config={"maximum_concurrency": args.concurrency},
            opts=child,
        )
        aws.s3.BucketNotification(
            f"{name}-work",
            bucket=data.input.bucket_name,
            queues=[{"queue_arn": self.queue.arn, "events": ["s3:ObjectCreated:*"]}],
            opts=child,
        )
        self.register_outputs({"queue_url": self.queue.url, "function_name": self.processor.function_name})
