"""Observability rules: what happens is recorded, and somebody is told."""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from policy.iam.patterns import covers_everything
from policy.model import (
    UNKNOWN,
    Block,
    Finding,
    NotApplicable,
    Outcome,
    Parameters,
    Resource,
    Severity,
    UnknownRead,
    as_far_as_known,
    for_each,
    is_absent,
    rule,
)
from policy.rules.parameters import texts
from policy.rules.retention import CLASSIFICATION
from policy.rules.tagging import tag
from policy.rules.types import (
    ALARM,
    BUCKET,
    BUCKET_LOGGING,
    COMPOSITE_ALARM,
    FUNCTION,
    FUNCTION_INVOKE_CONFIG,
    FUNCTION_MAPPING,
    LOG_GROUP,
    METRIC_FILTER,
    QUEUE,
    TOPIC,
    TOPIC_SUBSCRIPTION,
    TRAIL,
)

_ALERTS = ("PCI-DSS-4.0:10.7.2", "NIST-800-53r5:SI-4(5)", "NIST-800-53r5:IR-4(1)")
_RECORDS = ("PCI-DSS-4.0:10.2.1", "NIST-800-53r5:AU-2", "NIST-800-53r5:AU-12")


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
        if _is_asked_off(alarm, "actionsEnabled"):
            yield Finding("has its actions switched off (actionsEnabled)")
    elif not _is_part_of_composite(alarm):
        yield Finding("tells nobody (alarmActions)")


def _is_asked_off(resource: Resource, switch: str) -> bool:
    """Tell whether the program switches off what is on by itself."""
    return resource.was_asked(switch) and not resource.is_true(switch)


def _is_part_of_composite(alarm: Resource) -> bool:
    others = [one for one in alarm.stack.of(COMPOSITE_ALARM) if one is not alarm]
    doubt = bool(others) and alarm.is_yet_unnamed
    for composite in others:
        if alarm.urn in composite.origins("alarmRule"):
            return True
        if composite.knows("alarmRule"):
            names = (f"({one})" for one in alarm.identities)
            told = composite.text("alarmRule").replace('"', "")
            if any(name in told for name in names):
                return True
        else:
            doubt = doubt or not composite.origins("alarmRule")
    if doubt:
        raise UnknownRead("alarmRule of the composite alarms")
    return False


NEEDED: Mapping[str, tuple[str, ...]] = {
    "AWS/ApiGateway": ("ApiName|ApiId",),
    "AWS/ApplicationELB": ("LoadBalancer",),
    "AWS/DynamoDB": ("TableName",),
    "AWS/Events": ("RuleName",),
    "AWS/Firehose": ("DeliveryStreamName",),
    "AWS/Kinesis": ("StreamName",),
    "AWS/NetworkELB": ("LoadBalancer",),
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
    doubt: UnknownRead | None = None
    for alarm in log_filter.stack.of(ALARM):
        for watched in [alarm, *(one for query in alarm.blocks("metricQueries") for one in query.blocks("metric"))]:
            try:
                if (watched.text("namespace"), watched.text("metricName")) == wanted:
                    return
            except UnknownRead as unknown:
                doubt = doubt or UnknownRead(f"{unknown.path} of {alarm.logical_name}")
    if doubt is not None:
        raise doubt
    yield Finding(f"counts {wanted[0]} {wanted[1]}, which no alarm watches")


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
    if not any(_notifies(alarm, topic) for alarm in topic.stack.of(ALARM, COMPOSITE_ALARM)):
        raise NotApplicable("no alarm notifies the topic")
    if not topic.attached(TOPIC_SUBSCRIPTION, by="topic"):
        yield Finding("is notified by alarms, and nobody listens to it")


def _notifies(alarm: Resource, topic: Resource) -> bool:
    if topic.urn in alarm.origins("alarmActions"):
        return True
    return alarm.knows("alarmActions") and bool(topic.identities & set(alarm.texts("alarmActions")))


@rule(
    name="function-has-log-group",
    on=FUNCTION,
    severity=Severity.MEDIUM,
    controls=(*_RECORDS, "PCI-DSS-4.0:10.5.1"),
    remedy="Add a LogGroup named /aws/lambda/<function>, or name one in logging_config; Lambda else makes one without "
    "key and retention.",
    whole_stack=True,
)
def function_has_log_group(function: Resource) -> Iterator[Outcome]:
    """Give a function a log group of the stack's own, which then has its key and its retention."""
    logging = function.block("loggingConfig")
    if logging.has("logGroup"):
        if function.target("logGroup", LOG_GROUP, within=logging) is None:
            yield Finding("logs into a group that is not the stack's (loggingConfig.logGroup)")
        return
    groups = function.stack.of(LOG_GROUP)
    if function.has("name") and function.knows("name"):
        wanted = f"/aws/lambda/{function.text('name')}"
        if any(wanted in group.identities for group in groups):
            return
    if any(function.urn in group.origins("name") for group in groups):
        return
    if function.is_yet_unnamed and groups:
        raise UnknownRead("name")
    unnamed = [group for group in groups if not group.knows("name") and not group.origins("name")]
    if unnamed or not function.stack.complete:
        raise UnknownRead(f"name of {unnamed[0].logical_name}" if unnamed else "resources that this preview leaves out")
    yield Finding("has no log group of the stack's")


@rule(
    name="function-is-traced",
    on=FUNCTION,
    severity=Severity.LOW,
    controls=("NIST-800-53r5:AU-12", "PCI-DSS-4.0:10.2.1"),
    remedy="Set tracing_config.mode to Active.",
)
def function_is_traced(function: Resource) -> Iterator[Outcome]:
    """Trace a function's calls: where a file got lost is then seen."""
    if function.block("tracingConfig").text("mode") != "Active":
        yield Finding("is not traced (tracingConfig.mode)")


@rule(
    name="function-has-dead-letters",
    on=FUNCTION,
    severity=Severity.MEDIUM,
    controls=("NIST-800-53r5:SI-11", "PCI-DSS-4.0:10.7.2"),
    remedy="Set dead_letter_config, an on-failure destination, or feed the function from a queue that has one.",
    whole_stack=True,
)
def function_has_dead_letters(function: Resource) -> Iterator[Outcome]:
    """Keep what a function could not handle: without a place for it AWS drops it after its retries."""
    if function.block("deadLetterConfig").has("targetArn"):
        return
    for config in function.attached(FUNCTION_INVOKE_CONFIG, by="functionName"):
        if config.block("destinationConfig").block("onFailure").has("destination"):
            return
    for mapping in function.attached(FUNCTION_MAPPING, by="functionName"):
        if mapping.block("destinationConfig").block("onFailure").has("destinationArn"):
            return
        queue = mapping.target("eventSourceArn", QUEUE)
        if queue is not None or ":sqs:" in mapping.text("eventSourceArn"):
            return  # the queue keeps it, which queue-has-dead-letters judges
    yield Finding("has no place for what it cannot handle (deadLetterConfig)")


@rule(
    name="trail-is-validated",
    on=TRAIL,
    severity=Severity.HIGH,
    controls=(
        "PCI-DSS-4.0:10.3.4",
        "NIST-800-53r5:AU-9(3)",
        "NIST-800-53r5:AU-10",
        "CIS-AWS-3.0:3.2",
        "SEC-17a-4:(f)(2)(i)",
    ),
    remedy="Set enable_log_file_validation, and leave enable_logging on.",
)
def trail_is_validated(trail: Resource) -> Iterator[Outcome]:
    """Let a trail sign its files, so that a change of them is seen."""
    if not trail.is_true("enableLogFileValidation"):
        yield Finding("does not sign its files (enableLogFileValidation)")
    if _is_asked_off(trail, "enableLogging"):
        yield Finding("is switched off (enableLogging)")


@rule(
    name="trail-covers-data-buckets",
    on=BUCKET,
    severity=Severity.HIGH,
    controls=(
        "PCI-DSS-4.0:10.2.1.1",
        "NIST-800-53r5:AU-2",
        "NIST-800-53r5:AU-12",
        "CIS-AWS-3.0:3.8",
        "CIS-AWS-3.0:3.9",
    ),
    remedy="Add the bucket to the trail's data events: reads and writes of AWS::S3::Object below its ARN.",
    parameters={"classes": texts(f"Values of the tag {CLASSIFICATION} whose buckets are watched", ["restricted"])},
    whole_stack=True,
)
def trail_covers_data_buckets(bucket: Resource, parameters: Parameters) -> Iterator[Outcome]:
    """Record every read and write of an object with data."""
    trails = bucket.stack.of(TRAIL)
    if not trails:
        raise NotApplicable("the stack has no trail of its own")
    if tag(bucket, CLASSIFICATION) not in cast("Sequence[str]", parameters["classes"]):
        raise NotApplicable("the bucket holds no data of the classes that are watched")
    doubt: UnknownRead | None = None
    for trail in trails:
        try:
            if _covers(trail, bucket):
                return
        except UnknownRead as unknown:
            doubt = doubt or UnknownRead(f"{unknown.path} of {trail.logical_name}")
    if doubt is not None:
        raise doubt
    yield Finding("has no data events in a trail")


def _covers(trail: Resource, bucket: Resource) -> bool:
    for selector in trail.blocks("eventSelectors"):
        if selector.text("readWriteType") not in ("", "All"):
            continue
        for data in selector.blocks("dataResources"):
            if data.text("type") == "AWS::S3::Object" and _names(trail, data, "values", bucket, "eventSelectors"):
                return True
    return any(_advanced_covers(trail, advanced, bucket) for advanced in trail.blocks("advancedEventSelectors"))


def _advanced_covers(trail: Resource, selector: Block, bucket: Resource) -> bool:
    fields = {one.text("field"): one for one in selector.blocks("fieldSelectors")}
    category, kind = fields.get("eventCategory"), fields.get("resources.type")
    if category is None or category.texts("equals") != ["Data"]:
        return False
    if kind is None or "AWS::S3::Object" not in kind.texts("equals"):
        return False
    if any(name in fields for name in ("readOnly", "eventName")):
        return False  # some of what happens is left out
    arn = fields.get("resources.ARN")
    if arn is None:
        return True
    for operator in ("startsWiths", "startsWith", "equals"):
        if arn.has(operator) and _names(trail, arn, operator, bucket, "advancedEventSelectors"):
            return True
    if arn.has("notStartsWiths") or arn.has("notStartsWith"):
        key = "notStartsWiths" if arn.has("notStartsWiths") else "notStartsWith"
        return not _names(trail, arn, key, bucket, "advancedEventSelectors")
    return False


def _names(trail: Resource, block: Block, key: str, bucket: Resource, outermost: str) -> bool:
    """Tell whether a list of ARN prefixes has the bucket's objects in it; in a preview by what it was made from."""
    values = block.value(key)
    listed = values if isinstance(values, Sequence) and not isinstance(values, str) else [values]
    known = [str(one) for one in listed if one is not UNKNOWN]
    arns = {f"arn:aws:s3:::{name}/" for name in bucket.identities if ":" not in name}
    neutral = [f"arn:aws:{one.split(':', 2)[2]}" if one.count(":") >= 2 else one for one in known]
    if any(one in ("arn:aws:s3", "arn:aws:s3:::") or covers_everything(one) or one in arns for one in neutral):
        return True
    if bucket.urn in trail.origins(outermost):
        return len(known) < len(listed)
    if bucket.is_yet_unnamed or (len(known) < len(listed) and not trail.origins(outermost)):
        raise UnknownRead(f"{block.path}{key}")
    return False


@rule(
    name="bucket-logs-access",
    on=BUCKET,
    severity=Severity.LOW,
    controls=(*_RECORDS, "NIST-800-53r5:AU-3"),
    remedy="Add a BucketLogging to a bucket that takes access logs.",
    whole_stack=True,
)
def bucket_logs_access(bucket: Resource) -> Iterator[Outcome]:
    """Log the requests to a bucket, as a second record beside the trail's."""
    sides = bucket.attached(*BUCKET_LOGGING, by="bucket", inline=("logging", "loggings"))
    inline = [one for one in bucket.blocks("logging", "loggings") if one.has("targetBucket")]
    if not sides and not inline:
        yield Finding("does not log its requests")
    for side in sides:
        yield from as_far_as_known(_own_target(side, bucket))


def _own_target(side: Resource, bucket: Resource) -> Iterator[Outcome]:
    target = side.target("targetBucket", *BUCKET)
    if target is bucket:
        yield Finding(f"logs its requests into itself ({side.name}): every log is then a request")
