"""Retention rules: what must be kept is kept long enough, and what must go goes, both on purpose."""

from collections.abc import Iterator, Sequence
from typing import cast

from policy.model import (
    Block,
    Finding,
    NotApplicable,
    Outcome,
    Parameters,
    Resource,
    Severity,
    for_each,
    rule,
)
from policy.rules._helpers.parameter_types import texts, whole_number
from policy.rules._helpers.resource_types import (
    BUCKET,
    BUCKET_LIFECYCLE,
    BUCKET_LOCK,
    BUCKET_LOGGING,
    BUCKET_VERSIONING,
    LOG_GROUP,
    TRAIL,
)
from policy.rules._helpers.tags import tag

RETENTION_DAYS = frozenset(
    {1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}
)
"""What CloudWatch Logs takes (PutRetentionPolicy), in days."""

CLASSIFICATION = "data-classification"
_DAYS_OF_A_YEAR = 365


@rule(
    name="log-group-is-retained",
    on=LOG_GROUP,
    severity=Severity.HIGH,
    controls=("PCI-DSS-4.0:10.5.1", "NIST-800-53r5:AU-11", "SEC-17a-4:(a)"),
    remedy="Set retention_in_days to a value that CloudWatch takes, at least the minimum.",
    parameters={"minimumDays": whole_number("Least retention of a log group in days", 3653, 1, 3653)},
)
def log_group_is_retained(group: Resource, parameters: Parameters) -> Iterator[Outcome]:
    """Keep a log group's events for long enough, by a retention that somebody chose.

    A group without a retention keeps everything for ever, by accident and not by rule.
    """
    minimum = cast("int", parameters["minimumDays"])
    days = group.number("retentionInDays")
    if not group.has("retentionInDays") or days == 0:
        yield Finding("does not say how long it keeps its events (retentionInDays): it would never expire")
    elif days not in RETENTION_DAYS:
        yield Finding(f"keeps its events for {group.text('retentionInDays')} days, which CloudWatch does not take")
    elif days < minimum:
        yield Finding(f"keeps its events for {days:.0f} days, expected at least {minimum}")


@rule(
    name="bucket-is-versioned",
    on=BUCKET,
    severity=Severity.HIGH,
    controls=("PCI-DSS-4.0:10.3.2", "NIST-800-53r5:CP-9", "NIST-800-53r5:SI-12", "SEC-17a-4:(f)(2)(i)"),
    remedy="Add a BucketVersioning with status Enabled.",
    whole_stack=True,
)
def bucket_is_versioned(bucket: Resource) -> Iterator[Outcome]:
    """Keep every version of an object: an overwrite or a deletion is then no loss."""
    if bucket.is_true("objectLockEnabled"):
        return  # S3 versions a bucket with object lock, and refuses to stop it
    sides = bucket.attached(*BUCKET_VERSIONING, by="bucket", inline=("versioning", "versionings"))
    for side in sides:
        status = side.block("versioningConfiguration").text("status")
        if status != "Enabled":
            yield Finding(f"has its versioning {status or 'without a status'}, expected Enabled")
    if not sides and not any(one.is_true("enabled") for one in bucket.blocks("versioning", "versionings")):
        yield Finding("is not versioned")


@rule(
    name="evidence-is-locked",
    on=BUCKET,
    severity=Severity.HIGH,
    controls=("SEC-17a-4:(f)(2)(i)", "PCI-DSS-4.0:10.3.4", "NIST-800-53r5:AU-9(2)", "NIST-800-53r5:AU-11"),
    remedy="Create the bucket with object_lock_enabled, and add a BucketObjectLockConfiguration with a default "
    "retention of at least the minimum.",
    parameters={
        "classes": texts(f"Values of the tag {CLASSIFICATION} whose buckets hold evidence", ["audit"]),
        "minimumYears": whole_number("Least years of the default retention", 10, 1, 100),
        "modes": texts(
            "Modes of the lock that are allowed", ["GOVERNANCE", "COMPLIANCE"], ["GOVERNANCE", "COMPLIANCE"]
        ),
    },
    whole_stack=True,
)
def evidence_is_locked(bucket: Resource, parameters: Parameters) -> Iterator[Outcome]:
    """Lock evidence for as long as it has to last, by object lock with a default retention.

    Evidence is in a bucket of an evidence class, in one that a trail writes to, and in one that has object lock. A
    bucket that takes S3 access logs is none: S3 delivers no logs to a bucket with a default retention.
    """
    lock = _lock(bucket)
    if lock is None:
        _require_evidence(bucket, cast("Sequence[str]", parameters["classes"]))
    if not bucket.is_true("objectLockEnabled") and (lock is None or lock.text("objectLockEnabled") != "Enabled"):
        yield Finding("holds evidence without object lock (objectLockEnabled)")
        return
    retention = lock.block("rule").block("defaultRetention") if lock is not None else Block({})
    years = cast("int", parameters["minimumYears"])
    modes = cast("Sequence[str]", parameters["modes"])
    if not (retention.has("days") or retention.has("years")):
        yield Finding(f"locks nothing by default, expected a default retention of at least {years} years")
        return
    days = retention.number("days") or (retention.number("years") or 0) * _DAYS_OF_A_YEAR
    if days < years * _DAYS_OF_A_YEAR:
        yield Finding(f"locks its objects for {days:.0f} days, expected at least {years} years")
    if (mode := retention.text("mode")) not in modes:
        yield Finding(f"locks its objects in mode {mode or 'none'}, expected {' or '.join(modes)}")


def _require_evidence(bucket: Resource, classes: Sequence[str]) -> None:
    """Raise NotApplicable unless a bucket without a lock holds evidence."""
    if bucket.is_true("objectLockEnabled"):
        return
    if bucket.is_named_by(*BUCKET_LOGGING, key="targetBucket"):
        raise NotApplicable("the bucket takes S3 access logs, which S3 delivers to no bucket with a default retention")
    if not bucket.is_named_by(TRAIL, key="s3BucketName") and tag(bucket, CLASSIFICATION) not in classes:
        raise NotApplicable("the bucket holds no evidence")


def _lock(bucket: Resource) -> Block | None:
    """Return a bucket's lock: the configuration beside it, else the deprecated block on itself."""
    sides = [side for kind in BUCKET_LOCK for side in bucket.stack.links(kind, "bucket").sides_of(bucket)]
    if sides:
        return sides[0]
    inline = bucket.block("objectLockConfiguration")
    if inline.has("rule") or inline.has("objectLockEnabled"):
        return inline
    if bucket.is_true("objectLockEnabled"):
        bucket.attached(*BUCKET_LOCK, by="bucket")  # one that is not known to be this bucket's may be
    return None


@rule(
    name="locked-bucket-is-not-emptied",
    on=BUCKET,
    severity=Severity.HIGH,
    controls=("SEC-17a-4:(f)(2)(i)", "NIST-800-53r5:AU-9", "NIST-800-53r5:CP-9"),
    remedy="Leave force_destroy off: with it, a destroy bypasses governance locks and deletes what they keep.",
    whole_stack=True,
)
def locked_bucket_is_not_emptied(bucket: Resource) -> Iterator[Outcome]:
    """Never let a destroy empty a bucket whose objects are locked."""
    if _lock(bucket) is None and not bucket.is_true("objectLockEnabled"):
        raise NotApplicable("the bucket has no object lock")
    if bucket.is_true("forceDestroy"):
        yield Finding("is emptied when it is destroyed (forceDestroy), in spite of its lock")


@rule(
    name="evidence-does-not-expire",
    on=BUCKET,
    severity=Severity.HIGH,
    controls=("SEC-17a-4:(a)", "PCI-DSS-4.0:10.5.1", "NIST-800-53r5:AU-11"),
    remedy="Remove the expiry from the lifecycle rule, or let it come after the years that evidence is kept.",
    parameters={
        "classes": texts(f"Values of the tag {CLASSIFICATION} whose buckets hold evidence", ["audit"]),
        "minimumYears": whole_number("Years that evidence is kept at least", 10, 1, 100),
    },
    whole_stack=True,
)
def evidence_does_not_expire(bucket: Resource, parameters: Parameters) -> Iterator[Outcome]:
    """Let no lifecycle rule end evidence, or its old versions, before its years are over."""
    if _lock(bucket) is None:
        _require_evidence(bucket, cast("Sequence[str]", parameters["classes"]))
    days = cast("int", parameters["minimumYears"]) * _DAYS_OF_A_YEAR
    yield from for_each(_lifecycle_rules(bucket), lambda one: _early(one, days))


def _early(one: Block, days: int) -> Iterator[Outcome]:
    for what, group in (("objects", _EXPIRATION), ("old versions", _OLD_EXPIRATION)):
        after = _days(one.block(*group))
        if after and after < days:
            yield Finding(f"ends {what} after {after:.0f} days, expected at least {days} ({one.path}{group[0]})")
    if one.block(*_EXPIRATION).has("date"):
        yield Finding(f"ends objects on a date ({one.path}expiration.date)")


@rule(
    name="raw-data-expires",
    on=BUCKET,
    severity=Severity.HIGH,
    controls=("PCI-DSS-4.0:3.2.1", "NIST-800-53r5:SI-12"),
    remedy="Add lifecycle rules for the whole bucket that end objects, and old versions, within the days; or lock the "
    "bucket if it holds evidence.",
    parameters={
        "classes": texts(f"Values of the tag {CLASSIFICATION} whose data may not be kept", ["restricted"]),
        "maximumDays": whole_number("Most days that an object, and then its old version, is kept", 90, 1, 3653),
    },
    whole_stack=True,
)
def raw_data_expires(bucket: Resource, parameters: Parameters) -> Iterator[Outcome]:
    """Keep data with account numbers no longer than needed, unless it is evidence under a lock."""
    if tag(bucket, CLASSIFICATION) not in cast("Sequence[str]", parameters["classes"]):
        raise NotApplicable("the bucket holds no raw data")
    if _lock(bucket) is not None or bucket.is_true("objectLockEnabled"):
        raise NotApplicable("the bucket holds evidence under a lock")
    most = cast("int", parameters["maximumDays"])
    whole = [one for one in _lifecycle_rules(bucket) if _is_for_all(one)]
    if not any(0 < _days(one.block(*_EXPIRATION)) <= most for one in whole):
        yield Finding(f"keeps its objects for more than {most} days")
    if not any(0 < _days(one.block(*_OLD_EXPIRATION)) <= most for one in whole):
        yield Finding(f"keeps old versions of its objects for more than {most} days")


_EXPIRATION = ("expiration", "expirations")
_OLD_EXPIRATION = ("noncurrentVersionExpiration", "noncurrentVersionExpirations")
"""Groups of a lifecycle rule, in both type versions' spelling."""


def _days(expiration: Block) -> float:
    """Return after how many days something ends, 0 where it does not."""
    return expiration.number("noncurrentDays") or expiration.number("days") or 0


def _is_for_all(one: Block) -> bool:
    """Tell whether a lifecycle rule is for all objects of its bucket."""
    if one.text("prefix") or one.has("tags"):
        return False
    narrow = one.block("filter")
    return not narrow.text("prefix") and not any(
        narrow.has(key) for key in ("tag", "and", "objectSizeGreaterThan", "objectSizeLessThan")
    )


def _lifecycle_rules(bucket: Resource) -> list[Block]:
    """Return the rules that are in force."""
    sides = bucket.attached(*BUCKET_LIFECYCLE, by="bucket", inline=("lifecycleRules",))
    rules = [one for side in sides for one in side.blocks("rules")] or bucket.blocks("lifecycleRules")
    return [one for one in rules if one.text("status") == "Enabled" or one.is_true("enabled")]
