"""Controls of the notifications of buckets, which are read by the bucket's name."""

from typing import Any

from lambdas.attestor.controls.control import controls_of
from lambdas.attestor.reading import Reading

_TARGETS = {
    "QueueConfigurations": "QueueArn",
    "TopicConfigurations": "TopicArn",
    "LambdaFunctionConfigurations": "LambdaFunctionArn",
}

EVENT_BRIDGE = "every event to EventBridge"

control = controls_of("notification")


@control(
    "s3-notification",
    requirement="The bucket sends notifications to exactly the expected targets.",
    references=("PCI-DSS-4.0.1:7.2.1", "NIST-800-53r5:SI-4", "NIST-800-53r5:AC-4"),
    no_rule="Any target may be right.",
    alarms=("record-buckets-changed-outside-deployment", "files-without-manifest"),
    actions=("s3:GetBucketNotification",),
)
def notification(aws: Reading, bucket: str) -> object:
    """Return events and target of each notification."""
    found = aws.call("s3", "get_bucket_notification_configuration", Bucket=bucket)
    targets = [
        f"{', '.join(sorted(entry['Events']))} to {entry[target]}{_filter(entry)}"
        for kind, target in _TARGETS.items()
        for entry in found.get(kind, [])
    ]
    return [*targets, *([EVENT_BRIDGE] if "EventBridgeConfiguration" in found else [])]


def _filter(entry: dict[str, Any]) -> str:
    rules = entry.get("Filter", {}).get("Key", {}).get("FilterRules", [])
    return "".join(f", {rule['Name'].lower()} {rule['Value']}" for rule in rules)
