"""The monitoring tier: topics by severity, the alarms that notify them, and what shows it all."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.data.bucket_alarms import ALL_OBJECTS
from components.monitoring.alarms import topic_name
from components.monitoring.catalogue import COMPOSITES, alarms_of
from components.monitoring.dashboard import dashboard, metric_namespace
from components.monitoring.expected import ExpectedAlarm, ExpectedTopic
from components.monitoring.rendering import described, filter_pattern
from components.processing.policies import topic_policy
from components.shared.alarms.record import Alarm, Composite, Expression, Filter, Metric, Query, Record, Severity
from components.shared.alarms.targets import MonitoringTargets, plain
from components.shared.documents import document_json
from components.shared.expected import ExpectedResource

_OPERATORS = {
    ">": "GreaterThanThreshold",
    ">=": "GreaterThanOrEqualToThreshold",
    "<": "LessThanThreshold",
}

SEVERITIES: tuple[Severity, ...] = ("page", "ticket")


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    """What monitoring needs to know.

    Attributes
    ----------
    targets
        What is watched, and where it is.
    key_arn
        The customer key of the topics.
    subscriptions
        Who is notified, by severity (`page`, `ticket`): e-mail addresses, and ARNs of queues or functions.
    thresholds
        Thresholds of this stack, by name of an alarm, in the unit of its record; others stay as they are.
    saved_queries
        Whether the queries of the runbooks are kept in Logs Insights; off only where an emulator has none.
    """

    targets: MonitoringTargets[Input[str]]
    key_arn: Input[str]
    subscriptions: Mapping[str, Sequence[str]]
    thresholds: Mapping[str, float]
    saved_queries: bool


class Monitoring(pulumi.ComponentResource):
    """Topics, alarms and a dashboard.

    Alarms whose object is none in `watched` are left out; without a trail those are all of who did what.

    Attributes
    ----------
    topic_arns
        Topic by severity: `page`, `ticket`.
    alarm_names
        Names of all alarms.
    dashboard_name
        The dashboard.
    expected_state
        What is meant of them.

    Raises
    ------
    ThresholdError
        `thresholds` names an alarm that there is not.
    TooLong
        A filter pattern would be longer than AWS takes: too many principals are named.
    """

    topic_arns: dict[str, Output[str]]
    alarm_names: list[Output[str]]
    dashboard_name: Output[str]
    expected_state: list[ExpectedResource]

    def __init__(self, name: str, args: MonitoringArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("strongroom:monitoring:Monitoring", name, {}, opts)
        self._name = name
        self._args = args
        self._place = args.targets.context
        self._child = ResourceOptions(parent=self)
        self._plain = plain(args.targets)
        self.expected_state = []
        self.topic_arns = {severity: self._topic(severity) for severity in SEVERITIES}
        if args.targets.storage.request_metrics:
            self._request_metrics()
        records = alarms_of(args.targets, args.thresholds)
        alarms = {one.full_name: self._alarm(one) for one in records}
        composites = [self._composite(one, alarms) for one in COMPOSITES]
        if args.saved_queries:
            unique: dict[str, Record] = {one.name: one for one in records}
            for record in unique.values():
                self._query(record)
        arns = [*(one.arn for one in composites), *(one.arn for one in alarms.values())]
        body = Output.all(self._plain, *arns).apply(lambda known: json.dumps(dashboard(records, known[1:], known[0])))
        board = aws.cloudwatch.Dashboard(name, dashboard_name=self._place.prefix, dashboard_body=body, opts=self._child)

        self.alarm_names = [*(one.alarm_name for one in composites), *(one.name for one in alarms.values())]
        self.dashboard_name = board.dashboard_name
        severities = {one.full_name: one.severity for one in records} | {one.name: one.severity for one in COMPOSITES}
        self.expected_state += [
            ExpectedAlarm(name=self._place.name(name), actions=[self.topic_arns[severity]])
            for name, severity in severities.items()
        ]
        self.register_outputs(
            {"topic_arns": self.topic_arns, "alarm_names": self.alarm_names, "dashboard_name": self.dashboard_name}
        )

    def _alarm(self, record: Alarm) -> aws.cloudwatch.MetricAlarm:
        if isinstance(record.source, Filter):
            self._filter(record, record.source)
        threshold = record.threshold
        return aws.cloudwatch.MetricAlarm(
            f"{self._name}-{record.full_name}",
            name=self._place.name(record.full_name),
            alarm_description=described(record),
            evaluation_periods=record.periods,
            datapoints_to_alarm=record.datapoints,
            threshold=threshold.value * threshold.scale(self._args.targets),
            comparison_operator=_OPERATORS[record.comparison],
            treat_missing_data=record.missing,
            alarm_actions=[self.topic_arns[record.severity]],
            ok_actions=None if record.is_event else [self.topic_arns[record.severity]],
            opts=self._child,
            **self._read(record),
        )

    def _read(self, record: Alarm) -> dict[str, Any]:
        """Return what an alarm reads, as the arguments that say so."""
        source, read = record.source, {"statistic": record.statistic, "period": record.period}
        if isinstance(source, Filter):
            return {**read, "namespace": metric_namespace(self._place), "metric_name": record.full_name}
        if isinstance(source, Metric):
            return {**read, **self._metric(source)}
        return {"metric_queries": self._math(source, record)}

    def _metric(self, metric: Metric) -> dict[str, Any]:
        return {
            "namespace": metric.namespace,
            "metric_name": metric.name,
            "dimensions": metric.dimensions(self._args.targets),
        }

    def _math(self, expression: Expression, record: Alarm) -> list[dict[str, Any]]:
        """Return an expression and its metrics; the alarm watches the one that returns data."""
        read = {"stat": record.statistic, "period": record.period}
        return [
            {"id": "watched", "expression": expression.text, "label": record.title, "return_data": True},
            *({"id": key, "metric": {**self._metric(one), **read}} for key, one in expression.metrics.items()),
        ]

    def _filter(self, record: Alarm, source: Filter) -> None:
        aws.cloudwatch.LogMetricFilter(
            f"{self._name}-{record.full_name}",
            name=self._place.name(record.full_name),
            log_group_name=source.group(self._args.targets),
            pattern=self._plain.apply(lambda known: filter_pattern(record, source, known)),
            metric_transformation={
                "name": record.full_name,
                "namespace": metric_namespace(self._place),
                "value": "1",
                "default_value": "0",
            },
            opts=self._child,
        )

    def _composite(
        self, record: Composite, alarms: Mapping[str, aws.cloudwatch.MetricAlarm]
    ) -> aws.cloudwatch.CompositeAlarm:
        children = {child: alarms[child] for child in record.children if child in alarms}
        return aws.cloudwatch.CompositeAlarm(
            f"{self._name}-{record.name}",
            alarm_name=self._place.name(record.name),
            alarm_description=described(record),
            alarm_rule=" OR ".join(f'ALARM("{self._place.name(child)}")' for child in children),
            alarm_actions=[self.topic_arns[record.severity]],
            ok_actions=[self.topic_arns[record.severity]],
            # Some emulators refuse a rule over alarms that are not there yet.
            opts=ResourceOptions(parent=self, depends_on=list(children.values())),
        )

    def _query(self, record: Record) -> None:
        investigation = record.investigation
        group = investigation.group(self._args.targets) if isinstance(investigation, Query) else None
        if isinstance(investigation, Query) and group is not None:
            aws.cloudwatch.QueryDefinition(
                f"{self._name}-{record.name}",
                name=f"{self._place.prefix}/{record.name}",
                log_group_names=[group],
                query_string=investigation.text,
                opts=self._child,
            )

    def _request_metrics(self) -> None:
        storage = self._args.targets.storage
        for use, bucket in (("input", storage.input), ("output", storage.output), ("quarantine", storage.quarantine)):
            aws.s3.BucketMetric(f"{self._name}-{use}", bucket=bucket, name=ALL_OBJECTS, opts=self._child)

    def _topic(self, severity: Severity) -> Output[str]:
        topic = aws.sns.Topic(
            f"{self._name}-{severity}",
            name=topic_name(self._place, severity),
            kms_master_key_id=self._args.key_arn,
            opts=self._child,
        )
        policy = aws.sns.TopicPolicy(
            f"{self._name}-{severity}",
            arn=topic.arn,
            policy=document_json(
                lambda topic_arn: topic_policy(topic_arn=topic_arn, context=self._place), topic_arn=topic.arn
            ),
            opts=self._child,
        )
        subscribed = [(_protocol(endpoint), endpoint) for endpoint in self._args.subscriptions[severity]]
        for position, (protocol, endpoint) in enumerate(subscribed):
            aws.sns.TopicSubscription(
                f"{self._name}-{severity}-{position}",
                topic=topic.arn,
                protocol=protocol,
                endpoint=endpoint,
                opts=self._child,
            )
        self.expected_state.append(
            ExpectedTopic(arn=topic.arn, key_arn=self._args.key_arn, policy=policy.policy, subscriptions=subscribed)
        )
        return policy.arn


def _protocol(endpoint: str) -> str:
    return endpoint.split(":")[2] if endpoint.startswith("arn:") else "email"
