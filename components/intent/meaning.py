"""What all intents have in common, and how they are written down."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from pulumi import Input, Output

from lambdas.attestor.intent import SCHEMA

Controls = tuple[str, Input[str], Mapping[str, Any]]
"""The kind of a resource, what it is asked by, and the value that was meant by control."""


class Intent(Protocol):
    """What is meant of one resource."""

    def controls(self) -> Controls:
        """Return what is meant."""


def written(intents: Sequence[Intent], untold: Collection[str]) -> Output[str]:
    """Return the intent of a whole stack, as the attestor reads it, without the kinds that it is not told of."""
    entries = [
        {"kind": kind, "id": identity, "expected": expected}
        for kind, identity, expected in (one.controls() for one in intents)
        if kind not in untold
    ]
    return Output.json_dumps({"schema": SCHEMA, "resources": entries}, indent=2, sort_keys=True)


def document(policy: Input[str]) -> Output[Any]:
    """Return a policy document that is given as JSON."""
    return Output.from_input(policy).apply(json.loads)
