"""The expected state of a stack, as the attestor compares it with the actual state.

Each tier states what it expects of its own resources, in values or outputs. An expected value of None means that the
setting must be absent.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from pulumi import Input, Output

from lambdas.attestor.intent import SCHEMA

Controls = tuple[str, Input[str], Mapping[str, Any]]
"""The kind of a resource, the identifier that its service knows it by, and the expected value of each control."""


class ExpectedResource(Protocol):
    """The expected state of one resource."""

    def controls(self) -> Controls:
        """Return the expected value of each control."""


def expected_state_json(resources: Sequence[ExpectedResource], not_read_back: Collection[str]) -> Output[str]:
    """Return the expected state of a stack as the attestor reads it, without the kinds that cannot be read back."""
    entries = [
        {"kind": kind, "id": identifier, "expected": expected}
        for kind, identifier, expected in (resource.controls() for resource in resources)
        if kind not in not_read_back
    ]
    return Output.json_dumps({"schema": SCHEMA, "resources": entries}, indent=2, sort_keys=True)


def document(policy: Input[str]) -> Output[Any]:
    """Return a policy document that is given as JSON."""
    return Output.from_input(policy).apply(json.loads)
