"""The expected state of log groups, functions, roles and schedules."""

from collections.abc import Mapping, Sequence

from pulumi import Input, Output

from components.expected import ExpectedResource, document
from lambdas.attestor.controls import function, log_group, role, schedule


def expected_log_group(*, name: Input[str], key_arn: Input[str], retention_days: int) -> ExpectedResource:
    """Return the expected state of a log group."""
    return ExpectedResource(id=name, values={log_group.retention: retention_days, log_group.encryption: key_arn})


def expected_function(
    *,
    name: Input[str],
    versions: Mapping[str, Input[str]],
    code_sha256: Input[str],
    role_arn: Input[str],
    key_arn: Input[str],
    subnet_ids: Sequence[Input[str]],
    security_group_ids: Sequence[Input[str]],
) -> ExpectedResource:
    """Return the expected state of a function.

    Parameters
    ----------
    name
        Name of the function, with its alias if callers invoke that.
    versions
        The version that each alias leads to.
    code_sha256
        SHA-256 of the code, in base64.
    key_arn
        Customer key of the environment.
    subnet_ids, security_group_ids
        Place in the network; a function without subnets is outside the VPC.
    """
    network = {"subnets": list(subnet_ids), "security_groups": list(security_group_ids)} if subnet_ids else None
    return ExpectedResource(
        id=name,
        values={
            function.alias: {alias: {"version": version, "other_versions": {}} for alias, version in versions.items()},
            function.code: code_sha256,
            function.network: network,
            function.environment_key: key_arn,
            function.execution_role: role_arn,
        },
    )


def expected_role(
    *, name: Input[str], policy: Input[str], trust: Input[str], boundary_arn: Input[str | None]
) -> ExpectedResource:
    """Return the expected state of a role without managed policies.

    Parameters
    ----------
    policy, trust
        Inline policies taken together, and trust policy, as JSON.
    boundary_arn
        Permissions boundary; None or an empty text for none.
    """
    return ExpectedResource(
        id=name,
        values={
            role.inline_policies: document(policy),
            role.trust_policy: document(trust),
            role.managed_policies: [],
            role.permissions_boundary: Output.from_input(boundary_arn).apply(lambda arn: arn or None),
        },
    )


def expected_schedule(
    *, name: str, expression: str, function_arn: Input[str], role_arn: Input[str]
) -> ExpectedResource:
    """Return the expected state of a schedule in the group of the same name."""
    value = {"state": "ENABLED", "expression": expression, "target": function_arn, "role": role_arn}
    return ExpectedResource(id=f"{name}/{name}", values={schedule.schedule: value})
