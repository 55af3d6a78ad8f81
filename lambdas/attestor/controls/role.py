"""Controls of IAM roles, which are read by name."""

from typing import Any

from lambdas.attestor.controls.control import ACCESS, controls_of
from lambdas.attestor.policy_documents import canonical, union
from lambdas.attestor.reading import Reading

_ALARMS = ("roles-changed-outside-deployment",)

control = controls_of("role")


def _role(aws: Reading, name: str) -> Any:
    return aws.call("iam", "get_role", RoleName=name)["Role"]


@control(
    "iam-role-policy",
    requirement="The role's inline policies allow and deny exactly what is expected.",
    references=("PCI-DSS-4.0.1:7.2.5", *ACCESS),
    rules=("policy-has-no-wildcard-action", "policy-has-no-wildcard-resource"),
    alarms=_ALARMS,
    actions=("iam:ListRolePolicies", "iam:GetRolePolicy"),
    is_policy=True,
)
def inline_policies(aws: Reading, role: str) -> object:
    """Return the union of the inline policies, or none without any."""
    names = aws.call("iam", "list_role_policies", RoleName=role)["PolicyNames"]
    policies = [aws.call("iam", "get_role_policy", RoleName=role, PolicyName=name) for name in names]
    return union([policy["PolicyDocument"] for policy in policies]) if policies else None


@control(
    "iam-role-trust",
    requirement="Exactly the expected principals may assume the role.",
    references=("PCI-DSS-4.0.1:7.2.5", *ACCESS),
    rules=("resource-policy-is-closed", "service-principal-has-source-condition"),
    alarms=_ALARMS,
    actions=("iam:GetRole",),
    is_policy=True,
)
def trust_policy(aws: Reading, role: str) -> object:
    """Return the trust policy."""
    return canonical(_role(aws, role)["AssumeRolePolicyDocument"])


@control(
    "iam-role-managed-policies",
    requirement="Exactly the expected managed policies are attached to the role.",
    references=("PCI-DSS-4.0.1:7.2.5", *ACCESS),
    rules=("identity-has-no-broad-managed-policy",),
    alarms=_ALARMS,
    actions=("iam:ListAttachedRolePolicies",),
)
def managed_policies(aws: Reading, role: str) -> object:
    """Return the ARNs of the managed policies."""
    attached = aws.call("iam", "list_attached_role_policies", RoleName=role)["AttachedPolicies"]
    return [policy["PolicyArn"] for policy in attached]


@control(
    "iam-role-boundary",
    requirement="The role has the expected permissions boundary, or none if none is expected.",
    references=ACCESS,
    no_rule="A permissions boundary is a choice of the account; not every account uses one.",
    alarms=_ALARMS,
    actions=("iam:GetRole",),
)
def permissions_boundary(aws: Reading, role: str) -> object:
    """Return the ARN of the permissions boundary."""
    return _role(aws, role).get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
