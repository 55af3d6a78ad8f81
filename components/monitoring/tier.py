"""The monitoring tier: alarms, the topics that they notify, saved queries and a dashboard."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import pulumi_aws as aws
from pulumi import Input, Output

from components.base import Component
from components.data.bucket_alarms import ALL_OBJECTS
from components.data.buckets import BUCKETS
from components.monitoring.alarms import topic_name
from components.monitoring.catalogue import COMPOSITES, stack_alarms
from components.monitoring.dashboard import dashboard, metric_namespace
from components.monitoring.descriptions import OPERATORS, composite_rule, described_alarm
from components.monitoring.expected import expected_alarm, expected_metric_filter
from components.monitoring.rendering import alarm_description, filter_pattern
from components.monitoring.topic import AlarmTopic, AlarmTopicArgs
from components.shared.alarms.record import Alarm, Composite, Expression, Filter, Metric, Query, Record, Severity
from components.shared.alarms.targets import MonitoringTargets, resolved


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    """Inputs of the monitoring tier.

    Attributes
    ----------
    targets
        What the alarms monitor.
    key_arn
        Customer key of the topics.
    subscriptions
        Subscribers by severity (`page`, `ticket`): e-mail addresses, and ARNs of queues or functions.
    thresholds
        Thresholds that this stack sets, by name of an alarm, in the unit of its record.
    saved_queries
        Whether the runbooks' queries are saved in Logs Insights; off only for an emulator without them.
    """

    targets: MonitoringTargets[Input[str]]
    key_arn: Input[str]
    subscriptions: Mapping[str, Sequence[str]]
    thresholds: Mapping[str, float]
    saved_queries: bool


class Monitoring(Component[MonitoringArgs]):
    """The stack's alarms; those for features that it does not use are omitted.

    Attributes
    ----------
    topic_arns
        Topic ARNs by severity: `page`, `ticket`.
    alarm_names
        Names of all alarms.
    dashboard_name
        Name of the dashboard.

    Raises
    ------
    ThresholdError
        `thresholds` names an unknown alarm.
    TextTooLong
        A filter pattern is longer than CloudWatch allows, because too many principals are named.
    """

    topic_arns: dict[str, Output[str]]
    alarm_names: list[Output[str]]
    dashboard_name: Output[str]

    def create(self, name: str, args: MonitoringArgs) -> None:
        """Create topics, alarms, saved queries and the dashboard."""
        self._targets = args.targets
        self._context = args.targets.context
        self._resolved = resolved(args.targets)
        self.topic_arns = {severity: self._topic(severity, args) for severity in get_args(Severity)}
        if args.targets.storage.request_metrics:
            self._request_metrics()
        records = stack_alarms(args.targets, args.thresholds)
        alarms = {record.full_name: self._alarm(record) for record in records}
        composites = {record.name: self._composite(record, alarms) for record in COMPOSITES}
        if args.saved_queries:
            for record in {record.name: record for record in records}.values():
                self._saved_query(record)
        arns = [*(alarm.arn for alarm in composites.values()), *(alarm.arn for alarm in alarms.values())]
        body = Output.all(self._resolved, *arns).apply(
            lambda known: json.dumps(dashboard(records, known[1:], known[0]))
        )
        board = aws.cloudwatch.Dashboard(
            name, dashboard_name=self._context.prefix, dashboard_body=body, opts=self.child
        )

        self.alarm_names = [
            *(alarm.alarm_name for alarm in composites.values()),
            *(alarm.name for alarm in alarms.values()),
        ]
        self.dashboard_name = board.dashboard_name

    def _topic(self, severity: Severity, args: MonitoringArgs) -> Output[str]:
        topic_args = AlarmTopicArgs(
            context=self._context,
            topic_name=topic_name(self._context, severity),
            key_arn=args.key_arn,
            subscribers=args.subscriptions[severity],
            guardrail_admins=args.targets.principals.guardrail_admins,
        )
        return AlarmTopic(f"{self._name}-{severity}", topic_args, self.child).arn

    def _alarm(self, record: Alarm) -> aws.cloudwatch.MetricAlarm:
        if isinstance(record.source, Filter):
            self._filter(record, record.source)
        threshold = record.threshold
        self._expect_alarm(record, self._resolved.apply(lambda targets: described_alarm(record, targets)))
        return aws.cloudwatch.MetricAlarm(
            f"{self._name}-{record.full_name}",
            name=self._context.name(record.full_name),
            alarm_description=alarm_description(record),
            evaluation_periods=record.periods,
            datapoints_to_alarm=record.datapoints,
            threshold=threshold.value * threshold.scale(self._targets),
            comparison_operator=OPERATORS[record.comparison],
            treat_missing_data=record.missing_data,
            alarm_actions=[self.topic_arns[record.severity]],
            ok_actions=None if record.is_event else [self.topic_arns[record.severity]],
            opts=self.child,
            **self._source(record),
        )

    def _expect_alarm(self, record: Record, description: Input[Mapping[str, Any]]) -> None:
        name = record.full_name if isinstance(record, Alarm) else record.name
        self.expect(
            expected_alarm(
                name=self._context.name(name),
                actions=[self.topic_arns[record.severity]],
                description=description,
            )
        )

    def _source(self, record: Alarm) -> dict[str, Any]:
        """Return the arguments that say what an alarm watches."""
        source, statistic = record.source, {"statistic": record.statistic, "period": record.period}
        if isinstance(source, Filter):
            return {**statistic, "namespace": metric_namespace(self._context), "metric_name": record.full_name}
        if isinstance(source, Metric):
            return {**statistic, **self._metric(source)}
        return {"metric_queries": self._metric_queries(source, record)}

    def _metric(self, metric: Metric) -> dict[str, Any]:
        return {
            "namespace": metric.namespace,
            "metric_name": metric.name,
            "dimensions": metric.dimensions(self._targets),
        }

    def _metric_queries(self, expression: Expression, record: Alarm) -> list[dict[str, Any]]:
        """Return an expression and its metrics; the alarm watches the query that returns data."""
        statistic = {"stat": record.statistic, "period": record.period}
        return [
            {"id": "watched", "expression": expression.text, "label": record.title, "return_data": True},
            *(
                {"id": key, "metric": {**self._metric(metric), **statistic}}
                for key, metric in expression.metrics.items()
            ),
        ]

    def _filter(self, record: Alarm, source: Filter) -> None:
        name, namespace = self._context.name(record.full_name), metric_namespace(self._context)
        log_group = source.group(self._targets)
        pattern = self._resolved.apply(lambda targets: filter_pattern(record, source, targets))
        self.expect(
            expected_metric_filter(
                log_group=log_group, name=name, pattern=pattern, namespace=namespace, metric=record.full_name
            )
        )
        aws.cloudwatch.LogMetricFilter(
            f"{self._name}-{record.full_name}",
            name=name,
            log_group_name=log_group,
            pattern=pattern,
            metric_transformation={
                "name": record.full_name,
                "namespace": namespace,
                # Without a default value the metric exists, and is charged, only in months with an event.
                "value": "1",
            },
            opts=self.child,
        )

    def _composite(
        self, record: Composite, alarms: Mapping[str, aws.cloudwatch.MetricAlarm]
    ) -> aws.cloudwatch.CompositeAlarm:
        children = {child: alarms[child] for child in record.children if child in alarms}
        rule = composite_rule(children, self._context)
        self._expect_alarm(record, {"AlarmRule": rule})
        return aws.cloudwatch.CompositeAlarm(
            f"{self._name}-{record.name}",
            alarm_name=self._context.name(record.name),
            alarm_description=alarm_description(record),
            alarm_rule=rule,
            alarm_actions=[self.topic_arns[record.severity]],
            ok_actions=[self.topic_arns[record.severity]],
            # Some emulators refuse a rule about alarms that do not exist yet.
            opts=self.child_after(*children.values()),
        )

    def _saved_query(self, record: Record) -> None:
        query = record.investigation
        group = query.group(self._targets) if isinstance(query, Query) else None
        if isinstance(query, Query) and group is not None:
            aws.cloudwatch.QueryDefinition(
                f"{self._name}-{record.name}",
                name=f"{self._context.prefix}/{record.name}",
                log_group_names=[group],
                query_string=query.text,
                opts=self.child,
            )

    def _request_metrics(self) -> None:
        for bucket in (bucket for bucket, row in BUCKETS.items() if row.holds_records):
            aws.s3.BucketMetric(
                f"{self._name}-{bucket}",
                bucket=self._targets.storage.buckets[bucket],
                name=ALL_OBJECTS,
                opts=self.child,
            )
