"""The expected state of queues."""

from dataclasses import dataclass

from pulumi import Input

from components.expected import Controls, document


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
        ARN of the queue where messages are set aside, and after how many attempts; none for such a queue itself.
    """

    url: Input[str]
    key_arn: Input[str]
    policy: Input[str]
    dead_letters: tuple[Input[str], int] | None

    def controls(self) -> Controls:
        """Return what is meant."""
        return (
            "queue",
            self.url,
            {
                "sqs-encryption": self.key_arn,
                "sqs-redrive": self.dead_letters and {"target": self.dead_letters[0], "receives": self.dead_letters[1]},
                "sqs-policy": document(self.policy),
            },
        )
