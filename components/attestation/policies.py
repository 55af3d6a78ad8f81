"""What the attestor may do."""

from collections.abc import Mapping, Sequence

from components.shared.role_policies import deny_guardrail_changes, write_logs_and_traces
from components.shared.statements import Document, Statement, policy

_ASKED = {
    "bucket": (
        "AskBuckets",
        [
            "s3:GetBucketLogging",
            "s3:GetBucketObjectLockConfiguration",
            "s3:GetBucketOwnershipControls",
            "s3:GetBucketPolicy",
            "s3:GetBucketPublicAccessBlock",
            "s3:GetBucketVersioning",
            "s3:GetEncryptionConfiguration",
            "s3:GetLifecycleConfiguration",
        ],
    ),
    "key": ("AskKeys", ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus"]),
    "queue": ("AskQueues", ["sqs:GetQueueAttributes"]),
    "table": ("AskTables", ["dynamodb:DescribeContinuousBackups", "dynamodb:DescribeTable"]),
}
"""Questions about resources whose names are not known before they are made, by kind."""
_OTHERS = {
    "cloudtrail:*:trail/*": ["cloudtrail:GetEventSelectors", "cloudtrail:GetTrail", "cloudtrail:GetTrailStatus"],
    "iam::role/{stack}-*": [
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:ListAttachedRolePolicies",
        "iam:ListRolePolicies",
    ],
    "lambda:{region}:function:{stack}-*": ["lambda:GetFunctionConfiguration"],
    "logs:{region}:log-group:*": ["logs:DescribeLogGroups"],
    "sns:{region}:{stack}-*": ["sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic"],
}
"""Questions by what they are about, as the service, the region and the rest of an ARN.

Of functions, roles and topics the stack's own only: who may do what is a plan of the whole account.
"""
_ANYWHERE = [
    "cloudwatch:DescribeAlarms",
    "ec2:DescribeEgressOnlyInternetGateways",
    "ec2:DescribeFlowLogs",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeNatGateways",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcs",
]
"""Questions that know no narrower resource, or lists that are cut down to what was asked for only after the check.

Composite alarms are described to nobody who may not ask about every alarm.
"""

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
_CONTENT = [
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
_USE_OF_KEYS = [
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "kms:GenerateMac",
    "kms:ReEncrypt*",
]
_EVIDENCE_ENDS = ["s3:BypassGovernanceRetention", "s3:DeleteObject*", "s3:PutObjectLegalHold", "s3:PutObjectRetention"]


def attestor_permissions(
    *,
    partition: str,
    region: str,
    account_id: str,
    stack: str,
    asked: Mapping[str, Sequence[str]],
    audit_bucket_arn: str,
    prefix: str,
    audit_key_arn: str,
    key_arn: str,
    log_group_arn: str,
    function_arn: str,  # noqa: ARG001 - every function's role is told it
) -> Document:
    """Return what the attestor asks, and the denies that hold whatever else is granted to it later.

    It sees how things are set up and nothing that is in them: no object but its own, no item, message, log or secret.

    Parameters
    ----------
    stack
        What the names of the stack's functions, roles and topics begin with, before a dash.
    asked
        ARNs of the resources that it asks about, by kind: `bucket`, `key`, `queue`, `table`.
    prefix
        Where intent and evidence are in the audit bucket, ending with a slash.
    audit_key_arn, key_arn
        The keys of that bucket and of the function's environment.
    """
    own_objects = f"{audit_bucket_arn}/{prefix}*"
    return policy(
        write_logs_and_traces(log_group_arn),
        deny_guardrail_changes(),
        [
            {"Sid": "OwnEnvironment", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": key_arn},
            *_named(asked, account_id),
            *_questions(partition, region, account_id, stack),
            {"Sid": "AskAnywhere", "Effect": "Allow", "Action": _ANYWHERE, "Resource": "*"},
            {
                "Sid": "ReadIntentAndEvidence",
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:GetObjectVersion"],
                "Resource": own_objects,
            },
            {
                "Sid": "FindEvidence",
                "Effect": "Allow",
                "Action": "s3:ListBucket",
                "Resource": audit_bucket_arn,
                "Condition": {"StringLike": {"s3:prefix": f"{prefix}*"}},
            },
            {
                "Sid": "WriteEvidence",
                "Effect": "Allow",
                "Action": "s3:PutObject",
                "Resource": f"{audit_bucket_arn}/{prefix}evidence/*",
            },
            {
                "Sid": "AuditKeyThroughS3",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": audit_key_arn,
                "Condition": {"StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"}},
            },
            {
                "Sid": "DenyOtherObjects",
                "Effect": "Deny",
                "Action": ["s3:GetObject*", "s3:PutObject"],
                "NotResource": own_objects,
            },
            {
                "Sid": "DenyEndingEvidence",
                "Effect": "Deny",
                "Action": _EVIDENCE_ENDS,
                "Resource": "*",
            },
            {"Sid": "DenyItems", "Effect": "Deny", "Action": _ITEMS, "Resource": "*"},
            {"Sid": "DenyContent", "Effect": "Deny", "Action": _CONTENT, "Resource": "*"},
            {
                "Sid": "DenyOtherKeys",
                "Effect": "Deny",
                "Action": _USE_OF_KEYS,
                "NotResource": [audit_key_arn, key_arn],
            },
            {
                "Sid": "DenySecrets",
                "Effect": "Deny",
                "Action": ["secretsmanager:GetSecretValue", "ssm:GetParameter*"],
                "Resource": "*",
            },
        ],
    )


def _named(asked: Mapping[str, Sequence[str]], account_id: str) -> list[Statement]:
    # A bucket of this name in somebody else's account is not the one that was meant.
    ours = {"StringEquals": {"aws:ResourceAccount": account_id}}
    return [
        {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": list(asked[kind]), "Condition": ours}
        for kind, (sid, actions) in _ASKED.items()
        if asked.get(kind)
    ]


def _questions(partition: str, region: str, account_id: str, stack: str) -> list[Statement]:
    statements = []
    for context, actions in _OTHERS.items():
        service, where, resource = context.replace("{region}", region).replace("{stack}", stack).split(":", 2)
        statements.append(
            {
                "Sid": f"Ask{service.capitalize()}",
                "Effect": "Allow",
                "Action": actions,
                "Resource": f"arn:{partition}:{service}:{where}:{account_id}:{resource}",
            }
        )
    return statements
