"""The expected state of queues."""

from dataclasses import dataclass

from pulumi import Input

from components.expected import Expected, document
from lambdas.attestor.controls import queue


@dataclass(frozen=True, kw_only=True)
class ExpectedQueue:
    """A queue.

    Attributes
    ----------
    url
        The queue.
    key_arn
        The customer key of its messages.
    policy
        Its policy, as JSON.
    dead_letters
        ARN of the dead-letter queue, and the attempts before a message goes there; none for a dead-letter queue itself.
    """

    url: Input[str]
    key_arn: Input[str]
    policy: Input[str]
    dead_letters: tuple[Input[str], int] | None

    def expected(self) -> Expected:
        """Return identifier and expected values."""
        return (
            self.url,
            {
                queue.encryption: self.key_arn,
                queue.redrive: self.dead_letters and {"target": self.dead_letters[0], "receives": self.dead_letters[1]},
                queue.queue_policy: document(self.policy),
            },
        )
