"""What is meant of queues and topics."""

from collections.abc import Sequence
from dataclasses import dataclass

from pulumi import Input, Output

from components.intent.meaning import Controls, document


@dataclass(frozen=True, kw_only=True)
class QueueIntent:
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


@dataclass(frozen=True, kw_only=True)
class TopicIntent:
    """A topic.

    Attributes
    ----------
    arn
        The topic.
    key_arn
        The customer key of its notifications.
    policy
        Its policy, as JSON.
    subscriptions
        Who is subscribed: pairs of protocol (`email`, `sqs`, `lambda`) and address.
    """

    arn: Input[str]
    key_arn: Input[str]
    policy: Input[str]
    subscriptions: Sequence[tuple[str, Input[str]]]

    def controls(self) -> Controls:
        """Return what is meant."""
        subscribed = Output.all(*(Output.concat(protocol, " ", address) for protocol, address in self.subscriptions))
        return (
            "topic",
            self.arn,
            {
                "sns-encryption": self.key_arn,
                "sns-policy": document(self.policy),
                "sns-subscriptions": subscribed.apply(lambda names: dict.fromkeys(names, "confirmed")),
            },
        )
