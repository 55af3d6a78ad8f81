"""Alarm rules: an alarm can fire, and it notifies someone."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from policy.model import (
    Block,
    Finding,
    NotApplicable,
    Outcome,
    Resource,
    Severity,
    Stack,
    Undecided,
    UnknownRead,
    check_each,
    is_absent,
    rule,
)
from policy.rules._helpers.resource_types import ALARM, COMPOSITE_ALARM, METRIC_FILTER, TOPIC, TOPIC_SUBSCRIPTION

_ALERTS = ("PCI-DSS-4.0.1:10.7.2", "NIST-800-53r5:SI-4(5)", "NIST-800-53r5:IR-4(1)")


@rule(
    name="alarm-notifies",
    on=(ALARM, COMPOSITE_ALARM),
    severity=Severity.HIGH,
    controls=_ALERTS,
    remedy="Set alarm_actions to a topic, and do not disable actions_enabled.",
    whole_stack=True,
)
def alarm_notifies(alarm: Resource) -> Iterator[Outcome]:
    """An alarm notifies someone, by its own actions or through a composite alarm that includes it."""
    if alarm.has("alarmActions"):
        if alarm.is_disabled_by_program("actionsEnabled"):
            yield Finding("has its actions disabled (actionsEnabled)")
    elif not _is_part_of_composite(alarm):
        yield Finding("notifies nobody (alarmActions)")


def _is_part_of_composite(alarm: Resource) -> bool:
    included = alarm.stack.cached("alarms in composite alarms", lambda: _included_alarms(alarm.stack))
    if alarm.urn in included.urns or alarm.identities & included.names:
        return True
    composites = [composite for composite in alarm.stack.of_type(COMPOSITE_ALARM)[:2] if composite is not alarm]
    if (composites and alarm.has_unknown_name) or any(composite is not alarm for composite in included.by_unknown_rule):
        raise UnknownRead("alarmRule of the composite alarms")
    return False


@dataclass(frozen=True)
class IncludedAlarms:
    """The alarms that composite alarms include.

    Attributes
    ----------
    by_unknown_rule
        Composite alarms whose rule is not known yet; the first two are enough.
    """

    urns: Collection[str]
    names: Set[str]
    by_unknown_rule: Sequence[Resource]


def _included_alarms(stack: Stack) -> IncludedAlarms:
    urns: set[str] = set()
    names: set[str] = set()
    by_unknown_rule = []
    for composite in stack.of_type(COMPOSITE_ALARM):
        dependencies = composite.dependency_urns("alarmRule")
        urns.update(dependencies)
        if composite.knows("alarmRule"):
            names.update(re.findall(r"\(([^()]*)\)", composite.text("alarmRule").replace('"', "")))
        elif not dependencies:
            by_unknown_rule.append(composite)
    return IncludedAlarms(urns, names, by_unknown_rule[:2])


DIMENSIONS_BY_NAMESPACE: Mapping[str, tuple[str, ...]] = {
    "AWS/ApiGateway": ("ApiName|ApiId",),
    "AWS/ApplicationELB": ("LoadBalancer",),
    "AWS/DynamoDB": ("TableName",),
    "AWS/CertificateManager": ("CertificateArn",),
    "AWS/EFS": ("FileSystemId",),
    "AWS/Events": ("RuleName",),
    "AWS/Firehose": ("DeliveryStreamName",),
    "AWS/Kinesis": ("StreamName",),
    "AWS/NATGateway": ("NatGatewayId",),
    "AWS/NetworkELB": ("LoadBalancer",),
    "AWS/Redshift": ("ClusterIdentifier",),
    "AWS/RDS": ("DBInstanceIdentifier|DBClusterIdentifier|EngineName",),
    "AWS/S3": ("BucketName", "FilterId|StorageType"),
    "AWS/SNS": ("TopicName",),
    "AWS/SQS": ("QueueName",),
    "AWS/States": ("StateMachineArn|ActivityArn|LambdaFunctionArn",),
}
"""Dimensions without which the metrics of a namespace do not exist; of names joined by `|`, one is enough."""

DIMENSIONS_BY_METRIC: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("AWS/DynamoDB", "SystemErrors"): ("TableName", "Operation"),
    ("AWS/DynamoDB", "ThrottledRequests"): ("TableName", "Operation"),
    ("AWS/DynamoDB", "SuccessfulRequestLatency"): ("TableName", "Operation"),
    ("AWS/DynamoDB", "ReturnedItemCount"): ("TableName", "Operation"),
    ("AWS/DynamoDB", "OnlineIndexThrottleEvents"): ("TableName", "GlobalSecondaryIndexName"),
    ("AWS/DynamoDB", "OnlineIndexPercentageProgress"): ("TableName", "GlobalSecondaryIndexName"),
    ("AWS/DynamoDB", "OnlineIndexConsumedWriteCapacity"): ("TableName", "GlobalSecondaryIndexName"),
    ("AWS/DynamoDB", "ReplicationLatency"): ("TableName", "ReceivingRegion"),
    **{
        ("AWS/S3", name): ("SourceBucket", "DestinationBucket", "RuleId")
        for name in (
            "BytesPendingReplication",
            "OperationsFailedReplication",
            "OperationsPendingReplication",
            "ReplicationLatency",
        )
    },
    # Metrics of the whole account.
    ("AWS/DynamoDB", "UserErrors"): (),
    ("AWS/DynamoDB", "AccountMaxReads"): (),
    ("AWS/DynamoDB", "AccountMaxWrites"): (),
    ("AWS/DynamoDB", "AccountMaxTableLevelReads"): (),
    ("AWS/DynamoDB", "AccountMaxTableLevelWrites"): (),
    ("AWS/DynamoDB", "AccountProvisionedReadCapacityUtilization"): (),
    ("AWS/DynamoDB", "AccountProvisionedWriteCapacityUtilization"): (),
    ("AWS/DynamoDB", "MaxProvisionedTableReadCapacityUtilization"): (),
    ("AWS/DynamoDB", "MaxProvisionedTableWriteCapacityUtilization"): (),
    ("AWS/SNS", "SMSMonthToDateSpentUSD"): (),
    ("AWS/SNS", "SMSSuccessRate"): (),
}
"""Dimensions of metrics that differ from their namespace. Source: each service's "metrics and dimensions" page."""


@rule(
    name="alarm-has-dimensions",
    on=ALARM,
    severity=Severity.HIGH,
    controls=_ALERTS,
    remedy="Set all dimensions with which the service publishes the metric. Without one of them the alarm never gets data.",
)
def alarm_has_dimensions(alarm: Resource) -> Iterator[Outcome]:
    """An alarm has the dimensions of its metric. Without them it never gets data and never fires."""
    yield from check_each([alarm], _dimensions)
    yield from check_each(alarm.blocks("metricQueries"), _query_dimensions)


def _query_dimensions(query: Block) -> Iterator[Outcome]:
    yield from check_each(query.blocks("metric"), _dimensions)


def _dimensions(metric: Block) -> Iterator[Outcome]:
    if not metric.has("metricName"):
        return
    namespace, name = metric.text("namespace"), metric.text("metricName")
    dimensions = metric.block("dimensions").items()
    for alternatives in DIMENSIONS_BY_METRIC.get((namespace, name), DIMENSIONS_BY_NAMESPACE.get(namespace, ())):
        if all(is_absent(dimensions.get(dimension)) for dimension in alternatives.split("|")):
            missing = alternatives.replace("|", " or ")
            yield Finding(f"monitors {namespace} {name} without the dimension {missing} ({metric.path}dimensions)")


@rule(
    name="metric-filter-has-alarm",
    on=METRIC_FILTER,
    severity=Severity.MEDIUM,
    controls=(*_ALERTS, "PCI-DSS-4.0.1:10.4.1", "CIS-AWS-3.0:4.1"),
    remedy="Create an alarm on the metric's namespace and name, or remove the filter.",
    whole_stack=True,
)
def metric_filter_has_alarm(log_filter: Resource) -> Iterator[Outcome]:
    """Every metric filter has an alarm on its metric. Otherwise nobody learns what the filter finds."""
    metric = log_filter.block("metricTransformation")
    namespace, name = metric.text("namespace"), metric.text("name")
    monitored, unknown = log_filter.stack.cached("metrics of alarms", lambda: _metrics_of_alarms(log_filter.stack))
    if (namespace, name) in monitored:
        return
    if unknown is not None:
        raise UnknownRead(unknown)
    yield Finding(f"publishes the metric {namespace} {name}, which has no alarm")


@rule(
    name="alarm-metric-is-published",
    on=ALARM,
    severity=Severity.HIGH,
    controls=_ALERTS,
    remedy="Create the metric filter, or correct the alarm's namespace and metric_name. Let code publish its metrics in another "
    "namespace than that of metric filters.",
    whole_stack=True,
)
def alarm_metric_is_published(alarm: Resource) -> Iterator[Outcome]:
    """An alarm in a namespace that metric filters publish to watches a metric of one of them.

    An alarm on a metric that nothing publishes never fires. Metrics in other namespaces come from AWS or from code.
    """
    published, unknown = alarm.stack.cached("metrics of filters", lambda: _metrics_of_filters(alarm.stack))
    namespaces = {namespace for namespace, _ in published}
    monitored, unread = _monitored_metrics(alarm)
    missing = [
        (namespace, name)
        for namespace, name in monitored
        if (namespace, name) not in published
        and (namespace in namespaces or (unknown is not None and not namespace.startswith("AWS/")))
    ]
    if unread is None and not missing and not namespaces & {namespace for namespace, _ in monitored}:
        raise NotApplicable("no metric filter publishes to the namespace of the alarm")
    for namespace, name in missing:
        if unknown is not None:
            yield Undecided(unknown)
        else:
            yield Finding(f"monitors {namespace} {name}, which no metric filter of the stack publishes")
    if unread is not None:
        yield Undecided(unread)


def _metrics_of_filters(stack: Stack) -> tuple[Collection[tuple[str, str]], str | None]:
    """Return the namespace and name of each filter's metric, and the first property of a filter that is unknown."""
    metrics: set[tuple[str, str]] = set()
    first_unknown: str | None = None
    for log_filter in stack.of_type(METRIC_FILTER):
        try:
            metric = log_filter.block("metricTransformation")
            metrics.add((metric.text("namespace"), metric.text("name")))
        except UnknownRead as unknown:
            first_unknown = first_unknown or f"{unknown.path} of {log_filter.logical_name}"
    return metrics, first_unknown


def _metrics_of_alarms(stack: Stack) -> tuple[Collection[tuple[str, str]], str | None]:
    """Return the namespace and name of each metric with an alarm, and the first property of an alarm that is unknown."""
    metrics: set[tuple[str, str]] = set()
    first_unknown: str | None = None
    for alarm in stack.of_type(ALARM):
        monitored, unread = _monitored_metrics(alarm)
        metrics.update(monitored)
        if unread is not None:
            first_unknown = first_unknown or f"{unread} of {alarm.logical_name}"
    return metrics, first_unknown


def _monitored_metrics(alarm: Resource) -> tuple[list[tuple[str, str]], str | None]:
    """Return the namespace and name of each metric of an alarm, and the first property that is unknown."""
    metrics: list[tuple[str, str]] = []
    first_unknown: str | None = None
    try:
        queried = [metric for query in alarm.blocks("metricQueries") for metric in query.blocks("metric")]
    except UnknownRead as unknown:
        queried, first_unknown = [], unknown.path
    for metric in [alarm, *queried]:
        try:
            metrics.append((metric.text("namespace"), metric.text("metricName")))
        except UnknownRead as unknown:
            first_unknown = first_unknown or unknown.path
    return metrics, first_unknown


@rule(
    name="alarm-topic-is-subscribed",
    on=TOPIC,
    severity=Severity.HIGH,
    controls=_ALERTS,
    remedy="Create a TopicSubscription for the people who respond to the alarms.",
    whole_stack=True,
)
def alarm_topic_is_subscribed(topic: Resource) -> Iterator[Outcome]:
    """Each topic that alarms notify has a subscription."""
    urns, names = topic.stack.cached("actions of alarms", lambda: _alarm_actions(topic.stack))
    if topic.urn not in urns and not topic.identities & names:
        raise NotApplicable("no alarm notifies the topic")
    if not topic.attached(TOPIC_SUBSCRIPTION, by="topic"):
        yield Finding("gets notifications of alarms but has no subscription")


def _alarm_actions(stack: Stack) -> tuple[Collection[str], Set[str]]:
    """Return the URNs that the actions of alarms depend on, and the actions that are known."""
    urns: set[str] = set()
    names: set[str] = set()
    for alarm in stack.of_type(ALARM, COMPOSITE_ALARM):
        urns.update(alarm.dependency_urns("alarmActions"))
        names.update(alarm.known_texts("alarmActions")[0])
    return urns, names
