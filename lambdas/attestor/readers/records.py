"""Reads buckets, by name, and tables, by name."""

from collections.abc import Iterator
from typing import Any

from lambdas.attestor.policies import parsed
from lambdas.attestor.reading import Reading


def _default(aws: Reading, bucket: str) -> dict[str, Any]:
    answer = aws.ask_unless(
        {"ServerSideEncryptionConfigurationNotFoundError"}, "s3", "get_bucket_encryption", Bucket=bucket
    )
    rules = answer["ServerSideEncryptionConfiguration"]["Rules"] if answer else []
    return rules[0] if rules else {}


def _encryption(aws: Reading, bucket: str) -> object:
    by_default = _default(aws, bucket).get("ApplyServerSideEncryptionByDefault")
    if by_default is None:
        return None
    return {"algorithm": by_default["SSEAlgorithm"], "key": by_default.get("KMSMasterKeyID")}


def _bucket_key(aws: Reading, bucket: str) -> object:
    return _default(aws, bucket).get("BucketKeyEnabled", False)


def _versioning(aws: Reading, bucket: str) -> object:
    return aws.ask("s3", "get_bucket_versioning", Bucket=bucket).get("Status")


def _public_access(aws: Reading, bucket: str) -> object:
    answer = aws.ask_unless({"NoSuchPublicAccessBlockConfiguration"}, "s3", "get_public_access_block", Bucket=bucket)
    return answer and answer["PublicAccessBlockConfiguration"]


def _ownership(aws: Reading, bucket: str) -> object:
    answer = aws.ask_unless({"OwnershipControlsNotFoundError"}, "s3", "get_bucket_ownership_controls", Bucket=bucket)
    return answer and answer["OwnershipControls"]["Rules"][0]["ObjectOwnership"]


def _lock(aws: Reading, bucket: str) -> object:
    answer = aws.ask_unless(
        {"ObjectLockConfigurationNotFoundError"}, "s3", "get_object_lock_configuration", Bucket=bucket
    )
    retention = answer and answer["ObjectLockConfiguration"].get("Rule", {}).get("DefaultRetention")
    return retention and {name.lower(): value for name, value in retention.items()}


def _lifecycle(aws: Reading, bucket: str) -> object:
    """Return what happens to objects and when, however it is spread over rules."""
    answer = aws.ask_unless({"NoSuchLifecycleConfiguration"}, "s3", "get_bucket_lifecycle_configuration", Bucket=bucket)
    rules = [rule for rule in (answer or {}).get("Rules", []) if rule["Status"] == "Enabled"]
    return sorted({effect + _where(rule) for rule in rules for effect in _effects(rule)})


def _effects(rule: dict[str, Any]) -> Iterator[str]:
    if expiration := rule.get("Expiration"):
        yield (
            "remove lone delete markers" if "ExpiredObjectDeleteMarker" in expiration else f"expire {_when(expiration)}"
        )
    if old := rule.get("NoncurrentVersionExpiration"):
        beyond = f" beyond the newest {old['NewerNoncurrentVersions']}" if "NewerNoncurrentVersions" in old else ""
        yield f"expire old versions{beyond} {_when(old)}"
    if aborted := rule.get("AbortIncompleteMultipartUpload"):
        yield f"abort uploads {_when(aborted)}"
    for one in rule.get("Transitions", []):
        yield f"move to {one['StorageClass']} {_when(one)}"
    for one in rule.get("NoncurrentVersionTransitions", []):
        yield f"move old versions to {one['StorageClass']} {_when(one)}"


def _when(action: dict[str, Any]) -> str:
    days = next((action[name] for name in ("Days", "NoncurrentDays", "DaysAfterInitiation") if name in action), None)
    return f"on {action.get('Date')}" if days is None else f"after {days} days"


def _where(rule: dict[str, Any]) -> str:
    """Name the objects that a rule is for, where it is not for all."""
    chosen = {"Prefix": rule.get("Prefix"), **rule.get("Filter", {})}
    return "".join(f", {name} {value}" for name, value in sorted(chosen.items()) if value)


def _bucket_policy(aws: Reading, bucket: str) -> object:
    answer = aws.ask_unless({"NoSuchBucketPolicy"}, "s3", "get_bucket_policy", Bucket=bucket)
    return answer and parsed(answer["Policy"])


def _access_log(aws: Reading, bucket: str) -> object:
    return aws.ask("s3", "get_bucket_logging", Bucket=bucket).get("LoggingEnabled", {}).get("TargetBucket")


def _table(aws: Reading, table: str) -> dict[str, Any]:
    description: dict[str, Any] = aws.ask("dynamodb", "describe_table", TableName=table)["Table"]
    return description


def _table_key(aws: Reading, table: str) -> object:
    encryption = _table(aws, table).get("SSEDescription", {})
    return encryption.get("KMSMasterKeyArn") if encryption.get("Status") in ("ENABLED", "UPDATING") else None


def _recovery(aws: Reading, table: str) -> object:
    backups = aws.ask("dynamodb", "describe_continuous_backups", TableName=table)["ContinuousBackupsDescription"]
    return backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") == "ENABLED"


def _deletion_protection(aws: Reading, table: str) -> object:
    return _table(aws, table).get("DeletionProtectionEnabled", False)


READERS = {
    "s3-default-encryption": _encryption,
    "s3-bucket-key": _bucket_key,
    "s3-versioning": _versioning,
    "s3-public-access-block": _public_access,
    "s3-ownership": _ownership,
    "s3-object-lock": _lock,
    "s3-lifecycle": _lifecycle,
    "s3-policy": _bucket_policy,
    "s3-access-log": _access_log,
    "dynamodb-encryption": _table_key,
    "dynamodb-point-in-time-recovery": _recovery,
    "dynamodb-deletion-protection": _deletion_protection,
}
