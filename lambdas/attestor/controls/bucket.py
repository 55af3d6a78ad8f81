"""Controls of buckets, which are read by name, and of the malware scan of a bucket, which is read by the plan's id."""

from collections.abc import Iterator
from typing import Any

from lambdas.attestor.controls.control import ACCESS, ENCRYPTION, controls_of
from lambdas.attestor.policy_documents import parsed
from lambdas.attestor.reading import Reading

_ALARMS = ("record-buckets-changed-outside-deployment", "other-buckets-changed-outside-deployment")

control = controls_of("bucket")
malware_scan_control = controls_of("malware-scan")
_replication_control = controls_of("replication")  # only the buckets with a second copy have it


def _default_encryption(aws: Reading, bucket: str) -> dict[str, Any]:
    response = aws.call_unless(
        {"ServerSideEncryptionConfigurationNotFoundError"}, "s3", "get_bucket_encryption", Bucket=bucket
    )
    rules = response["ServerSideEncryptionConfiguration"]["Rules"] if response else []
    return rules[0] if rules else {}


@control(
    "s3-default-encryption",
    requirement="Objects are encrypted by default with the expected algorithm and key.",
    references=ENCRYPTION,
    rules=("bucket-uses-customer-key", "data-class-has-one-key"),
    alarms=_ALARMS,
    actions=("s3:GetEncryptionConfiguration",),
)
def default_encryption(aws: Reading, bucket: str) -> object:
    """Return algorithm and key."""
    default = _default_encryption(aws, bucket).get("ApplyServerSideEncryptionByDefault")
    return default and {"algorithm": default["SSEAlgorithm"], "key": default.get("KMSMasterKeyID")}


@control(
    "s3-bucket-key",
    requirement="A bucket key reduces calls to KMS where one is expected.",
    references=("NIST-800-53r5:SC-12",),
    rules=("bucket-uses-customer-key",),
    alarms=_ALARMS,
    actions=("s3:GetEncryptionConfiguration",),
)
def bucket_key(aws: Reading, bucket: str) -> object:
    """Return whether the bucket uses a bucket key."""
    return _default_encryption(aws, bucket).get("BucketKeyEnabled", False)


@control(
    "s3-versioning",
    requirement="An object that is overwritten or deleted is kept as a noncurrent version.",
    references=("PCI-DSS-4.0.1:10.3.2", "NIST-800-53r5:CP-9", "SEC-17a-4:(f)(2)(i)(A)"),
    rules=("bucket-is-versioned",),
    alarms=_ALARMS,
    actions=("s3:GetBucketVersioning",),
    expected="Enabled",
)
def versioning(aws: Reading, bucket: str) -> object:
    """Return the status of versioning."""
    return aws.call("s3", "get_bucket_versioning", Bucket=bucket).get("Status")


@control(
    "s3-public-access-block",
    requirement="All four settings that block public access are on.",
    references=("PCI-DSS-4.0.1:1.4.4", "NIST-800-53r5:AC-3", "NIST-800-53r5:SC-7"),
    rules=("bucket-blocks-public-access",),
    alarms=_ALARMS,
    actions=("s3:GetBucketPublicAccessBlock",),
    expected=dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True),
)
def public_access_block(aws: Reading, bucket: str) -> object:
    """Return the four settings."""
    response = aws.call_unless({"NoSuchPublicAccessBlockConfiguration"}, "s3", "get_public_access_block", Bucket=bucket)
    return response and response["PublicAccessBlockConfiguration"]


@control(
    "s3-ownership",
    requirement="Access control lists are disabled: the bucket's owner owns every object.",
    references=ACCESS,
    rules=("bucket-has-no-acls",),
    alarms=_ALARMS,
    actions=("s3:GetBucketOwnershipControls",),
    expected="BucketOwnerEnforced",
)
def ownership(aws: Reading, bucket: str) -> object:
    """Return the setting of object ownership."""
    response = aws.call_unless({"OwnershipControlsNotFoundError"}, "s3", "get_bucket_ownership_controls", Bucket=bucket)
    return response and response["OwnershipControls"]["Rules"][0]["ObjectOwnership"]


@control(
    "s3-object-lock",
    requirement="New objects are locked in the expected mode for the expected retention period.",
    references=("PCI-DSS-4.0.1:10.3.2", "NIST-800-53r5:AU-9", "SEC-17a-4:(f)(2)(i)(B)"),
    rules=("evidence-is-locked", "locked-bucket-has-no-force-destroy"),
    alarms=_ALARMS,
    actions=("s3:GetBucketObjectLockConfiguration",),
)
def object_lock(aws: Reading, bucket: str) -> object:
    """Return mode and period of the default retention."""
    response = aws.call_unless(
        {"ObjectLockConfigurationNotFoundError"}, "s3", "get_object_lock_configuration", Bucket=bucket
    )
    retention = response and response["ObjectLockConfiguration"].get("Rule", {}).get("DefaultRetention")
    return retention and {name.lower(): value for name, value in retention.items()}


@control(
    "s3-lifecycle",
    requirement="Objects expire at the expected age and not earlier, and only objects of the expected size move to cheaper storage.",
    references=("PCI-DSS-4.0.1:3.2.1", "NIST-800-53r5:AU-11", "SEC-17a-4:(a)"),
    rules=("evidence-does-not-expire", "raw-data-expires"),
    alarms=_ALARMS,
    actions=("s3:GetLifecycleConfiguration",),
)
def lifecycle(aws: Reading, bucket: str) -> object:
    """Return the effects of all enabled rules, however they are spread over rules."""
    response = aws.call_unless(
        {"NoSuchLifecycleConfiguration"}, "s3", "get_bucket_lifecycle_configuration", Bucket=bucket
    )
    rules = [rule for rule in (response or {}).get("Rules", []) if rule["Status"] == "Enabled"]
    effects = {effect + _scope(rule) for rule in rules for effect in _effects(rule)}
    # Without transitions, the size of what is moved has no effect.
    if response and any(rule.get(name) for rule in rules for name in ("Transitions", "NoncurrentVersionTransitions")):
        effects.add(_smallest_moved(response.get("TransitionDefaultMinimumObjectSize")))
    return sorted(effects)


def _smallest_moved(minimum: str | None) -> str:
    """Return which small objects transitions without a size of their own leave where they are."""
    if minimum == "all_storage_classes_128K":
        return "move no objects below 128 KB"
    return f"move objects by the minimum size {minimum}"


def _effects(rule: dict[str, Any]) -> Iterator[str]:
    if expiration := rule.get("Expiration"):
        yield (
            "remove lone delete markers" if "ExpiredObjectDeleteMarker" in expiration else f"expire {_age(expiration)}"
        )
    if noncurrent := rule.get("NoncurrentVersionExpiration"):
        newest = noncurrent.get("NewerNoncurrentVersions")
        beyond = "" if newest is None else f" beyond the newest {newest}"
        yield f"expire noncurrent versions{beyond} {_age(noncurrent)}"
    if abort := rule.get("AbortIncompleteMultipartUpload"):
        yield f"abort uploads {_age(abort)}"
    for transition in rule.get("Transitions", []):
        yield f"move to {transition['StorageClass']} {_age(transition)}"
    for transition in rule.get("NoncurrentVersionTransitions", []):
        yield f"move noncurrent versions to {transition['StorageClass']} {_age(transition)}"


def _age(action: dict[str, Any]) -> str:
    days = next((action[name] for name in ("Days", "NoncurrentDays", "DaysAfterInitiation") if name in action), None)
    return f"on {action.get('Date')}" if days is None else f"after {days} days"


def _scope(rule: dict[str, Any]) -> str:
    """Return the filter of a rule that does not apply to all objects."""
    filters = {"Prefix": rule.get("Prefix"), **rule.get("Filter", {})}
    return "".join(f", {name} {value}" for name, value in sorted(filters.items()) if value)


@control(
    "s3-policy",
    requirement="The bucket policy denies and allows exactly what is expected.",
    references=("PCI-DSS-4.0.1:4.2.1", *ACCESS, "NIST-800-53r5:SC-8(1)"),
    rules=(
        "bucket-requires-tls",
        "bucket-denies-other-keys",
        "bucket-denies-sse-c",
        "bucket-is-not-public",
        "service-principal-has-source-condition",
        "policy-has-no-wildcard-action",
    ),
    alarms=_ALARMS,
    actions=("s3:GetBucketPolicy",),
    is_policy=True,
)
def bucket_policy(aws: Reading, bucket: str) -> object:
    """Return the bucket policy."""
    response = aws.call_unless({"NoSuchBucketPolicy"}, "s3", "get_bucket_policy", Bucket=bucket)
    return response and parsed(response["Policy"])


@control(
    "s3-access-log",
    requirement="Access is logged to the expected bucket.",
    references=("PCI-DSS-4.0.1:10.2.1", "NIST-800-53r5:AU-12"),
    rules=("bucket-logs-access",),
    alarms=_ALARMS,
    actions=("s3:GetBucketLogging",),
)
def access_log(aws: Reading, bucket: str) -> object:
    """Return the bucket of the access log."""
    return aws.call("s3", "get_bucket_logging", Bucket=bucket).get("LoggingEnabled", {}).get("TargetBucket")


@malware_scan_control(
    "guardduty-malware-scan",
    requirement="GuardDuty scans every new object of the expected bucket for malware and tags it with the verdict.",
    references=("PCI-DSS-4.0.1:5.2.1", "PCI-DSS-4.0.1:5.3.2", "NIST-800-53r5:SI-3"),
    no_rule="The setting malware_scan decides whether a stack has a scan.",
    alarms=("malware-scan-changed-outside-deployment", "malware-scans-failed"),
    actions=("guardduty:GetMalwareProtectionPlan",),
)
def malware_scan(aws: Reading, plan: str) -> object:
    """Return status, bucket, prefixes, tagging and role of the plan; no prefixes means all objects."""
    found = aws.call_unless(
        {"ResourceNotFoundException"}, "guardduty", "get_malware_protection_plan", MalwareProtectionPlanId=plan
    )
    protected = (found or {}).get("ProtectedResource", {}).get("S3Bucket", {})
    return found and {
        "status": found.get("Status"),
        "bucket": protected.get("BucketName"),
        "prefixes": protected.get("ObjectPrefixes", []),
        "tagging": found.get("Actions", {}).get("Tagging", {}).get("Status"),
        "role": found.get("Role"),
    }


@_replication_control(
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
        "rules": [_replication_rule(rule) for rule in configuration["Rules"] if rule["Status"] == "Enabled"],
    }


def _replication_rule(rule: dict[str, Any]) -> dict[str, Any]:
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
