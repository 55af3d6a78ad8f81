"""The reconciler, and the schedule that invokes it."""

from tests.components.policies.attached import (
    BY_STATUS,
    ELSEWHERE,
    FUNCTION,
    INPUT,
    INSIDE,
    LOG_GROUP,
    LOGS_KEY,
    OTHER_KEY,
    OTHER_QUEUE,
    OTHER_TABLE,
    OUTPUT,
    PLACEMENT,
    QUEUE,
    RECONCILER,
    RECONCILER_FUNCTION,
    RECONCILER_LOG_GROUP,
    RECONCILER_ROLE,
    RECORDS_KEY,
    SCHEDULE,
    SCHEDULE_ROLE,
    SCHEDULES,
    TABLE,
    THIS_SCHEDULE,
    local,
)
from tests.components.policies.rows.row import LAMBDA, VIA_S3, VIA_TABLE, Row, source
from tests.support.iam.builders import AWAY
from tests.support.iam.request import service

SCHEDULE_ARN = "kms:EncryptionContext:aws:scheduler:schedule:arn"
SCHEDULER = service("scheduler.amazonaws.com")

FILE, TRANSACTION = ({"dynamodb:LeadingKeys": f"{kind}#1"} for kind in ("file", "transaction"))
ROWS: list[Row] = [
    (LAMBDA, "sts:AssumeRole", RECONCILER_ROLE, {}, "yes"),
    (SCHEDULER, "sts:AssumeRole", RECONCILER_ROLE, source(SCHEDULES), "no: trust"),
    (RECONCILER, "s3:ListBucketVersions", INPUT, INSIDE, "yes"),
    (RECONCILER, "s3:ListBucketVersions", OUTPUT, INSIDE, "no: identity"),
    (RECONCILER, "s3:ListBucketVersions", INPUT, {}, "DenyOutsideNetwork"),
    (RECONCILER, "s3:ListBucket", INPUT, INSIDE, "no: identity"),
    *(
        (RECONCILER, f"s3:{action}", f"{ELSEWHERE}/a.csv", {}, "DenyContent")
        for action in ("GetObject", "GetObjectVersion", "PutObject", "PutObjectRetention", "DeleteObjectVersion", "RestoreObject")
    ),
    *(
        (RECONCILER, f"s3:{action}", ELSEWHERE, {}, "DenyDataLoss")
        for action in ("BypassGovernanceRetention", "DeleteBucketPolicy", "PutBucketVersioning", "PutLifecycleConfiguration")
    ),
    # It reads manifests, and no transactions.
    (RECONCILER, "dynamodb:BatchGetItem", TABLE, FILE, "yes"),
    (RECONCILER, "dynamodb:BatchGetItem", TABLE, TRANSACTION, "no: identity"),
    (RECONCILER, "dynamodb:BatchGetItem", TABLE, {}, "no: identity"),
    (RECONCILER, "dynamodb:BatchGetItem", local("dynamodb", "table/other"), FILE, "no: identity"),
    (RECONCILER, "dynamodb:Query", BY_STATUS, {}, "yes"),
    (RECONCILER, "dynamodb:Query", BY_STATUS, INSIDE, "yes"),
    (RECONCILER, "dynamodb:BatchGetItem", TABLE, {**FILE, **INSIDE}, "yes"),
    (RECONCILER, "dynamodb:Query", TABLE, FILE, "no: identity"),
    (RECONCILER, "dynamodb:GetItem", TABLE, FILE, "no: identity"),
    *(
        (RECONCILER, f"dynamodb:{action}", TABLE, FILE, "DenyContent")
        for action in ("BatchWriteItem", "DeleteItem", "PartiQLSelect", "PutItem", "Scan", "UpdateItem")
    ),
    *(
        (RECONCILER, f"dynamodb:{action}", OTHER_TABLE, {}, "DenyDataLoss")
        for action in ("DeleteTable", "UpdateContinuousBackups", "UpdateTable")
    ),
    (RECONCILER, "sqs:ReceiveMessage", OTHER_QUEUE, {}, "DenyContent"),
    (RECONCILER, "sqs:SendMessage", QUEUE, {}, "no: identity"),
    (RECONCILER, "kms:Decrypt", RECORDS_KEY, VIA_TABLE, "yes"),
    (RECONCILER, "kms:Decrypt", RECORDS_KEY, VIA_S3, "no: identity"),
    (RECONCILER, "kms:Decrypt", RECORDS_KEY, {}, "no: identity"),
    (RECONCILER, "kms:Decrypt", LOGS_KEY, {}, "yes"),
    *((RECONCILER, f"kms:{action}", OTHER_KEY, {}, "DenyGuardrailChanges") for action in ("DisableKey", "PutKeyPolicy", "ScheduleKeyDeletion")),
    (RECONCILER, "logs:PutLogEvents", f"{RECONCILER_LOG_GROUP}:log-stream:x", {}, "yes"),
    (RECONCILER, "logs:PutLogEvents", f"{LOG_GROUP}:log-stream:x", {}, "no: identity"),
    (RECONCILER, "xray:PutTraceSegments", "*", {}, "yes"),
    *((RECONCILER, "ec2:CreateNetworkInterface", resource, {}, "yes") for resource in PLACEMENT),
    (RECONCILER, "ec2:CreateNetworkInterface", local("ec2", "subnet/other"), {}, "no: identity"),
    (RECONCILER, "ec2:DeleteNetworkInterface", local("ec2", "network-interface/eni-1"), {}, "yes"),
    (RECONCILER, "ec2:DescribeSubnets", "*", {}, "yes"),
    (RECONCILER, "ec2:CreateNetworkInterface", "*", {"lambda:SourceFunctionArn": RECONCILER_FUNCTION}, "DenyNetworkInterfacesToCode"),
    (SCHEDULER, "sts:AssumeRole", SCHEDULE_ROLE, source(SCHEDULES), "yes"),
    (SCHEDULER, "sts:AssumeRole", SCHEDULE_ROLE, source(local("scheduler", "schedule-group/default")), "no: trust"),
    (SCHEDULER, "sts:AssumeRole", SCHEDULE_ROLE, source(SCHEDULES, AWAY), "no: trust"),
    (SCHEDULER, "sts:AssumeRole", SCHEDULE_ROLE, {}, "no: trust"),
    (LAMBDA, "sts:AssumeRole", SCHEDULE_ROLE, source(SCHEDULES), "no: trust"),
    (SCHEDULE, "lambda:InvokeFunction", RECONCILER_FUNCTION, {}, "yes"),
    (SCHEDULE, "lambda:InvokeFunction", FUNCTION, {}, "no: identity"),
    (SCHEDULE, "kms:Decrypt", LOGS_KEY, {SCHEDULE_ARN: THIS_SCHEDULE}, "yes"),
    (SCHEDULE, "kms:Decrypt", LOGS_KEY, {SCHEDULE_ARN: local("scheduler", "schedule/hourly/other")}, "no: identity"),
    (SCHEDULE, "kms:Decrypt", LOGS_KEY, {}, "no: identity"),
    (SCHEDULE, "lambda:UpdateFunctionCode", RECONCILER_FUNCTION, {}, "no: identity"),
]  # fmt: skip
