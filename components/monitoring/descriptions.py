"""Alarms as CloudWatch describes them, which is what the attestor compares."""

from collections.abc import Mapping
from typing import Any

from components.context import AwsContext
from components.monitoring.dashboard import metric_namespace
from components.shared.alarms.record import Alarm, Expression, Filter, Metric
from components.shared.alarms.targets import MonitoringTargets

OPERATORS = {
    ">": "GreaterThanThreshold",
    ">=": "GreaterThanOrEqualToThreshold",
    "<": "LessThanThreshold",
}
"""CloudWatch's names of the comparisons."""


def described_alarm(alarm: Alarm, targets: MonitoringTargets[str]) -> dict[str, Any]:
    """Return what an alarm watches, in the names of CloudWatch's DescribeAlarms."""
    return {
        **_source(alarm, targets),
        "EvaluationPeriods": alarm.periods,
        "DatapointsToAlarm": alarm.datapoints,
        "ComparisonOperator": OPERATORS[alarm.comparison],
        "Threshold": alarm.threshold.value * alarm.threshold.scale(targets),
        "TreatMissingData": alarm.missing_data,
    }


def composite_rule(children: Mapping[str, object], context: AwsContext) -> str:
    """Return the rule of an alarm that fires while any of several alarms fires, given by name."""
    return " OR ".join(f'ALARM("{context.name(child)}")' for child in children)


def _source(alarm: Alarm, targets: MonitoringTargets[str]) -> dict[str, Any]:
    source, statistic = alarm.source, {"Statistic": alarm.statistic, "Period": alarm.period}
    if isinstance(source, Filter):
        return {"Namespace": metric_namespace(targets.context), "MetricName": alarm.full_name, **statistic}
    if isinstance(source, Metric):
        return {**_metric(source, targets), **statistic}
    return {"Metrics": _queries(source, alarm, targets)}


def _metric(metric: Metric, targets: MonitoringTargets[str]) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions(targets).items()]
    return {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}


def _queries(expression: Expression, alarm: Alarm, targets: MonitoringTargets[str]) -> list[dict[str, Any]]:
    metrics = [
        {
            "Id": key,
            "MetricStat": {"Metric": _metric(metric, targets), "Stat": alarm.statistic, "Period": alarm.period},
            "ReturnData": False,
        }
        for key, metric in expression.metrics.items()
    ]
    return [{"Id": "watched", "Expression": expression.text, "ReturnData": True}, *metrics]
