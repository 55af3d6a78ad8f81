"""The expected state of a trail."""

import json
from dataclasses import dataclass

from pulumi import Input, Output

from components.expected import Expected
from lambdas.attestor.controls import trail


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
        The bucket of its log files.
    event_selectors
        The trail's `advanced_event_selectors` as JSON, each with a name.
    """

    arn: Input[str]
    key_arn: Input[str]
    bucket: Input[str]
    event_selectors: Input[str]

    def expected(self) -> Expected:
        """Return identifier and expected values."""
        return (
            self.arn,
            {
                trail.encryption: self.key_arn,
                trail.destination: self.bucket,
                trail.event_selectors: Output.from_input(self.event_selectors).apply(_selectors),
            },
        )


_TEST_NAMES = {
    "equals": "Equals",
    "not_equals": "NotEquals",
    "starts_withs": "StartsWith",
    "not_starts_withs": "NotStartsWith",
    "ends_withs": "EndsWith",
    "not_ends_withs": "NotEndsWith",
}
"""CloudTrail's names of the tests, by Pulumi's."""


def _selectors(text: str) -> dict[str, dict[str, list[str]]]:
    """Return the tests of each selector, by its name, as the attestor reads them."""
    return {
        selector["name"]: {
            f"{field['field']} {name}": field[test]
            for field in selector["field_selectors"]
            for test, name in _TEST_NAMES.items()
            if field.get(test)
        }
        for selector in json.loads(text)
    }
