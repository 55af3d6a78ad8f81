"""Buckets: encryption, transport, who comes near the records, and who may end or weaken what is kept."""

from collections.abc import Iterator

from components.data.buckets import BUCKETS
from tests.components.policies.attached import (
    ACCESS_LOGS,
    ADMINISTRATOR,
    ARTIFACTS,
    ATTESTOR,
    AUDIT,
    AUDITOR,
    BREAK_GLASS,
    BUCKET_ARNS,
    DEPLOYER,
    INPUT,
    INSIDE,
    KEY_BY_CLASS,
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
    CALLERS,
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

KEEPS = {arn: KEY_BY_CLASS[BUCKETS[name].key] for name, arn in BUCKET_ARNS.items()}
WRITER = {
    INPUT: UPLOADER,
    OUTPUT: PROCESSOR,
    QUARANTINE: PROCESSOR,
    ARTIFACTS: DEPLOYER,
    AUDIT: DEPLOYER,
    ACCESS_LOGS: BREAK_GLASS,
}
EVIDENCE = tuple(arn for name, arn in BUCKET_ARNS.items() if BUCKETS[name].deletion_restricted)
ALL = tuple(KEEPS)


def an_object(arn: str) -> str:
    return f"{arn}/2026/a.csv"


def uploads() -> Iterator[Row]:
    """Uploads by one who may: what is asked for must be the bucket's own key, or nothing."""
    for arn, key in KEEPS.items():
        who, item, other = WRITER[arn], an_object(arn), local("kms", "key/other")
        inside: Keys = INSIDE if who is PROCESSOR else {}
        asked: list[tuple[Keys, str]] = [
            ({}, "yes"),
            ({CALLERS: "AES256"}, "DenySseC"),
            (PLAIN, "DenyPlainHttp"),
            ({"s3:TlsVersion": "1.1"}, "DenyOldTls"),
            ({"s3:TlsVersion": "1.2"}, "yes"),
        ]
        if key is not None:
            asked += [
                ({ALGORITHM: "aws:kms", KEY_ID: key}, "yes"),
                ({ALGORITHM: "AES256"}, "DenyOtherAlgorithm"),
                ({ALGORITHM: "aws:kms:dsse", KEY_ID: key}, "DenyOtherAlgorithm"),
                ({ALGORITHM: "aws:kms"}, "DenyDefaultKey"),
                ({ALGORITHM: "aws:kms", KEY_ID: other}, "DenyOtherKey"),
                ({KEY_ID: other}, "DenyOtherKey"),
            ]
        for keys, expected in asked:
            yield who, "s3:PutObject", item, {**inside, **keys}, expected


def everybody_else() -> Iterator[Row]:
    """Whoever is not of this account, or comes over an old or open connection."""
    for arn in ALL:
        for action, what in (("s3:GetObject", an_object(arn)), ("s3:ListBucket", arn)):
            yield BREAK_GLASS, action, what, {}, "yes"
            yield BREAK_GLASS, action, what, PLAIN, "DenyPlainHttp"
            yield BREAK_GLASS, action, what, {"s3:TlsVersion": "1.0"}, "DenyOldTls"
        yield STRANGER, "s3:ListBucket", arn, INSIDE, "no: endpoint"
        yield STRANGER, "s3:ListBucket", arn, {}, "DenyOutsideNetwork"
        yield ANONYMOUS, "s3:ListBucket", arn, {}, "DenyOutsideNetwork"
        yield STRANGER, "s3:PutBucketPolicy", arn, {}, "DenyGuardrailChanges"
        yield STRANGER, "s3:GetBucketPolicy", arn, {}, "no: resource"
        # The perimeter is about objects: refresh and repair come from outside.
        yield ADMINISTRATOR, "s3:GetBucketPolicy", arn, {}, "yes"
        yield ADMINISTRATOR, "s3:ListBucket", arn, {}, "DenyOutsideNetwork"
        yield ADMINISTRATOR, "s3:ListBucketVersions", arn, {}, "DenyOutsideNetwork"
        yield ADMINISTRATOR, "s3:ListBucket", arn, {"aws:SourceVpce": "vpce-other"}, "DenyOutsideNetwork"
        yield S3, "s3:ListBucket", arn, {}, "no: resource"


READS: dict[str, dict[Principal, str]] = {
    # Nobody but the processor sees a whole account number.
    INPUT: {
        PROCESSOR: "yes", BREAK_GLASS: "yes", UPLOADER: "DenyOtherReaders", READER: "DenyOtherReaders",
        OPERATOR: "DenyOtherReaders", AUDITOR: "DenyOtherReaders", DEPLOYER: "DenyOtherReaders",
    },
    OUTPUT: {
        READER: "yes", AUDITOR: "yes", BREAK_GLASS: "yes", UPLOADER: "DenyOtherReaders", OPERATOR: "DenyOtherReaders",
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
        DEPLOYER: "yes",
        ATTESTOR: "DenyOtherObjects",
        BREAK_GLASS: "yes",
        AUDITOR: "DenyOtherWriters",
        READER: "DenyOtherWriters",
    },
    ACCESS_LOGS: {ATTESTOR: "DenyOutsideNetwork"},
}


def principals() -> Iterator[Row]:
    """Whoever the account's policies allow everything, told apart by the buckets."""
    for arn, answers in READS.items():
        for who, expected in answers.items():
            keys: Keys = INSIDE if who is PROCESSOR else {}
            yield who, "s3:GetObject", an_object(arn), keys, expected
            yield who, "s3:GetObjectVersion", an_object(arn), keys, expected
    for arn in (BUCKET_ARNS[name] for name, row in BUCKETS.items() if "uploaders" in row.never_read and row.readers):
        yield UPLOADING_READER, "s3:GetObject", an_object(arn), {}, "DenyRead"
    yield UPLOADING_READER, "s3:PutObject", an_object(INPUT), {}, "DenyWrite"
    for arn, answers in WRITES.items():
        for who, expected in answers.items():
            yield who, "s3:PutObject", an_object(arn), {}, expected


def keeping() -> Iterator[Row]:
    """What ends evidence, and what takes a guard away."""
    for arn in ALL:
        ends = "DenyDeletion" if arn in EVIDENCE else None
        for who in (DEPLOYER, AUDITOR):
            yield who, "s3:DeleteObject", an_object(arn), {}, ends or "yes"
            yield who, "s3:DeleteObjectVersion", an_object(arn), {}, ends or "yes"
        yield BREAK_GLASS, "s3:DeleteObjectVersion", an_object(arn), {}, "yes"
        yield BREAK_GLASS, "s3:BypassGovernanceRetention", an_object(arn), {}, "yes"
        yield DEPLOYER, "s3:BypassGovernanceRetention", an_object(arn), {}, ends or "yes"
        yield ADMINISTRATOR, "s3:DeleteBucket", arn, {}, ends or "yes"
        for action in (
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


FOREIGN_TRAIL = local("cloudtrail", "trail/other")
LOGGED = f"{ACCESS_LOGS}/data-input/2026-11-24"
DELIVERED, ACL = f"{AUDIT}/AWSLogs/{HOME}/CloudTrail/a.json.gz", {"s3:x-amz-acl": "bucket-owner-full-control"}
DELIVERIES: list[Row] = [
    (TRAILS, "s3:GetBucketAcl", AUDIT, {"aws:SourceArn": TRAIL}, "yes"),
    (TRAILS, "s3:GetBucketAcl", AUDIT, {"aws:SourceArn": FOREIGN_TRAIL}, "no: resource"),
    (TRAILS, "s3:PutObject", DELIVERED, {"aws:SourceArn": TRAIL, **ACL}, "yes"),
    # A trail's digests come with S3's own encryption.
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

ROWS: list[Row] = [*uploads(), *everybody_else(), *principals(), *keeping(), *DELIVERIES]
