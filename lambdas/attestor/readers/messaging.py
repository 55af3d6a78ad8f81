"""Reads queues, by URL, and topics, by ARN."""

import json

from lambdas.attestor.policies import parsed
from lambdas.attestor.reading import Awaited, Reading


def _queue(aws: Reading, queue: str) -> dict[str, str]:
    attributes: dict[str, str] = aws.ask(
        "sqs", "get_queue_attributes", QueueUrl=queue, AttributeNames=["KmsMasterKeyId", "Policy", "RedrivePolicy"]
    ).get("Attributes", {})
    return attributes


def _queue_key(aws: Reading, queue: str) -> object:
    return _queue(aws, queue).get("KmsMasterKeyId") or None


def _redrive(aws: Reading, queue: str) -> object:
    text = _queue(aws, queue).get("RedrivePolicy")
    if not text:
        return None
    policy = json.loads(text)
    return {"target": policy["deadLetterTargetArn"], "receives": int(policy["maxReceiveCount"])}


def _queue_policy(aws: Reading, queue: str) -> object:
    text = _queue(aws, queue).get("Policy")
    return parsed(text) if text else None


def _topic(aws: Reading, topic: str) -> dict[str, str]:
    attributes: dict[str, str] = aws.ask("sns", "get_topic_attributes", TopicArn=topic)["Attributes"]
    return attributes


def _topic_key(aws: Reading, topic: str) -> object:
    return _topic(aws, topic).get("KmsMasterKeyId") or None


def _topic_policy(aws: Reading, topic: str) -> object:
    return parsed(_topic(aws, topic)["Policy"])


def _subscriptions(aws: Reading, topic: str) -> object:
    """Return who is subscribed; an invitation that waits for its confirmation is told apart."""
    listed = aws.ask("sns", "list_subscriptions_by_topic", TopicArn=topic)["Subscriptions"]
    # In place of an ARN, SNS says what keeps a subscription from having one.
    states = {f"{one['Protocol']} {one['Endpoint']}": one["SubscriptionArn"] for one in listed}
    found = {who: "confirmed" if state.startswith("arn:") else state for who, state in states.items()}
    later = {who: "confirmed" if state == "PendingConfirmation" else state for who, state in found.items()}
    return Awaited(found, later)


READERS = {
    "sqs-encryption": _queue_key,
    "sqs-redrive": _redrive,
    "sqs-policy": _queue_policy,
    "sns-encryption": _topic_key,
    "sns-policy": _topic_policy,
    "sns-subscriptions": _subscriptions,
}
