"""Moves messages from the dead-letter queue to the work queue.

SQS has a task of its own for this (StartMessageMoveTask). It needs the same permissions, reports its result later, and
moves messages that arrive after it was started; this loop ends, and says how many messages it moved.
"""

from typing import TYPE_CHECKING

from lambdas.redrive.settings import Settings
from lambdas.shared.invocation import Invocation

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_BATCH = 10
"""The most messages that SQS returns at once."""
_EMPTY_ANSWERS = 3
"""An answer without messages does not prove that the queue is empty: SQS asks only some of its servers."""


def redrive(client: "SQSClient", settings: Settings, invocation: Invocation) -> int:
    """Move all messages of the dead-letter queue to the work queue; return their number.

    A message is deleted only after it was sent, so none is lost; one that is sent twice does no harm, because the processor
    is idempotent.

    Raises
    ------
    OutOfTime
        The deadline is near; the messages that remain were not moved.
    """
    moved = empty = 0
    while empty < _EMPTY_ANSWERS:
        invocation.check_deadline()
        received = client.receive_message(
            QueueUrl=settings.dead_letter_queue_url, MaxNumberOfMessages=_BATCH, WaitTimeSeconds=1
        ).get("Messages", [])
        empty = 0 if received else empty + 1
        for message in received:
            client.send_message(QueueUrl=settings.work_queue_url, MessageBody=message["Body"])
            client.delete_message(QueueUrl=settings.dead_letter_queue_url, ReceiptHandle=message["ReceiptHandle"])
            moved += 1
    return moved
