"""An alarm's filter pattern and its description in CloudWatch, rendered from its record."""

import pulumi

from components.shared.alarms.conditions import MAX_PATTERN
from components.shared.alarms.record import Alarm, Filter, Record
from components.shared.alarms.targets import MonitoringTargets

MAX_DESCRIPTION = 1024
"""Characters of an alarm's description; source: CloudWatch API reference, PutMetricAlarm."""
RUNBOOKS = "docs/runbooks"
_COMPARISONS = {">": "more than", ">=": "at least", "<": "fewer than"}


class TextTooLong(pulumi.RunError):
    """A pattern or a description has more characters than CloudWatch allows."""


def filter_pattern(alarm: Alarm, source: Filter, targets: MonitoringTargets[str]) -> str:
    """Return the filter pattern of an alarm.

    Raises
    ------
    TextTooLong
        The pattern has more than 1,024 characters.
    """
    text = source.pattern(targets)
    if len(text) > MAX_PATTERN:
        raise TextTooLong(
            f"The filter pattern of alarm {alarm.name} has {len(text)} characters; CloudWatch allows {MAX_PATTERN}. Name "
            "fewer principals in the settings, or several by one pattern with *."
        )
    return text


def alarm_description(record: Record) -> str:
    """Return the description that CloudWatch shows and that notifications carry.

    Raises
    ------
    TextTooLong
        The description has more than 1,024 characters.
    """
    parts = [
        f"{record.title}. {record.meaning}",
        f"Impact: {record.impact}",
        *([f"Threshold: {threshold_text(record)}."] if isinstance(record, Alarm) else []),
        "Response: " + " ".join(step.text for step in record.response),
        f"False positives: {record.false_positives}",
        f"Runbook: {RUNBOOKS}/{record.name}.md",
    ]
    text = "\n".join(parts)
    if len(text) > MAX_DESCRIPTION:
        raise TextTooLong(
            f"The description of alarm {record.name} has {len(text)} characters; CloudWatch allows {MAX_DESCRIPTION}. "
            "Shorten the texts of its record."
        )
    return text


def threshold_text(alarm: Alarm) -> str:
    """Return the threshold and its reason, in words."""
    threshold = alarm.threshold
    return f"{_COMPARISONS[alarm.comparison]} {threshold.value:g} {threshold.unit}; {threshold.reason}"
