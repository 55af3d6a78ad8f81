"""What the project's policy documents allow and deny: a table each, of requests and their answers.

A row is who, action, resource, circumstances, and the answer: "yes"; the Sid of the Deny that says no; or "no: DOCUMENT"
with the document that allows nothing of the kind.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from tests.iam import attached
from tests.iam.attached import (
    ADMINISTRATOR,
    ARTIFACTS,
    DEAD_LETTERS,
    FOREIGN_BUCKET,
    FOREIGN_TABLE,
    FUNCTION,
    INPUT,
    INSIDE,
    LOG_GROUP,
    LOGS_KEY,
    OUTPUT,
    PROCESSOR,
    PROCESSOR_ROLE,
    QUARANTINE,
    QUEUE,
    RECORDS_KEY,
    REGION,
    STRANGER,
    TABLE,
    TOKENS_KEY,
    TOPIC,
    local,
)
from tests.iam.conditions import ContextValue
from tests.iam.evaluation import Outcome, Policies, decide
from tests.iam.material import AWAY, HOME
from tests.iam.request import ANONYMOUS, Principal, service
from tests.iam.rows import attestor, sweep

Keys = Mapping[str, ContextValue]
Row = tuple[Principal, str, str, Keys, str]

S3, CLOUDWATCH, LAMBDA, EC2 = (service(f"{name}.amazonaws.com") for name in ("s3", "cloudwatch", "lambda", "ec2"))
LOGS, OTHER_LOGS = service(f"logs.{REGION}.amazonaws.com"), service("logs.us-east-1.amazonaws.com")
PLAIN: Keys = {"aws:SecureTransport": False}
ALGORITHM, KEY_ID, CALLERS = (
    f"s3:x-amz-server-side-encryption{rest}" for rest in ("", "-aws-kms-key-id", "-customer-algorithm")
)


def source(arn: str, account: str = HOME) -> Keys:
    return {"aws:SourceArn": arn, "aws:SourceAccount": account}


ALARM, FOREIGN_ALARM = local("cloudwatch", "alarm:errors"), local("cloudwatch", "alarm:errors", AWAY)


def bucket(arn: str, key: str) -> Iterator[Row]:
    """Rows of any of our buckets, for one whom nothing but the bucket's policy could stop."""
    item, other_key = f"{arn}/2026/a.csv", local("kms", "key/other")
    uploads: list[tuple[Keys, str]] = [
        ({}, "yes"),
        ({ALGORITHM: "aws:kms", KEY_ID: key}, "yes"),
        ({ALGORITHM: "AES256"}, "DenyOtherAlgorithm"),
        ({ALGORITHM: "aws:kms:dsse", KEY_ID: key}, "DenyOtherAlgorithm"),
        ({ALGORITHM: "aws:kms"}, "DenyDefaultKey"),
        ({ALGORITHM: "aws:kms", KEY_ID: other_key}, "DenyOtherKey"),
        ({KEY_ID: other_key}, "DenyOtherKey"),
        ({CALLERS: "AES256"}, "DenyCallersKey"),
        (PLAIN, "DenyPlainHttp"),
        ({"s3:TlsVersion": "1.1"}, "DenyOldTls"),
        ({"s3:TlsVersion": "1.2"}, "yes"),
    ]
    for keys, expected in uploads:
        yield ADMINISTRATOR, "s3:PutObject", item, keys, expected
    for action, what in (("s3:GetObject", item), ("s3:DeleteObject", item), ("s3:ListBucket", arn)):
        yield ADMINISTRATOR, action, what, {}, "yes"
        yield ADMINISTRATOR, action, what, PLAIN, "DenyPlainHttp"
        yield ADMINISTRATOR, action, what, {"s3:TlsVersion": "1.0"}, "DenyOldTls"
        yield STRANGER, action, what, {}, "no: resource"
        yield ANONYMOUS, action, what, {}, "no: resource"
    yield STRANGER, "s3:PutBucketPolicy", arn, {}, "no: resource"


BUCKETS = [
    row
    for arn, key in ((INPUT, RECORDS_KEY), (OUTPUT, RECORDS_KEY), (QUARANTINE, RECORDS_KEY), (ARTIFACTS, LOGS_KEY))
    for row in bucket(arn, key)
]

VIA_S3: Keys = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}
GROUP = "kms:EncryptionContext:aws:logs:arn"
KEYS: list[Row] = [
    # Whoever the account allows may use and administer, but no more than that.
    *(
        row
        for key in (RECORDS_KEY, LOGS_KEY)
        for row in [
            (ADMINISTRATOR, "kms:Decrypt", key, {}, "yes"),
            (ADMINISTRATOR, "kms:GenerateDataKeyWithoutPlaintext", key, {}, "yes"),
            (ADMINISTRATOR, "kms:CreateGrant", key, {"kms:GrantIsForAWSResource": True}, "yes"),
            (ADMINISTRATOR, "kms:CreateGrant", key, {"kms:GrantIsForAWSResource": False}, "no: key"),
            (ADMINISTRATOR, "kms:CreateGrant", key, {}, "no: key"),
            (ADMINISTRATOR, "kms:GenerateMac", key, {}, "no: key"),
            (PROCESSOR, "kms:CreateGrant", key, {"kms:GrantIsForAWSResource": True}, "no: identity"),
        ]
    ),
    *(
        row
        for key in (RECORDS_KEY, LOGS_KEY, TOKENS_KEY)
        for row in [
            (ADMINISTRATOR, "kms:PutKeyPolicy", key, {}, "yes"),
            (ADMINISTRATOR, "kms:ScheduleKeyDeletion", key, {}, "yes"),
            (ADMINISTRATOR, "kms:ImportKeyMaterial", key, {}, "no: key"),
            (ADMINISTRATOR, "kms:ReplicateKey", key, {}, "no: key"),
            (STRANGER, "kms:DescribeKey", key, {}, "no: key"),
            (STRANGER, "kms:Decrypt", key, {}, "no: key"),
            (ANONYMOUS, "kms:Decrypt", key, {}, "no: key"),
            (PROCESSOR, "kms:PutKeyPolicy", key, {}, "DenyLosingData"),
            (PROCESSOR, "kms:ScheduleKeyDeletion", key, {}, "DenyLosingData"),
            (PROCESSOR, "kms:DisableKey", key, {}, "DenyLosingData"),
            (PROCESSOR, "kms:EnableKey", key, {}, "no: identity"),
            (EC2, "kms:Decrypt", key, source(INPUT), "no: key"),
        ]
    ),
    (ADMINISTRATOR, "kms:GenerateMac", TOKENS_KEY, {}, "yes"),
    (ADMINISTRATOR, "kms:VerifyMac", TOKENS_KEY, {}, "yes"),
    (ADMINISTRATOR, "kms:Decrypt", TOKENS_KEY, {}, "no: key"),
    (ADMINISTRATOR, "kms:CreateGrant", TOKENS_KEY, {"kms:GrantIsForAWSResource": True}, "no: key"),
    # Services, for what is ours.
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
    (LOGS, "kms:GenerateDataKey", LOGS_KEY, {GROUP: LOG_GROUP}, "yes"),
    (LOGS, "kms:Decrypt", LOGS_KEY, {GROUP: LOG_GROUP}, "yes"),
    (LOGS, "kms:Decrypt", LOGS_KEY, {GROUP: local("logs", "log-group:/x", AWAY)}, "no: key"),
    (LOGS, "kms:Decrypt", LOGS_KEY, {}, "no: key"),
    (LOGS, "kms:Decrypt", RECORDS_KEY, {GROUP: LOG_GROUP}, "no: key"),
    (OTHER_LOGS, "kms:Decrypt", LOGS_KEY, {GROUP: LOG_GROUP}, "no: key"),
]

QUEUES: list[Row] = [
    (S3, "sqs:SendMessage", QUEUE, source(INPUT), "yes"),
    (S3, "sqs:SendMessage", QUEUE, {**source(INPUT), **PLAIN}, "DenyPlainHttp"),
    (S3, "sqs:SendMessage", QUEUE, source(OUTPUT), "no: resource"),
    (S3, "sqs:SendMessage", QUEUE, source(INPUT, AWAY), "no: resource"),
    (S3, "sqs:SendMessage", QUEUE, {"aws:SourceAccount": HOME}, "no: resource"),
    (S3, "sqs:ReceiveMessage", QUEUE, source(INPUT), "no: resource"),
    (S3, "sqs:SendMessage", DEAD_LETTERS, source(INPUT), "no: resource"),
    *(
        row
        for queue in (QUEUE, DEAD_LETTERS)
        for row in [
            (ADMINISTRATOR, "sqs:SendMessage", queue, {}, "yes"),
            (ADMINISTRATOR, "sqs:ReceiveMessage", queue, PLAIN, "DenyPlainHttp"),
            (STRANGER, "sqs:SendMessage", queue, {}, "no: resource"),
            (STRANGER, "sqs:ReceiveMessage", queue, {}, "no: resource"),
            (ANONYMOUS, "sqs:SendMessage", queue, {}, "no: resource"),
            (EC2, "sqs:SendMessage", queue, source(INPUT), "no: resource"),
        ]
    ),
]

TOPICS: list[Row] = [
    (CLOUDWATCH, "sns:Publish", TOPIC, source(ALARM), "yes"),
    (CLOUDWATCH, "sns:Publish", TOPIC, {**source(ALARM), **PLAIN}, "DenyPlainHttp"),
    (CLOUDWATCH, "sns:Publish", TOPIC, source(FOREIGN_ALARM, AWAY), "no: resource"),
    (CLOUDWATCH, "sns:Publish", TOPIC, source(FOREIGN_ALARM), "no: resource"),
    (CLOUDWATCH, "sns:Publish", TOPIC, {}, "no: resource"),
    (CLOUDWATCH, "sns:Subscribe", TOPIC, source(ALARM), "no: resource"),
    (S3, "sns:Publish", TOPIC, source(INPUT), "no: resource"),
    (ADMINISTRATOR, "sns:Publish", TOPIC, {}, "yes"),
    (ADMINISTRATOR, "sns:Publish", TOPIC, PLAIN, "DenyPlainHttp"),
    (STRANGER, "sns:Publish", TOPIC, {}, "no: resource"),
    (STRANGER, "sns:Subscribe", TOPIC, {}, "no: resource"),
    (ANONYMOUS, "sns:Publish", TOPIC, {}, "no: resource"),
]

ENDPOINTS: list[Row] = [
    # An intruder in the network has nowhere to carry anything, with our credentials or with their own.
    (ADMINISTRATOR, "s3:GetObject", f"{INPUT}/a.csv", INSIDE, "yes"),
    (ADMINISTRATOR, "s3:PutObject", f"{FOREIGN_BUCKET}/a.csv", INSIDE, "no: endpoint"),
    (STRANGER, "s3:PutObject", f"{FOREIGN_BUCKET}/a.csv", INSIDE, "no: endpoint"),
    (STRANGER, "s3:GetObject", f"{FOREIGN_BUCKET}/a.csv", INSIDE, "no: endpoint"),
    (STRANGER, "s3:GetObject", f"{INPUT}/a.csv", INSIDE, "no: endpoint"),
    (ANONYMOUS, "s3:PutObject", f"{FOREIGN_BUCKET}/a.csv", INSIDE, "no: endpoint"),
    (ADMINISTRATOR, "s3:PutObject", f"{FOREIGN_BUCKET}/a.csv", {}, "yes"),
    (ADMINISTRATOR, "s3:DeleteObject", f"{INPUT}/a.csv", INSIDE, "no: endpoint"),
    (ADMINISTRATOR, "s3:PutBucketPolicy", INPUT, INSIDE, "no: endpoint"),
    (ADMINISTRATOR, "dynamodb:PutItem", TABLE, INSIDE, "yes"),
    (ADMINISTRATOR, "dynamodb:DeleteTable", TABLE, INSIDE, "no: endpoint"),
    (ADMINISTRATOR, "dynamodb:PutItem", FOREIGN_TABLE, INSIDE, "no: endpoint"),
    (STRANGER, "dynamodb:PutItem", FOREIGN_TABLE, INSIDE, "no: endpoint"),
    (ADMINISTRATOR, "kms:GenerateMac", TOKENS_KEY, INSIDE, "yes"),
    (ADMINISTRATOR, "kms:Decrypt", RECORDS_KEY, INSIDE, "no: endpoint"),
]

PROCESSORS: list[Row] = [
    (LAMBDA, "sts:AssumeRole", PROCESSOR_ROLE, {}, "yes"),
    (EC2, "sts:AssumeRole", PROCESSOR_ROLE, {}, "no: trust"),
    (ADMINISTRATOR, "sts:AssumeRole", PROCESSOR_ROLE, {}, "no: trust"),
    (STRANGER, "sts:AssumeRole", PROCESSOR_ROLE, {}, "no: trust"),
    (PROCESSOR, "s3:GetObject", f"{INPUT}/a/b.csv", INSIDE, "yes"),
    (PROCESSOR, "s3:GetObjectVersion", f"{INPUT}/a/b.csv", INSIDE, "yes"),
    (PROCESSOR, "s3:GetObject", f"{INPUT}/a/b.csv", {**INSIDE, **PLAIN}, "DenyPlainHttp"),
    (PROCESSOR, "s3:PutObject", f"{INPUT}/a/b.csv", INSIDE, "no: identity"),
    (PROCESSOR, "s3:PutObject", f"{OUTPUT}/id/part-00000.jsonl.gz", INSIDE, "yes"),
    (PROCESSOR, "s3:PutObject", f"{QUARANTINE}/id/part-00000.jsonl.gz", INSIDE, "yes"),
    (PROCESSOR, "s3:PutObject", f"{OUTPUT}/id/part-00000.jsonl.gz", {**INSIDE, ALGORITHM: "AES256"}, "DenyOtherAlgorithm"),
    (PROCESSOR, "s3:AbortMultipartUpload", f"{OUTPUT}/id/part-00000.jsonl.gz", INSIDE, "yes"),
    (PROCESSOR, "s3:GetObject", f"{OUTPUT}/id/manifest.json", INSIDE, "yes"),
    (PROCESSOR, "s3:GetObject", f"{OUTPUT}/id/part-00000.jsonl.gz", INSIDE, "no: identity"),
    (PROCESSOR, "s3:GetObject", f"{QUARANTINE}/id/part-00000.jsonl.gz", INSIDE, "no: identity"),
    (PROCESSOR, "s3:GetObject", f"{ARTIFACTS}/processor.zip", INSIDE, "no: identity"),
    (PROCESSOR, "s3:PutObject", f"{ARTIFACTS}/processor.zip", INSIDE, "no: identity"),
    (PROCESSOR, "s3:PutObject", f"{FOREIGN_BUCKET}/a.csv", INSIDE, "no: endpoint"),
    (PROCESSOR, "s3:ListBucket", INPUT, INSIDE, "yes"),
    (PROCESSOR, "s3:ListBucket", OUTPUT, INSIDE, "yes"),
    (PROCESSOR, "s3:ListBucket", QUARANTINE, INSIDE, "no: identity"),
    *(
        (PROCESSOR, f"s3:{action}", what, INSIDE, "DenyLosingData")
        for action, what in [
            ("DeleteObject", f"{OUTPUT}/id/manifest.json"),
            ("DeleteObjectVersion", f"{INPUT}/a/b.csv"),
            ("BypassGovernanceRetention", f"{OUTPUT}/id/manifest.json"),
            ("PutObjectRetention", f"{OUTPUT}/id/manifest.json"),
            ("PutObjectLegalHold", f"{OUTPUT}/id/manifest.json"),
            ("PutLifecycleConfiguration", OUTPUT),
            ("PutBucketPolicy", OUTPUT),
            ("PutBucketVersioning", OUTPUT),
            ("DeleteBucket", OUTPUT),
            ("DeleteBucketPolicy", OUTPUT),
        ]
    ),
    *(
        (PROCESSOR, f"dynamodb:{action}", TABLE, INSIDE, "yes")
        for action in ("BatchWriteItem", "GetItem", "PutItem", "UpdateItem")
    ),
    (PROCESSOR, "dynamodb:Query", TABLE, INSIDE, "no: identity"),
    (PROCESSOR, "dynamodb:PutItem", local("dynamodb", "table/other"), INSIDE, "no: identity"),
    (PROCESSOR, "dynamodb:Query", f"{TABLE}/index/by_status", INSIDE, "no: identity"),
    *((PROCESSOR, f"dynamodb:{action}", TABLE, INSIDE, "DenyLosingData") for action in ("Scan", "DeleteItem", "DeleteTable", "UpdateTable")),
    *(
        (PROCESSOR, f"sqs:{action}", QUEUE, {}, "yes")
        for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
    ),
    (PROCESSOR, "sqs:ReceiveMessage", QUEUE, PLAIN, "DenyPlainHttp"),
    (PROCESSOR, "sqs:SendMessage", QUEUE, {}, "no: identity"),
    (PROCESSOR, "sqs:PurgeQueue", QUEUE, {}, "no: identity"),
    (PROCESSOR, "sqs:ReceiveMessage", DEAD_LETTERS, {}, "no: identity"),
    # S3 uses the key of records in the processor's name; through the network the processor reaches that of tokens alone.
    (PROCESSOR, "kms:GenerateDataKey", RECORDS_KEY, VIA_S3, "yes"),
    (PROCESSOR, "kms:Decrypt", RECORDS_KEY, VIA_S3, "yes"),
    (PROCESSOR, "kms:Decrypt", RECORDS_KEY, INSIDE, "no: endpoint"),
    (PROCESSOR, "kms:Encrypt", RECORDS_KEY, {}, "no: identity"),
    (PROCESSOR, "kms:Decrypt", LOGS_KEY, {}, "yes"),
    (PROCESSOR, "kms:GenerateDataKey", LOGS_KEY, {}, "no: identity"),
    (PROCESSOR, "kms:GenerateMac", TOKENS_KEY, INSIDE, "yes"),
    (PROCESSOR, "kms:GenerateMac", RECORDS_KEY, INSIDE, "no: key"),
    (PROCESSOR, "kms:VerifyMac", TOKENS_KEY, {}, "no: identity"),
    (PROCESSOR, "logs:CreateLogStream", f"{LOG_GROUP}:log-stream:x", {}, "yes"),
    (PROCESSOR, "logs:PutLogEvents", f"{LOG_GROUP}:log-stream:x", {}, "yes"),
    (PROCESSOR, "logs:PutLogEvents", local("logs", "log-group:/aws/lambda/processor-b:log-stream:x"), {}, "no: identity"),
    (PROCESSOR, "logs:CreateLogGroup", LOG_GROUP, {}, "no: identity"),
    (PROCESSOR, "logs:DeleteLogStream", f"{LOG_GROUP}:log-stream:x", {}, "no: identity"),
    (PROCESSOR, "xray:PutTraceSegments", "*", {}, "yes"),
    # The service makes the function's network interfaces; the function's own code may not.
    (PROCESSOR, "ec2:CreateNetworkInterface", "*", {}, "yes"),
    (PROCESSOR, "ec2:DeleteNetworkInterface", "*", {}, "yes"),
    (PROCESSOR, "ec2:CreateNetworkInterface", "*", {"lambda:SourceFunctionArn": FUNCTION}, "DenyInterfacesToCode"),
    (PROCESSOR, "ec2:DescribeNetworkInterfaces", "*", {"lambda:SourceFunctionArn": FUNCTION}, "DenyInterfacesToCode"),
    (PROCESSOR, "ec2:DescribeInstances", "*", {}, "no: identity"),
    (PROCESSOR, "iam:CreateUser", "*", {}, "no: identity"),
    (PROCESSOR, "sns:Publish", TOPIC, {}, "no: identity"),
]  # fmt: skip


ROWS = [*BUCKETS, *KEYS, *QUEUES, *TOPICS, *ENDPOINTS, *PROCESSORS, *sweep.ROWS, *attestor.ROWS]


def label(row: Row) -> str:
    who, action, what, keys, expected = row
    told = (f"{key}={value}" for key, value in keys.items())
    return " ".join((who.names[-1].split("/")[-1], action, what, *told, expected))


def answer(row: Row, changed: Callable[[Any], Any] = lambda documents: documents) -> str | None:
    """Return the answer to a row's request under the documents in force, or under what they are changed to."""
    who, action, what, keys, _ = row
    request = attached.request(who, action, what, keys)
    decision = decide(request, Policies(**{name: changed(one) for name, one in attached.in_force(request).items()}))
    if decision.outcome is Outcome.EXPLICITLY_DENIED:
        return decision.sid
    return "yes" if decision.allowed else f"no: {decision.document.split('[')[0]}"


@pytest.mark.parametrize("row", ROWS, ids=label)
def test_a_request_is_answered_by_the_documents_as_meant(row: Row) -> None:
    assert answer(row) == row[-1]


OURS = {
    **{who.names[-1]: one for who, one in attached.IDENTITY.items() if one is not attached.EVERYTHING},
    **{place: one for place, one in attached.RESOURCE.items() if place not in {FOREIGN_BUCKET, FOREIGN_TABLE}},
    **attached.KEY,
    **attached.TRUST,
    **attached.ENDPOINT,
}
# Characters that AWS takes: the quotas of IAM (inline policies of a role, and its trust), KMS, VPC endpoints and S3.
LIMITS: list[tuple[Mapping[Any, Any], int]] = [
    (attached.IDENTITY, 10_240),
    (attached.TRUST, 2_048),
    (attached.KEY, 32_768),
    (attached.ENDPOINT, 20_480),
    ({place: one for place, one in attached.RESOURCE.items() if place.startswith("arn:aws:s3:")}, 20_480),
]
STATEMENTS = {
    f"{place} {one['Sid']}": (document, one) for place, document in OURS.items() for one in document["Statement"]
}


@pytest.mark.parametrize(("document", "statement"), STATEMENTS.values(), ids=STATEMENTS)
def test_no_statement_can_be_left_out_without_a_row_that_tells(
    document: Mapping[str, Any], statement: Mapping[str, Any]
) -> None:
    less = {**document, "Statement": [one for one in document["Statement"] if one is not statement]}
    # A document has at least one statement.
    less["Statement"] = less["Statement"] or [{**statement, "Action": "none:Nothing"}]

    def without(found: Any) -> Any:
        if isinstance(found, list):
            return [without(one) for one in found]
        return less if found is document else found

    assert any(answer(row, without) != row[-1] for row in ROWS)


@pytest.mark.parametrize(
    ("document", "limit"), [(document, limit) for group, limit in LIMITS for document in group.values()]
)
def test_no_document_is_longer_than_aws_takes(document: Mapping[str, Any], limit: int) -> None:
    assert len(json.dumps(document)) <= limit
