"""A work queue with its dead-letter queue, both under a customer key."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.processing.expected import ExpectedQueue
from components.processing.policies import closed_queue_policy, work_queue_policy
from components.shared.documents import document_json
from components.shared.expected import ExpectedResource

RECEIVES = 5
"""Attempts before a message is set aside; AWS advises at least five for a function's queue."""

_WORK_SECONDS = 4 * 24 * 3600
_DEAD_SECONDS = 14 * 24 * 3600
"""The longest there is: a message's age counts from when it first came, not from when it was set aside."""
_VISIBILITY_FACTOR = 6
"""AWS's advice for a function's queue: six times its timeout, so that retries of a throttled batch fit in."""
_DATA_KEY_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class WorkQueueArgs:
    """What the queue needs to know.

    Attributes
    ----------
    key_arn
        The customer key of its messages.
    sender_arn
        The bucket whose notifications it takes.
    account_id
        The account of that bucket.
    worker_timeout
        Seconds that the function may take for a batch.
    """

    key_arn: Input[str]
    sender_arn: Input[str]
    account_id: str
    worker_timeout: int


class WorkQueue(pulumi.ComponentResource):
    """A queue that takes a bucket's notifications.

    Attributes
    ----------
    name, arn, url
        The queue; the ARN waits for the queue's policy, as S3 tries it out when it is told to notify.
    retry_seconds
        For how long a message is tried before it is set aside, but for what it waits in line.
    dead_letter_name, dead_letter_url
        Where a message goes that could not be handled.
    expected_state
        What is meant of both queues.
    """

    name: Output[str]
    arn: Output[str]
    url: Output[str]
    retry_seconds: int
    dead_letter_name: Output[str]
    dead_letter_url: Output[str]
    expected_state: list[ExpectedResource]

    def __init__(self, name: str, args: WorkQueueArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("strongroom:processing:WorkQueue", name, {}, opts)
        child = ResourceOptions(parent=self)
        dead = aws.sqs.Queue(
            f"{name}-dead-letters",
            kms_master_key_id=args.key_arn,
            kms_data_key_reuse_period_seconds=_DATA_KEY_SECONDS,
            message_retention_seconds=_DEAD_SECONDS,
            opts=child,
        )
        visibility = _VISIBILITY_FACTOR * args.worker_timeout
        work = aws.sqs.Queue(
            name,
            kms_master_key_id=args.key_arn,
            kms_data_key_reuse_period_seconds=_DATA_KEY_SECONDS,
            message_retention_seconds=_WORK_SECONDS,
            visibility_timeout_seconds=visibility,
            receive_wait_time_seconds=20,
            redrive_policy=pulumi.Output.json_dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": RECEIVES}),
            opts=child,
        )
        closed = aws.sqs.QueuePolicy(
            f"{name}-dead-letters",
            queue_url=dead.url,
            policy=document_json(closed_queue_policy, queue_arn=dead.arn),
            opts=child,
        )
        policy = aws.sqs.QueuePolicy(
            name,
            queue_url=work.url,
            policy=document_json(
                work_queue_policy, queue_arn=work.arn, bucket_arn=args.sender_arn, account_id=args.account_id
            ),
            opts=child,
        )

        self.name = work.name
        self.arn = policy.id.apply(lambda _: work.arn)
        self.url = work.url
        self.retry_seconds = RECEIVES * visibility
        self.dead_letter_name = dead.name
        self.dead_letter_url = dead.url
        self.expected_state = [
            ExpectedQueue(url=work.url, key_arn=args.key_arn, policy=policy.policy, dead_letters=(dead.arn, RECEIVES)),
            ExpectedQueue(url=dead.url, key_arn=args.key_arn, policy=closed.policy, dead_letters=None),
        ]
        self.register_outputs({"arn": self.arn, "url": self.url, "dead_letter_url": self.dead_letter_url})
