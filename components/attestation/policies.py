"""The attestor's permissions: the IAM actions of the controls, and denies that hold whatever it is granted later."""

from collections.abc import Mapping, Sequence

from components.shared.role_policies import deny_guardrail_changes, write_logs_and_traces
from components.shared.statements import Document, Statement, allow, deny, policy, through_service
from lambdas.attestor.controls import KINDS

NAMED_KINDS = ("bucket", "key", "notification", "queue", "replication", "table")
"""Kinds of resources that the role names one by one."""
_SCOPES = {
    "dns-firewall": "route53resolver:{region}:{account_id}:*",
    "event-source": "lambda:{region}:{account_id}:event-source-mapping:*",
    "function": "lambda:{region}:{account_id}:function:{stack}-*",
    "malware-scan": "guardduty:{region}:{account_id}:malware-protection-plan/*",
    "metric-filter": "logs:{region}:{account_id}:log-group:*",
    "role": "iam::{account_id}:role/{stack}-*",
    "schedule": "scheduler:{region}:{account_id}:schedule/{stack}-*",
    "topic": "sns:{region}:{account_id}:{stack}-*",
    "trail": "cloudtrail:*:{account_id}:trail/*",
}
"""Scope of the actions of other kinds, as the end of an ARN.

Functions, roles and topics are limited to the stack's own: the account's other permissions are not the attestor's business.
The remaining kinds have actions without resource-level permissions. For `cloudwatch:DescribeAlarms`, AWS describes composite
alarms only to a principal that may describe every alarm.
"""
_WITHOUT_RESOURCES = {
    "route53resolver:ListFirewallRuleGroupAssociations",
    "route53resolver:ListResolverQueryLogConfigAssociations",
}
"""Actions of these kinds that AWS allows on all resources only."""

_ITEMS = [
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:ExportTableToPointInTime",
    "dynamodb:GetItem",
    "dynamodb:GetRecords",
    "dynamodb:PartiQL*",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
]
_CONTENTS = [
    "lambda:GetFunction",
    "lambda:InvokeFunction",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:GetLogRecord",
    "logs:StartLiveTail",
    "logs:StartQuery",
    "sns:Publish",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
]
_KEY_USES = [
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "kms:GenerateMac",
    "kms:ReEncrypt*",
]
_EVIDENCE_DELETIONS = [
    "s3:BypassGovernanceRetention",
    "s3:DeleteObject*",
    "s3:PutObjectLegalHold",
    "s3:PutObjectRetention",
]


def attestor_permissions(
    *,
    partition: str,
    region: str,
    account_id: str,
    stack: str,
    resource_arns: Mapping[str, Sequence[str]],
    reader_arns: Sequence[str],
    audit_bucket_arn: str,
    prefix: str,
    audit_key_arn: str,
    key_arn: str,
    log_group_arn: str,
    function_arn: str,  # noqa: ARG001 - passed to the permissions of every function
) -> Document:
    """Return the permissions of the attestor.

    It reads settings, never content: no object but its own, no item, message, log event or secret.

    Parameters
    ----------
    stack
        Prefix of the names of the stack's functions, roles and topics, without the dash.
    resource_arns
        ARNs of the attested resources of the kinds in `NAMED_KINDS`, by kind.
    reader_arns
        Roles of other accounts that it reads with.
    prefix
        Prefix of expected state and evidence in the audit bucket, ending with a slash.
    audit_key_arn, key_arn
        Keys of that bucket and of the function's environment.
    """
    own_objects = f"{audit_bucket_arn}/{prefix}*"
    return policy(
        write_logs_and_traces(log_group_arn),
        deny_guardrail_changes(),
        [
            allow("DecryptOwnEnvironment", "kms:Decrypt", key_arn),
            *_read_actual_state(partition, region, account_id, stack, resource_arns),
            *([allow("ReadInOtherAccounts", "sts:AssumeRole", list(reader_arns))] if reader_arns else []),
            allow("ReadExpectedStateAndEvidence", ["s3:GetObject", "s3:GetObjectVersion"], own_objects),
            allow("FindEvidence", "s3:ListBucket", audit_bucket_arn, {"StringLike": {"s3:prefix": f"{prefix}*"}}),
            allow("WriteEvidence", "s3:PutObject", f"{audit_bucket_arn}/{prefix}evidence/*"),
            allow(
                "UseAuditKeyThroughS3",
                ["kms:Decrypt", "kms:GenerateDataKey"],
                audit_key_arn,
                through_service("s3", region),
            ),
            {
                "Sid": "DenyOtherObjects",
                "Effect": "Deny",
                "Action": ["s3:GetObject*", "s3:PutObject"],
                "NotResource": own_objects,
            },
            deny("DenyEvidenceDeletion", _EVIDENCE_DELETIONS, "*"),
            deny("DenyItems", _ITEMS, "*"),
            deny("DenyContent", _CONTENTS, "*"),
            {
                "Sid": "DenyOtherKeys",
                "Effect": "Deny",
                "Action": _KEY_USES,
                "NotResource": [audit_key_arn, key_arn],
            },
            deny("DenySecrets", ["secretsmanager:GetSecretValue", "ssm:GetParameter*"], "*"),
        ],
    )


def _read_actual_state(
    partition: str, region: str, account_id: str, stack: str, resource_arns: Mapping[str, Sequence[str]]
) -> list[Statement]:
    """Return a statement for each kind of resource, with the actions that its controls need."""
    statements: list[Statement] = []
    unscoped: set[str] = set()
    for kind, controls in KINDS.items():
        sid = f"Read{kind.title().replace('-', '')}"
        actions = sorted({action for control in controls for action in control.actions})
        if kind in _SCOPES:
            scope = _SCOPES[kind].format(region=region, account_id=account_id, stack=stack)
            scoped = [action for action in actions if action not in _WITHOUT_RESOURCES]
            statements.append(allow(sid, scoped, f"arn:{partition}:{scope}"))
            unscoped.update(_WITHOUT_RESOURCES.intersection(actions))
        elif kind not in NAMED_KINDS:
            unscoped.update(actions)
        elif resource_arns.get(kind):
            # A bucket of the same name in another account must not be taken for ours.
            own_account = {"StringEquals": {"aws:ResourceAccount": account_id}}
            statements.append(allow(sid, actions, list(resource_arns[kind]), own_account))
    return [*statements, allow("ReadWithoutResourceScope", sorted(unscoped), "*")]
