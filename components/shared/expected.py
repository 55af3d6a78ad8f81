"""The expected state of log groups, functions and roles."""

from collections.abc import Sequence
from dataclasses import dataclass

from pulumi import Input, Output

from components.expected import Expected, document
from lambdas.attestor.controls import function, log_group, role


@dataclass(frozen=True, kw_only=True)
class ExpectedLogGroup:
    """A log group.

    Attributes
    ----------
    name
        The group.
    key_arn
        The customer key of its events.
    retention_days
        Days that they are kept.
    """

    name: Input[str]
    key_arn: Input[str]
    retention_days: int

    def expected(self) -> Expected:
        """Return identifier and expected values."""
        return self.name, {log_group.retention: self.retention_days, log_group.encryption: self.key_arn}


@dataclass(frozen=True, kw_only=True)
class ExpectedFunction:
    """A function.

    Attributes
    ----------
    name
        The function.
    code_sha256
        SHA-256 of its code, in base64.
    role_arn
        Its role.
    key_arn
        The customer key of its environment.
    subnet_ids, security_group_ids
        Where it is in the network; without any it is outside.
    """

    name: Input[str]
    code_sha256: Input[str]
    role_arn: Input[str]
    key_arn: Input[str]
    subnet_ids: Sequence[Input[str]] = ()
    security_group_ids: Sequence[Input[str]] = ()

    def expected(self) -> Expected:
        """Return identifier and expected values."""
        network = {"subnets": list(self.subnet_ids), "security_groups": list(self.security_group_ids)}
        return (
            self.name,
            {
                function.code: self.code_sha256,
                function.network: network if self.subnet_ids else None,
                function.environment_key: self.key_arn,
                function.execution_role: self.role_arn,
            },
        )


@dataclass(frozen=True, kw_only=True)
class ExpectedRole:
    """A role.

    Attributes
    ----------
    name
        The role.
    policy, trust
        What it may do, in whatever number of inline policies, and who may assume it, as JSON.
    boundary_arn
        The policy that bounds it; none where nothing does.
    managed_arns
        The managed policies that are attached to it.
    """

    name: Input[str]
    policy: Input[str]
    trust: Input[str]
    boundary_arn: Input[str | None]
    managed_arns: Sequence[Input[str]] = ()

    def expected(self) -> Expected:
        """Return identifier and expected values."""
        return (
            self.name,
            {
                role.inline_policies: document(self.policy),
                role.trust_policy: document(self.trust),
                role.managed_policies: list(self.managed_arns),
                role.permissions_boundary: Output.from_input(self.boundary_arn).apply(lambda arn: arn or None),
            },
        )
