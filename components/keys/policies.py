"""Key policies: administration and use are granted apart, and services come in for this account's resources only."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.context import AwsContext
from components.shared.statements import (
    PRINCIPAL,
    Document,
    Statement,
    account_root,
    allow_service,
    deny,
    policy,
    unless,
)

ADMINISTRATION = [
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
]
INSPECTION = [
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
]
"""What tells how a key is kept, and gives nothing of what is under it."""
ENCRYPTION = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"]
TOKENS = ["kms:GenerateMac", "kms:VerifyMac"]
READING = ["kms:Decrypt", "kms:ReEncryptFrom", "kms:GenerateMac", "kms:VerifyMac"]
"""What makes records or tokens of a key."""
ENDING = ["kms:DisableKey", "kms:DisableKeyRotation", "kms:ScheduleKeyDeletion"]
"""What takes the records away from everybody."""


@dataclass(frozen=True, kw_only=True)
class Custody:
    """Who keeps a key: patterns of principals' ARNs.

    Attributes
    ----------
    administrators
        The only ones who administer it; empty leaves that to the account's IAM policies.
    deletion_principals
        The only ones who may disable it or schedule its deletion; None asks nothing, empty is for nobody.
    never_read
        Those who may not decrypt or make tokens with it themselves; services that they use may (DynamoDB opens a table so).
    """

    administrators: Sequence[str] = ()
    deletion_principals: Sequence[str] | None = None
    never_read: Sequence[str] = ()


def records_key_policy(context: AwsContext, custody: Custody) -> Document:
    """Return the policy of the key of records: buckets, table and queues; S3 sends notifications to an encrypted queue."""
    return policy(
        _kept(context, custody, ENCRYPTION, via=["dynamodb"]),
        _grants(context),
        _service("S3ToEncryptedQueue", "s3.amazonaws.com", context, f"arn:{context.partition}:s3:::*"),
    )


def logs_key_policy(context: AwsContext, custody: Custody) -> Document:
    """Return the policy of the key of internal data: log groups, code and alarm topics.

    Whoever deploys reads with it: a function's code and environment are under it.
    """
    return policy(
        _kept(context, custody, ENCRYPTION, via=None),
        _grants(context),
        _log_groups(context),
        _service("AlarmsToEncryptedTopic", "cloudwatch.amazonaws.com", context, context.arn("cloudwatch", "alarm:*")),
        _service("FunctionCode", "lambda.amazonaws.com", context, context.arn("lambda", "function:*")),
    )


def audit_key_policy(context: AwsContext, custody: Custody, trail_arn: str | None) -> Document:
    """Return the policy of the key of evidence: the trail, its log group, the audit bucket."""
    return policy(
        _kept(context, custody, ENCRYPTION, via=["s3"]),
        _log_groups(context),
        _trail(context, trail_arn) if trail_arn else [],
    )


def tokens_key_policy(context: AwsContext, custody: Custody) -> Document:
    """Return the policy of the HMAC key from which account tokens are derived."""
    return policy(_kept(context, custody, TOKENS, via=[]))


def _kept(context: AwsContext, custody: Custody, use: list[str], via: Sequence[str] | None) -> list[Statement]:
    """Return who administers a key, who uses it by IAM policy, and who may never do what.

    Parameters
    ----------
    via
        Services through which those who may not read still do; None where everybody may read.
    """
    root = {"Effect": "Allow", "Principal": account_root(context), "Resource": "*"}
    administration: Statement = {"Sid": "Administration", **root, "Action": ADMINISTRATION}
    if custody.administrators:
        administration["Condition"] = {"ArnLike": {PRINCIPAL: list(custody.administrators)}}
    # The root principal alone grants nothing: the account's IAM policies do.
    found = [
        administration,
        {"Sid": "Inspection", **root, "Action": INSPECTION},
        {"Sid": "UseByPolicy", **root, "Action": use},
    ]
    if custody.deletion_principals is not None:
        found.append(deny("DenyEnding", ENDING, ["*"], unless(custody.deletion_principals)))
    if custody.never_read and via is not None:
        condition: dict[str, dict[str, list[str]]] = {"ArnLike": {PRINCIPAL: list(custody.never_read)}}
        if via:
            condition["StringNotEquals"] = {"kms:ViaService": [f"{one}.{context.region}.amazonaws.com" for one in via]}
        found.append(deny("DenyReadingToAdministrators", READING, ["*"], condition))
    return found


def _grants(context: AwsContext) -> list[Statement]:
    """Let AWS services that hold data for us (DynamoDB, Lambda) take grants, and nobody else."""
    return [
        {
            "Sid": "GrantsForServices",
            "Effect": "Allow",
            "Principal": account_root(context),
            "Action": "kms:CreateGrant",
            "Resource": "*",
            "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
        }
    ]


def _log_groups(context: AwsContext) -> list[Statement]:
    return [
        {
            "Sid": "LogGroups",
            "Effect": "Allow",
            "Principal": {"Service": f"logs.{context.region}.amazonaws.com"},
            "Action": [*ENCRYPTION, "kms:DescribeKey"],
            "Resource": "*",
            "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": context.arn("logs", "log-group:*")}},
        }
    ]


def _trail(context: AwsContext, trail_arn: str) -> list[Statement]:
    trail: Statement = {
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Effect": "Allow",
        "Resource": "*",
    }
    encryption_context = f"arn:{context.partition}:cloudtrail:*:{context.account_id}:trail/*"
    source = {"StringEquals": {"aws:SourceArn": trail_arn}}
    return [
        {
            **trail,
            "Sid": "TrailEncrypts",
            "Action": "kms:GenerateDataKey*",
            "Condition": {**source, "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": encryption_context}},
        },
        {**trail, "Sid": "TrailLooks", "Action": "kms:DescribeKey", "Condition": source},
    ]


def _service(sid: str, service: str, context: AwsContext, source_arn: str) -> list[Statement]:
    return allow_service(sid, service, ["kms:Decrypt", "kms:GenerateDataKey*"], "*", context.account_id, source_arn)
