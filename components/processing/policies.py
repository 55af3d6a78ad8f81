"""Policies of the processing tier: the queues, the processor, the reconciler, the redrive function and the malware scan."""

from collections.abc import Sequence

from components.shared.action_classes import actions
from components.shared.role_policies import deny_guardrail_changes, use_vpc, write_logs_and_traces
from components.shared.statements import (
    Document,
    Statement,
    allow,
    allow_service,
    deny,
    deny_everybody,
    deny_plain_http,
    policy,
    through_service,
    unless,
)


def work_queue_policy(*, queue_arn: str, bucket_arn: str, account_id: str, consumers: Sequence[str]) -> Document:
    """Let one bucket send notifications; deny plain HTTP to everybody, and messages to all but their consumers.

    Parameters
    ----------
    consumers
        The only principals who may receive or delete messages, which name files.
    """
    return policy(
        allow_service("InputNotifications", "s3.amazonaws.com", ["sqs:SendMessage"], queue_arn, account_id, bucket_arn),
        _protect_messages(queue_arn, consumers),
    )


def dead_letter_queue_policy(*, queue_arn: str, consumers: Sequence[str]) -> Document:
    """Deny plain HTTP to everybody, and messages to all but their consumers; roles grant the use of the queue.

    Parameters
    ----------
    consumers
        The only principals who may receive or delete messages, which name files.
    """
    return policy(_protect_messages(queue_arn, consumers))


def _protect_messages(queue_arn: str, consumers: Sequence[str]) -> list[Statement]:
    # A queue's policy cannot deny changes of the queue itself (`NOT_IN_RESOURCE_POLICIES`).
    return [
        *deny_plain_http([queue_arn], "sqs:*"),
        deny_everybody("DenyOtherConsumers", actions("sqs", "read", "delete"), [queue_arn], unless(consumers)),
    ]


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
    placement_arns: Sequence[str],
    log_group_arn: str,
    function_arn: str,
    malware_scan: bool,
) -> Document:
    """Return the processor's permissions: what it calls, and denies that hold whatever it is granted later.

    Parameters
    ----------
    malware_scan
        Whether the processor reads the verdict of the malware scan, which is a tag of the object version.
    """
    verdict = ["s3:GetObjectVersionTagging"] if malware_scan else []
    return policy(
        write_logs_and_traces(log_group_arn),
        use_vpc(function_arn, placement_arns),
        deny_guardrail_changes(),
        [
            allow("ReadInput", ["s3:GetObject", "s3:GetObjectVersion", *verdict], f"{input_arn}/*"),
            allow(
                "WriteResults", ["s3:PutObject", "s3:AbortMultipartUpload"], [f"{output_arn}/*", f"{quarantine_arn}/*"]
            ),
            # A redelivered message has work to do only if there is no manifest object yet.
            allow("ReadManifests", "s3:GetObject", f"{output_arn}/*/manifest.json"),
            # Without it, S3 answers "forbidden" instead of "not found" for a missing object.
            allow("DetectMissingObjects", "s3:ListBucket", [input_arn, output_arn]),
            allow(
                "WriteTable",
                ["dynamodb:BatchWriteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
                table_arn,
            ),
            allow("ConsumeQueue", ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], queue_arn),
            allow("RecordsKey", ["kms:Decrypt", "kms:GenerateDataKey"], records_key_arn),
            allow("OwnEnvironment", "kms:Decrypt", logs_key_arn),
            allow("DeriveTokenKey", "kms:GenerateMac", tokens_key_arn),
            deny(
                "DenyDataLoss",
                [
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
                "*",
            ),
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
    placement_arns: Sequence[str],
    log_group_arn: str,
    function_arn: str,
) -> Document:
    """Return the reconciler's permissions: what it calls, and denies that hold whatever it is granted later.

    It can list files and look up their manifests; it cannot read the content of a file or a transaction.

    Parameters
    ----------
    index_name
        Index of the table, of manifests by status.
    """
    return policy(
        write_logs_and_traces(log_group_arn),
        use_vpc(function_arn, placement_arns),
        deny_guardrail_changes(),
        [
            allow("ListInput", "s3:ListBucketVersions", input_arn),
            # ForAllValues also holds for a request without keys, hence the second condition.
            allow(
                "FindManifests",
                "dynamodb:BatchGetItem",
                table_arn,
                {
                    "ForAllValues:StringLike": {"dynamodb:LeadingKeys": "file#*"},
                    "Null": {"dynamodb:LeadingKeys": "false"},
                },
            ),
            # Only manifests have a status, so this index holds no transactions.
            allow("FindProcessing", "dynamodb:Query", f"{table_arn}/index/{index_name}"),
            allow(
                "RecordsKeyThroughTable",
                "kms:Decrypt",
                records_key_arn,
                through_service("dynamodb", region),
            ),
            allow("OwnEnvironment", "kms:Decrypt", logs_key_arn),
            deny(
                "DenyContent",
                [
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
                "*",
            ),
            deny(
                "DenyDataLoss",
                [
                    "s3:BypassGovernanceRetention",
                    "s3:DeleteBucket*",
                    "s3:PutBucket*",
                    "s3:PutLifecycleConfiguration",
                    "dynamodb:DeleteTable",
                    "dynamodb:UpdateContinuousBackups",
                    "dynamodb:UpdateTable",
                ],
                "*",
            ),
        ],
    )


def redrive_permissions(
    *,
    region: str,
    input_arn: str,
    work_queue_arn: str,
    dead_letter_arn: str,
    records_key_arn: str,
    logs_key_arn: str,
    log_group_arn: str,
    function_arn: str,  # noqa: ARG001 - passed to the permissions of every function
) -> Document:
    """Return the redrive function's permissions: what it calls, and denies that hold whatever it is granted later.

    It moves messages and finds versions of objects; it cannot read the content of a file or an item of the table.
    """
    return policy(
        write_logs_and_traces(log_group_arn),
        deny_guardrail_changes(),
        [
            allow("FindVersions", "s3:ListBucketVersions", input_arn),
            allow("TakeDeadLetters", ["sqs:ReceiveMessage", "sqs:DeleteMessage"], dead_letter_arn),
            allow("SendWork", "sqs:SendMessage", work_queue_arn),
            allow(
                "RecordsKeyThroughQueues",
                ["kms:Decrypt", "kms:GenerateDataKey"],
                records_key_arn,
                through_service("sqs", region),
            ),
            allow("OwnEnvironment", "kms:Decrypt", logs_key_arn),
            deny(
                "DenyContent",
                [
                    "dynamodb:*",
                    "kms:GenerateMac",
                    "s3:DeleteObject*",
                    "s3:GetObject*",
                    "s3:PutObject*",
                    "s3:RestoreObject",
                    "sqs:PurgeQueue",
                ],
                "*",
            ),
        ],
    )
