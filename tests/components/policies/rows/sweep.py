"""The sweep, and the schedule that calls it."""

from tests.components.policies.attached import (
    BY_STATUS,
    ELSEWHERE,
    FUNCTION,
    INPUT,
    INSIDE,
    LOG_GROUP,
    LOGS_KEY,
    OTHER_KEY,
    OUTPUT,
    QUEUE,
    RECORDS_KEY,
    SCHEDULE,
    SCHEDULE_ROLE,
    SCHEDULES,
    SWEEP,
    SWEEP_FUNCTION,
    SWEEP_LOG_GROUP,
    SWEEP_ROLE,
    TABLE,
    TOKENS_KEY,
    local,
)
from tests.components.policies.rows.row import LAMBDA, VIA_S3, VIA_TABLE, Row, source
from tests.support.iam.builders import AWAY
from tests.support.iam.request import service

SCHEDULER = service("scheduler.amazonaws.com")

FILE, TRANSACTION = ({"dynamodb:LeadingKeys": f"{kind}#1"} for kind in ("file", "transaction"))
ROWS: list[Row] = [
    (LAMBDA, "sts:AssumeRole", SWEEP_ROLE, {}, "yes"),
    (SCHEDULER, "sts:AssumeRole", SWEEP_ROLE, source(SCHEDULES), "no: trust"),
    (SWEEP, "s3:ListBucketVersions", INPUT, INSIDE, "yes"),
    (SWEEP, "s3:ListBucketVersions", OUTPUT, INSIDE, "no: identity"),
    (SWEEP, "s3:ListBucketVersions", INPUT, {}, "DenyOutsideNetwork"),
    (SWEEP, "s3:ListBucket", INPUT, INSIDE, "no: identity"),
    *(
        (SWEEP, f"s3:{action}", f"{ELSEWHERE}/a.csv", {}, "DenyContent")
        for action in ("GetObject", "GetObjectVersion", "PutObject", "PutObjectRetention", "DeleteObjectVersion", "RestoreObject")
    ),
    *(
        (SWEEP, f"s3:{action}", ELSEWHERE, {}, "DenyLosingData")
        for action in ("BypassGovernanceRetention", "DeleteBucketPolicy", "PutBucketVersioning", "PutLifecycleConfiguration")
    ),
    # It finds manifests, and no transaction.
    (SWEEP, "dynamodb:BatchGetItem", TABLE, FILE, "yes"),
    (SWEEP, "dynamodb:BatchGetItem", TABLE, TRANSACTION, "no: identity"),
    (SWEEP, "dynamodb:BatchGetItem", TABLE, {}, "no: identity"),
    (SWEEP, "dynamodb:BatchGetItem", local("dynamodb", "table/other"), FILE, "no: identity"),
    (SWEEP, "dynamodb:Query", BY_STATUS, {}, "yes"),
    (SWEEP, "dynamodb:Query", BY_STATUS, INSIDE, "yes"),
    (SWEEP, "dynamodb:BatchGetItem", TABLE, {**FILE, **INSIDE}, "yes"),
    (SWEEP, "dynamodb:Query", TABLE, FILE, "no: identity"),
    (SWEEP, "dynamodb:GetItem", TABLE, FILE, "no: identity"),
    *(
        (SWEEP, f"dynamodb:{action}", TABLE, FILE, "DenyContent")
        for action in ("BatchWriteItem", "DeleteItem", "PartiQLSelect", "PutItem", "Scan", "UpdateItem")
    ),
    *(
        (SWEEP, f"dynamodb:{action}", TABLE, {}, "DenyLosingData")
        for action in ("DeleteTable", "UpdateContinuousBackups", "UpdateTable")
    ),
    (SWEEP, "sqs:ReceiveMessage", QUEUE, {}, "DenyContent"),
    (SWEEP, "sqs:SendMessage", QUEUE, {}, "no: identity"),
    (SWEEP, "kms:Decrypt", RECORDS_KEY, VIA_TABLE, "yes"),
    (SWEEP, "kms:Decrypt", RECORDS_KEY, VIA_S3, "no: identity"),
    (SWEEP, "kms:Decrypt", RECORDS_KEY, {}, "no: identity"),
    (SWEEP, "kms:Decrypt", LOGS_KEY, {}, "yes"),
    (SWEEP, "kms:GenerateMac", TOKENS_KEY, {}, "no: identity"),
    *((SWEEP, f"kms:{action}", OTHER_KEY, {}, "DenyTouchingGuards") for action in ("DisableKey", "PutKeyPolicy", "ScheduleKeyDeletion")),
    (SWEEP, "logs:PutLogEvents", f"{SWEEP_LOG_GROUP}:log-stream:x", {}, "yes"),
    (SWEEP, "logs:PutLogEvents", f"{LOG_GROUP}:log-stream:x", {}, "no: identity"),
    (SWEEP, "xray:PutTraceSegments", "*", {}, "yes"),
    (SWEEP, "ec2:CreateNetworkInterface", "*", {}, "yes"),
    (SWEEP, "ec2:CreateNetworkInterface", "*", {"lambda:SourceFunctionArn": SWEEP_FUNCTION}, "DenyInterfacesToCode"),
    (SCHEDULER, "sts:AssumeRole", SCHEDULE_ROLE, source(SCHEDULES), "yes"),
    (SCHEDULER, "sts:AssumeRole", SCHEDULE_ROLE, source(local("scheduler", "schedule-group/default")), "no: trust"),
    (SCHEDULER, "sts:AssumeRole", SCHEDULE_ROLE, source(SCHEDULES, AWAY), "no: trust"),
    (SCHEDULER, "sts:AssumeRole", SCHEDULE_ROLE, {}, "no: trust"),
    (LAMBDA, "sts:AssumeRole", SCHEDULE_ROLE, source(SCHEDULES), "no: trust"),
    (SCHEDULE, "lambda:InvokeFunction", SWEEP_FUNCTION, {}, "yes"),
    (SCHEDULE, "lambda:InvokeFunction", FUNCTION, {}, "no: identity"),
    (SCHEDULE, "lambda:UpdateFunctionCode", SWEEP_FUNCTION, {}, "no: identity"),
]  # fmt: skip
