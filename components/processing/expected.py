"""The expected state of queues."""

from pulumi import Input

from components.expected import ExpectedResource, document
from lambdas.attestor.controls import queue


def expected_queue(
    *, url: Input[str], key_arn: Input[str], policy: Input[str], dead_letters: tuple[Input[str], int] | None
) -> ExpectedResource:
    """Return the expected state of a queue.

    Parameters
    ----------
    dead_letters
        ARN of the dead-letter queue, and the number of attempts before a message moves there; None for a dead-letter
        queue itself.
    """
    redrive = dead_letters and {"target": dead_letters[0], "receives": dead_letters[1]}
    return ExpectedResource(
        id=url, values={queue.encryption: key_arn, queue.redrive: redrive, queue.queue_policy: document(policy)}
    )
