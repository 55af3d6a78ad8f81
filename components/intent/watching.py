"""What is meant of log groups, alarms and trails."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from pulumi import Input, Output

from components.intent.meaning import Controls


@dataclass(frozen=True, kw_only=True)
class LogGroupIntent:
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
class AlarmIntent:
    """An alarm, of a metric or composite.

    Attributes
    ----------
    name
        The alarm.
    actions
        ARNs of the topics that it notifies; at least one.
    """

    name: Input[str]
    actions: Sequence[Input[str]]

    def controls(self) -> Controls:
        """Return what is meant."""
        return "alarm", self.name, {"alarm-actions-enabled": True, "alarm-actions": list(self.actions)}


@dataclass(frozen=True, kw_only=True)
class TrailIntent:
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
