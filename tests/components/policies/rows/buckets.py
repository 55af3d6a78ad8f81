"""Buckets: encryption, transport, access to records, deletion and changes of guardrails."""

from collections.abc import Iterator

from components.data.buckets import BUCKETS
from tests.components.policies.attached import (
    ACCESS_LOGS,
    ADMINISTRATOR,
    ARTIFACTS,
    ATTESTATION,
    ATTESTOR,
    AUDIT,
    AUDITOR,
    BREAK_GLASS,
    BUCKET_ARNS,
    CLEAN_FILE,
    DEPLOYER,
    INPUT,
    INSIDE,
    KEY_BY_CLASS,
    MACIE,
    ON_CALL,
    OPERATOR,
    OUTPUT,
    PROCESSOR,
    QUARANTINE,
    READER,
    STRANGER,
    TRAIL,
    UPLOADER,
    UPLOADING_READER,
    local,
)
from tests.components.policies.rows.row import (
    ACCESS_LOGGING,
    ALGORITHM,
    CUSTOMER_KEY,
    KEY_ID,
    PLAIN,
    S3,
    TRAILS,
    Keys,
    Row,
    source,
)
from tests.support.iam.builders import AWAY, HOME
from tests.support.iam.request import ANONYMOUS, Principal

KEY_OF = {arn: KEY_BY_CLASS[BUCKETS[name].key] for name, arn in BUCKET_ARNS.items()}
WRITER = {
    INPUT: UPLOADER,
    OUTPUT: PROCESSOR,
    QUARANTINE: PROCESSOR,
    ARTIFACTS: DEPLOYER,
    AUDIT: DEPLOYER,
    ACCESS_LOGS: BREAK_GLASS,
}
NAME_OF = {arn: name for name, arn in BUCKET_ARNS.items()}
EVIDENCE = tuple(arn for name, arn in BUCKET_ARNS.items() if BUCKETS[name].deletion_restricted)
ALL = tuple(KEY_OF)


EXPECTED_STATE = f"{AUDIT}/{ATTESTATION}expected-state.json"


def object_in(arn: str) -> str:
    return f"{arn}/2026/a.csv"


def written_in(arn: str) -> str:
    """Return an object that the writer of a bucket may write: deployments write one object of the audit bucket."""
    return EXPECTED_STATE if arn == AUDIT else object_in(arn)


def uploads() -> Iterator[Row]:
    """Uploads by a writer: the upload must ask for the key of the bucket, or for no key."""
    for arn, key in KEY_OF.items():
        principal, item, other_key = WRITER[arn], written_in(arn), local("kms", "key/other")
        inside: Keys = INSIDE if principal is PROCESSOR else {}
        requests: list[tuple[Keys, str]] = [
            ({}, "yes"),
            ({CUSTOMER_KEY: "AES256"}, "DenySseC"),
            (PLAIN, "DenyPlainHttp"),
            ({"s3:TlsVersion": "1.1"}, "DenyOldTls"),
            ({"s3:TlsVersion": "1.2"}, "yes"),
        ]
        if key is not None:
            requests += [
                ({ALGORITHM: "aws:kms", KEY_ID: key}, "yes"),
                ({ALGORITHM: "AES256"}, "DenyOtherAlgorithm"),
                ({ALGORITHM: "aws:kms:dsse", KEY_ID: key}, "DenyOtherAlgorithm"),
                ({ALGORITHM: "aws:kms"}, "DenyDefaultKey"),
                ({ALGORITHM: "aws:kms", KEY_ID: other_key}, "DenyOtherKey"),
                ({KEY_ID: other_key}, "DenyOtherKey"),
            ]
        for keys, expected in requests:
            yield principal, "s3:PutObject", item, {**inside, **keys}, expected


def outsiders() -> Iterator[Row]:
    """Principals of other accounts, requests from outside the network, and insecure connections."""
    for arn in ALL:
        for action, resource in (("s3:GetObject", object_in(arn)), ("s3:ListBucket", arn)):
            yield BREAK_GLASS, action, resource, {}, "yes"
            yield BREAK_GLASS, action, resource, PLAIN, "DenyPlainHttp"
            yield BREAK_GLASS, action, resource, {"s3:TlsVersion": "1.0"}, "DenyOldTls"
        yield STRANGER, "s3:ListBucket", arn, INSIDE, "no: endpoint"
        yield STRANGER, "s3:ListBucket", arn, {}, "DenyOutsideNetwork"
        yield ANONYMOUS, "s3:ListBucket", arn, {}, "DenyOutsideNetwork"
        yield STRANGER, "s3:PutBucketPolicy", arn, {}, "DenyGuardrailChanges"
        yield STRANGER, "s3:GetBucketPolicy", arn, {}, "no: resource"
        # The perimeter covers objects only: Pulumi refreshes and changes buckets from outside.
        yield ADMINISTRATOR, "s3:GetBucketPolicy", arn, {}, "yes"
        yield ADMINISTRATOR, "s3:ListBucket", arn, {}, "DenyOutsideNetwork"
        yield ADMINISTRATOR, "s3:ListBucketVersions", arn, {}, "DenyOutsideNetwork"
        yield ADMINISTRATOR, "s3:ListBucket", arn, {"aws:SourceVpce": "vpce-other"}, "DenyOutsideNetwork"
        yield S3, "s3:ListBucket", arn, {}, "no: resource"


READS: dict[str, dict[Principal, str]] = {
    # Only the processor, and break-glass, can read whole account numbers.
    INPUT: {
        PROCESSOR: "yes", BREAK_GLASS: "yes", UPLOADER: "DenyOtherReaders", READER: "DenyOtherReaders",
        OPERATOR: "DenyOtherReaders", AUDITOR: "DenyOtherReaders", DEPLOYER: "DenyOtherReaders",
    },
    OUTPUT: {
        READER: "yes", AUDITOR: "yes", BREAK_GLASS: "yes", UPLOADER: "DenyOtherReaders", OPERATOR: "DenyOtherReaders",
        ON_CALL: "DenyOtherReaders",
        DEPLOYER: "DenyOtherReaders", ATTESTOR: "DenyOtherReaders",
    },
    QUARANTINE: {
        OPERATOR: "yes", BREAK_GLASS: "yes", UPLOADER: "DenyOtherReaders", READER: "DenyOtherReaders",
        AUDITOR: "DenyOtherReaders", DEPLOYER: "DenyOtherReaders",
    },
    ARTIFACTS: {DEPLOYER: "yes", BREAK_GLASS: "yes", UPLOADER: "DenyRead", READER: "DenyRead", AUDITOR: "DenyRead"},
    AUDIT: {
        AUDITOR: "yes", DEPLOYER: "yes", ATTESTOR: "DenyOtherObjects", BREAK_GLASS: "yes", UPLOADER: "DenyOtherReaders",
        READER: "DenyOtherReaders", OPERATOR: "DenyOtherReaders",
    },
    ACCESS_LOGS: {AUDITOR: "yes", BREAK_GLASS: "yes", READER: "DenyOtherReaders", DEPLOYER: "DenyOtherReaders"},
}  # fmt: skip
WRITES: dict[str, dict[Principal, str]] = {
    INPUT: {UPLOADER: "yes", BREAK_GLASS: "yes", READER: "DenyOtherWriters", DEPLOYER: "DenyOtherWriters"},
    OUTPUT: {BREAK_GLASS: "DenyOtherWriters", READER: "DenyOtherWriters", DEPLOYER: "DenyOtherWriters"},
    QUARANTINE: {BREAK_GLASS: "DenyOtherWriters", OPERATOR: "DenyOtherWriters", UPLOADER: "DenyOtherWriters"},
    ARTIFACTS: {DEPLOYER: "yes", BREAK_GLASS: "DenyOtherWriters", UPLOADER: "DenyOtherWriters"},
    AUDIT: {
        DEPLOYER: "DenyWriteOfOtherKeys",
        ATTESTOR: "DenyOtherObjects",
        BREAK_GLASS: "yes",
        AUDITOR: "DenyOtherWriters",
        READER: "DenyOtherWriters",
    },
    ACCESS_LOGS: {ATTESTOR: "DenyOutsideNetwork"},
}


def principals() -> Iterator[Row]:
    """Principals whose identity policies allow everything: the bucket policies separate them."""
    for arn, answers in READS.items():
        for principal, expected in answers.items():
            keys: Keys = {**INSIDE, **CLEAN_FILE} if principal is PROCESSOR else {}
            yield principal, "s3:GetObject", object_in(arn), keys, expected
            yield principal, "s3:GetObjectVersion", object_in(arn), keys, expected
    for arn in (BUCKET_ARNS[name] for name, row in BUCKETS.items() if "uploaders" in row.never_read and row.readers):
        yield UPLOADING_READER, "s3:GetObject", object_in(arn), {}, "DenyRead"
    yield UPLOADING_READER, "s3:PutObject", object_in(INPUT), {}, "DenyWrite"
    for arn, answers in WRITES.items():
        for principal, expected in answers.items():
            yield principal, "s3:PutObject", object_in(arn), {}, expected


def deployments() -> Iterator[Row]:
    """A deployment writes the expected state into the audit bucket, and nothing else: no evidence, no file of the trail."""
    for action in ("PutObject", "PutObjectTagging", "AbortMultipartUpload"):
        yield DEPLOYER, f"s3:{action}", EXPECTED_STATE, {}, "yes"
        for key in (f"{ATTESTATION}evidence/x.json", f"AWSLogs/{HOME}/x.json.gz", "expected-state.json"):
            yield DEPLOYER, f"s3:{action}", f"{AUDIT}/{key}", {}, "DenyWriteOfOtherKeys"
    yield BREAK_GLASS, "s3:PutObject", f"{AUDIT}/note.txt", {}, "yes"


def services() -> Iterator[Row]:
    """Roles of AWS services read every object from anywhere and tag what they scanned; they write and delete no evidence."""
    for arn in ALL:
        yield MACIE, "s3:ListBucket", arn, {}, "yes"
        for action in (
            "GetObject",
            "GetObjectVersion",
            "GetObjectTagging",
            "GetObjectVersionForReplication",
        ):
            yield MACIE, f"s3:{action}", object_in(arn), {}, "yes"
        # In the bucket that is scanned for malware, nobody but the scan tags.
        tags, notifies = (
            ("DenyOtherTags", "DenyNotificationChanges") if arn == INPUT else ("yes", "DenyGuardrailChanges")
        )
        yield MACIE, "s3:PutObjectTagging", object_in(arn), {}, tags
        if BUCKETS[NAME_OF[arn]].writers:
            yield MACIE, "s3:PutObject", object_in(arn), {}, "DenyOtherWriters"
            yield MACIE, "s3:ReplicateObject", object_in(arn), {}, "DenyOtherWriters"
            yield READER, "s3:PutObjectTagging", object_in(arn), {}, "DenyWrite" if arn == INPUT else "DenyOtherTags"
        yield MACIE, "s3:PutBucketNotification", arn, {}, notifies
    for arn in EVIDENCE:
        for action in ("DeleteObject", "DeleteObjectVersion", "ReplicateDelete", "BypassGovernanceRetention"):
            yield MACIE, f"s3:{action}", object_in(arn), {}, "DenyDeletion"


def deletions_and_guardrails() -> Iterator[Row]:
    """Deletion of objects, and changes of a bucket's guardrails."""
    for arn in ALL:
        denial = "DenyDeletion" if arn in EVIDENCE else None
        for principal in (DEPLOYER, AUDITOR):
            yield principal, "s3:DeleteObject", object_in(arn), {}, denial or "yes"
            yield principal, "s3:DeleteObjectVersion", object_in(arn), {}, denial or "yes"
        yield BREAK_GLASS, "s3:DeleteObjectVersion", object_in(arn), {}, "yes"
        yield BREAK_GLASS, "s3:BypassGovernanceRetention", object_in(arn), {}, "yes"
        yield DEPLOYER, "s3:BypassGovernanceRetention", object_in(arn), {}, denial or "yes"
        yield ADMINISTRATOR, "s3:DeleteBucket", arn, {}, denial or "yes"
        for action in ("PutObjectLegalHold", "PutObjectRetention", "UpdateObjectEncryption", "InitiateReplication"):
            yield ADMINISTRATOR, f"s3:{action}", object_in(arn), {}, "DenyGuardrailChanges"
        for action in (
            "PutInventoryConfiguration",
            "PutAnalyticsConfiguration",
            "CreateBucketMetadataTableConfiguration",
            "PutBucketAcl",
            "TagResource",
            "PutBucketPolicy",
            "DeleteBucketPolicy",
            "PutBucketVersioning",
            "PutLifecycleConfiguration",
            "PutEncryptionConfiguration",
            "PutBucketObjectLockConfiguration",
            "PutBucketPublicAccessBlock",
            "PutBucketLogging",
            "PutBucketOwnershipControls",
            "PutReplicationConfiguration",
        ):
            yield ADMINISTRATOR, f"s3:{action}", arn, {}, "DenyGuardrailChanges"
            yield AUDITOR, f"s3:{action}", arn, {}, "DenyGuardrailChanges"
            yield DEPLOYER, f"s3:{action}", arn, {}, "yes"
            yield BREAK_GLASS, f"s3:{action}", arn, {}, "yes"
        denial = "DenyNotificationChanges" if arn == INPUT else "DenyGuardrailChanges"
        for principal, expected in (
            (ADMINISTRATOR, denial),
            (AUDITOR, denial),
            (DEPLOYER, "yes"),
            (BREAK_GLASS, "yes"),
        ):
            yield principal, "s3:PutBucketNotification", arn, {}, expected


FOREIGN_TRAIL = local("cloudtrail", "trail/other")
LOGGED = f"{ACCESS_LOGS}/data-input/2026-11-24"
DELIVERED, ACL = f"{AUDIT}/AWSLogs/{HOME}/CloudTrail/a.json.gz", {"s3:x-amz-acl": "bucket-owner-full-control"}
DELIVERIES: list[Row] = [
    (TRAILS, "s3:GetBucketAcl", AUDIT, {"aws:SourceArn": TRAIL}, "yes"),
    (TRAILS, "s3:GetBucketAcl", AUDIT, {"aws:SourceArn": FOREIGN_TRAIL}, "no: resource"),
    (TRAILS, "s3:PutObject", DELIVERED, {"aws:SourceArn": TRAIL, **ACL}, "yes"),
    # CloudTrail writes digest files with encryption by S3.
    (TRAILS, "s3:PutObject", DELIVERED, {"aws:SourceArn": TRAIL, **ACL, ALGORITHM: "AES256"}, "yes"),
    (TRAILS, "s3:PutObject", DELIVERED, {"aws:SourceArn": TRAIL}, "no: resource"),
    (TRAILS, "s3:PutObject", DELIVERED, {"aws:SourceArn": FOREIGN_TRAIL, **ACL}, "no: resource"),
    (TRAILS, "s3:PutObject", f"{AUDIT}/AWSLogs/{AWAY}/a.json.gz", {"aws:SourceArn": TRAIL, **ACL}, "no: resource"),
    (TRAILS, "s3:PutObject", DELIVERED, {"aws:SourceArn": TRAIL, **ACL, **PLAIN}, "DenyPlainHttp"),
    (TRAILS, "s3:GetObject", DELIVERED, {"aws:SourceArn": TRAIL}, "no: resource"),
    (TRAILS, "s3:PutObject", f"{OUTPUT}/a", {"aws:SourceArn": TRAIL, **ACL}, "no: resource"),
    (ACCESS_LOGGING, "s3:PutObject", LOGGED, source(INPUT), "yes"),
    (ACCESS_LOGGING, "s3:PutObject", LOGGED, source(INPUT, AWAY), "no: resource"),
    (ACCESS_LOGGING, "s3:PutObject", LOGGED, {"aws:SourceAccount": HOME}, "no: resource"),
    (ACCESS_LOGGING, "s3:GetObject", LOGGED, source(INPUT), "no: resource"),
    (ACCESS_LOGGING, "s3:PutObject", f"{INPUT}/a", source(INPUT), "no: resource"),
]

ROWS: list[Row] = [
    *uploads(),
    *outsiders(),
    *principals(),
    *deployments(),
    *services(),
    *deletions_and_guardrails(),
    *DELIVERIES,
]
