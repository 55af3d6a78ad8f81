"""The expected state of log groups, functions and roles."""

from collections.abc import Sequence
from dataclasses import dataclass

from pulumi import Input, Output

from components.expected import Controls, document


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

    def controls(self) -> Controls:
        """Return what is meant."""
        return "log-group", self.name, {"logs-retention": self.retention_days, "logs-encryption": self.key_arn}


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

    def controls(self) -> Controls:
        """Return what is meant."""
        network = {"subnets": list(self.subnet_ids), "security_groups": list(self.security_group_ids)}
        return (
            "function",
            self.name,
            {
                "lambda-code": self.code_sha256,
                "lambda-network": network if self.subnet_ids else None,
                "lambda-environment-key": self.key_arn,
                "lambda-role": self.role_arn,
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

    def controls(self) -> Controls:
        """Return what is meant."""
        return (
            "role",
            self.name,
            {
                "iam-role-policy": document(self.policy),
                "iam-role-trust": document(self.trust),
                "iam-role-managed-policies": list(self.managed_arns),
                "iam-role-boundary": Output.from_input(self.boundary_arn).apply(lambda arn: arn or None),
            },
        )
