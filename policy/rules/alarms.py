"""Alarm rules: an alarm can fire, and somebody hears it."""

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
    UnknownRead,
    for_each,
    is_absent,
    rule,
)
from policy.rules._helpers.resource_types import (
    ALARM,
    COMPOSITE_ALARM,
    METRIC_FILTER,
    TOPIC,
    TOPIC_SUBSCRIPTION,
)

_ALERTS = ("PCI-DSS-4.0:10.7.2", "NIST-800-53r5:SI-4(5)", "NIST-800-53r5:IR-4(1)")


@rule(
    name="alarm-notifies",
    on=(ALARM, COMPOSITE_ALARM),
    severity=Severity.HIGH,
    controls=_ALERTS,
    remedy="Set alarm_actions to a topic, and leave actions_enabled on.",
    whole_stack=True,
)
def alarm_notifies(alarm: Resource) -> Iterator[Outcome]:
    """Let an alarm tell somebody, by itself or through a composite alarm that looks at it."""
    if alarm.has("alarmActions"):
        if alarm.was_switched_off("actionsEnabled"):
            yield Finding("has its actions switched off (actionsEnabled)")
    elif not _is_part_of_composite(alarm):
        yield Finding("tells nobody (alarmActions)")


def _is_part_of_composite(alarm: Resource) -> bool:
    watched = alarm.stack.once("watched by composite alarms", lambda: _composites(alarm.stack))
    if alarm.urn in watched.urns or alarm.identities & watched.names:
        return True
    others = [one for one in alarm.stack.of(COMPOSITE_ALARM)[:2] if one is not alarm]
    if (others and alarm.is_yet_unnamed) or any(one is not alarm for one in watched.doubtful):
        raise UnknownRead("alarmRule of the composite alarms")
    return False


@dataclass(frozen=True)
class Watched:
    """The alarms that composite ones look at: by URN and by name, and the composite ones that may look at others too."""

    urns: Collection[str]
    names: Set[str]
    doubtful: Sequence[Resource]


def _composites(stack: Stack) -> Watched:
    urns: set[str] = set()
    names: set[str] = set()
    doubtful = []
    for composite in stack.of(COMPOSITE_ALARM):
        made_from = composite.origins("alarmRule")
        urns.update(made_from)
        if composite.knows("alarmRule"):
            names.update(re.findall(r"\(([^()]*)\)", composite.text("alarmRule").replace('"', "")))
        elif not made_from:
            doubtful.append(composite)
    return Watched(urns, names, doubtful[:2])


NEEDED: Mapping[str, tuple[str, ...]] = {
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
"""Dimensions, any of those between bars, without which a metric of a namespace does not exist."""

NEEDED_BY_METRIC: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("AWS/DynamoDB", "SystemErrors"): ("TableName", "Operation"),
    ("AWS/DynamoDB", "ThrottledRequests"): ("TableName", "Operation"),
    ("AWS/DynamoDB", "SuccessfulRequestLatency"): ("TableName", "Operation"),
    ("AWS/DynamoDB", "ReturnedItemCount"): ("TableName", "Operation"),
    ("AWS/DynamoDB", "OnlineIndexThrottleEvents"): ("TableName", "GlobalSecondaryIndexName"),
    ("AWS/DynamoDB", "OnlineIndexPercentageProgress"): ("TableName", "GlobalSecondaryIndexName"),
    ("AWS/DynamoDB", "OnlineIndexConsumedWriteCapacity"): ("TableName", "GlobalSecondaryIndexName"),
    ("AWS/DynamoDB", "ReplicationLatency"): ("TableName", "ReceivingRegion"),
    # Of the account, or of the account and table.
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
"""What differs from the namespace's; sources: each service's "metrics and dimensions" page."""


@rule(
    name="alarm-has-dimensions",
    on=ALARM,
    severity=Severity.HIGH,
    controls=_ALERTS,
    remedy="Set the dimensions that the service publishes the metric with; without one the alarm waits for data that "
    "never come.",
)
def alarm_has_dimensions(alarm: Resource) -> Iterator[Outcome]:
    """Give an alarm the dimensions of its metric: without them it never fires."""
    yield from for_each([alarm], _dimensions)
    yield from for_each(alarm.blocks("metricQueries"), _query_dimensions)


def _query_dimensions(query: Block) -> Iterator[Outcome]:
    yield from for_each(query.blocks("metric"), _dimensions)


def _dimensions(metric: Block) -> Iterator[Outcome]:
    if not metric.has("metricName"):
        return
    namespace, name = metric.text("namespace"), metric.text("metricName")
    given = metric.block("dimensions").items()
    for needed in NEEDED_BY_METRIC.get((namespace, name), NEEDED.get(namespace, ())):
        if not any(not is_absent(given.get(one)) for one in needed.split("|")):
            told = needed.replace("|", " or ")
            yield Finding(f"watches {namespace} {name} without the dimension {told} ({metric.path}dimensions)")


@rule(
    name="metric-filter-raises-alarm",
    on=METRIC_FILTER,
    severity=Severity.MEDIUM,
    controls=(*_ALERTS, "PCI-DSS-4.0:10.4.1", "CIS-AWS-3.0:4.1"),
    remedy="Add an alarm on the metric's namespace and name, or remove the filter.",
    whole_stack=True,
)
def metric_filter_raises_alarm(log_filter: Resource) -> Iterator[Outcome]:
    """Watch the metric of every filter by an alarm: else nobody hears of what it finds."""
    metric = log_filter.block("metricTransformation")
    wanted = (metric.text("namespace"), metric.text("name"))
    watched, doubt = log_filter.stack.once("watched metrics", lambda: _metrics(log_filter.stack))
    if wanted in watched:
        return
    if doubt is not None:
        raise UnknownRead(doubt)
    yield Finding(f"counts {wanted[0]} {wanted[1]}, which no alarm watches")


def _metrics(stack: Stack) -> tuple[Collection[tuple[str, str]], str | None]:
    """Return the metrics that alarms watch, and what is not known of one, if anything is."""
    found: set[tuple[str, str]] = set()
    doubt: str | None = None
    for alarm in stack.of(ALARM):
        try:
            queried = [one for query in alarm.blocks("metricQueries") for one in query.blocks("metric")]
        except UnknownRead as unknown:
            queried, doubt = [], doubt or f"{unknown.path} of {alarm.logical_name}"
        for watched in [alarm, *queried]:
            try:
                found.add((watched.text("namespace"), watched.text("metricName")))
            except UnknownRead as unknown:
                doubt = doubt or f"{unknown.path} of {alarm.logical_name}"
    return found, doubt


@rule(
    name="alarm-topic-is-subscribed",
    on=TOPIC,
    severity=Severity.HIGH,
    controls=_ALERTS,
    remedy="Add a TopicSubscription for whoever answers the alarms.",
    whole_stack=True,
)
def alarm_topic_is_subscribed(topic: Resource) -> Iterator[Outcome]:
    """Have somebody listen to each topic that alarms notify."""
    urns, names = topic.stack.once("notified by alarms", lambda: _notified(topic.stack))
    if topic.urn not in urns and not topic.identities & names:
        raise NotApplicable("no alarm notifies the topic")
    if not topic.attached(TOPIC_SUBSCRIPTION, by="topic"):
        yield Finding("is notified by alarms, and nobody listens to it")


def _notified(stack: Stack) -> tuple[Collection[str], Set[str]]:
    """Return what alarms notify: the URNs of what their actions were made from, and the actions that are known."""
    urns: set[str] = set()
    names: set[str] = set()
    for alarm in stack.of(ALARM, COMPOSITE_ALARM):
        urns.update(alarm.origins("alarmActions"))
        names.update(alarm.texts_as_far_as_known("alarmActions")[0])
    return urns, names
