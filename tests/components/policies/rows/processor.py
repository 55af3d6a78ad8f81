"""The processor's role."""

from tests.components.policies.attached import (
    ADMINISTRATOR,
    ARTIFACTS,
    CLEAN_FILE,
    DEAD_LETTERS,
    ELSEWHERE,
    FOREIGN_BUCKET,
    FUNCTION,
    INPUT,
    INSIDE,
    LOG_GROUP,
    LOGS_KEY,
    OTHER_KEY,
    OTHER_TABLE,
    OUTPUT,
    PLACEMENT,
    PROCESSOR,
    PROCESSOR_ROLE,
    QUARANTINE,
    QUEUE,
    RECORDS_KEY,
    STRANGER,
    TABLE,
    TOKENS_KEY,
    TRAIL,
    local,
)
from tests.components.policies.rows.row import ALGORITHM, EC2, LAMBDA, PLAIN, VIA_S3, Row
from tests.support.iam.builders import AWAY

INTERFACE = local("ec2", "network-interface/eni-1")

ROWS: list[Row] = [
    (LAMBDA, "sts:AssumeRole", PROCESSOR_ROLE, {}, "yes"),
    (EC2, "sts:AssumeRole", PROCESSOR_ROLE, {}, "no: trust"),
    (ADMINISTRATOR, "sts:AssumeRole", PROCESSOR_ROLE, {}, "no: trust"),
    (STRANGER, "sts:AssumeRole", PROCESSOR_ROLE, {}, "no: trust"),
    (PROCESSOR, "s3:GetObject", f"{INPUT}/a/b.csv", {**INSIDE, **CLEAN_FILE}, "yes"),
    (PROCESSOR, "s3:GetObjectVersion", f"{INPUT}/a/b.csv", {**INSIDE, **CLEAN_FILE}, "yes"),
    (PROCESSOR, "s3:GetObject", f"{INPUT}/a/b.csv", {**INSIDE, **PLAIN}, "DenyPlainHttp"),
    (PROCESSOR, "s3:PutObject", f"{INPUT}/a/b.csv", INSIDE, "DenyOtherWriters"),
    (PROCESSOR, "s3:PutObject", f"{OUTPUT}/id/part-00000.jsonl.gz", INSIDE, "yes"),
    (PROCESSOR, "s3:PutObject", f"{QUARANTINE}/id/part-00000.jsonl.gz", INSIDE, "yes"),
    (PROCESSOR, "s3:PutObject", f"{OUTPUT}/id/part-00000.jsonl.gz", {**INSIDE, ALGORITHM: "AES256"}, "DenyOtherAlgorithm"),
    (PROCESSOR, "s3:AbortMultipartUpload", f"{OUTPUT}/id/part-00000.jsonl.gz", INSIDE, "yes"),
    (PROCESSOR, "s3:GetObject", f"{OUTPUT}/id/manifest.json", INSIDE, "yes"),
    (PROCESSOR, "s3:GetObject", f"{OUTPUT}/id/part-00000.jsonl.gz", INSIDE, "no: identity"),
    (PROCESSOR, "s3:GetObject", f"{QUARANTINE}/id/part-00000.jsonl.gz", INSIDE, "DenyOtherReaders"),
    (PROCESSOR, "s3:GetObject", f"{ARTIFACTS}/processor.zip", INSIDE, "no: endpoint"),
    (PROCESSOR, "s3:PutObject", f"{ARTIFACTS}/processor.zip", INSIDE, "DenyOtherWriters"),
    (PROCESSOR, "s3:PutObject", f"{FOREIGN_BUCKET}/a.csv", INSIDE, "no: endpoint"),
    (PROCESSOR, "s3:ListBucket", INPUT, INSIDE, "yes"),
    (PROCESSOR, "s3:ListBucket", OUTPUT, INSIDE, "yes"),
    (PROCESSOR, "s3:ListBucket", QUARANTINE, INSIDE, "no: endpoint"),
    *(
        (PROCESSOR, f"s3:{action}", resource, {}, "DenyDataLoss")
        for action, resource in [
            ("DeleteObject", f"{ELSEWHERE}/a"),
            ("DeleteObjectVersion", f"{ELSEWHERE}/a"),
            ("BypassGovernanceRetention", f"{ELSEWHERE}/a"),
            ("PutObjectRetention", f"{ELSEWHERE}/a"),
            ("PutObjectLegalHold", f"{ELSEWHERE}/a"),
            ("PutLifecycleConfiguration", ELSEWHERE),
            ("PutBucketPolicy", ELSEWHERE),
            ("PutBucketVersioning", ELSEWHERE),
            ("DeleteBucket", ELSEWHERE),
            ("DeleteBucketPolicy", ELSEWHERE),
        ]
    ),
    *(
        (PROCESSOR, f"dynamodb:{action}", TABLE, INSIDE, "yes")
        for action in ("BatchWriteItem", "GetItem", "PutItem", "UpdateItem")
    ),
    (PROCESSOR, "dynamodb:Query", TABLE, {}, "no: identity"),
    (PROCESSOR, "dynamodb:DeleteItem", TABLE, {}, "DenyDataLoss"),
    (PROCESSOR, "dynamodb:PutItem", local("dynamodb", "table/other"), {}, "no: identity"),
    (PROCESSOR, "dynamodb:Query", f"{TABLE}/index/by_status", {}, "no: identity"),
    *((PROCESSOR, f"dynamodb:{action}", OTHER_TABLE, INSIDE, "DenyDataLoss") for action in ("Scan", "DeleteTable", "UpdateTable")),
    *(
        (PROCESSOR, f"sqs:{action}", QUEUE, {}, "yes")
        for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
    ),
    (PROCESSOR, "sqs:ReceiveMessage", QUEUE, PLAIN, "DenyPlainHttp"),
    (PROCESSOR, "sqs:SendMessage", QUEUE, {}, "no: identity"),
    (PROCESSOR, "sqs:PurgeQueue", QUEUE, {}, "no: identity"),
    (PROCESSOR, "sqs:ReceiveMessage", DEAD_LETTERS, {}, "DenyOtherConsumers"),
    # S3 uses the key of records on behalf of the processor; the VPC endpoint lets the processor use the HMAC key alone.
    (PROCESSOR, "kms:GenerateDataKey", RECORDS_KEY, VIA_S3, "yes"),
    (PROCESSOR, "kms:Decrypt", RECORDS_KEY, VIA_S3, "yes"),
    (PROCESSOR, "kms:Decrypt", RECORDS_KEY, INSIDE, "no: endpoint"),
    (PROCESSOR, "kms:Encrypt", RECORDS_KEY, {}, "no: identity"),
    (PROCESSOR, "kms:Decrypt", LOGS_KEY, {}, "yes"),
    (PROCESSOR, "kms:GenerateDataKey", LOGS_KEY, {}, "no: identity"),
    *(
        (PROCESSOR, f"kms:{action}", OTHER_KEY, {}, "DenyGuardrailChanges")
        for action in ("DisableKey", "PutKeyPolicy", "ScheduleKeyDeletion")
    ),
    (PROCESSOR, "kms:GenerateMac", TOKENS_KEY, INSIDE, "yes"),
    (PROCESSOR, "kms:GenerateMac", RECORDS_KEY, {}, "no: key"),
    (PROCESSOR, "logs:CreateLogStream", f"{LOG_GROUP}:log-stream:x", {}, "yes"),
    (PROCESSOR, "logs:PutLogEvents", f"{LOG_GROUP}:log-stream:x", {}, "yes"),
    (PROCESSOR, "logs:PutLogEvents", local("logs", "log-group:/aws/lambda/processor-b:log-stream:x"), {}, "no: identity"),
    (PROCESSOR, "logs:CreateLogGroup", LOG_GROUP, {}, "no: identity"),
    (PROCESSOR, "logs:DeleteLogStream", f"{LOG_GROUP}:log-stream:x", {}, "DenyGuardrailChanges"),
    (PROCESSOR, "logs:PutRetentionPolicy", LOG_GROUP, {}, "DenyGuardrailChanges"),
    (PROCESSOR, "cloudtrail:StopLogging", TRAIL, {}, "DenyGuardrailChanges"),
    (PROCESSOR, "cloudtrail:LookupEvents", "*", {}, "no: identity"),
    (PROCESSOR, "xray:PutTraceSegments", "*", {}, "yes"),
    # The Lambda service creates the network interfaces of the function; the code of the function cannot.
    *((PROCESSOR, "ec2:CreateNetworkInterface", resource, {}, "yes") for resource in (*PLACEMENT, INTERFACE)),
    (PROCESSOR, "ec2:CreateNetworkInterface", local("ec2", "subnet/other"), {}, "no: identity"),
    (PROCESSOR, "ec2:CreateNetworkInterface", local("ec2", "security-group/other"), {}, "no: identity"),
    *(
        (PROCESSOR, f"ec2:{action}", INTERFACE, {}, "yes")
        for action in ("DeleteNetworkInterface", "AssignPrivateIpAddresses", "UnassignPrivateIpAddresses")
    ),
    (PROCESSOR, "ec2:DeleteNetworkInterface", local("ec2", "network-interface/eni-1", AWAY), {}, "no: identity"),
    (PROCESSOR, "ec2:DescribeNetworkInterfaces", "*", {}, "yes"),
    (PROCESSOR, "ec2:DeleteNetworkInterface", INTERFACE, {"lambda:SourceFunctionArn": FUNCTION}, "DenyNetworkInterfacesToCode"),
    (PROCESSOR, "ec2:CreateNetworkInterface", "*", {"lambda:SourceFunctionArn": FUNCTION}, "DenyNetworkInterfacesToCode"),
    (PROCESSOR, "ec2:CreateNetworkInterface", "*", {"lambda:SourceFunctionArn": f"{FUNCTION}:12"}, "DenyNetworkInterfacesToCode"),
    (PROCESSOR, "ec2:DescribeNetworkInterfaces", "*", {"lambda:SourceFunctionArn": FUNCTION}, "DenyNetworkInterfacesToCode"),
    (PROCESSOR, "ec2:DescribeInstances", "*", {}, "no: identity"),
    (PROCESSOR, "iam:CreateUser", "*", {}, "no: identity"),
    (PROCESSOR, "sns:Publish", local("sns", "other"), {}, "no: identity"),
]  # fmt: skip
