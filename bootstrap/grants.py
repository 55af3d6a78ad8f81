"""What a deployment reads and changes: one table, from which the roles that deploy and that preview are derived.

A resource is the stack's if its name begins with the stack's prefix. Keys and network resources have no names: their tags
tell whose they are. The resources of Route 53 Resolver have neither in their ARNs, so only their types are limited; an account
holds one stack.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bootstrap.names import (
    DEPLOY_ROLE,
    PREVIEW_ROLE,
    PROJECT,
    Copies,
    boundary_arn,
    dashboard_arn,
    log_group_arns,
    role_arn,
)
from components.context import AwsContext
from components.expected import EXPECTED_STATE_KEYS
from components.keys.policies import ADMINISTRATION_ACTIONS, INSPECTION_ACTIONS

_NETWORK_TYPES = (
    "vpc",
    "subnet",
    "route-table",
    "security-group",
    "vpc-endpoint",
    "vpc-flow-log",
    "security-group-rule",
)
_RESOLVER_TYPES = (
    "firewall-config",
    "firewall-domain-list",
    "firewall-rule-group",
    "firewall-rule-group-association",
    "resolver-query-log-config",
)
_NETWORK_CREATIONS = [
    "ec2:AuthorizeSecurityGroupEgress",
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:CreateFlowLogs",
    "ec2:CreateRouteTable",
    "ec2:CreateSecurityGroup",
    "ec2:CreateSubnet",
    "ec2:CreateVpc",
    "ec2:CreateVpcEndpoint",
]


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Access to some resources.

    Attributes
    ----------
    area
        Part of the deploy role's permissions: a managed policy has 6,144 characters at most.
    sid
        Name of the statement.
    resources
        ARNs, or `*` for actions without resource-level permissions.
    reads
        Actions that show configuration. None shows content.
    writes
        Actions that change configuration, or that only a deployment needs.
    condition
        Condition of the statement.
    """

    area: str
    sid: str
    resources: Sequence[str]
    reads: Sequence[str] = ()
    writes: Sequence[str] = ()
    condition: dict[str, Any] | None = None


def grants(context: AwsContext, copies: Copies | None = None) -> list[Grant]:
    """Return what a deployment of a stack needs.

    Parameters
    ----------
    context
        Account, region and the stack's prefix.
    copies
        Where the stack keeps its second copy; None for no copy.
    """
    return [
        *_data(context),
        *_keys(context),
        *_network(context),
        *_compute(context),
        *_watching(context),
        *_roles(context),
        *(_copies(context, copies) if copies else []),
    ]


def _copies(context: AwsContext, copies: Copies) -> list[Grant]:
    """Return what the copies need besides: names of buckets are without a region."""
    if copies.role_arn:
        return [Grant(area="copies", sid="Copies", resources=[copies.role_arn], writes=["sts:AssumeRole"])]
    wanted = ("TagNewKeys", "Keys", "Aliases")
    there = _keys(replace(context, region=copies.region))
    return [replace(grant, area="copies", sid=f"Copies{grant.sid}") for grant in there if grant.sid in wanted]


def _tags(context: AwsContext, kind: str) -> dict[str, Any]:
    """Return the condition that a resource, or a request, has the stack's tags."""
    stack = context.prefix.removeprefix(f"{PROJECT}-")
    return {"StringEquals": {f"aws:{kind}Tag/project": PROJECT, f"aws:{kind}Tag/stack": stack}}


def _data(context: AwsContext) -> list[Grant]:
    buckets = f"arn:{context.partition}:s3:::{context.prefix}"
    return [
        Grant(
            area="data", sid="Buckets", resources=[f"{buckets}-*"],
            reads=[
                "s3:GetAccelerateConfiguration", "s3:GetBucket*", "s3:GetEncryptionConfiguration",
                "s3:GetLifecycleConfiguration", "s3:GetMetricsConfiguration", "s3:GetReplicationConfiguration", "s3:ListBucket",
            ],
            writes=[
                "s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:PutBucketLogging", "s3:PutBucketNotification",
                "s3:PutBucketObjectLockConfiguration", "s3:PutBucketOwnershipControls", "s3:PutBucketPolicy",
                "s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging", "s3:PutBucketVersioning", "s3:PutEncryptionConfiguration",
                "s3:PutLifecycleConfiguration", "s3:PutMetricsConfiguration", "s3:PutReplicationConfiguration",
            ],
        ),
        # The engine uploads the functions' code and the expected state, and reads both at a refresh.
        Grant(
            area="data", sid="Objects",
            resources=[f"{buckets}-data-artifacts-*/*", f"{buckets}-data-audit-*/{EXPECTED_STATE_KEYS}"],
            writes=[
                "s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionTagging", "s3:PutObject",
                "s3:PutObjectTagging",
            ],
        ),
        Grant(
            area="data", sid="Code", resources=[f"{buckets}-data-artifacts-*/*"],
            writes=["s3:DeleteObject", "s3:DeleteObjectVersion"],
        ),
        Grant(
            area="data", sid="Tables", resources=[context.arn("dynamodb", f"table/{context.prefix}-*")],
            reads=[
                "dynamodb:DescribeContinuousBackups", "dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive",
                "dynamodb:GetResourcePolicy", "dynamodb:ListTagsOfResource",
            ],
            writes=[
                "dynamodb:CreateTable", "dynamodb:DeleteResourcePolicy", "dynamodb:DeleteTable", "dynamodb:PutResourcePolicy",
                "dynamodb:TagResource", "dynamodb:UntagResource", "dynamodb:UpdateContinuousBackups", "dynamodb:UpdateTable",
                "dynamodb:UpdateTimeToLive",
            ],
        ),
        Grant(
            area="data", sid="Queues", resources=[context.arn("sqs", f"{context.prefix}-*")],
            reads=["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags"],
            writes=["sqs:CreateQueue", "sqs:DeleteQueue", "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue"],
        ),
    ]  # fmt: skip


def _keys(context: AwsContext) -> list[Grant]:
    keys, own, new = [context.arn("kms", "key/*")], _tags(context, "Resource"), _tags(context, "Request")
    services = [f"{name}.{context.region}.amazonaws.com" for name in ("s3", "lambda", "dynamodb", "scheduler")]
    through_services = {"StringEquals": {**own["StringEquals"], "kms:ViaService": services}}
    return [
        Grant(area="keys", sid="CreateKeys", resources=["*"], writes=["kms:CreateKey"], condition=new),
        Grant(area="keys", sid="TagNewKeys", resources=keys, writes=["kms:TagResource"], condition=new),
        Grant(area="keys", sid="Keys", resources=keys, reads=INSPECTION_ACTIONS, writes=ADMINISTRATION_ACTIONS, condition=own),
        Grant(
            area="keys", sid="Aliases", resources=[context.arn("kms", f"alias/{context.prefix}-*")],
            writes=["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"],
        ),
        Grant(area="keys", sid="ListAliases", resources=["*"], reads=["kms:ListAliases"]),
        # For uploads, and for the environment of functions. The records key denies deployers what would show records.
        Grant(
            area="keys", sid="UseKeysThroughServices", resources=keys, condition=through_services,
            writes=["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
        ),
        Grant(
            area="keys", sid="GrantKeysToServices", resources=keys, writes=["kms:CreateGrant"],
            condition={**own, "Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    ]  # fmt: skip


def _network(context: AwsContext) -> list[Grant]:
    resources = [context.arn("ec2", f"{kind}/*") for kind in _NETWORK_TYPES]
    own, new = _tags(context, "Resource"), _tags(context, "Request")
    groups = [context.arn("ec2", "security-group/*")]
    creations = [action.partition(":")[2] for action in _NETWORK_CREATIONS]
    return [
        Grant(
            area="network", sid="DescribeNetwork", resources=["*"],
            reads=[
                "ec2:DescribeAvailabilityZones", "ec2:DescribeFlowLogs", "ec2:DescribeManagedPrefixLists",
                "ec2:DescribeNetworkAcls", "ec2:DescribeNetworkInterfaces", "ec2:DescribePrefixLists", "ec2:DescribeRouteTables",
                "ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeTags",
                "ec2:DescribeVpcEndpoints", "ec2:DescribeVpcs",
            ],
        ),
        Grant(
            area="network", sid="DescribeVpc", resources=[context.arn("ec2", "vpc/*")], condition=own,
            reads=["ec2:DescribeVpcAttribute"],
        ),
        Grant(area="network", sid="CreateNetwork", resources=resources, writes=_NETWORK_CREATIONS, condition=new),
        Grant(
            area="network", sid="Network", resources=resources, condition=own,
            writes=[
                *_NETWORK_CREATIONS, "ec2:AssociateRouteTable", "ec2:CreateTags", "ec2:DeleteFlowLogs", "ec2:DeleteRouteTable",
                "ec2:DeleteSecurityGroup", "ec2:DeleteSubnet", "ec2:DeleteTags", "ec2:DeleteVpc", "ec2:DeleteVpcEndpoints",
                "ec2:DisassociateRouteTable", "ec2:ModifySecurityGroupRules", "ec2:ModifySubnetAttribute",
                "ec2:ModifyVpcAttribute", "ec2:ModifyVpcEndpoint",
            ],
        ),
        Grant(
            area="network", sid="TagNewNetwork", resources=resources, writes=["ec2:CreateTags"],
            condition={"StringEquals": {"ec2:CreateAction": creations}},
        ),
        # A VPC comes with a security group that has no tags yet. Its rules are removed before it is tagged.
        Grant(
            area="network", sid="CloseGroups", resources=groups,
            writes=["ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"],
        ),
        Grant(area="network", sid="TagDefaultGroup", resources=groups, writes=["ec2:CreateTags"], condition=new),
        # Private names of an interface endpoint.
        Grant(
            area="network", sid="EndpointNames", resources=[f"arn:{context.partition}:route53:::hostedzone/*"],
            writes=["route53:AssociateVPCWithHostedZone"],
        ),
        Grant(
            area="network", sid="DnsFirewall",
            resources=[context.arn("route53resolver", f"{kind}/*") for kind in _RESOLVER_TYPES],
            reads=["route53resolver:Get*", "route53resolver:List*"],
            writes=[
                "route53resolver:AssociateFirewallRuleGroup", "route53resolver:AssociateResolverQueryLogConfig",
                "route53resolver:CreateFirewallDomainList", "route53resolver:CreateFirewallRule",
                "route53resolver:CreateFirewallRuleGroup", "route53resolver:CreateResolverQueryLogConfig",
                "route53resolver:DeleteFirewallDomainList", "route53resolver:DeleteFirewallRule",
                "route53resolver:DeleteFirewallRuleGroup", "route53resolver:DeleteResolverQueryLogConfig",
                "route53resolver:DisassociateFirewallRuleGroup", "route53resolver:DisassociateResolverQueryLogConfig",
                "route53resolver:TagResource", "route53resolver:UntagResource", "route53resolver:UpdateFirewallConfig",
                "route53resolver:UpdateFirewallDomains", "route53resolver:UpdateFirewallRule",
                "route53resolver:UpdateFirewallRuleGroupAssociation",
            ],
        ),
    ]  # fmt: skip


def _compute(context: AwsContext) -> list[Grant]:
    functions = context.arn("lambda", f"function:{context.prefix}-*")
    mappings = [context.arn("lambda", "event-source-mapping:*")]
    schedules = [context.arn("scheduler", f"{kind}/{context.prefix}-*") for kind in ("schedule-group", "schedule")]
    return [
        Grant(
            area="compute", sid="Functions", resources=[functions],
            reads=[
                "lambda:GetAlias", "lambda:GetFunction", "lambda:GetFunctionCodeSigningConfig",
                "lambda:GetFunctionConcurrency", "lambda:GetFunctionConfiguration", "lambda:GetPolicy", "lambda:ListTags",
                "lambda:ListVersionsByFunction",
            ],
            writes=[
                "lambda:AddPermission", "lambda:CreateAlias", "lambda:CreateFunction", "lambda:DeleteAlias",
                "lambda:DeleteFunction", "lambda:DeleteFunctionConcurrency", "lambda:PublishVersion",
                "lambda:PutFunctionConcurrency", "lambda:RemovePermission", "lambda:TagResource", "lambda:UntagResource",
                "lambda:UpdateAlias", "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration",
            ],
        ),
        Grant(
            area="compute", sid="Attest", writes=["lambda:InvokeFunction"],
            resources=[context.arn("lambda", f"function:{context.name('attestor')}")],
        ),
        # A new version processes the canary file.
        Grant(
            area="compute", sid="Canary", writes=["lambda:InvokeFunction"],
            resources=[context.arn("lambda", f"function:{context.name('processor')}:*")],
        ),
        Grant(
            area="compute", sid="CreateEventSources", resources=["*"], writes=["lambda:CreateEventSourceMapping"],
            condition={"ArnLike": {"lambda:FunctionArn": functions}},
        ),
        Grant(
            area="compute", sid="EventSources", resources=mappings, condition={"ArnLike": {"lambda:FunctionArn": functions}},
            writes=["lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"],
        ),
        Grant(
            area="compute", sid="ReadEventSources", resources=mappings, reads=["lambda:GetEventSourceMapping", "lambda:ListTags"],
            writes=["lambda:TagResource", "lambda:UntagResource"],
        ),
        Grant(
            area="compute", sid="Schedules", resources=schedules,
            reads=["scheduler:GetSchedule", "scheduler:GetScheduleGroup", "scheduler:ListTagsForResource"],
            writes=[
                "scheduler:CreateSchedule", "scheduler:CreateScheduleGroup", "scheduler:DeleteSchedule",
                "scheduler:DeleteScheduleGroup", "scheduler:TagResource", "scheduler:UntagResource", "scheduler:UpdateSchedule",
            ],
        ),
    ]  # fmt: skip


def _watching(context: AwsContext) -> list[Grant]:
    plans = [context.arn("guardduty", "malware-protection-plan/*")]
    return [
        Grant(
            area="watching", sid="LogGroups", resources=log_group_arns(context),
            reads=["logs:DescribeMetricFilters", "logs:ListTagsForResource"],
            writes=[
                "logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:DeleteMetricFilter",
                "logs:PutMetricFilter", "logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource",
            ],
        ),
        # DNS queries and flow logs are delivered by CloudWatch Logs.
        Grant(
            area="watching", sid="Logs", resources=["*"],
            reads=["logs:DescribeLogGroups", "logs:DescribeQueryDefinitions", "logs:DescribeResourcePolicies"],
            writes=[
                "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DeleteQueryDefinition", "logs:GetLogDelivery",
                "logs:ListLogDeliveries", "logs:PutQueryDefinition", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
            ],
        ),
        # AWS describes composite alarms only to a principal that may describe every alarm.
        Grant(area="watching", sid="DescribeAlarms", resources=["*"], reads=["cloudwatch:DescribeAlarms"]),
        Grant(
            area="watching", sid="Alarms",
            resources=[context.arn("cloudwatch", f"alarm:{context.prefix}-*"), dashboard_arn(context)],
            reads=["cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource"],
            writes=[
                "cloudwatch:DeleteAlarms", "cloudwatch:DeleteDashboards", "cloudwatch:PutCompositeAlarm",
                "cloudwatch:PutDashboard", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource",
            ],
        ),
        Grant(
            area="watching", sid="Topics", resources=[context.arn("sns", f"{context.prefix}-*")],
            reads=[
                "sns:GetSubscriptionAttributes", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic",
                "sns:ListTagsForResource",
            ],
            writes=[
                "sns:CreateTopic", "sns:DeleteTopic", "sns:SetSubscriptionAttributes", "sns:SetTopicAttributes", "sns:Subscribe",
                "sns:TagResource", "sns:Unsubscribe", "sns:UntagResource",
            ],
        ),
        Grant(
            area="watching", sid="Trail", resources=[context.arn("cloudtrail", f"trail/{context.prefix}")],
            reads=[
                "cloudtrail:GetEventSelectors", "cloudtrail:GetInsightSelectors", "cloudtrail:GetTrail",
                "cloudtrail:GetTrailStatus", "cloudtrail:ListTags",
            ],
            writes=[
                "cloudtrail:AddTags", "cloudtrail:CreateTrail", "cloudtrail:DeleteTrail", "cloudtrail:PutEventSelectors",
                "cloudtrail:PutInsightSelectors", "cloudtrail:RemoveTags", "cloudtrail:StartLogging", "cloudtrail:StopLogging",
                "cloudtrail:UpdateTrail",
            ],
        ),
        # AWS lets nobody name a plan that does not exist yet.
        Grant(
            area="watching", sid="CreateMalwareScan", resources=["*"], writes=["guardduty:CreateMalwareProtectionPlan"],
            condition=_tags(context, "Request"),
        ),
        Grant(
            area="watching", sid="MalwareScan", resources=plans, condition=_tags(context, "Resource"),
            reads=["guardduty:GetMalwareProtectionPlan"],
            writes=["guardduty:DeleteMalwareProtectionPlan", "guardduty:UntagResource", "guardduty:UpdateMalwareProtectionPlan"],
        ),
        Grant(
            area="watching", sid="TagMalwareScan", resources=plans, writes=["guardduty:TagResource"],
            condition=_tags(context, "Request"),
        ),
        Grant(area="watching", sid="DescribeTrails", resources=["*"], reads=["cloudtrail:DescribeTrails"]),
    ]  # fmt: skip


def _roles(context: AwsContext) -> list[Grant]:
    roles = [context.role_arn("*")]
    return [
        Grant(
            area="roles", sid="Roles", resources=roles,
            reads=[
                "iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole",
                "iam:ListRolePolicies", "iam:ListRoleTags",
            ],
            writes=[
                "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy",
                "iam:UpdateRole", "iam:UpdateRoleDescription",
            ],
        ),
        Grant(
            area="roles", sid="BoundedRoles", resources=roles,
            writes=["iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"],
            condition={"StringEquals": {"iam:PermissionsBoundary": boundary_arn(context)}},
        ),
        Grant(
            area="roles", sid="PassRoles", resources=roles, writes=["iam:PassRole"],
            condition={
                "StringEquals": {
                    "iam:PassedToService": [
                        "cloudtrail.amazonaws.com", "lambda.amazonaws.com",
                        "malware-protection-plan.guardduty.amazonaws.com", "s3.amazonaws.com",
                        "scheduler.amazonaws.com", "vpc-flow-logs.amazonaws.com",
                    ]
                }
            },
        ),
        # The program reads the role that it runs under (`components.context.caller_arn`).
        Grant(
            area="roles", sid="ReadCaller", reads=["iam:GetRole"],
            resources=[role_arn(context, DEPLOY_ROLE), role_arn(context, PREVIEW_ROLE)],
        ),
        # Delivers DNS query logs.
        Grant(
            area="roles", sid="QueryLogRole", writes=["iam:CreateServiceLinkedRole"],
            resources=[context.iam_arn("role/aws-service-role/route53resolver.amazonaws.com/AWSServiceRoleForRoute53Resolver")],
            condition={"StringEquals": {"iam:AWSServiceName": "route53resolver.amazonaws.com"}},
        ),
    ]  # fmt: skip
