"""Key policies: administration and use are granted separately, and AWS services may act for this account's resources only.

A condition cannot look at the content of a new key policy, so whoever may call PutKeyPolicy can lift every deny here, and
KMS insists that somebody may. Such a change pages, and `docs/organization/` has the policy that an organization sets above it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from components.context import AwsContext
from components.shared.action_classes import actions
from components.shared.statements import (
    PRINCIPAL,
    Document,
    Statement,
    account_root,
    allow_service,
    deny_everybody,
    policy,
    unless,
)

ADMINISTRATION_ACTIONS = [
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
INSPECTION_ACTIONS = [
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
]
"""Show how a key is configured, and nothing that it protects."""
ENCRYPTION_ACTIONS = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"]
READ_ACTIONS = actions("kms", "read")
"""Recover records, or derive tokens."""
DELETION_ACTIONS = actions("kms", "delete")
"""Make the records unreadable for everybody."""


@dataclass(frozen=True, kw_only=True)
class KeyAccess:
    """Who may administer, delete and use a key, as patterns of principals' ARNs.

    Attributes
    ----------
    administrators
        The only principals who may administer the key; empty leaves it to the account's IAM policies.
    deletion_principals
        The only principals who may disable the key or schedule its deletion; empty for nobody, None leaves it to IAM.
    deletion_days
        The shortest waiting period of a scheduled deletion.
    never_read
        Principals who may not decrypt or derive tokens themselves. A service that they use still may, for its own purposes:
        DynamoDB needs the permission to decrypt of whoever creates a table under the key.
    """

    administrators: Sequence[str] = ()
    deletion_principals: Sequence[str] | None = None
    deletion_days: int = 7
    never_read: Sequence[str] = ()


def records_key_policy(context: AwsContext, access: KeyAccess) -> Document:
    """Return the policy of the records key: buckets, table and queues. S3 sends notifications to an encrypted queue."""
    return policy(
        _statements(context, access, ENCRYPTION_ACTIONS, via=["dynamodb"]),
        _other_tables(context, access),
        _grants(context),
        _service("S3ToEncryptedQueue", "s3.amazonaws.com", context, f"arn:{context.partition}:s3:::*"),
    )


def logs_key_policy(context: AwsContext, access: KeyAccess) -> Document:
    """Return the policy of the key of internal data: log groups, code and alarm topics.

    Deploy principals may decrypt with it, since it protects the functions' code and environment.
    """
    return policy(
        _statements(context, access, ENCRYPTION_ACTIONS, via=None),
        _grants(context),
        _log_groups(context),
        _service("AlarmsToEncryptedTopic", "cloudwatch.amazonaws.com", context, context.arn("cloudwatch", "alarm:*")),
        _service("FunctionCode", "lambda.amazonaws.com", context, context.arn("lambda", "function:*")),
    )


def audit_key_policy(context: AwsContext, access: KeyAccess, trail_arn: str | None) -> Document:
    """Return the policy of the audit key: the trail, its log group and the audit bucket."""
    return policy(
        _statements(context, access, ENCRYPTION_ACTIONS, via=["s3"]),
        _log_groups(context),
        _trail(context, trail_arn) if trail_arn else [],
    )


def replica_key_policy(context: AwsContext, access: KeyAccess, copying: Sequence[Statement]) -> Document:
    """Return the policy of a key of copies.

    Parameters
    ----------
    context
        Account and region of the copies.
    copying
        Statements that let the originals' account write copies, if it is another one.
    """
    return policy(_statements(context, access, ENCRYPTION_ACTIONS, via=[]), copying)


def tokens_key_policy(context: AwsContext, access: KeyAccess, processor_arn: str) -> Document:
    """Return the policy of the HMAC key from which account tokens are derived.

    One call with a constant input returns the key that all tokens are made with. So nobody but the processor may call
    GenerateMac, and nobody VerifyMac, which would confirm a guess: not break-glass, not the account's root user.
    """
    return policy(
        _statements(context, access, ["kms:GenerateMac"], via=[]),
        [
            deny_everybody("DenyOtherTokens", ["kms:GenerateMac"], ["*"], unless([processor_arn])),
            deny_everybody("DenyVerification", ["kms:VerifyMac"], ["*"], {}),
        ],
    )


def _statements(context: AwsContext, access: KeyAccess, use: list[str], via: Sequence[str] | None) -> list[Statement]:
    """Return the statements that all keys share: administration, inspection, use by IAM policy, and denies.

    Parameters
    ----------
    via
        Services through which principals in `never_read` may still decrypt; None leaves the deny out.
    """
    root = {"Effect": "Allow", "Principal": account_root(context), "Resource": "*"}
    administration: Statement = {"Sid": "Administration", **root, "Action": ADMINISTRATION_ACTIONS}
    if access.administrators:
        administration["Condition"] = {"ArnLike": {PRINCIPAL: list(access.administrators)}}
    # The root principal delegates: access still needs a grant in an IAM policy of the account.
    statements = [
        administration,
        {"Sid": "Inspection", **root, "Action": INSPECTION_ACTIONS},
        {"Sid": "UseByIamPolicy", **root, "Action": use},
        # Without the check, a new key policy could lock everybody out of the key.
        deny_everybody(
            "DenyLockout", ["kms:PutKeyPolicy"], ["*"], {"Bool": {"kms:BypassPolicyLockoutSafetyCheck": "true"}}
        ),
        deny_everybody(
            "DenyShortDeletion",
            ["kms:ScheduleKeyDeletion"],
            ["*"],
            {"NumericLessThan": {"kms:ScheduleKeyDeletionPendingWindowInDays": str(access.deletion_days)}},
        ),
    ]
    if access.deletion_principals is not None:
        statements.append(deny_everybody("DenyDeletion", DELETION_ACTIONS, ["*"], unless(access.deletion_principals)))
    if access.never_read and via is not None:
        condition: dict[str, dict[str, list[str]]] = {"ArnLike": {PRINCIPAL: list(access.never_read)}}
        if via:
            condition["StringNotEquals"] = {
                "kms:ViaService": [f"{service}.{context.region}.amazonaws.com" for service in via]
            }
        statements.append(deny_everybody("DenyReadToAdministrators", READ_ACTIONS, ["*"], condition))
    return statements


def _other_tables(context: AwsContext, access: KeyAccess) -> list[Statement]:
    """Deny principals in `never_read` to decrypt another table than ours, such as a copy without a resource policy.

    DynamoDB names the table in the encryption context of each call.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
    """
    if not access.never_read:
        return []
    condition = {
        "ArnLike": {PRINCIPAL: list(access.never_read)},
        "StringNotEquals": {"kms:EncryptionContext:aws:dynamodb:tableName": context.transactions_table},
    }
    return [deny_everybody("DenyOtherTablesToAdministrators", READ_ACTIONS, ["*"], condition)]


def _grants(context: AwsContext) -> list[Statement]:
    """Let AWS services that store data for us (DynamoDB, Lambda) receive grants, and nobody else."""
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
            "Action": [*ENCRYPTION_ACTIONS, "kms:DescribeKey"],
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
        {**trail, "Sid": "TrailDescribesKey", "Action": "kms:DescribeKey", "Condition": source},
    ]


def _service(sid: str, service: str, context: AwsContext, source_arn: str) -> list[Statement]:
    return allow_service(sid, service, ["kms:Decrypt", "kms:GenerateDataKey*"], "*", context.account_id, source_arn)
