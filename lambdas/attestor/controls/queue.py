"""Controls of SQS queues, which are read by URL."""

import json

from lambdas.attestor.controls.control import ACCESS, ENCRYPTION, controls_of
from lambdas.attestor.policy_documents import parsed
from lambdas.attestor.reading import Reading

_ALARMS = ("queues-changed-outside-deployment",)
_ACTIONS = ("sqs:GetQueueAttributes",)

control = controls_of("queue")


def _attributes(aws: Reading, queue: str) -> dict[str, str]:
    attributes: dict[str, str] = aws.call(
        "sqs", "get_queue_attributes", QueueUrl=queue, AttributeNames=["KmsMasterKeyId", "Policy", "RedrivePolicy"]
    ).get("Attributes", {})
    return attributes


@control(
    "sqs-encryption",
    requirement="Messages are encrypted with the expected key.",
    references=ENCRYPTION,
    rules=("queue-uses-customer-key", "data-class-has-one-key"),
    alarms=_ALARMS,
    actions=_ACTIONS,
)
def encryption(aws: Reading, queue: str) -> object:
    """Return the customer key."""
    return _attributes(aws, queue).get("KmsMasterKeyId") or None


@control(
    "sqs-redrive",
    requirement="A message that keeps failing goes to the expected dead-letter queue after the expected attempts.",
    references=("NIST-800-53r5:SI-17",),
    rules=("queue-has-dead-letter-queue",),
    alarms=_ALARMS,
    actions=_ACTIONS,
)
def redrive(aws: Reading, queue: str) -> object:
    """Return the dead-letter queue, and the number of attempts."""
    text = _attributes(aws, queue).get("RedrivePolicy")
    if not text:
        return None
    redrive_policy = json.loads(text)
    return {"target": redrive_policy["deadLetterTargetArn"], "receives": int(redrive_policy["maxReceiveCount"])}


@control(
    "sqs-policy",
    requirement="The queue policy denies and allows exactly what is expected.",
    references=ACCESS,
    rules=(
        "queue-requires-tls",
        "resource-policy-is-closed",
        "service-principal-has-source-condition",
        "policy-has-no-wildcard-action",
    ),
    alarms=_ALARMS,
    actions=_ACTIONS,
    is_policy=True,
)
def queue_policy(aws: Reading, queue: str) -> object:
    """Return the queue policy."""
    text = _attributes(aws, queue).get("Policy")
    return parsed(text) if text else None
