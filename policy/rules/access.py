"""Access rules: identities have the least privilege that their tasks need."""

import re
from collections.abc import Iterator, Mapping

from policy.iam.actions import needs_every_resource
from policy.iam.documents import Statement
from policy.iam.patterns import covers_everything
from policy.model import Finding, Outcome, Resource, Severity, Undecided, check_each, rule, type_of
from policy.rules._helpers.policy_locations import IDENTITY_POLICIES, RESOURCE_POLICIES, granting_statements
from policy.rules._helpers.resource_types import ROLE

_RESTRICTING_KEYS = frozenset({"kms:resourcealiases", "kms:viaservice", "lambda:functionarn", "ecs:cluster"})
"""Condition keys, other than resource tags, that restrict the resources or the service through which they are used."""
_NAMED_TYPES: Mapping[str, str] = {
    "backup": "backup-vault",
    "cloudwatch": "alarm",
    "dynamodb": "table",
    "ecr": "repository",
    "elasticfilesystem": "file-system",
    "events": "rule|event-bus",
    "firehose": "deliverystream",
    "iam": "role|user|group|policy",
    "kinesis": "stream",
    "kms": "key|alias",
    "lambda": "function",
    "logs": "log-group",
    "rds": "db|cluster",
    "secretsmanager": "secret",
    "ssm": "parameter",
    "states": "stateMachine",
}
"""Resource types, by service, whose names a program chooses or knows: access to all resources of the type is too broad."""

_LEAST_PRIVILEGE = ("PCI-DSS-4.0.1:7.2.1", "PCI-DSS-4.0.1:7.2.2", "NIST-800-53r5:AC-6")


@rule(
    name="policy-has-no-wildcard-action",
    on=(*IDENTITY_POLICIES, ROLE, *RESOURCE_POLICIES),
    severity=Severity.CRITICAL,
    controls=(*_LEAST_PRIVILEGE, "CIS-AWS-3.0:1.16"),
    remedy="List the actions that the task needs. A pattern such as s3:GetObject* may stand for several.",
)
def policy_has_no_wildcard_action(resource: Resource) -> Iterator[Outcome]:
    """No policy allows all actions, or all actions of a service.

    A resource-based policy may allow them to a whole account, which leaves the decision to the identity policies there.
    """
    yield from check_each(granting_statements(resource), _wildcard_action)


def _wildcard_action(statement: Statement) -> Iterator[Outcome]:
    if not statement.allows or statement.delegates_to_account:
        return
    if statement.not_actions:
        yield Finding(f"allows all actions except some (NotAction): {statement.label}")
    for action in statement.actions:
        service, separator, name = action.partition(":")
        if covers_everything(action) or "*" in service or "?" in service:
            yield Finding(f"allows every action ({action}): {statement.label}")
        elif separator and covers_everything(name):
            yield Finding(f"allows every action of {service} ({action}): {statement.label}")


@rule(
    name="policy-has-no-wildcard-resource",
    on=(*IDENTITY_POLICIES, ROLE),
    severity=Severity.HIGH,
    controls=_LEAST_PRIVILEGE,
    remedy="List the resources by ARN, or restrict the statement by a tag of the resources (aws:ResourceTag).",
)
def policy_has_no_wildcard_resource(resource: Resource) -> Iterator[Outcome]:
    """No identity policy allows an action on all resources, unless the action has no resource-level permissions."""
    yield from check_each(granting_statements(resource), _wildcard_resource)


def _wildcard_resource(statement: Statement) -> Iterator[Outcome]:
    if not statement.allows:
        return
    if statement.not_resources:
        yield Finding(f"allows actions on all resources except some (NotResource): {statement.label}")
        return
    if not any(_is_any_resource(pattern) for pattern in statement.resources) or _restricts_resources(statement):
        return
    broad = [action for action in statement.actions if not needs_every_resource(action)]
    if broad:
        yield Finding(f"allows {', '.join(broad)} on all resources: {statement.label}")


def _is_any_resource(pattern: str) -> bool:
    """Tell whether a pattern matches all resources, or all of a service or resource type."""
    if covers_everything(pattern) or re.fullmatch(r"arn:[*?:]*\*", pattern):
        return True
    parts = pattern.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn" or parts[4].strip("*?0123456789"):
        return False
    kinds = _NAMED_TYPES.get(parts[2])
    all_of_type = kinds is not None and re.match(rf"({kinds})[:/]\*+([:/]|$)", parts[5]) is not None
    return not parts[5].strip("*?/") or all_of_type


def _restricts_resources(statement: Statement) -> bool:
    """Tell whether a condition restricts the resources."""
    return any(
        condition.is_restrictive and ("resourcetag/" in condition.key or condition.key in _RESTRICTING_KEYS)
        for condition in statement.conditions
    )


ATTACHMENTS: Mapping[str, str] = {
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "policyArn",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": "policyArn",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": "policyArn",
    "aws:iam/policyAttachment:PolicyAttachment": "policyArn",
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": "policyArns",
    "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive": "policyArns",
    "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": "policyArns",
    ROLE: "managedPolicyArns",
}
_BROAD = re.compile(
    r":aws:policy/(job-function/)?(AdministratorAccess.*|PowerUserAccess|(Database|Network|System)Administrator|DataScientist|.*FullAccess(V\d+|_v\d+)?)$"
)


@rule(
    name="identity-has-no-broad-managed-policy",
    on=tuple(ATTACHMENTS),
    severity=Severity.CRITICAL,
    controls=(*_LEAST_PRIVILEGE, "CIS-AWS-3.0:1.16"),
    remedy="Attach a policy that lists only the actions and resources that the task needs.",
)
def identity_has_no_broad_managed_policy(resource: Resource) -> Iterator[Outcome]:
    """No AWS managed policy is attached that allows everything, or everything in a service."""
    key = ATTACHMENTS[resource.type]
    arns, unknown = resource.known_texts(key)
    for arn in arns:
        if _BROAD.search(arn):
            yield Finding(f"attaches {arn.rpartition('/')[2]}")
    # A policy that does not exist yet belongs to the stack, and other rules check it.
    if len(unknown) > sum(type_of(urn) == IDENTITY_POLICIES[0] for urn in resource.dependency_urns(key)):
        yield from map(Undecided, unknown)


@rule(
    name="user-has-no-inline-policy",
    on="aws:iam/userPolicy:UserPolicy",
    severity=Severity.MEDIUM,
    controls=("PCI-DSS-4.0.1:7.2.2", "NIST-800-53r5:AC-2", "CIS-AWS-3.0:1.15"),
    remedy="Grant the permissions to a role that the user assumes, or to a group.",
)
def user_has_no_inline_policy(policy: Resource) -> Iterator[Outcome]:
    """Roles and groups get permissions, users do not: an inline policy of a user is easily missed in an access review."""
    yield Finding(f"grants permissions to a single user ({policy.text('user') if policy.knows('user') else 'user'})")
