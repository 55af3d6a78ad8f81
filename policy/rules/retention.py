"""Retention rules: what must be kept is kept long enough, and on purpose."""

from collections.abc import Iterator
from typing import cast

from policy.model import Finding, Outcome, Parameters, Resource, Severity, rule
from policy.rules.parameters import whole_number

RETENTION_DAYS = frozenset(
    {1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}
)
"""What CloudWatch Logs takes (PutRetentionPolicy), in days."""


@rule(
    name="log-group-is-retained",
    on="aws:cloudwatch/logGroup:LogGroup",
    severity=Severity.HIGH,
    controls=("PCI-DSS-4.0:10.5.1", "NIST-800-53r5:AU-11", "SEC-17a-4:(a)"),
    remedy="Set retention_in_days to a value that CloudWatch takes, at least the minimum.",
    parameters={"minimumDays": whole_number("Least retention of a log group in days", 3653, 1, 3653)},
)
def log_group_is_retained(group: Resource, parameters: Parameters) -> Iterator[Outcome]:
    """Keep a log group's events for long enough, by a retention that somebody chose.

    A group without a retention keeps everything for ever, by accident and not by rule. `minimumDays` is the least
    that a retention may be, in days.
    """
    minimum = cast("int", parameters["minimumDays"])
    days = group.number("retentionInDays")
    if not group.has("retentionInDays") or days == 0:
        yield Finding("does not say how long it keeps its events (retentionInDays): it would never expire")
    elif days not in RETENTION_DAYS:
        yield Finding(f"keeps its events for {group.text('retentionInDays')} days, which CloudWatch does not take")
    elif days < minimum:
        yield Finding(f"keeps its events for {days:.0f} days, expected at least {minimum}")
