"""The work queue with its dead-letter queue, both under a customer key."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import Input, Output

from components.base import Component
from components.processing.expected import expected_queue
from components.processing.policies import dead_letter_queue_policy, work_queue_policy
from components.shared.documents import document_json

MAX_RECEIVES = 5
"""Attempts before a message moves to the dead-letter queue; AWS advises at least five for a function's queue."""

_WORK_RETENTION_SECONDS = 4 * 24 * 3600
DEAD_LETTER_RETENTION_SECONDS = 14 * 24 * 3600
"""The longest that SQS offers: the age of a dead letter counts from when the message was first sent."""
_VISIBILITY_FACTOR = 6
"""AWS advises six times the function's timeout, so that retries of a throttled batch fit in."""
_DATA_KEY_REUSE_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class WorkQueueArgs:
    """Inputs of the work queue.

    Attributes
    ----------
    key_arn
        Customer key of the messages.
    sender_arn
        Bucket that sends notifications.
    account_id
        Account of that bucket.
    consumers, dead_letter_consumers
        The only principals who may receive messages of the work queue and of the dead-letter queue, as patterns of ARNs.
    worker_timeout
        Timeout in seconds of the function that consumes the queue.
    delay
        Seconds before a new message is delivered, 0 to 900.
    """

    key_arn: Input[str]
    sender_arn: Input[str]
    account_id: str
    consumers: Sequence[str]
    dead_letter_consumers: Sequence[str]
    worker_timeout: int
    delay: int


class WorkQueue(Component[WorkQueueArgs]):
    """A queue of a bucket's notifications.

    Attributes
    ----------
    queue_name, arn, url
        The queue. Its ARN waits for the queue policy, since S3 tests the queue when its notification is configured.
    retry_seconds
        How long a message is delayed and retried before it becomes a dead letter, apart from its time in the backlog.
    dead_letter_name, dead_letter_arn, dead_letter_url
        The dead-letter queue.
    """

    queue_name: Output[str]
    arn: Output[str]
    url: Output[str]
    dead_letter_name: Output[str]
    dead_letter_arn: Output[str]
    dead_letter_url: Output[str]
    retry_seconds: int

    def create(self, name: str, args: WorkQueueArgs) -> None:
        """Create both queues and their policies."""
        dead_letters = aws.sqs.Queue(
            f"{name}-dead-letters",
            kms_master_key_id=args.key_arn,
            kms_data_key_reuse_period_seconds=_DATA_KEY_REUSE_SECONDS,
            message_retention_seconds=DEAD_LETTER_RETENTION_SECONDS,
            opts=self.child,
        )
        visibility_timeout = _VISIBILITY_FACTOR * args.worker_timeout
        work = aws.sqs.Queue(
            name,
            kms_master_key_id=args.key_arn,
            kms_data_key_reuse_period_seconds=_DATA_KEY_REUSE_SECONDS,
            message_retention_seconds=_WORK_RETENTION_SECONDS,
            visibility_timeout_seconds=visibility_timeout,
            receive_wait_time_seconds=20,
            delay_seconds=args.delay,
            redrive_policy=Output.json_dumps(
                {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": MAX_RECEIVES}
            ),
            opts=self.child,
        )
        dead_letter_policy = aws.sqs.QueuePolicy(
            f"{name}-dead-letters",
            queue_url=dead_letters.url,
            policy=document_json(
                dead_letter_queue_policy, queue_arn=dead_letters.arn, consumers=args.dead_letter_consumers
            ),
            opts=self.child,
        )
        work_policy = aws.sqs.QueuePolicy(
            name,
            queue_url=work.url,
            policy=document_json(
                work_queue_policy,
                queue_arn=work.arn,
                bucket_arn=args.sender_arn,
                account_id=args.account_id,
                consumers=args.consumers,
            ),
            opts=self.child,
        )

        self.queue_name = work.name
        self.arn = work_policy.id.apply(lambda _: work.arn)
        self.url = work.url
        self.retry_seconds = args.delay + MAX_RECEIVES * visibility_timeout
        self.dead_letter_name = dead_letters.name
        self.dead_letter_arn = dead_letters.arn
        self.dead_letter_url = dead_letters.url
        self.expect(
            expected_queue(
                url=work.url,
                key_arn=args.key_arn,
                policy=work_policy.policy,
                dead_letters=(dead_letters.arn, MAX_RECEIVES),
            ),
            expected_queue(
                url=dead_letters.url, key_arn=args.key_arn, policy=dead_letter_policy.policy, dead_letters=None
            ),
        )
