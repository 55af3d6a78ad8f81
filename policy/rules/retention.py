"""Retention rules: records and evidence are kept long enough, and raw data is not kept too long."""

from collections.abc import Iterator, Sequence
from typing import cast

from policy.model import Block, Finding, NotApplicable, Outcome, Parameters, Resource, Severity, check_each, rule
from policy.rules._helpers.parameter_types import integer_parameter, text_list_parameter
from policy.rules._helpers.resource_types import (
    BUCKET,
    BUCKET_LIFECYCLE,
    BUCKET_LOCK,
    BUCKET_LOGGING,
    BUCKET_VERSIONING,
    LOG_GROUP,
    TRAIL,
)
from policy.rules._helpers.tags import CLASSIFICATION, tag_value

RETENTION_DAYS = frozenset(
    {1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}
)
"""The retention periods in days that CloudWatch Logs accepts (PutRetentionPolicy)."""

_DAYS_PER_YEAR = 365


@rule(
    name="log-group-has-retention-period",
    on=LOG_GROUP,
    severity=Severity.HIGH,
    controls=("PCI-DSS-4.0.1:10.5.1", "NIST-800-53r5:AU-11"),
    remedy="Set retention_in_days to a value that CloudWatch Logs accepts and that is at least the minimum.",
    parameters={"minimumDays": integer_parameter("Minimum retention period of a log group in days", 3653, 1, 3653)},
)
def log_group_has_retention_period(group: Resource, parameters: Parameters) -> Iterator[Outcome]:
    """A log group has a retention period, and it is long enough.

    A log group without one keeps its events forever, which nobody decided.
    """
    minimum = cast("int", parameters["minimumDays"])
    days = group.number("retentionInDays")
    if not group.has("retentionInDays") or days == 0:
        yield Finding("has no retention period (retentionInDays), so that its events never expire")
    elif days not in RETENTION_DAYS:
        yield Finding(
            f"keeps its events for {group.text('retentionInDays')} days (retentionInDays), which CloudWatch Logs does not accept"
        )
    elif days < minimum:
        yield Finding(f"keeps its events for {days:.0f} days (retentionInDays), expected at least {minimum}")


@rule(
    name="bucket-is-versioned",
    on=BUCKET,
    severity=Severity.HIGH,
    controls=("PCI-DSS-4.0.1:10.3.2", "NIST-800-53r5:CP-9", "NIST-800-53r5:SI-12", "SEC-17a-4:(f)(2)(i)(A)"),
    remedy="Create a BucketVersioning with status Enabled.",
    whole_stack=True,
)
def bucket_is_versioned(bucket: Resource) -> Iterator[Outcome]:
    """A bucket keeps every version of an object, so that an overwrite or a deletion loses nothing."""
    if bucket.is_true("objectLockEnabled"):
        return  # S3 enables versioning with Object Lock, and rejects suspending it
    sides = bucket.attached(*BUCKET_VERSIONING, by="bucket", inline=("versioning", "versionings"))
    for side in sides:
        status = side.block("versioningConfiguration").text("status")
        if status != "Enabled":
            yield Finding(f"has the versioning status {status or 'not set'}, expected Enabled")
    if not sides and not any(block.is_true("enabled") for block in bucket.blocks("versioning", "versionings")):
        yield Finding("is not versioned")


@rule(
    name="evidence-is-locked",
    on=BUCKET,
    severity=Severity.HIGH,
    controls=("SEC-17a-4:(f)(2)(i)(B)", "PCI-DSS-4.0.1:10.3.2", "NIST-800-53r5:AU-9", "NIST-800-53r5:AU-11"),
    remedy="Create the bucket with object_lock_enabled, and a BucketObjectLockConfiguration with a default retention "
    "period of at least the minimum.",
    parameters={
        "classes": text_list_parameter(f"Values of the tag {CLASSIFICATION} whose buckets hold evidence", ["audit"]),
        "minimumYears": integer_parameter("Minimum default retention period in years", 10, 1, 100),
        "modes": text_list_parameter(
            "Allowed retention modes", ["GOVERNANCE", "COMPLIANCE"], ["GOVERNANCE", "COMPLIANCE"]
        ),
    },
    whole_stack=True,
)
def evidence_is_locked(bucket: Resource, parameters: Parameters) -> Iterator[Outcome]:
    """A bucket with evidence has Object Lock with a default retention period that is long enough.

    A bucket holds evidence if it is of an evidence class, if a trail writes to it, or if it has Object Lock. A bucket for
    S3 access logs does not count: S3 delivers no logs to a bucket with a default retention period.
    """
    lock = _lock(bucket)
    if lock is None:
        _require_evidence(bucket, cast("Sequence[str]", parameters["classes"]))
    if not bucket.is_true("objectLockEnabled") and (lock is None or lock.text("objectLockEnabled") != "Enabled"):
        yield Finding("holds evidence without Object Lock (objectLockEnabled)")
        return
    retention = lock.block("rule").block("defaultRetention") if lock is not None else Block({})
    years = cast("int", parameters["minimumYears"])
    modes = cast("Sequence[str]", parameters["modes"])
    if not (retention.has("days") or retention.has("years")):
        yield Finding(f"has no default retention period (rule.defaultRetention), expected at least {years} years")
        return
    days = retention.number("days") or (retention.number("years") or 0) * _DAYS_PER_YEAR
    if days < years * _DAYS_PER_YEAR:
        yield Finding(f"locks its objects for {days:.0f} days (rule.defaultRetention), expected at least {years} years")
    if (mode := retention.text("mode")) not in modes:
        yield Finding(
            f"has the retention mode {mode or 'not set'} (rule.defaultRetention.mode), expected {' or '.join(modes)}"
        )


def _require_evidence(bucket: Resource, classes: Sequence[str]) -> None:
    """Raise NotApplicable unless the bucket holds evidence."""
    if bucket.is_true("objectLockEnabled"):
        return
    if bucket.is_named_by(*BUCKET_LOGGING, key="targetBucket"):
        raise NotApplicable(
            "the bucket is for S3 access logs, and S3 delivers none to a bucket with a default retention period"
        )
    if not bucket.is_named_by(TRAIL, key="s3BucketName") and tag_value(bucket, CLASSIFICATION) not in classes:
        raise NotApplicable("the bucket holds no evidence")


def _lock(bucket: Resource) -> Block | None:
    """Return the Object Lock configuration of a bucket: the resource beside it, else the deprecated block on the bucket."""
    sides = [side for kind in BUCKET_LOCK for side in bucket.stack.side_resources(kind, "bucket").attached_to(bucket)]
    if sides:
        return sides[0]
    inline = bucket.block("objectLockConfiguration")
    if inline.has("rule") or inline.has("objectLockEnabled"):
        return inline
    if bucket.is_true("objectLockEnabled"):
        bucket.attached(*BUCKET_LOCK, by="bucket")  # raises UnknownRead if one may turn out to belong to it
    return None


@rule(
    name="locked-bucket-has-no-force-destroy",
    on=BUCKET,
    severity=Severity.HIGH,
    controls=("SEC-17a-4:(f)(2)(i)(B)", "NIST-800-53r5:AU-9"),
    remedy="Do not set force_destroy: with it, a destroy bypasses governance mode and deletes locked objects.",
    whole_stack=True,
)
def locked_bucket_has_no_force_destroy(bucket: Resource) -> Iterator[Outcome]:
    """`pulumi destroy` does not empty a bucket with Object Lock."""
    if _lock(bucket) is None and not bucket.is_true("objectLockEnabled"):
        raise NotApplicable("the bucket has no Object Lock")
    if bucket.is_true("forceDestroy"):
        yield Finding("is emptied when it is destroyed (forceDestroy), although its objects are locked")


@rule(
    name="evidence-does-not-expire",
    on=BUCKET,
    severity=Severity.HIGH,
    controls=("SEC-17a-4:(a)", "PCI-DSS-4.0.1:10.5.1", "NIST-800-53r5:AU-11"),
    remedy="Remove the expiration from the lifecycle rule, or extend it to at least the minimum.",
    parameters={
        "classes": text_list_parameter(f"Values of the tag {CLASSIFICATION} whose buckets hold evidence", ["audit"]),
        "minimumYears": integer_parameter("Minimum retention period of evidence in years", 10, 1, 100),
    },
    whole_stack=True,
)
def evidence_does_not_expire(bucket: Resource, parameters: Parameters) -> Iterator[Outcome]:
    """No lifecycle rule deletes evidence, or its noncurrent versions, before the retention period is over."""
    if _lock(bucket) is None:
        _require_evidence(bucket, cast("Sequence[str]", parameters["classes"]))
    days = cast("int", parameters["minimumYears"]) * _DAYS_PER_YEAR
    yield from check_each(_lifecycle_rules(bucket), lambda lifecycle_rule: _expires_early(lifecycle_rule, days))


def _expires_early(lifecycle_rule: Block, minimum: int) -> Iterator[Outcome]:
    for objects, keys in (("objects", _EXPIRATION), ("noncurrent versions", _NONCURRENT_EXPIRATION)):
        days = _days(lifecycle_rule.block(*keys))
        if days and days < minimum:
            yield Finding(
                f"deletes {objects} after {days:.0f} days ({lifecycle_rule.path}{keys[0]}), expected at least {minimum}"
            )
    if lifecycle_rule.block(*_EXPIRATION).has("date"):
        yield Finding(f"deletes objects on a fixed date ({lifecycle_rule.path}expiration.date)")


@rule(
    name="raw-data-expires",
    on=BUCKET,
    severity=Severity.HIGH,
    controls=("PCI-DSS-4.0.1:3.2.1", "NIST-800-53r5:SI-12"),
    remedy="Add lifecycle rules for the whole bucket that expire objects, and noncurrent versions, within the maximum; or "
    "enable Object Lock if the bucket holds evidence.",
    parameters={
        "classes": text_list_parameter(
            f"Values of the tag {CLASSIFICATION} whose buckets hold raw data", ["restricted"]
        ),
        "maximumDays": integer_parameter(
            "Maximum number of days that an object is kept, and then its noncurrent version", 90, 1, 3653
        ),
    },
    whole_stack=True,
)
def raw_data_expires(bucket: Resource, parameters: Parameters) -> Iterator[Outcome]:
    """Raw data with account numbers expires when it is no longer needed, unless Object Lock keeps it as evidence."""
    if tag_value(bucket, CLASSIFICATION) not in cast("Sequence[str]", parameters["classes"]):
        raise NotApplicable("the bucket holds no raw data")
    if _lock(bucket) is not None or bucket.is_true("objectLockEnabled"):
        raise NotApplicable("the bucket holds evidence under Object Lock")
    maximum = cast("int", parameters["maximumDays"])
    rules = [lifecycle_rule for lifecycle_rule in _lifecycle_rules(bucket) if _is_for_all_objects(lifecycle_rule)]
    if not any(0 < _days(lifecycle_rule.block(*_EXPIRATION)) <= maximum for lifecycle_rule in rules):
        yield Finding(f"has no lifecycle rule that deletes all objects within {maximum} days")
    if not any(0 < _days(lifecycle_rule.block(*_NONCURRENT_EXPIRATION)) <= maximum for lifecycle_rule in rules):
        yield Finding(f"has no lifecycle rule that deletes all noncurrent versions within {maximum} days")


_EXPIRATION = ("expiration", "expirations")
_NONCURRENT_EXPIRATION = ("noncurrentVersionExpiration", "noncurrentVersionExpirations")
"""Blocks of a lifecycle rule, as the versions of the type spell them."""


def _days(expiration: Block) -> float:
    """Return the number of days until an expiration, 0 where there is none."""
    return expiration.number("noncurrentDays") or expiration.number("days") or 0


def _is_for_all_objects(lifecycle_rule: Block) -> bool:
    """Tell whether a lifecycle rule applies to all objects of its bucket."""
    if lifecycle_rule.text("prefix") or lifecycle_rule.has("tags"):
        return False
    object_filter = lifecycle_rule.block("filter")
    return not object_filter.text("prefix") and not any(
        object_filter.has(key) for key in ("tag", "and", "objectSizeGreaterThan", "objectSizeLessThan")
    )


def _lifecycle_rules(bucket: Resource) -> list[Block]:
    """Return the lifecycle rules of a bucket that are enabled."""
    sides = bucket.attached(*BUCKET_LIFECYCLE, by="bucket", inline=("lifecycleRules",))
    rules = [block for side in sides for block in side.blocks("rules")] or bucket.blocks("lifecycleRules")
    return [block for block in rules if block.text("status") == "Enabled" or block.is_true("enabled")]
