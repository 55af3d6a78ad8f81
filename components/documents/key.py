"""Key policies: administration and use are granted apart, and services come in for this account's resources only."""

from components.documents.policy import Document, Statement, account_root, allow_service, policy

ADMINISTRATION = [
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListAliases",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
]
ENCRYPTION = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
TOKENS = ["kms:GenerateMac", "kms:VerifyMac", "kms:DescribeKey"]


def records_key_policy(partition: str, account_id: str) -> Document:
    """Return the policy of the key of records: buckets, table and queues; S3 sends notifications to an encrypted queue."""
    return policy(
        _administration(partition, account_id),
        _use(partition, account_id, ENCRYPTION),
        _grants(partition, account_id),
        _service("S3ToEncryptedQueue", "s3.amazonaws.com", account_id, f"arn:{partition}:s3:::*"),
    )


def logs_key_policy(partition: str, account_id: str, region: str) -> Document:
    """Return the policy of the key of internal data: log groups, code and alarm topics."""
    logs = {
        "Sid": "LogGroups",
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{region}.amazonaws.com"},
        "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        "Resource": "*",
        "Condition": {
            "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:{partition}:logs:{region}:{account_id}:log-group:*"}
        },
    }
    alarms = f"arn:{partition}:cloudwatch:{region}:{account_id}:alarm:*"
    functions = f"arn:{partition}:lambda:{region}:{account_id}:function:*"
    return policy(
        _administration(partition, account_id),
        _use(partition, account_id, ENCRYPTION),
        _grants(partition, account_id),
        [logs],
        _service("AlarmsToEncryptedTopic", "cloudwatch.amazonaws.com", account_id, alarms),
        _service("FunctionCode", "lambda.amazonaws.com", account_id, functions),
    )


def tokens_key_policy(partition: str, account_id: str) -> Document:
    """Return the policy of the HMAC key from which account tokens are derived."""
    return policy(_administration(partition, account_id), _use(partition, account_id, TOKENS))


def _administration(partition: str, account_id: str) -> list[Statement]:
    return [
        {
            "Sid": "Administration",
            "Effect": "Allow",
            "Principal": account_root(partition, account_id),
            "Action": ADMINISTRATION,
            "Resource": "*",
        }
    ]


def _use(partition: str, account_id: str, actions: list[str]) -> list[Statement]:
    """Let IAM policies of the account grant the key's use; the root principal alone grants nothing."""
    return [
        {
            "Sid": "UseByPolicy",
            "Effect": "Allow",
            "Principal": account_root(partition, account_id),
            "Action": actions,
            "Resource": "*",
        }
    ]


def _grants(partition: str, account_id: str) -> list[Statement]:
    """Let AWS services that hold data for us (DynamoDB, Lambda) take grants, and nobody else."""
    return [
        {
            "Sid": "GrantsForServices",
            "Effect": "Allow",
            "Principal": account_root(partition, account_id),
            "Action": "kms:CreateGrant",
            "Resource": "*",
            "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
        }
    ]


def _service(sid: str, service: str, account_id: str, source_arn: str) -> list[Statement]:
    return allow_service(sid, service, ["kms:Decrypt", "kms:GenerateDataKey*"], "*", account_id, source_arn)
