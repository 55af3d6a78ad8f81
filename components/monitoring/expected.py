"""The expected state of alarms and topics."""

from collections.abc import Sequence

from pulumi import Input, Output

from components.expected import ExpectedResource, document
from lambdas.attestor.controls import alarm, topic


def expected_alarm(*, name: Input[str], actions: Sequence[Input[str]]) -> ExpectedResource:
    """Return the expected state of a metric alarm or composite alarm; `actions` are the ARNs of the topics that it notifies."""
    return ExpectedResource(id=name, values={alarm.alarm_actions: list(actions)})


def expected_topic(
    *, arn: Input[str], key_arn: Input[str], policy: Input[str], subscriptions: Sequence[tuple[str, Input[str]]]
) -> ExpectedResource:
    """Return the expected state of a topic; `subscriptions` are pairs of protocol (`email`, `sqs`, `lambda`) and endpoint."""
    subscribed = Output.all(*(Output.concat(protocol, " ", endpoint) for protocol, endpoint in subscriptions))
    return ExpectedResource(
        id=arn,
        values={
            topic.encryption: key_arn,
            topic.topic_policy: document(policy),
            topic.subscriptions: subscribed.apply(lambda names: dict.fromkeys(names, "confirmed")),
        },
    )
