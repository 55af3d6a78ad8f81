"""The expected state of alarms and topics."""

from collections.abc import Sequence
from dataclasses import dataclass

from pulumi import Input, Output

from components.expected import Expected, document
from lambdas.attestor.controls import alarm, topic


@dataclass(frozen=True, kw_only=True)
class ExpectedAlarm:
    """A metric alarm or a composite alarm.

    Attributes
    ----------
    name
        The alarm.
    actions
        ARNs of the topics that it notifies; at least one.
    """

    name: Input[str]
    actions: Sequence[Input[str]]

    def expected(self) -> Expected:
        """Return identifier and expected values."""
        return self.name, {alarm.alarm_actions: list(self.actions)}


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
        Subscriptions: pairs of protocol (`email`, `sqs`, `lambda`) and endpoint.
    """

    arn: Input[str]
    key_arn: Input[str]
    policy: Input[str]
    subscriptions: Sequence[tuple[str, Input[str]]]

    def expected(self) -> Expected:
        """Return identifier and expected values."""
        subscribed = Output.all(*(Output.concat(protocol, " ", address) for protocol, address in self.subscriptions))
        return (
            self.arn,
            {
                topic.encryption: self.key_arn,
                topic.topic_policy: document(self.policy),
                topic.subscriptions: subscribed.apply(lambda names: dict.fromkeys(names, "confirmed")),
            },
        )
