"""What all intents have in common, and how they are written down."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pulumi import Input, Output

from lambdas.attestor.intent import SCHEMA

Controls = tuple[str, Input[str], Mapping[str, Any]]
"""The kind of a resource, what it is asked by, and the value that was meant by control."""


class ExpectedResource(Protocol):
    """What is meant of one resource."""

    def controls(self) -> Controls:
        """Return what is meant."""


def expected_state_json(expected_state: Sequence[ExpectedResource], not_read_back: Collection[str]) -> Output[str]:
    """Return the intent of a whole stack, as the attestor reads it, without the kinds that it is not told of."""
    entries = [
        {"kind": kind, "id": identity, "expected": expected}
        for kind, identity, expected in (one.controls() for one in expected_state)
        if kind not in not_read_back
    ]
    return Output.json_dumps({"schema": SCHEMA, "resources": entries}, indent=2, sort_keys=True)


def document(policy: Input[str]) -> Output[Any]:
    """Return a policy document that is given as JSON."""
    return Output.from_input(policy).apply(json.loads)


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
