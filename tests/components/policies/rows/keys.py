"""Keys: administration, deletion, use, and access of services."""

from collections.abc import Iterator

from tests.components.policies.attached import (
    ADMINISTRATOR,
    ATTESTOR,
    AUDIT_KEY,
    AUDITOR,
    BREAK_GLASS,
    DEPLOYER,
    FUNCTION,
    INPUT,
    LOG_GROUP,
    LOGS_KEY,
    MACIE,
    PROCESSOR,
    READER,
    RECONCILER,
    RECORDS_KEY,
    STRANGER,
    TOKENS_KEY,
    TRAIL,
    TRAIL_GROUP,
    local,
)
from tests.components.policies.rows.messages import ALARM, FOREIGN_ALARM
from tests.components.policies.rows.row import (
    CLOUDWATCH,
    EC2,
    LAMBDA,
    LOGS,
    OTHER_LOGS,
    S3,
    TABLE_NAME,
    TRAILS,
    VIA_DYNAMODB,
    VIA_S3,
    VIA_TABLE,
    Keys,
    Row,
    source,
)
from tests.support.iam.builders import AWAY, HOME, root
from tests.support.iam.request import ANONYMOUS

GROUP, TRAIL_CONTEXT = "kms:EncryptionContext:aws:logs:arn", "kms:EncryptionContext:aws:cloudtrail:arn"
SYMMETRIC = (RECORDS_KEY, LOGS_KEY, AUDIT_KEY)
ALL = (*SYMMETRIC, TOKENS_KEY)
ROOT = root(HOME)


def administration() -> Iterator[Row]:
    """Deploy principals administer keys but cannot use or delete them; others can at most inspect keys."""
    for key in ALL:
        for who in (DEPLOYER, BREAK_GLASS):
            for action in ("PutKeyPolicy", "EnableKey", "TagResource", "RotateKeyOnDemand", "CancelKeyDeletion"):
                yield who, f"kms:{action}", key, {}, "yes"
        days = "kms:ScheduleKeyDeletionPendingWindowInDays"
        yield BREAK_GLASS, "kms:ScheduleKeyDeletion", key, {days: 30}, "yes"
        yield BREAK_GLASS, "kms:ScheduleKeyDeletion", key, {days: 7}, "DenyShortDeletion"
        for who in (DEPLOYER, BREAK_GLASS):
            yield who, "kms:PutKeyPolicy", key, {"kms:BypassPolicyLockoutSafetyCheck": False}, "yes"
            yield who, "kms:PutKeyPolicy", key, {"kms:BypassPolicyLockoutSafetyCheck": True}, "DenyLockout"
        for action in ("DeleteAlias", "DisableKey", "DisableKeyRotation", "ScheduleKeyDeletion"):
            yield BREAK_GLASS, f"kms:{action}", key, {}, "yes"
            yield DEPLOYER, f"kms:{action}", key, {}, "DenyDeletion"
            yield ADMINISTRATOR, f"kms:{action}", key, {}, "DenyDeletion"
        for who in (ADMINISTRATOR, READER, AUDITOR):
            yield who, "kms:PutKeyPolicy", key, {}, "no: key"
            yield who, "kms:EnableKey", key, {}, "no: key"
            # The attestor calls these actions, which reveal nothing that the key encrypts.
            for action in ("DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListResourceTags"):
                yield who, f"kms:{action}", key, {}, "yes"
        for action in ("ImportKeyMaterial", "ReplicateKey"):
            yield BREAK_GLASS, f"kms:{action}", key, {}, "no: key"
        for action in ("DescribeKey", "Decrypt", "PutKeyPolicy"):
            yield STRANGER, f"kms:{action}", key, {}, "no: key"
        yield ANONYMOUS, "kms:Decrypt", key, {}, "no: key"
        yield EC2, "kms:Decrypt", key, source(INPUT), "no: key"


def use() -> Iterator[Row]:
    """Principals that IAM allows can use a key, except for its administrators."""
    for key in SYMMETRIC:
        yield READER, "kms:Decrypt", key, VIA_S3, "yes"
        yield ADMINISTRATOR, "kms:GenerateDataKeyWithoutPlaintext", key, {}, "yes"
        yield READER, "kms:GenerateMac", key, {}, "no: key"
    for key in (RECORDS_KEY, LOGS_KEY):
        yield DEPLOYER, "kms:CreateGrant", key, {"kms:GrantIsForAWSResource": True}, "yes"
        yield DEPLOYER, "kms:CreateGrant", key, {"kms:GrantIsForAWSResource": False}, "no: key"
        yield DEPLOYER, "kms:CreateGrant", key, {}, "no: key"
        yield PROCESSOR, "kms:CreateGrant", key, {"kms:GrantIsForAWSResource": True}, "no: identity"
    for key in (AUDIT_KEY, TOKENS_KEY):
        yield DEPLOYER, "kms:CreateGrant", key, {"kms:GrantIsForAWSResource": True}, "no: key"
    denied = "DenyReadToAdministrators"
    for keys in ({}, VIA_S3):
        yield DEPLOYER, "kms:Decrypt", RECORDS_KEY, keys, denied
        yield DEPLOYER, "kms:ReEncryptFrom", RECORDS_KEY, keys, denied
    # DynamoDB uses the key on behalf of the principal that deploys the table, and not for another table, such as a copy.
    yield DEPLOYER, "kms:Decrypt", RECORDS_KEY, VIA_TABLE, "yes"
    yield DEPLOYER, "kms:Decrypt", RECORDS_KEY, {**VIA_DYNAMODB, TABLE_NAME: "copy"}, "DenyOtherTablesToAdministrators"
    yield DEPLOYER, "kms:Decrypt", RECORDS_KEY, VIA_DYNAMODB, "DenyOtherTablesToAdministrators"
    yield DEPLOYER, "kms:Decrypt", RECORDS_KEY, {TABLE_NAME: VIA_TABLE[TABLE_NAME]}, denied
    yield READER, "kms:Decrypt", RECORDS_KEY, {**VIA_DYNAMODB, TABLE_NAME: "copy"}, "yes"
    yield DEPLOYER, "kms:Decrypt", AUDIT_KEY, {}, denied
    # The expected state is in the audit bucket.
    yield DEPLOYER, "kms:Decrypt", AUDIT_KEY, VIA_S3, "yes"
    # This key encrypts the code and the environment variables of functions.
    yield DEPLOYER, "kms:Decrypt", LOGS_KEY, {}, "yes"
    # Whoever may call GenerateMac once knows every account behind a token.
    for who in (ADMINISTRATOR, BREAK_GLASS, READER, AUDITOR, RECONCILER, ATTESTOR, MACIE, STRANGER, ROOT):
        yield who, "kms:GenerateMac", TOKENS_KEY, {}, "DenyOtherTokens"
    for who in (PROCESSOR, ADMINISTRATOR, BREAK_GLASS, ROOT):
        yield who, "kms:VerifyMac", TOKENS_KEY, {}, "DenyVerification"
    for who in (DEPLOYER, PROCESSOR, ADMINISTRATOR):
        yield who, "kms:CreateGrant", TOKENS_KEY, {}, "no: key"
    yield DEPLOYER, "kms:GenerateMac", TOKENS_KEY, {}, denied
    yield ADMINISTRATOR, "kms:Decrypt", TOKENS_KEY, {}, "no: key"


OUR_TRAIL: Keys = {"aws:SourceArn": TRAIL}
CONTEXT: Keys = {TRAIL_CONTEXT: TRAIL}
SERVICES: list[Row] = [
    (S3, "kms:GenerateDataKey", RECORDS_KEY, source(INPUT), "yes"),
    (S3, "kms:Decrypt", RECORDS_KEY, source(INPUT), "yes"),
    (S3, "kms:Encrypt", RECORDS_KEY, source(INPUT), "no: key"),
    (S3, "kms:GenerateDataKey", RECORDS_KEY, source(INPUT, AWAY), "no: key"),
    (S3, "kms:GenerateDataKey", RECORDS_KEY, {"aws:SourceAccount": HOME}, "no: key"),
    (S3, "kms:GenerateDataKey", RECORDS_KEY, {"aws:SourceArn": INPUT}, "no: key"),
    (S3, "kms:GenerateDataKey", LOGS_KEY, source(INPUT), "no: key"),
    (CLOUDWATCH, "kms:GenerateDataKey", LOGS_KEY, source(ALARM), "yes"),
    (CLOUDWATCH, "kms:Decrypt", LOGS_KEY, source(ALARM), "yes"),
    (CLOUDWATCH, "kms:Decrypt", LOGS_KEY, source(FOREIGN_ALARM, AWAY), "no: key"),
    (CLOUDWATCH, "kms:Decrypt", RECORDS_KEY, source(ALARM), "no: key"),
    (LAMBDA, "kms:Decrypt", LOGS_KEY, source(FUNCTION), "yes"),
    (LAMBDA, "kms:Decrypt", LOGS_KEY, source(local("lambda", "function:x", AWAY), AWAY), "no: key"),
    (LAMBDA, "kms:Decrypt", RECORDS_KEY, source(FUNCTION), "no: key"),
    *(
        row
        for key, group in ((LOGS_KEY, LOG_GROUP), (AUDIT_KEY, TRAIL_GROUP))
        for row in [
            (LOGS, "kms:GenerateDataKey", key, {GROUP: group}, "yes"),
            (LOGS, "kms:Decrypt", key, {GROUP: group}, "yes"),
            (LOGS, "kms:Decrypt", key, {GROUP: local("logs", "log-group:/x", AWAY)}, "no: key"),
            (LOGS, "kms:Decrypt", key, {}, "no: key"),
            (OTHER_LOGS, "kms:Decrypt", key, {GROUP: group}, "no: key"),
        ]
    ),
    (LOGS, "kms:Decrypt", RECORDS_KEY, {GROUP: LOG_GROUP}, "no: key"),
    (TRAILS, "kms:GenerateDataKey", AUDIT_KEY, {**OUR_TRAIL, **CONTEXT}, "yes"),
    (TRAILS, "kms:DescribeKey", AUDIT_KEY, OUR_TRAIL, "yes"),
    (TRAILS, "kms:GenerateDataKey", AUDIT_KEY, OUR_TRAIL, "no: key"),
    (TRAILS, "kms:GenerateDataKey", AUDIT_KEY, {**CONTEXT, "aws:SourceArn": local("cloudtrail", "trail/x")}, "no: key"),
    (TRAILS, "kms:GenerateDataKey", AUDIT_KEY, {**OUR_TRAIL, TRAIL_CONTEXT: TRAIL.replace(HOME, AWAY)}, "no: key"),
    (TRAILS, "kms:DescribeKey", AUDIT_KEY, {"aws:SourceArn": local("cloudtrail", "trail/x")}, "no: key"),
    (TRAILS, "kms:Decrypt", AUDIT_KEY, {**OUR_TRAIL, **CONTEXT}, "no: key"),
    (TRAILS, "kms:GenerateDataKey", LOGS_KEY, {**OUR_TRAIL, **CONTEXT}, "no: key"),
]

ROWS: list[Row] = [*administration(), *use(), *SERVICES]
