"""Reads functions, by name, and roles, by name.

Of a function its configuration only, as the code itself is not for the attestor to fetch.
"""

from typing import Any

from lambdas.attestor.policies import canonical, union
from lambdas.attestor.reading import Reading


def _function(aws: Reading, name: str) -> dict[str, Any]:
    return aws.ask("lambda", "get_function_configuration", FunctionName=name)


def _code(aws: Reading, name: str) -> object:
    return _function(aws, name)["CodeSha256"]


def _network(aws: Reading, name: str) -> object:
    place = _function(aws, name).get("VpcConfig", {})
    if not place.get("SubnetIds"):
        return None
    return {"subnets": place["SubnetIds"], "security_groups": place["SecurityGroupIds"]}


def _environment_key(aws: Reading, name: str) -> object:
    return _function(aws, name).get("KMSKeyArn") or None


def _role(aws: Reading, name: str) -> object:
    return _function(aws, name)["Role"]


def _inline_policies(aws: Reading, role: str) -> object:
    """Return what all inline policies together say, however it is spread over them; nothing without any."""
    names = aws.ask("iam", "list_role_policies", RoleName=role)["PolicyNames"]
    documents = [aws.ask("iam", "get_role_policy", RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]
    return union(documents) if documents else None


def _role_itself(aws: Reading, name: str) -> dict[str, Any]:
    role: dict[str, Any] = aws.ask("iam", "get_role", RoleName=name)["Role"]
    return role


def _trust(aws: Reading, role: str) -> object:
    return canonical(_role_itself(aws, role)["AssumeRolePolicyDocument"])


def _managed_policies(aws: Reading, role: str) -> object:
    attached = aws.ask("iam", "list_attached_role_policies", RoleName=role)["AttachedPolicies"]
    return [one["PolicyArn"] for one in attached]


def _boundary(aws: Reading, role: str) -> object:
    return _role_itself(aws, role).get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")


READERS = {
    "lambda-code": _code,
    "lambda-network": _network,
    "lambda-environment-key": _environment_key,
    "lambda-role": _role,
    "iam-role-policy": _inline_policies,
    "iam-role-trust": _trust,
    "iam-role-managed-policies": _managed_policies,
    "iam-role-boundary": _boundary,
}
