"""What alarms of several areas share: what they need, whose metrics they read, where to look."""

from collections.abc import Callable, Mapping
from typing import Any

from components.shared.alarms.record import NAMESPACE, Filter, Metric, Need, Query
from components.shared.alarms.targets import FunctionTargets, MonitoringTargets

TRAIL = Need(text="a trail with a log group", is_met=lambda targets: targets.trail is not None)
DNS_FIREWALL = Need(text="the DNS firewall", is_met=lambda targets: targets.network.dns_log_group is not None)
REQUEST_METRICS = Need(text="S3's request metrics", is_met=lambda targets: targets.storage.request_metrics)
RECONCILER = Need(text="the sweep", is_met=lambda targets: targets.reconciler is not None)
ATTESTOR = Need(text="the attestor", is_met=lambda targets: targets.attestor is not None)
READERS_NAMED = Need(text="readers that are named", is_met=lambda targets: bool(targets.principals.readers))
OPERATORS_NAMED = Need(
    text="quarantine operators that are named", is_met=lambda targets: bool(targets.principals.quarantine_operators)
)
DEPLOYERS_NAMED = Need(text="deploy principals that are named", is_met=lambda targets: bool(targets.principals.deploy))

WHO = "fields @timestamp, eventName, userIdentity.arn, userIdentity.sessionContext.sessionIssuer.arn, sourceIPAddress"
LATEST = "sort @timestamp desc | limit 100"


def in_trail(pattern: Callable[[MonitoringTargets[str]], str]) -> Filter:
    """Return a filter on the trail's events."""
    return Filter(group=lambda targets: targets.trail and targets.trail.log_group, pattern=pattern)


def ask_trail(condition: str, *fields: str) -> Query:
    """Return the question to the trail who did what, and when.

    Parameters
    ----------
    condition
        Which events, in the words of Logs Insights.
    fields
        What is told of them beside who, whence and when.
    """
    return Query(
        group=lambda targets: targets.trail and targets.trail.log_group,
        of="the trail",
        text="\n| ".join([", ".join([WHO, *fields]), f"filter {condition}", LATEST]),
    )


def ask_function(
    function: Callable[[MonitoringTargets[Any]], FunctionTargets[Any] | None], of: str, condition: str, *fields: str
) -> Query:
    """Return a question to a function's log."""

    def group(targets: MonitoringTargets[Any]) -> Any:
        found = function(targets)
        return found and found.log_group

    told = ", ".join(["fields @timestamp, event", *fields])
    return Query(group=group, of=of, text="\n| ".join([told, f"filter {condition}", LATEST]))


def ask_processor(condition: str, *fields: str) -> Query:
    """Return a question to the processor's log about files."""
    return ask_function(
        lambda targets: targets.processing.processor, "the processor", condition, "file_id", "key", *fields
    )


def ask_reconciler(condition: str, *fields: str) -> Query:
    """Return a question to the sweep's log."""
    return ask_function(lambda targets: targets.reconciler, "the sweep", condition, *fields)


def ask_attestor(condition: str, *fields: str) -> Query:
    """Return a question to the attestor's log."""
    return ask_function(lambda targets: targets.attestor, "the attestor", condition, *fields)


def of_processor(targets: MonitoringTargets[Any]) -> Mapping[str, Any]:
    """Return the dimension of the processor's metrics, AWS's and its own."""
    return {"FunctionName": targets.processing.processor.name}


def from_processor(name: str) -> Metric:
    """Return a metric that the processor writes."""
    return Metric(namespace=NAMESPACE, name=name, dimensions=of_processor)


def from_reconciler(name: str) -> Metric:
    """Return a metric that the sweep writes."""
    return _from(lambda targets: targets.reconciler, name)


def from_attestor(name: str) -> Metric:
    """Return a metric that the attestor writes."""
    return _from(lambda targets: targets.attestor, name)


def _from(function: Callable[[MonitoringTargets[Any]], FunctionTargets[Any] | None], name: str) -> Metric:
    def dimensions(targets: MonitoringTargets[Any]) -> Mapping[str, Any]:
        found = function(targets)
        return {"FunctionName": found.name} if found else {}

    return Metric(namespace=NAMESPACE, name=name, dimensions=dimensions)
