"""The permissions of the roles that deploy and preview a stack, and the boundary of the roles that a deployment creates."""

from collections.abc import Iterable
from dataclasses import replace

from bootstrap.grants import Grant, grants
from bootstrap.groups import GROUPS
from bootstrap.names import DEPLOY_ROLE, PREVIEW_ROLE, PROJECT, Copies, boundary_arn, provider_arn, role_arn
from components.context import AwsContext
from components.data.buckets import MALWARE_SCAN
from components.keys.policies import ADMINISTRATION_ACTIONS, DELETION_ACTIONS, ENCRYPTION_ACTIONS, INSPECTION_ACTIONS
from components.processing.malware_scan import MANAGED_RULES
from components.replication.replica import READER
from components.shared.action_classes import actions
from components.shared.role_policies import deny_guardrail_changes
from components.shared.statements import (
    Document,
    Statement,
    account_root,
    allow,
    deny,
    deny_everybody,
    policy,
    unless,
)

_CONTENT_ACTIONS = [
    "dynamodb:BatchGetItem",
    "dynamodb:ExportTableToPointInTime",
    "dynamodb:GetItem",
    "dynamodb:GetRecords",
    "dynamodb:PartiQL*",
    "dynamodb:Query",
    "dynamodb:Scan",
    "lambda:InvokeFunction",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:GetLogRecord",
    "logs:StartLiveTail",
    "logs:StartQuery",
    "sqs:ReceiveMessage",
]
"""Show items, log events or messages."""
_GUARDRAIL_ACTIONS = actions("s3", "guard", "move out")
_INTERFACE_ACTIONS = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:Describe*",
    "ec2:UnassignPrivateIpAddresses",
]


def deploy_permissions(
    context: AwsContext, state_arn: str, key_arn: str, copies: Copies | None = None
) -> dict[str, Document]:
    """Return the permissions of the role that deploys, by the name of the managed policy.

    Parameters
    ----------
    context
        Account, region and the stack's prefix.
    state_arn, key_arn
        Bucket of the engine's state, and key of state and secrets.
    copies
        Where the stack keeps its second copy; None for no copy.
    """
    areas: dict[str, list[Statement]] = {}
    for grant in grants(context, copies):
        areas.setdefault(grant.area, []).extend(_statement(grant, [*grant.reads, *grant.writes]))
    areas["state"] = [*_use_state(state_arn, key_arn), *_deny_own_limits(context, state_arn, key_arn)]
    return {area: policy(statements) for area, statements in areas.items()}


def preview_permissions(context: AwsContext, state_arn: str, key_arn: str, copies: Copies | None = None) -> Document:
    """Return the permissions of the role that previews: it reads state and configuration, and no content.

    It does not read copies in another account, whose role may change them.
    """
    return policy(
        (statement for grant in grants(context, copies) for statement in _statement(grant, grant.reads)),
        [
            allow("ListState", "s3:ListBucket", state_arn),
            allow("ReadState", "s3:GetObject", f"{state_arn}/.pulumi/*"),
            allow("DecryptState", "kms:Decrypt", key_arn),
            deny("DenyContent", _CONTENT_ACTIONS, "*"),
            {"Sid": "DenyObjects", "Effect": "Deny", "Action": "s3:GetObject*", "NotResource": f"{state_arn}/*"},
            {"Sid": "DenyOtherKeys", "Effect": "Deny", "Action": "kms:Decrypt", "NotResource": key_arn},
        ],
    )


def state_key_policy(context: AwsContext) -> Document:
    """Return the policy of the key for state and secrets: IAM decides who uses it, and only break-glass may end it."""
    root = {"Effect": "Allow", "Principal": account_root(context), "Resource": "*"}
    break_glass = [role_arn(context, group.name) for group in GROUPS if group.group == "break_glass_principals"]
    return policy(
        [
            {"Sid": "Administration", **root, "Action": [*ADMINISTRATION_ACTIONS, *INSPECTION_ACTIONS]},
            {"Sid": "UseByIamPolicy", **root, "Action": ENCRYPTION_ACTIONS},
            deny_everybody("DenyDeletion", DELETION_ACTIONS, ["*"], unless(break_glass)),
        ]
    )


def boundary(context: AwsContext, copies: Copies | None = None) -> Document:
    """Return the most that a role of the stack may ever do: the work of its functions, on the stack's own resources.

    A boundary grants nothing. The role that deploys can create roles only with this boundary, and cannot change it.
    """
    keys, reading = [context.arn("kms", "key/*")], []
    if copies:
        there = replace(context, region=copies.region, account_id=copies.account_id(context))
        keys.append(there.arn("kms", "key/*"))
        reading = [allow("ReadCopies", "sts:AssumeRole", there.role_arn(READER))] if copies.role_arn else []
    own = f"{context.prefix}-*"
    resources = [
        f"arn:{context.partition}:s3:::{own}",
        *(
            context.arn(service, name)
            for service, name in (
                ("dynamodb", f"table/{own}"),
                ("lambda", f"function:{own}"),
                ("lambda", "event-source-mapping:*"),
                ("sns", own),
                ("sqs", own),
                ("states", f"*:{own}"),
            )
        ),
    ]
    groups = [context.arn("logs", f"log-group:/aws/*/{context.prefix}{end}") for end in ("-*", ":*")]
    guardrails = [action for action in _GUARDRAIL_ACTIONS if action != "s3:PutBucketNotification"]
    guardrails += ["s3:BypassGovernanceRetention", "s3:DeleteBucket"]
    uses = ["kms:CreateGrant", "kms:Decrypt", "kms:Encrypt", "kms:Generate*", "kms:ReEncrypt*", "kms:VerifyMac"]
    return policy(
        [
            allow(
                "OwnResources",
                [
                    "dynamodb:*",
                    "lambda:Get*",
                    "lambda:InvokeFunction",
                    "lambda:List*",
                    "s3:*",
                    "sns:Publish",
                    "sqs:*",
                    "states:*",
                ],
                resources,
            ),
            allow("OwnKeys", uses, keys),
            allow("OwnLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], groups),
            allow(
                "ReadConfiguration",
                [
                    f"{service}:{verb}*"
                    for service in (
                        "cloudtrail",
                        "cloudwatch",
                        "guardduty",
                        "iam",
                        "kms",
                        "route53resolver",
                        "scheduler",
                        "sns",
                    )
                    for verb in ("Describe", "Get", "List")
                ],
                "*",
            ),
            allow("ReadLogConfiguration", ["logs:Describe*", "logs:ListTagsForResource"], "*"),
            # None of these has a narrower resource.
            allow("MetricsTracesAndInterfaces", ["cloudwatch:PutMetricData", "xray:Put*", *_INTERFACE_ACTIONS], "*"),
            # GuardDuty turns on the events of the bucket that it scans, through a rule of its own.
            allow("MalwareScan", "events:*", context.arn("events", MANAGED_RULES)),
            deny("DenyNotifications", "s3:PutBucketNotification", "*", unless([context.role_arn(MALWARE_SCAN)])),
            *reading,
            deny("DenyBucketGuardrails", guardrails, "*"),
        ],
        deny_guardrail_changes(),
    )


def _statement(grant: Grant, granted: Iterable[str]) -> list[Statement]:
    listed = sorted(set(granted))
    return [allow(grant.sid, listed, list(grant.resources), grant.condition)] if listed else []


def _use_state(state_arn: str, key_arn: str) -> list[Statement]:
    """Let the engine keep the state of the project's stacks, and not that of this program."""
    folders = [f"{folder}/{PROJECT}" for folder in ("stacks", "history", "backups", "locks/organization")]
    return [
        allow("ListState", "s3:ListBucket", state_arn),
        allow(
            "UseState",
            ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
            [f"{state_arn}/.pulumi/meta.yaml", *(f"{state_arn}/.pulumi/{folder}/*" for folder in folders)],
        ),
        allow("UseStateKey", ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"], key_arn),
    ]


def _deny_own_limits(context: AwsContext, state_arn: str, key_arn: str) -> list[Statement]:
    """Deny changes of what limits the role itself, whatever the stack is called and whatever is granted later."""
    return [
        {
            "Sid": "DenyOwnLimits",
            "Effect": "Deny",
            "NotAction": ["iam:GetRole", "sts:*"],
            "Resource": [
                *(role_arn(context, name) for name in (DEPLOY_ROLE, PREVIEW_ROLE, *(group.name for group in GROUPS))),
                context.iam_arn(f"policy/{PROJECT}-*"),
                provider_arn(context),
            ],
        },
        {
            "Sid": "DenyUnboundedRoles",
            "Effect": "Deny",
            "Action": ["iam:CreateRole", "iam:PutRolePermissionsBoundary"],
            "Resource": "*",
            "Condition": {"StringNotEquals": {"iam:PermissionsBoundary": boundary_arn(context)}},
        },
        deny("DenyBoundaryRemoval", "iam:DeleteRolePermissionsBoundary", "*"),
        deny(
            "DenyStateLoss",
            [*_GUARDRAIL_ACTIONS, "s3:BypassGovernanceRetention", "s3:DeleteBucket", "s3:DeleteObjectVersion"],
            [state_arn, f"{state_arn}/*"],
        ),
        deny("DenyStateKeyChanges", ADMINISTRATION_ACTIONS, key_arn),
    ]
