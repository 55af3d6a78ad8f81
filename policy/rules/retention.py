"""What has to last lasts."""

from collections.abc import Iterator

from policy.model import Parameters, Resource, Stack, rule

TAKEN = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
"""The retentions in days that CloudWatch Logs takes."""

MINIMUM = 3653


@rule(
    "log-group-is-retained",
    on=("aws:cloudwatch/logGroup:LogGroup",),
    controls=("PCI-DSS-4.0:10.5.1", "NIST-800-53r5:AU-11", "SEC-17a-4:(b)(4)"),
    remedy="Set retention_in_days to 3653; a log group without it keeps for ever by accident, not by rule.",
)
def log_group_is_retained(group: Resource, _: Stack, parameters: Parameters) -> Iterator[str]:
    """Logs of records of ten years are kept for ten years, by a value that somebody chose."""
    days = group.properties.value("retentionInDays")
    least = parameters.get("minimumRetentionDays", MINIMUM)
    if not days:
        yield "has no retention"
    elif int(days) not in TAKEN:
        yield f"has a retention of {int(days)} days, which CloudWatch does not take"
    elif int(days) < least:
        yield f"is kept for {int(days)} days, less than {least}"
