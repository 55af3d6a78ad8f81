"""The expected state of a trail."""

import json

from pulumi import Input, Output

from components.expected import ExpectedResource
from lambdas.attestor.controls import trail


def expected_trail(
    *,
    arn: Input[str],
    key_arn: Input[str],
    bucket: Input[str],
    log_group_arn: Input[str] | None,
    event_selectors: Input[str],
) -> ExpectedResource:
    """Return the expected state of a trail; `event_selectors` are its `advanced_event_selectors` as JSON, each with a name."""
    return ExpectedResource(
        id=arn,
        values={
            trail.encryption: key_arn,
            trail.destination: bucket,
            trail.log_group: log_group_arn,
            trail.event_selectors: Output.from_input(event_selectors).apply(_selectors),
        },
    )


_OPERATORS = {
    "equals": "Equals",
    "not_equals": "NotEquals",
    "starts_withs": "StartsWith",
    "not_starts_withs": "NotStartsWith",
    "ends_withs": "EndsWith",
    "not_ends_withs": "NotEndsWith",
}
"""CloudTrail's names of the operators of a field selector, by Pulumi's."""


def _selectors(text: str) -> dict[str, dict[str, list[str]]]:
    """Return the conditions of each selector, by its name, as the attestor reads them."""
    return {
        selector["name"]: {
            f"{field['field']} {operator}": field[name]
            for field in selector["field_selectors"]
            for name, operator in _OPERATORS.items()
            if field.get(name)
        }
        for selector in json.loads(text)
    }
