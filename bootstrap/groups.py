"""The roles of the groups that a stack's settings name, and who may assume them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bootstrap.names import GITHUB, dashboard_arn, log_group_arns, provider_arn
from components.context import AwsContext
from components.keys.policies import ADMINISTRATION_ACTIONS, INSPECTION_ACTIONS
from components.shared.action_classes import actions
from components.shared.statements import PRINCIPAL, Document, Statement, account_root, allow, policy, through_service


@dataclass(frozen=True, kw_only=True)
class GroupRole:
    """The role of one group.

    Attributes
    ----------
    setting
        Setting of this program that lists who may assume the role.
    group
        Setting of the stack that names the role.
    name
        Name of the role.
    permissions
        What the role may do; the resources' own policies deny the rest of the account.
    mfa
        Whether the role can be assumed only with a second factor, given within the last hour.
    """

    setting: str
    group: str
    name: str
    permissions: Callable[[AwsContext], Document]
    mfa: bool = False


def uploader_permissions(context: AwsContext) -> Document:
    """Let uploaders write input, and read nothing."""
    return policy(
        [
            allow(
                "Upload",
                ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"],
                _objects(context, "input"),
            ),
            # S3 decrypts the parts of a multipart upload to join them.
            _use_key("EncryptUploads", context, "records", "s3", ["kms:Decrypt", "kms:GenerateDataKey"]),
        ]
    )


def reader_permissions(context: AwsContext) -> Document:
    """Let readers read results."""
    return policy(_read(context, "output"), [_use_key("DecryptRecords", context, "records", "s3", ["kms:Decrypt"])])


def quarantine_permissions(context: AwsContext) -> Document:
    """Let quarantine operators read masked rejects."""
    return policy(_read(context, "quarantine"), [_use_key("DecryptRecords", context, "records", "s3", ["kms:Decrypt"])])


def auditor_permissions(context: AwsContext) -> Document:
    """Let auditors read results, evidence, access logs and configuration, and change nothing."""
    return policy(
        _read(context, "output", "audit", "access-logs"),
        [
            # The names end with random digits, and auditors cannot read the engine's state. It has no narrower resource.
            allow("FindBuckets", "s3:ListAllMyBuckets", "*"),
            _use_key("DecryptRecords", context, "records", "s3", ["kms:Decrypt"]),
            _use_key("DecryptEvidence", context, "audit", "s3", ["kms:Decrypt"]),
            allow(
                "ReadConfiguration",
                ["s3:GetBucket*", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration"],
                f"arn:{context.partition}:s3:::{context.prefix}-*",
            ),
            allow("ReadKeys", INSPECTION_ACTIONS, context.arn("kms", "key/*"), _own_keys(context)),
            *_watch(context),
        ],
    )


def operator_permissions(context: AwsContext) -> Document:
    """Let operators respond to alarms: redrive, replay, scan again, read metrics, logs and configuration, and no records.

    They return dead letters and files to the processor through the stack's redrive function, and can read neither.
    """
    functions = context.arn("lambda", f"function:{context.prefix}-*")
    return policy(
        [
            allow(
                "RedriveReplayAndAttest",
                "lambda:InvokeFunction",
                [context.arn("lambda", f"function:{context.name(name)}") for name in ("redrive", "attestor")],
            ),
            allow(
                "ReadQueues",
                ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListDeadLetterSourceQueues"],
                context.arn("sqs", f"{context.name('processing-work')}-*"),
            ),
            allow(
                "ReadTableConfiguration",
                ["dynamodb:DescribeContributorInsights", "dynamodb:DescribeTable"],
                context.arn("dynamodb", f"table/{context.prefix}-*"),
            ),
            allow("ReadTopics", "sns:ListSubscriptionsByTopic", context.arn("sns", f"{context.prefix}-*")),
            allow("ReadTrail", "cloudtrail:GetTrailStatus", context.arn("cloudtrail", f"trail/{context.prefix}")),
            allow("ReadFunctions", "lambda:GetFunctionConfiguration", functions),
            *_watch(context),
            allow(
                "ReadFunctionLogs",
                ["logs:FilterLogEvents", "logs:GetLogEvents", "logs:StartQuery"],
                context.arn("logs", f"log-group:/aws/lambda/{context.prefix}-*"),
            ),
            # None of these has a narrower resource.
            allow("ScanAgain", "guardduty:SendObjectMalwareScan", "*"),
            allow(
                "ReadAccount",
                [
                    "health:DescribeEvents",
                    "lambda:GetAccountSettings",
                    "lambda:ListEventSourceMappings",
                    "logs:GetQueryResults",
                    "logs:StopQuery",
                ],
                "*",
            ),
        ]
    )


def break_glass_permissions(context: AwsContext) -> Document:
    """Let break-glass principals read and repair everything of the stack, and delete keys and evidence."""
    buckets = f"arn:{context.partition}:s3:::{context.prefix}-*"
    return policy(
        [
            allow(
                "Objects",
                [*actions("s3", "read", "list", "delete"), "s3:PutObject"],
                buckets,
            ),
            allow("BucketPolicies", ["s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:PutBucketPolicy"], buckets),
            allow(
                "Keys",
                sorted({*ADMINISTRATION_ACTIONS, *INSPECTION_ACTIONS, "kms:Decrypt", "kms:GenerateDataKey"}),
                context.arn("kms", "key/*"),
                _own_keys(context),
            ),
            allow(
                "Table",
                ["dynamodb:DeleteItem", "dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
                context.arn("dynamodb", f"table/{context.prefix}-*"),
            ),
            allow(
                "StopFunctions",
                ["lambda:GetFunction", "lambda:PutFunctionConcurrency", "lambda:DeleteFunctionConcurrency"],
                context.arn("lambda", f"function:{context.prefix}-*"),
            ),
            # Takes every permission from an intruder, and can give none.
            allow(
                "DenyIntruders", ["iam:AttachRolePolicy", "iam:AttachUserPolicy"],
                [context.iam_arn("role/*"), context.iam_arn("user/*")],
                {"ArnEquals": {"iam:PolicyARN": f"arn:{context.partition}:iam::aws:policy/AWSDenyAll"}},
            ),
            allow(
                "Trail", ["cloudtrail:GetTrailStatus", "cloudtrail:StartLogging"],
                context.arn("cloudtrail", f"trail/{context.prefix}"),
            ),
            *_watch(context),
        ]
    )  # fmt: skip


GROUPS: tuple[GroupRole, ...] = (
    GroupRole(setting="uploaders", group="uploaders", name="strongroom-uploader", permissions=uploader_permissions),
    GroupRole(setting="readers", group="readers", name="strongroom-reader", permissions=reader_permissions),
    GroupRole(
        setting="quarantine_operators", group="quarantine_operators", name="strongroom-quarantine-operator",
        permissions=quarantine_permissions,
    ),
    GroupRole(setting="auditors", group="auditors", name="strongroom-auditor", permissions=auditor_permissions),
    GroupRole(setting="operators", group="operators", name="strongroom-operator", permissions=operator_permissions),
    GroupRole(
        setting="break_glass", group="break_glass_principals", name="strongroom-break-glass",
        permissions=break_glass_permissions, mfa=True,
    ),
)  # fmt: skip


def github_trust(context: AwsContext, repository: str, environment: str) -> Statement:
    """Let the workflow of one repository and one of its environments assume a role.

    A job that names an environment has it in the subject of its token, and no branch: the environment's own rules limit
    the branches (https://docs.github.com/en/actions/reference/security/oidc).
    """
    return {
        "Sid": "GitHub",
        "Effect": "Allow",
        "Principal": {"Federated": provider_arn(context)},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                f"{GITHUB}:aud": "sts.amazonaws.com",
                f"{GITHUB}:sub": f"repo:{repository}:environment:{environment}",
            }
        },
    }


def people_trust(context: AwsContext, principals: Sequence[str], *, mfa: bool = False) -> list[Statement]:
    """Let some principals assume a role, if their own IAM policy allows it too; an empty list lets nobody.

    Parameters
    ----------
    principals
        As `role/name` or `user/name` in this account, or as ARNs, which may be of other accounts.
    """
    if not principals:
        return []
    arns = [context.iam_arn(name) for name in principals]
    accounts = dict.fromkeys(arn.split(":")[4] for arn in arns)
    condition: dict[str, Any] = {"ArnLike": {PRINCIPAL: arns}}
    if mfa:
        condition["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
        condition["NumericLessThan"] = {"aws:MultiFactorAuthAge": "3600"}
    return [
        {
            "Sid": "People",
            "Effect": "Allow",
            "Principal": {"AWS": [account_root(replace(context, account_id=account))["AWS"] for account in accounts]},
            "Action": "sts:AssumeRole",
            "Condition": condition,
        }
    ]


def _objects(context: AwsContext, bucket: str) -> str:
    return f"{_bucket(context, bucket)}/*"


def _bucket(context: AwsContext, bucket: str) -> str:
    return f"arn:{context.partition}:s3:::{context.name(f'data-{bucket}')}-*"


def _read(context: AwsContext, *buckets: str) -> list[Statement]:
    return [
        allow("List", ["s3:ListBucket", "s3:ListBucketVersions"], [_bucket(context, bucket) for bucket in buckets]),
        allow("Read", ["s3:GetObject", "s3:GetObjectVersion"], [_objects(context, bucket) for bucket in buckets]),
    ]


def _use_key(sid: str, context: AwsContext, purpose: str, service: str, granted: list[str]) -> Statement:
    """Let a role use one of the stack's keys through a service; a key's ARN says nothing, so its alias is compared."""
    condition = {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": f"alias/{context.name(purpose)}"},
        **through_service(service, context.region),
    }
    return allow(sid, granted, context.arn("kms", "key/*"), condition)


def _own_keys(context: AwsContext) -> dict[str, Any]:
    return {"ForAnyValue:StringLike": {"kms:ResourceAliases": f"alias/{context.prefix}-*"}}


def _watch(context: AwsContext) -> list[Statement]:
    """Let a role see alarms, metrics and the dashboard."""
    alarms = context.arn("cloudwatch", f"alarm:{context.prefix}-*")
    return [
        allow(
            "Watch", ["cloudwatch:DescribeAlarmHistory", "cloudwatch:GetDashboard"], [alarms, dashboard_arn(context)]
        ),
        allow("DescribeLogs", ["logs:DescribeLogStreams", "logs:DescribeMetricFilters"], log_group_arns(context)),
        # AWS describes composite alarms only to a principal that may describe every alarm; the others have no narrower resource.
        allow(
            "WatchAccount",
            [
                "cloudwatch:DescribeAlarms",
                "cloudwatch:GetMetricData",
                "cloudwatch:GetMetricStatistics",
                "cloudwatch:ListDashboards",
                "cloudwatch:ListMetrics",
                "logs:DescribeLogGroups",
            ],
            "*",
        ),
    ]
