from typing import Any

from policy.rules._helpers.resource_types import (
    BUCKET_LIFECYCLE,
    BUCKET_LOCK,
    BUCKET_LOGGING,
    BUCKET_VERSIONING,
    TRAIL,
)
from tests.policy.cases import FAIL, NONE, OPEN, PASS, UNKNOWN, beside, case, declare, made
from tests.policy.support import BUCKET, BUCKET_V2, TAGS

VERSIONED, LOCKED, EMPTIED = "bucket-is-versioned", "evidence-is-locked", "locked-bucket-has-no-force-destroy"
KEPT, ENDED = "evidence-does-not-expire", "raw-data-expires"
AUDIT = declare(BUCKET, "it", {"tags": {**TAGS, "data-classification": "audit"}, "objectLockEnabled": True})
RAW = declare(BUCKET, "it", {"tags": TAGS})
INTERNAL = declare(BUCKET, "it", {"tags": {**TAGS, "data-classification": "internal"}})


def versioning(status: Any, kind: str = BUCKET_VERSIONING[0], owner: Any = RAW) -> Any:
    return beside(kind, owner, "bucket", {"versioningConfiguration": {"status": status}})


def lock(mode: Any = "COMPLIANCE", kind: str = BUCKET_LOCK[0], owner: Any = AUDIT, **retention: Any) -> Any:
    rule = {"defaultRetention": {"mode": mode, **(retention or {"years": 10})}}
    return beside(kind, owner, "bucket", {"objectLockEnabled": "Enabled", "rule": rule})


def lifecycle(*rules: Any, owner: Any = RAW, kind: str = BUCKET_LIFECYCLE[0]) -> Any:
    return beside(kind, owner, "bucket", {"rules": list(rules)}, "lifecycle")


def expire(days: Any, **rest: Any) -> dict[str, Any]:
    return {"status": "Enabled", "expiration": {"days": days}, **rest}


def old(days: Any, **rest: Any) -> dict[str, Any]:
    return {"status": "Enabled", "noncurrentVersionExpiration": {"noncurrentDays": days}, **rest}


MOVED = {
    "status": "Enabled",
    "transitions": [{"days": 90, "storageClass": "STANDARD_IA"}, {"days": 365, "storageClass": "GLACIER_IR"}],
    "noncurrentVersionTransitions": [{"noncurrentDays": 30, "storageClass": "GLACIER_IR"}],
}
ABORTED = {"status": "Enabled", "filter": {}, "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7}}
MARKERS = {"status": "Enabled", "expiration": {"expiredObjectDeleteMarker": True}}

CASES = [
    case(VERSIONED, "enabled", PASS, RAW, versioning("Enabled")),
    case(VERSIONED, "enabled, in the older type", PASS, RAW, versioning("Enabled", BUCKET_VERSIONING[1])),
    case(VERSIONED, "suspended", FAIL, RAW, versioning("Suspended")),
    case(VERSIONED, "no backups", FAIL, RAW),
    case(VERSIONED, "in the bucket itself", PASS, declare(BUCKET, inputs={"versioning": {"enabled": True}})),
    case(
        VERSIONED,
        "in a list in the bucket itself",
        PASS,
        declare(BUCKET_V2, inputs={"versionings": [{"enabled": True}]}),
    ),
    case(
        VERSIONED, "switched off in the bucket itself", FAIL, declare(BUCKET, inputs={"versioning": {"enabled": False}})
    ),
    case(
        VERSIONED,
        "suspended beside an older output of AWS",
        FAIL,
        declare(BUCKET, outputs={"versioning": {"enabled": True}}),
        versioning("Suspended"),
    ),
    case(VERSIONED, "object lock brings it", PASS, declare(BUCKET, inputs={"objectLockEnabled": True})),
    case(VERSIONED, "unknown", OPEN, RAW, versioning(UNKNOWN)),
    case(LOCKED, "ten years", PASS, AUDIT, lock()),
    case(LOCKED, "ten years in days, in the older type", PASS, AUDIT, lock("GOVERNANCE", BUCKET_LOCK[1], days=3650)),
    case(LOCKED, "less", FAIL, AUDIT, lock(years=9)),
    case(LOCKED, "a day less", FAIL, AUDIT, lock(days=3649)),
    case(LOCKED, "without a mode", FAIL, AUDIT, lock("none")),
    case(
        LOCKED, "by no default", FAIL, AUDIT, beside(BUCKET_LOCK[0], AUDIT, "bucket", {"objectLockEnabled": "Enabled"})
    ),
    case(LOCKED, "no configuration", FAIL, AUDIT),
    case(
        LOCKED,
        "evidence without Object Lock",
        FAIL,
        declare(BUCKET, inputs={"tags": {**TAGS, "data-classification": "audit"}}),
    ),
    case(LOCKED, "raw data", NONE, RAW),
    case(LOCKED, "raw data with Object Lock", FAIL, RAW, lock(years=1, owner=RAW)),
    case(
        LOCKED,
        "a bucket that a trail writes to",
        FAIL,
        RAW,
        made(TRAIL, "trail", {"s3BucketName": UNKNOWN}, s3BucketName=[RAW.urn]),
    ),
    case(
        LOCKED,
        "what receives access logs",
        NONE,
        declare(BUCKET, "it", {"tags": {**TAGS, "data-classification": "audit"}}),
        made(BUCKET_LOGGING[0], "x", {"bucket": "x", "targetBucket": UNKNOWN}, targetBucket=[AUDIT.urn]),
    ),
    case(
        LOCKED,
        "in the bucket itself",
        PASS,
        declare(
            BUCKET,
            inputs={
                "tags": TAGS,
                "objectLockConfiguration": {
                    "objectLockEnabled": "Enabled",
                    "rule": {"defaultRetention": {"mode": "COMPLIANCE", "years": 10}},
                },
            },
        ),
    ),
    case(LOCKED, "years unknown", OPEN, AUDIT, lock(years=UNKNOWN)),
    case(LOCKED, "years unknown without a mode", OPEN, AUDIT, lock("none", years=UNKNOWN)),
    case(LOCKED, "class unknown", OPEN, declare(BUCKET, inputs={"tags": UNKNOWN})),
    case(EMPTIED, "kept", PASS, AUDIT, lock()),
    case(EMPTIED, "emptied", FAIL, declare(BUCKET, "it", {"objectLockEnabled": True, "forceDestroy": True})),
    case(EMPTIED, "emptied, locked beside it", FAIL, declare(BUCKET, "it", {"forceDestroy": "true"}), lock(owner=RAW)),
    case(EMPTIED, "without Object Lock", NONE, declare(BUCKET, inputs={"forceDestroy": True})),
    case(EMPTIED, "unknown", OPEN, declare(BUCKET, inputs={"objectLockEnabled": True, "forceDestroy": UNKNOWN})),
    case(KEPT, "no lifecycle", PASS, AUDIT, lock()),
    case(
        KEPT,
        "aborted uploads go",
        PASS,
        AUDIT,
        lock(),
        lifecycle(
            {
                "status": "Enabled",
                "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
                "expiration": {"expiredObjectDeleteMarker": True},
            },
            owner=AUDIT,
        ),
    ),
    case(KEPT, "after eleven years", PASS, AUDIT, lock(), lifecycle(expire(4015), old(4015), owner=AUDIT)),
    case(KEPT, "after a year", FAIL, AUDIT, lock(), lifecycle(expire(365, filter={"prefix": "a/"}), owner=AUDIT)),
    case(KEPT, "noncurrent versions after a year", FAIL, AUDIT, lock(), lifecycle(old(365), owner=AUDIT)),
    case(
        KEPT,
        "on a date",
        FAIL,
        AUDIT,
        lock(),
        lifecycle({"status": "Enabled", "expiration": {"date": "2030-01-01"}}, owner=AUDIT),
    ),
    case(KEPT, "a disabled rule", PASS, AUDIT, lock(), lifecycle(expire(1, status="Disabled"), owner=AUDIT)),
    case(
        KEPT,
        "in the bucket itself",
        FAIL,
        declare(
            BUCKET_V2,
            inputs={
                "objectLockEnabled": True,
                "lifecycleRules": [
                    {"enabled": True, "expirations": [{"days": 30}], "noncurrentVersionExpirations": [{"days": 4000}]}
                ],
            },
        ),
    ),
    case(
        KEPT,
        "noncurrent versions in the bucket itself",
        FAIL,
        declare(
            BUCKET,
            inputs={
                "objectLockEnabled": True,
                "lifecycleRules": [{"enabled": True, "noncurrentVersionExpiration": {"days": 30}}],
            },
        ),
    ),
    case(KEPT, "raw data", NONE, RAW, lifecycle(expire(1))),
    case(
        KEPT,
        "a rule unknown beside an early one",
        FAIL,
        AUDIT,
        lock(),
        lifecycle({"status": "Enabled", "expiration": UNKNOWN}, expire(1), owner=AUDIT),
    ),
    case(KEPT, "unknown", OPEN, AUDIT, lock(), lifecycle(expire(UNKNOWN), owner=AUDIT)),
    case(ENDED, "both in ninety days", PASS, RAW, lifecycle(expire(90), old(1))),
    case(ENDED, "by the older type", PASS, RAW, lifecycle(expire(90), old(90), kind=BUCKET_LIFECYCLE[1])),
    case(
        ENDED, "by one rule for an empty prefix", PASS, RAW, lifecycle({**expire(30, filter={"prefix": ""}), **old(1)})
    ),
    case(ENDED, "never", FAIL, RAW),
    case(ENDED, "a day late", FAIL, RAW, lifecycle(expire(91), old(1))),
    case(ENDED, "noncurrent versions never", FAIL, RAW, lifecycle(expire(90))),
    case(ENDED, "noncurrent versions a day late", FAIL, RAW, lifecycle(expire(90), old(91))),
    case(ENDED, "some objects", FAIL, RAW, lifecycle(expire(90, filter={"prefix": "tmp/"}), old(1))),
    case(ENDED, "some sizes", FAIL, RAW, lifecycle(expire(90, filter={"objectSizeGreaterThan": 1}), old(1))),
    case(ENDED, "a disabled rule", FAIL, RAW, lifecycle(expire(90, status="Disabled"), old(1))),
    case(
        ENDED,
        "in the bucket itself",
        PASS,
        declare(
            BUCKET,
            inputs={
                "tags": TAGS,
                "lifecycleRules": [
                    {"enabled": True, "expiration": {"days": 30}, "noncurrentVersionExpiration": {"days": 1}}
                ],
            },
        ),
    ),
    case(
        ENDED,
        "in the bucket itself, some objects",
        FAIL,
        declare(
            BUCKET,
            inputs={
                "tags": TAGS,
                "lifecycleRules": [
                    {
                        "enabled": True,
                        "prefix": "tmp/",
                        "expiration": {"days": 30},
                        "noncurrentVersionExpiration": {"days": 1},
                    }
                ],
            },
        ),
    ),
    case(ENDED, "evidence", NONE, RAW, lock(owner=RAW)),
    case(ENDED, "internal data", NONE, INTERNAL),
    case(ENDED, "unknown", OPEN, RAW, lifecycle(expire(UNKNOWN), old(1))),
    *(
        case(KEPT, f"old versions ended early, {name}", FAIL, AUDIT, lock(), lifecycle(lifecycle_rule, owner=AUDIT))
        for name, lifecycle_rule in (
            ("of some objects", old(30, filter={"prefix": "logs/"})),
            ("of those with a tag", old(30, filter={"tag": {"key": "a", "value": "b"}})),
            (
                "but a few",
                {
                    "status": "Enabled",
                    "noncurrentVersionExpiration": {"noncurrentDays": 1, "newerNoncurrentVersions": 3},
                },
            ),
            ("in the older spelling", {"enabled": True, "noncurrentVersionExpirations": [{"days": 30}]}),
            ("in days of text", old("30")),
        )
    ),
    case(KEPT, "moved to slower storage", PASS, AUDIT, lock(), lifecycle(MOVED, owner=AUDIT)),
    case(KEPT, "only aborted uploads ended", PASS, AUDIT, lock(), lifecycle(ABORTED, owner=AUDIT)),
    case(KEPT, "only markers of deletion ended", PASS, AUDIT, lock(), lifecycle(MARKERS, owner=AUDIT)),
    case(LOCKED, "as long as a preview's settings say, in governance mode", PASS, AUDIT, lock("GOVERNANCE", years=10)),
    case(LOCKED, "with a shorter recovery period", FAIL, AUDIT, lock("COMPLIANCE", days=90)),
    case(LOCKED, "in lower case", FAIL, AUDIT, lock("governance")),
    case(KEPT, "expired on the last day of the period", PASS, AUDIT, lock(), lifecycle(expire(3650), owner=AUDIT)),
    case(KEPT, "expired a day too early", FAIL, AUDIT, lock(), lifecycle(expire(3649), owner=AUDIT)),
]
