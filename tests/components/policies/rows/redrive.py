"""The redrive function moves messages and finds files; it reads no file and no item."""

from tests.components.policies.attached import (
    DEAD_LETTERS,
    ELSEWHERE,
    INPUT,
    LOG_GROUP,
    LOGS_KEY,
    OTHER_KEY,
    OTHER_QUEUE,
    OTHER_TABLE,
    OUTPUT,
    QUEUE,
    RECORDS_KEY,
    REDRIVE,
    REDRIVE_LOG_GROUP,
    REDRIVE_ROLE,
    REGION,
)
from tests.components.policies.rows.row import LAMBDA, S3, VIA_S3, Row

VIA_SQS = {"kms:ViaService": f"sqs.{REGION}.amazonaws.com"}

ROWS: list[Row] = [
    (LAMBDA, "sts:AssumeRole", REDRIVE_ROLE, {}, "yes"),
    (S3, "sts:AssumeRole", REDRIVE_ROLE, {}, "no: trust"),
    # It is outside the network: the perimeter lets it list, and nothing more.
    (REDRIVE, "s3:ListBucketVersions", INPUT, {}, "yes"),
    (REDRIVE, "s3:ListBucketVersions", OUTPUT, {}, "DenyOutsideNetwork"),
    (REDRIVE, "s3:ListBucketVersions", ELSEWHERE, {}, "no: identity"),
    *(
        (REDRIVE, f"s3:{action}", f"{ELSEWHERE}/a.csv", {}, "DenyContent")
        for action in ("DeleteObjectVersion", "GetObject", "GetObjectVersion", "PutObject", "RestoreObject")
    ),
    *((REDRIVE, f"sqs:{action}", DEAD_LETTERS, {}, "yes") for action in ("ReceiveMessage", "DeleteMessage")),
    (REDRIVE, "sqs:SendMessage", QUEUE, {}, "yes"),
    (REDRIVE, "sqs:SendMessage", DEAD_LETTERS, {}, "no: identity"),
    (REDRIVE, "sqs:SendMessage", OTHER_QUEUE, {}, "no: identity"),
    (REDRIVE, "sqs:ReceiveMessage", OTHER_QUEUE, {}, "no: identity"),
    (REDRIVE, "sqs:PurgeQueue", DEAD_LETTERS, {}, "DenyContent"),
    (REDRIVE, "dynamodb:GetItem", OTHER_TABLE, {}, "DenyContent"),
    *((REDRIVE, f"kms:{action}", RECORDS_KEY, VIA_SQS, "yes") for action in ("Decrypt", "GenerateDataKey")),
    (REDRIVE, "kms:Decrypt", RECORDS_KEY, VIA_S3, "no: identity"),
    (REDRIVE, "kms:Decrypt", LOGS_KEY, {}, "yes"),
    (REDRIVE, "kms:GenerateMac", OTHER_KEY, {}, "DenyContent"),
    *((REDRIVE, f"kms:{action}", OTHER_KEY, {}, "DenyGuardrailChanges") for action in ("DisableKey", "ScheduleKeyDeletion")),
    (REDRIVE, "logs:PutLogEvents", f"{REDRIVE_LOG_GROUP}:log-stream:x", {}, "yes"),
    (REDRIVE, "logs:PutLogEvents", f"{LOG_GROUP}:log-stream:x", {}, "no: identity"),
    (REDRIVE, "xray:PutTraceSegments", "*", {}, "yes"),
]  # fmt: skip
