"""Access rules: no identity has more rights than its task needs."""

import re
from collections.abc import Iterator, Mapping

from policy.iam.actions import needs_every_resource
from policy.iam.documents import Statement
from policy.iam.patterns import covers_everything
from policy.model import (
    Finding,
    Outcome,
    Resource,
    Severity,
    Undecided,
    for_each,
    rule,
    type_of,
)
from policy.rules._helpers.policy_locations import IDENTITY_POLICIES, RESOURCE_POLICIES, granted
from policy.rules._helpers.resource_types import ROLE

_NARROWING = frozenset({"kms:resourcealiases", "kms:viaservice", "lambda:functionarn", "ecs:cluster"})
"""Keys that tell a resource, or by way of which service it is used, beside its tags."""
_KINDS: Mapping[str, str] = {
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
"""Kinds of resources whose names a program chooses or knows, by service: all of a kind is then too much."""

_LEAST = ("PCI-DSS-4.0:7.2.1", "PCI-DSS-4.0:7.2.2", "NIST-800-53r5:AC-6")


@rule(
    name="policy-has-no-wildcard-action",
    on=(*IDENTITY_POLICIES, ROLE, *RESOURCE_POLICIES),
    severity=Severity.CRITICAL,
    controls=(*_LEAST, "CIS-AWS-3.0:1.16"),
    remedy="Name the actions that the task needs; patterns such as s3:GetObject* may stand for a few.",
)
def policy_has_no_wildcard_action(resource: Resource) -> Iterator[Outcome]:
    """Grant nobody everything, nor everything of a service, by a policy of theirs or of a resource.

    But a resource may leave to an account what its identities may do: its policy then names the account as a whole.
    """
    yield from for_each(granted(resource), _wildcard_action)


def _wildcard_action(statement: Statement) -> Iterator[Outcome]:
    if not statement.allows or statement.leaves_to_account:
        return
    if statement.not_actions:
        yield Finding(f"grants all actions but some (NotAction): {statement.label}")
    for action in statement.actions:
        service, separator, name = action.partition(":")
        if covers_everything(action) or "*" in service or "?" in service:
            yield Finding(f"grants every action ({action}): {statement.label}")
        elif separator and covers_everything(name):
            yield Finding(f"grants every action of {service} ({action}): {statement.label}")


@rule(
    name="policy-has-no-wildcard-resource",
    on=(*IDENTITY_POLICIES, ROLE),
    severity=Severity.HIGH,
    controls=_LEAST,
    remedy="Name the resources by ARN, or narrow the statement by a tag of theirs (aws:ResourceTag).",
)
def policy_has_no_wildcard_resource(resource: Resource) -> Iterator[Outcome]:
    """Grant no identity an action on every resource, unless AWS knows no narrower one for the action."""
    yield from for_each(granted(resource), _wildcard_resource)


def _wildcard_resource(statement: Statement) -> Iterator[Outcome]:
    if not statement.allows:
        return
    if statement.not_resources:
        yield Finding(f"grants actions on all resources but some (NotResource): {statement.label}")
        return
    if not any(_is_any_resource(one) for one in statement.resources) or _is_narrowed(statement):
        return
    broad = [one for one in statement.actions if not needs_every_resource(one)]
    if broad:
        yield Finding(f"grants {', '.join(broad)} on every resource: {statement.label}")


def _is_any_resource(pattern: str) -> bool:
    """Tell whether a pattern leaves no resource out: `*`, or an ARN of wildcards behind the service or its kind."""
    if covers_everything(pattern) or re.fullmatch(r"arn:[*?:]*\*", pattern):
        return True
    parts = pattern.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn" or parts[4].strip("*?0123456789"):
        return False
    kinds = _KINDS.get(parts[2])
    every_of_kind = kinds is not None and re.match(rf"({kinds})[:/]\*+([:/]|$)", parts[5]) is not None
    return not parts[5].strip("*?/") or every_of_kind


def _is_narrowed(statement: Statement) -> bool:
    """Tell whether conditions say which resources are meant."""
    return any(("resourcetag/" in one.key or one.key in _NARROWING) and one.limits for one in statement.conditions)


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
    name="nobody-has-broad-managed-policy",
    on=tuple(ATTACHMENTS),
    severity=Severity.CRITICAL,
    controls=(*_LEAST, "CIS-AWS-3.0:1.16"),
    remedy="Attach a policy of your own that names the actions and resources that the task needs.",
)
def nobody_has_broad_managed_policy(resource: Resource) -> Iterator[Outcome]:
    """Attach no managed policy of AWS that grants everything, or everything of a service."""
    key = ATTACHMENTS[resource.type]
    arns, unknown = resource.texts_as_far_as_known(key)
    for arn in arns:
        if _BROAD.search(arn):
            yield Finding(f"attaches {arn.rpartition('/')[2]}")
    # What is yet to be made is the stack's own, which other rules judge.
    if len(unknown) > sum(type_of(urn) == IDENTITY_POLICIES[0] for urn in resource.origins(key)):
        yield from map(Undecided, unknown)


@rule(
    name="user-has-no-inline-policy",
    on="aws:iam/userPolicy:UserPolicy",
    severity=Severity.MEDIUM,
    controls=("PCI-DSS-4.0:7.2.2", "NIST-800-53r5:AC-2", "CIS-AWS-3.0:1.15"),
    remedy="Give the rights to a role that the user takes, or to a group.",
)
def user_has_no_inline_policy(policy: Resource) -> Iterator[Outcome]:
    """Give rights to roles and groups: a user's own policies are seen in no review."""
    yield Finding(f"gives rights to a user alone ({policy.text('user') if policy.knows('user') else 'user'})")
