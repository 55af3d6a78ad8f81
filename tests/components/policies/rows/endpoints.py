"""Endpoints: an intruder in the network cannot exfiltrate data, with our credentials or with their own."""

from tests.components.policies.attached import (
    ADMINISTRATOR,
    BREAK_GLASS,
    FOREIGN_BUCKET,
    FOREIGN_TABLE,
    INPUT,
    INSIDE,
    OUTPUT,
    PROCESSOR,
    QUARANTINE,
    RECORDS_KEY,
    STRANGER,
    TABLE,
    TOKENS_KEY,
)
from tests.components.policies.rows.row import Row
from tests.support.iam.request import ANONYMOUS

ROWS: list[Row] = [
    (BREAK_GLASS, "s3:GetObject", f"{INPUT}/a.csv", INSIDE, "yes"),
    (BREAK_GLASS, "s3:GetObject", f"{QUARANTINE}/a.csv", INSIDE, "no: endpoint"),
    (ADMINISTRATOR, "s3:PutObject", f"{FOREIGN_BUCKET}/a.csv", INSIDE, "no: endpoint"),
    (STRANGER, "s3:PutObject", f"{FOREIGN_BUCKET}/a.csv", INSIDE, "no: endpoint"),
    (STRANGER, "s3:GetObject", f"{FOREIGN_BUCKET}/a.csv", INSIDE, "no: endpoint"),
    (STRANGER, "s3:GetObject", f"{INPUT}/a.csv", INSIDE, "DenyOtherReaders"),
    (STRANGER, "s3:ListBucket", INPUT, INSIDE, "no: endpoint"),
    (ANONYMOUS, "s3:PutObject", f"{FOREIGN_BUCKET}/a.csv", INSIDE, "no: endpoint"),
    (ADMINISTRATOR, "s3:PutObject", f"{FOREIGN_BUCKET}/a.csv", {}, "yes"),
    (PROCESSOR, "s3:ListBucket", INPUT, INSIDE, "yes"),
    (BREAK_GLASS, "s3:ListBucket", QUARANTINE, INSIDE, "no: endpoint"),
    (BREAK_GLASS, "s3:PutObject", f"{INPUT}/a.csv", INSIDE, "no: endpoint"),
    (BREAK_GLASS, "s3:DeleteObject", f"{OUTPUT}/a.csv", INSIDE, "no: endpoint"),
    (BREAK_GLASS, "s3:PutBucketPolicy", INPUT, INSIDE, "no: endpoint"),
    (BREAK_GLASS, "dynamodb:PutItem", TABLE, INSIDE, "yes"),
    (BREAK_GLASS, "dynamodb:DeleteTable", TABLE, INSIDE, "no: endpoint"),
    (ADMINISTRATOR, "dynamodb:PutItem", FOREIGN_TABLE, INSIDE, "no: endpoint"),
    (STRANGER, "dynamodb:PutItem", FOREIGN_TABLE, INSIDE, "no: endpoint"),
    (PROCESSOR, "kms:GenerateMac", TOKENS_KEY, INSIDE, "yes"),
    (ADMINISTRATOR, "kms:Decrypt", RECORDS_KEY, INSIDE, "no: endpoint"),
]
