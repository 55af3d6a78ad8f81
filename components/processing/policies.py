"""Policies of the processing tier: the queues, the processor and the reconciler."""

from components.shared.role_policies import deny_guardrail_changes, use_vpc, write_logs_and_traces
from components.shared.statements import Document, allow_service, deny_plain_http, policy


def work_queue_policy(*, queue_arn: str, bucket_arn: str, account_id: str) -> Document:
    """Let one bucket send notifications, and deny plain HTTP to everybody."""
    return policy(
        allow_service("InputNotifications", "s3.amazonaws.com", ["sqs:SendMessage"], queue_arn, account_id, bucket_arn),
        deny_plain_http([queue_arn], "sqs:*"),
    )


def dead_letter_queue_policy(*, queue_arn: str) -> Document:
    """Deny plain HTTP to everybody; roles grant the use of the queue."""
    return policy(deny_plain_http([queue_arn], "sqs:*"))


def processor_permissions(
    *,
    input_arn: str,
    output_arn: str,
    quarantine_arn: str,
    table_arn: str,
    queue_arn: str,
    records_key_arn: str,
    logs_key_arn: str,
    tokens_key_arn: str,
    log_group_arn: str,
    function_arn: str,
) -> Document:
    """Return what the processor calls, and denies that hold whatever else it is granted later."""
    return policy(
        write_logs_and_traces(log_group_arn),
        use_vpc(function_arn),
        deny_guardrail_changes(),
        [
            {
                "Sid": "ReadInput",
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:GetObjectVersion"],
                "Resource": f"{input_arn}/*",
            },
            {
                "Sid": "WriteResults",
                "Effect": "Allow",
                "Action": ["s3:PutObject", "s3:AbortMultipartUpload"],
                "Resource": [f"{output_arn}/*", f"{quarantine_arn}/*"],
            },
            {
                # A redelivered message has work to do only if there is no manifest object yet.
                "Sid": "ReadManifests",
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": f"{output_arn}/*/manifest.json",
            },
            {
                # Without it, S3 answers "forbidden" instead of "not found" for a missing object.
                "Sid": "DetectMissingObjects",
                "Effect": "Allow",
                "Action": "s3:ListBucket",
                "Resource": [input_arn, output_arn],
            },
            {
                "Sid": "WriteTable",
                "Effect": "Allow",
                "Action": ["dynamodb:BatchWriteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
                "Resource": table_arn,
            },
            {
                "Sid": "ConsumeQueue",
                "Effect": "Allow",
                "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
                "Resource": queue_arn,
            },
            {
                "Sid": "RecordsKey",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": records_key_arn,
            },
            {"Sid": "OwnEnvironment", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": logs_key_arn},
            {"Sid": "DeriveTokenKey", "Effect": "Allow", "Action": "kms:GenerateMac", "Resource": tokens_key_arn},
            {
                "Sid": "DenyDataLoss",
                "Effect": "Deny",
                "Action": [
                    "s3:BypassGovernanceRetention",
                    "s3:DeleteBucket*",
                    "s3:DeleteObject*",
                    "s3:PutBucket*",
                    "s3:PutLifecycleConfiguration",
                    "s3:PutObjectLegalHold",
                    "s3:PutObjectRetention",
                    "dynamodb:DeleteItem",
                    "dynamodb:DeleteTable",
                    "dynamodb:Scan",
                    "dynamodb:UpdateContinuousBackups",
                    "dynamodb:UpdateTable",
                ],
                "Resource": "*",
            },
        ],
    )


def reconciler_permissions(
    *,
    region: str,
    input_arn: str,
    table_arn: str,
    index_name: str,
    records_key_arn: str,
    logs_key_arn: str,
    log_group_arn: str,
    function_arn: str,
) -> Document:
    """Return what the reconciler calls, and denies that hold whatever else it is granted later.

    It can list files and look up their manifests; it cannot read the content of a file or a transaction.

    Parameters
    ----------
    index_name
        Index of the table, of manifests by status.
    """
    return policy(
        write_logs_and_traces(log_group_arn),
        use_vpc(function_arn),
        deny_guardrail_changes(),
        [
            {"Sid": "ListInput", "Effect": "Allow", "Action": "s3:ListBucketVersions", "Resource": input_arn},
            {
                "Sid": "FindManifests",
                "Effect": "Allow",
                "Action": "dynamodb:BatchGetItem",
                "Resource": table_arn,
                # ForAllValues also holds for a request without keys, hence the second condition.
                "Condition": {
                    "ForAllValues:StringLike": {"dynamodb:LeadingKeys": "file#*"},
                    "Null": {"dynamodb:LeadingKeys": "false"},
                },
            },
            {
                # Only manifests have a status, so this index holds no transactions.
                "Sid": "FindProcessing",
                "Effect": "Allow",
                "Action": "dynamodb:Query",
                "Resource": f"{table_arn}/index/{index_name}",
            },
            {
                "Sid": "RecordsKeyThroughTable",
                "Effect": "Allow",
                "Action": "kms:Decrypt",
                "Resource": records_key_arn,
                "Condition": {"StringEquals": {"kms:ViaService": f"dynamodb.{region}.amazonaws.com"}},
            },
            {"Sid": "OwnEnvironment", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": logs_key_arn},
            {
                "Sid": "DenyContent",
                "Effect": "Deny",
                "Action": [
                    "s3:DeleteObject*",
                    "s3:GetObject*",
                    "s3:PutObject*",
                    "s3:RestoreObject",
                    "dynamodb:BatchWriteItem",
                    "dynamodb:DeleteItem",
                    "dynamodb:PartiQL*",
                    "dynamodb:PutItem",
                    "dynamodb:Scan",
                    "dynamodb:UpdateItem",
                    "sqs:ReceiveMessage",
                ],
                "Resource": "*",
            },
            {
                "Sid": "DenyDataLoss",
                "Effect": "Deny",
                "Action": [
                    "s3:BypassGovernanceRetention",
                    "s3:DeleteBucket*",
                    "s3:PutBucket*",
                    "s3:PutLifecycleConfiguration",
                    "dynamodb:DeleteTable",
                    "dynamodb:UpdateContinuousBackups",
                    "dynamodb:UpdateTable",
                ],
                "Resource": "*",
            },
        ],
    )
