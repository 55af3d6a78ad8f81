"""The expected state of a stack, as the attestor compares it with the actual state.

Each tier states what it expects of its own resources, in values or outputs. An expected value of None means that the
setting must be absent.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pulumi import Input, Output

from lambdas.attestor.controls import KINDS
from lambdas.attestor.controls.control import STATED_BY_COMPONENT, Control
from lambdas.attestor.expected_state import SCHEMA
from lambdas.attestor.reading import Location

EXPECTED_STATE_KEYS = "attestation/*/expected-state.json"
"""Keys of expected states in the audit bucket, by name of the attestor: all that a deployment writes there."""


@dataclass(frozen=True, kw_only=True)
class ExpectedResource:
    """The expected state of one resource.

    Attributes
    ----------
    id
        Name, id, URL or ARN: the identifier that the service knows the resource by.
    values
        Expected value by control, apart from controls whose expected value is the same for every resource.
    location
        Where the resource is; None for the region and account of the stack.
    """

    id: Input[str]
    values: Mapping[Control, Any]
    location: Location | None = None

    @property
    def kind(self) -> str:
        """Kind of resource that the controls are for."""
        (kind,) = {control.kind for control in self.values}
        return kind


def expected_state_json(resources: Sequence[ExpectedResource], not_attested: Collection[str]) -> Output[str]:
    """Return the expected state of a stack as the attestor reads it.

    Parameters
    ----------
    not_attested
        Kinds of resources, and controls, that are left out; the expected state names them.

    Raises
    ------
    ValueError
        A control has no expected value.
    """
    state = {
        "schema": SCHEMA,
        "not_attested": sorted(not_attested),
        "resources": [_entry(resource, not_attested) for resource in resources if resource.kind not in not_attested],
    }
    return Output.json_dumps(state, indent=2, sort_keys=True)


def _entry(resource: ExpectedResource, not_attested: Collection[str]) -> dict[str, Any]:
    controls = [control for control in KINDS[resource.kind] if control.id not in not_attested]
    expected = {control: resource.values.get(control, control.expected) for control in controls}
    if missing := [control.id for control, value in expected.items() if value is STATED_BY_COMPONENT]:
        raise ValueError(
            f"a {resource.kind} has no expected value for {', '.join(missing)}: state it in `expected.py` of the resource's "
            "tier, or give the control a constant `expected`"
        )
    values = {control.id: value for control, value in expected.items()}
    location = asdict(resource.location) if resource.location else None
    return {"kind": resource.kind, "id": resource.id, "location": location, "expected": values}


def document(policy: Input[str]) -> Output[Any]:
    """Return a policy document that is given as JSON."""
    return Output.from_input(policy).apply(json.loads)
