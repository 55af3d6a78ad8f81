"""The table: items are for the functions and break-glass, copies for break-glass and services, changes for deployments."""

from collections.abc import Iterator

from tests.components.policies.attached import (
    ADMINISTRATOR,
    ATTESTOR,
    AUDITOR,
    BREAK_GLASS,
    BY_STATUS,
    DEPLOYER,
    MACIE,
    OPERATOR,
    PROCESSOR,
    READER,
    RECONCILER,
    STRANGER,
    TABLE,
    UPLOADER,
)
from tests.components.policies.rows.row import Row

OTHERS = (DEPLOYER, READER, AUDITOR, UPLOADER, OPERATOR, ADMINISTRATOR, MACIE, STRANGER, ATTESTOR)
ITEMS = (
    "BatchGetItem", "BatchWriteItem", "ConditionCheckItem", "DeleteItem", "GetItem", "PartiQLDelete", "PartiQLInsert",
    "PartiQLSelect", "PartiQLUpdate", "PutItem", "Query", "Scan", "UpdateItem",
)  # fmt: skip
COPIES = ("CreateBackup", "EnableKinesisStreamingDestination", "ExportTableToPointInTime", "RestoreTableToPointInTime")
CHANGES = ("DeleteResourcePolicy", "PutResourcePolicy", "UpdateContinuousBackups", "UpdateTable", "UpdateTimeToLive")


def rows() -> Iterator[Row]:
    for action in ITEMS:
        for who in OTHERS:
            yield who, f"dynamodb:{action}", TABLE, {}, "DenyOtherUse"
        yield BREAK_GLASS, f"dynamodb:{action}", TABLE, {}, "yes"
    for action in ("Query", "Scan", "PartiQLSelect"):
        yield DEPLOYER, f"dynamodb:{action}", BY_STATUS, {}, "DenyOtherUse"
    for action in COPIES:
        for who in (PROCESSOR, RECONCILER, DEPLOYER, READER, ADMINISTRATOR):
            yield who, f"dynamodb:{action}", TABLE, {}, "DenyCopies"
        for who in (BREAK_GLASS, MACIE):
            yield who, f"dynamodb:{action}", TABLE, {}, "yes"
    for action in CHANGES:
        for who in (ADMINISTRATOR, READER, MACIE, STRANGER):
            yield who, f"dynamodb:{action}", TABLE, {}, "DenyGuardrailChanges"
        for who in (DEPLOYER, BREAK_GLASS):
            yield who, f"dynamodb:{action}", TABLE, {}, "yes"
    for who in (DEPLOYER, ADMINISTRATOR, MACIE):
        yield who, "dynamodb:DeleteTable", TABLE, {}, "DenyDeletion"
    yield BREAK_GLASS, "dynamodb:DeleteTable", TABLE, {}, "yes"
    # What a deployment and the attestor read of the table.
    for action in ("DescribeContinuousBackups", "DescribeTable", "GetResourcePolicy", "ListTagsOfResource"):
        yield DEPLOYER, f"dynamodb:{action}", TABLE, {}, "yes"


ROWS: list[Row] = [*rows()]
