"""The expected state of a trail."""

import json
from dataclasses import dataclass

from pulumi import Input, Output

from components.expected import Controls


@dataclass(frozen=True, kw_only=True)
class ExpectedTrail:
    """A trail.

    Attributes
    ----------
    arn
        The trail.
    key_arn
        The customer key of its log files.
    bucket
        Where they go.
    event_selectors
        What it records, as JSON: the trail's `advanced_event_selectors` as Pulumi takes them, each with a name.
    """

    arn: Input[str]
    key_arn: Input[str]
    bucket: Input[str]
    event_selectors: Input[str]

    def controls(self) -> Controls:
        """Return what is meant."""
        return (
            "trail",
            self.arn,
            {
                "cloudtrail-logging": True,
                "cloudtrail-validation": True,
                "cloudtrail-encryption": self.key_arn,
                "cloudtrail-destination": self.bucket,
                "cloudtrail-delivery": "delivered",
                "cloudtrail-event-selectors": Output.from_input(self.event_selectors).apply(_selectors),
            },
        )


_TESTS = {
    "equals": "Equals",
    "not_equals": "NotEquals",
    "starts_withs": "StartsWith",
    "not_starts_withs": "NotStartsWith",
    "ends_withs": "EndsWith",
    "not_ends_withs": "NotEndsWith",
}
"""How CloudTrail calls what Pulumi calls otherwise."""


def _selectors(text: str) -> dict[str, dict[str, list[str]]]:
    """Return by a selector's name what each of its fields is tested for, as the attestor reads it back."""
    return {
        selector["name"]: {
            f"{field['field']} {name}": field[test]
            for field in selector["field_selectors"]
            for test, name in _TESTS.items()
            if field.get(test)
        }
        for selector in json.loads(text)
    }
