"""Controls of log groups, which are read by name."""

from typing import Any

from lambdas.attestor.controls.control import controls_of
from lambdas.attestor.reading import Reading, ResourceMissing

_ALARMS = ("logs-changed-outside-deployment",)
_ACTIONS = ("logs:DescribeLogGroups",)

control = controls_of("log-group")


def _description(aws: Reading, name: str) -> Any:
    groups = aws.call("logs", "describe_log_groups", logGroupNamePrefix=name).get("logGroups", [])
    for group in groups:
        if group["logGroupName"] == name:
            return group
    raise ResourceMissing(f"log group {name} does not exist")


@control(
    "logs-retention",
    requirement="Log events are kept for the expected number of days.",
    references=("PCI-DSS-4.0.1:10.5.1", "NIST-800-53r5:AU-11"),
    rules=("log-group-has-retention-period",),
    alarms=_ALARMS,
    actions=_ACTIONS,
)
def retention(aws: Reading, name: str) -> object:
    """Return the retention period in days."""
    return _description(aws, name).get("retentionInDays")


@control(
    "logs-encryption",
    requirement="Log events are encrypted with the expected key.",
    references=("PCI-DSS-4.0.1:10.3.1", "NIST-800-53r5:AU-9(3)"),
    rules=("log-group-uses-customer-key", "data-class-has-one-key"),
    alarms=_ALARMS,
    actions=_ACTIONS,
)
def encryption(aws: Reading, name: str) -> object:
    """Return the customer key."""
    return _description(aws, name).get("kmsKeyId")
