"""The expected state of alarms and topics."""

from collections.abc import Sequence
from dataclasses import dataclass

from pulumi import Input, Output

from components.expected import Controls, document


@dataclass(frozen=True, kw_only=True)
class ExpectedAlarm:
    """An alarm, of a metric or composite.

    Attributes
    ----------
    name
        The alarm.
    actions
        ARNs of the topics that it notifies; at least one.
    """

    name: Input[str]
    actions: Sequence[Input[str]]

    def controls(self) -> Controls:
        """Return what is meant."""
        return "alarm", self.name, {"alarm-actions-enabled": True, "alarm-actions": list(self.actions)}


@dataclass(frozen=True, kw_only=True)
class ExpectedTopic:
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
