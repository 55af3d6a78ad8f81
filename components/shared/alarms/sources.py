"""What the alarm records of several tiers share: requirements, metrics and queries."""

from collections.abc import Callable, Mapping
from typing import Any

from components.shared.alarms.record import NAMESPACE, Filter, Metric, Query, Requirement
from components.shared.alarms.targets import FunctionTargets, MonitoringTargets

TRAIL = Requirement(text="a trail with a log group", is_met=lambda targets: targets.trail is not None)
DNS_FIREWALL = Requirement(text="the DNS firewall", is_met=lambda targets: targets.network.dns_log_group is not None)
REQUEST_METRICS = Requirement(text="S3 request metrics", is_met=lambda targets: targets.storage.request_metrics)
RECONCILER = Requirement(text="the reconciler", is_met=lambda targets: targets.reconciler is not None)
MALWARE_SCAN = Requirement(text="the malware scan", is_met=lambda targets: targets.malware_scan is not None)
ATTESTOR = Requirement(text="the attestor", is_met=lambda targets: targets.attestor is not None)
DEPLOYERS_NAMED = Requirement(text="named deploy principals", is_met=lambda targets: bool(targets.principals.deploy))

_CALLER = (
    "fields @timestamp, eventName, userIdentity.arn, userIdentity.sessionContext.sessionIssuer.arn, sourceIPAddress"
)
LATEST = "sort @timestamp desc | limit 100"


def in_trail(pattern: Callable[[MonitoringTargets[str]], str]) -> Filter:
    """Return a filter on the trail's events."""
    return Filter(group=_trail_log_group, pattern=pattern)


def query_trail(condition: str, *fields: str) -> Query:
    """Return a query that lists who called what in the trail.

    Parameters
    ----------
    condition
        Which events, in the language of Logs Insights.
    fields
        Fields to show besides caller, address and time.
    """
    return Query(
        group=_trail_log_group,
        group_title="the trail",
        text="\n| ".join([", ".join([_CALLER, *fields]), f"filter {condition}", LATEST]),
    )


def _trail_log_group(targets: MonitoringTargets[Any]) -> Any:
    return targets.trail and targets.trail.log_group


def query_processor(condition: str, *fields: str) -> Query:
    """Return a query of the processor's log about files."""
    return _query_function(
        lambda targets: targets.processing.processor, "processor", condition, "file_id", "key", *fields
    )


def query_reconciler(condition: str, *fields: str) -> Query:
    """Return a query of the reconciler's log."""
    return _query_function(lambda targets: targets.reconciler, "reconciler", condition, *fields)


def query_attestor(condition: str, *fields: str) -> Query:
    """Return a query of the attestor's log."""
    return _query_function(lambda targets: targets.attestor, "attestor", condition, *fields)


def _query_function(
    function: Callable[[MonitoringTargets[Any]], FunctionTargets[Any] | None], title: str, condition: str, *fields: str
) -> Query:
    def group(targets: MonitoringTargets[Any]) -> Any:
        queried = function(targets)
        return queried and queried.log_group

    shown = ", ".join(["fields @timestamp, event", *fields])
    return Query(group=group, group_title=f"the {title}", text="\n| ".join([shown, f"filter {condition}", LATEST]))


def processor_dimensions(targets: MonitoringTargets[Any]) -> Mapping[str, Any]:
    """Return the dimension of the processor's metrics, AWS's and its own."""
    return {"FunctionName": targets.processing.processor.name}


def processor_metric(name: str) -> Metric:
    """Return a metric that the processor writes."""
    return Metric(namespace=NAMESPACE, name=name, dimensions=processor_dimensions)


def reconciler_metric(name: str) -> Metric:
    """Return a metric that the reconciler writes."""
    return _function_metric(lambda targets: targets.reconciler, name)


def attestor_metric(name: str) -> Metric:
    """Return a metric that the attestor writes."""
    return _function_metric(lambda targets: targets.attestor, name)


def _function_metric(function: Callable[[MonitoringTargets[Any]], FunctionTargets[Any] | None], name: str) -> Metric:
    def dimensions(targets: MonitoringTargets[Any]) -> Mapping[str, Any]:
        writer = function(targets)
        return {"FunctionName": writer.name} if writer else {}

    return Metric(namespace=NAMESPACE, name=name, dimensions=dimensions)
