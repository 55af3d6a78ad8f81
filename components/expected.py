"""The expected state of a stack, as the attestor compares it with the actual state.

Each tier states what it expects of its own resources, in values or outputs. An expected value of None means that the
setting must be absent.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from pulumi import Input, Output

from lambdas.attestor.controls import KINDS
from lambdas.attestor.controls.control import STATED_BY_COMPONENT, Control
from lambdas.attestor.expected_state import SCHEMA

Expected = tuple[Input[str], Mapping[Control, Any]]
"""The identifier that the service knows the resource by, and its expected values, but for those that every resource has."""


class ExpectedResource(Protocol):
    """The expected state of one resource."""

    def expected(self) -> Expected:
        """Return its identifier and its expected values."""


def expected_state_json(resources: Sequence[ExpectedResource], not_read_back: Collection[str]) -> Output[str]:
    """Return the expected state of a stack as the attestor reads it, without the kinds that cannot be read back.

    Raises
    ------
    ValueError
        A control has no expected value.
    """
    entries = [_entry(resource) for resource in resources]
    read_back = [entry for entry in entries if entry["kind"] not in not_read_back]
    return Output.json_dumps({"schema": SCHEMA, "resources": read_back}, indent=2, sort_keys=True)


def _entry(resource: ExpectedResource) -> dict[str, Any]:
    identifier, stated = resource.expected()
    (kind,) = {control.kind for control in stated}
    expected = {control: stated.get(control, control.expected) for control in KINDS[kind]}
    if missing := [control.id for control, value in expected.items() if value is STATED_BY_COMPONENT]:
        raise ValueError(
            f"no expected value for {', '.join(missing)}: return it from {type(resource).__name__}.expected(), "
            "or give the control a constant `expected`"
        )
    return {"kind": kind, "id": identifier, "expected": {control.id: value for control, value in expected.items()}}


def document(policy: Input[str]) -> Output[Any]:
    """Return a policy document that is given as JSON."""
    return Output.from_input(policy).apply(json.loads)
