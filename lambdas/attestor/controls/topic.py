"""Controls of SNS topics, which are read by ARN."""

from lambdas.attestor.controls.control import ACCESS, ALERTS, ENCRYPTION, controls_of
from lambdas.attestor.policy_documents import parsed
from lambdas.attestor.reading import PendingValue, Reading

_ALARMS = ("alarms-changed-outside-deployment",)

control = controls_of("topic")


def _attributes(aws: Reading, topic: str) -> dict[str, str]:
    attributes: dict[str, str] = aws.call("sns", "get_topic_attributes", TopicArn=topic)["Attributes"]
    return attributes


@control(
    "sns-encryption",
    requirement="Notifications are encrypted with the expected key.",
    references=ENCRYPTION,
    rules=("topic-uses-customer-key", "data-class-has-one-key"),
    alarms=_ALARMS,
    actions=("sns:GetTopicAttributes",),
)
def encryption(aws: Reading, topic: str) -> object:
    """Return the customer key."""
    return _attributes(aws, topic).get("KmsMasterKeyId") or None


@control(
    "sns-policy",
    requirement="The topic policy denies and allows exactly what is expected.",
    references=ACCESS,
    rules=(
        "topic-requires-tls",
        "resource-policy-is-closed",
        "service-principal-has-source-condition",
        "policy-has-no-wildcard-action",
    ),
    alarms=_ALARMS,
    actions=("sns:GetTopicAttributes",),
    is_policy=True,
)
def topic_policy(aws: Reading, topic: str) -> object:
    """Return the topic policy."""
    return parsed(_attributes(aws, topic)["Policy"])


@control(
    "sns-subscriptions",
    requirement="Exactly the expected endpoints are subscribed, and all have confirmed.",
    references=ALERTS,
    rules=("alarm-topic-is-subscribed",),
    alarms=_ALARMS,
    actions=("sns:ListSubscriptionsByTopic",),
)
def subscriptions(aws: Reading, topic: str) -> object:
    """Return each subscription with its state; one that waits for its confirmation is a pending value."""
    listed = aws.call("sns", "list_subscriptions_by_topic", TopicArn=topic)["Subscriptions"]
    # SNS returns a state in place of the ARN of a subscription that is not confirmed.
    states = {f"{entry['Protocol']} {entry['Endpoint']}": entry["SubscriptionArn"] for entry in listed}
    found = {endpoint: "confirmed" if state.startswith("arn:") else state for endpoint, state in states.items()}
    later = {endpoint: "confirmed" if state == "PendingConfirmation" else state for endpoint, state in found.items()}
    return PendingValue(found, later)
