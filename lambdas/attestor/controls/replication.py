"""Controls of the replication of buckets, which is read by the source bucket's name."""

from typing import Any

from lambdas.attestor.controls.control import controls_of
from lambdas.attestor.reading import Reading

control = controls_of("replication")


@control(
    "s3-replication",
    requirement="All objects are copied to exactly the expected bucket, under its key, with Replication Time Control.",
    references=("NIST-800-53r5:CP-9", "NIST-800-53r5:CP-6"),
    no_rule="A stack may keep its second copy by other means.",
    alarms=(
        "replication-failed",
        "record-buckets-changed-outside-deployment",
        "other-buckets-changed-outside-deployment",
    ),
    actions=("s3:GetReplicationConfiguration",),
)
def replication(aws: Reading, bucket: str) -> object:
    """Return the role and the enabled rules."""
    response = aws.call_unless({"ReplicationConfigurationNotFoundError"}, "s3", "get_bucket_replication", Bucket=bucket)
    configuration = response and response["ReplicationConfiguration"]
    return configuration and {
        "role": configuration["Role"],
        "rules": [_rule(rule) for rule in configuration["Rules"] if rule["Status"] == "Enabled"],
    }


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    destination = rule["Destination"]
    time, metrics = destination.get("ReplicationTime", {}), destination.get("Metrics", {})
    criteria = rule.get("SourceSelectionCriteria", {})
    filters = {"Prefix": rule.get("Prefix"), **rule.get("Filter", {})}
    scope = ", ".join(f"{name} {value}" for name, value in sorted(filters.items()) if value)
    return {
        "scope": scope or "all objects",
        "destination": destination["Bucket"],
        "account": destination.get("Account"),
        "key": destination.get("EncryptionConfiguration", {}).get("ReplicaKmsKeyID"),
        "storage_class": destination.get("StorageClass"),
        "encrypted_objects": criteria.get("SseKmsEncryptedObjects", {}).get("Status"),
        "delete_markers": rule.get("DeleteMarkerReplication", {}).get("Status"),
        "replica_modifications": criteria.get("ReplicaModifications", {}).get("Status", "Disabled"),
        "minutes": time.get("Time", {}).get("Minutes") if time.get("Status") == "Enabled" else None,
        "metrics": metrics.get("Status"),
    }
