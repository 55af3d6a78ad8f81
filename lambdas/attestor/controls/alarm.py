"""Controls of CloudWatch alarms, which are read by name."""

from collections.abc import Mapping
from typing import Any

from lambdas.attestor.controls.control import ALERTS, controls_of
from lambdas.attestor.reading import Reading, ResourceMissing

_ALARMS = ("alarms-changed-outside-deployment",)
_ACTIONS = ("cloudwatch:DescribeAlarms",)

control = controls_of("alarm")


def _description(aws: Reading, name: str) -> Any:
    response = aws.call(
        "cloudwatch", "describe_alarms", AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    for alarm in (*response.get("MetricAlarms", []), *response.get("CompositeAlarms", [])):
        return alarm
    raise ResourceMissing(f"alarm {name} does not exist")


@control(
    "alarm-actions-enabled",
    requirement="The alarm exists, and its actions are enabled.",
    references=ALERTS,
    rules=("alarm-notifies", "metric-filter-has-alarm"),
    alarms=_ALARMS,
    actions=_ACTIONS,
    expected=True,
)
def actions_enabled(aws: Reading, name: str) -> object:
    """Return whether the actions are enabled."""
    return _description(aws, name)["ActionsEnabled"]


@control(
    "alarm-actions",
    requirement="The alarm notifies exactly the expected topics.",
    references=ALERTS,
    rules=("alarm-notifies",),
    alarms=_ALARMS,
    actions=_ACTIONS,
)
def alarm_actions(aws: Reading, name: str) -> object:
    """Return the ARNs of the topics."""
    return _description(aws, name).get("AlarmActions", [])


@control(
    "alarm-condition",
    requirement="The alarm watches the expected metric, with the expected threshold and treatment of missing data.",
    references=ALERTS,
    rules=("alarm-has-dimensions", "metric-filter-has-alarm", "alarm-metric-is-published"),
    alarms=_ALARMS,
    actions=_ACTIONS,
)
def condition(aws: Reading, name: str) -> object:
    """Return metric, threshold and treatment of missing data; of a composite alarm, the rule."""
    return condition_in_words(_description(aws, name))


@control(
    "alarm-expression",
    requirement="An alarm on metric math computes the expected expression from the expected metrics.",
    references=ALERTS,
    rules=("alarm-has-dimensions",),
    alarms=_ALARMS,
    actions=_ACTIONS,
)
def expression(aws: Reading, name: str) -> object:
    """Return the queries, or none of an alarm on one metric."""
    return queries_in_words(_description(aws, name))


def queries_in_words(alarm: Mapping[str, Any]) -> list[str] | None:
    """Return expression and metrics of an alarm on metric math, given its description as in the API."""
    return [_query(query) for query in alarm.get("Metrics", [])] or None


def condition_in_words(alarm: Mapping[str, Any]) -> dict[str, object]:
    """Return what makes an alarm fire, given its description as in the API; the metric is none for metric math."""
    if "AlarmRule" in alarm:
        return {"rule": alarm["AlarmRule"]}
    periods = alarm["EvaluationPeriods"]
    return {
        "metric": _metric(alarm) if alarm.get("MetricName") else None,
        "evaluation": f"{alarm.get('DatapointsToAlarm', periods)} of {periods} periods",
        "threshold": f"{alarm['ComparisonOperator']} {alarm['Threshold']:g}",
        "missing_data": alarm.get("TreatMissingData", "missing"),
    }


def _query(query: Mapping[str, Any]) -> str:
    """Return a query of an alarm on metric math, marked if the alarm watches its value."""
    watched = " (watched)" if query.get("ReturnData", True) else ""
    if "Expression" in query:
        return f"{query['Id']}: {query['Expression']}{watched}"
    stat = query["MetricStat"]
    return f"{query['Id']}: {_metric({**stat['Metric'], 'Statistic': stat['Stat'], 'Period': stat['Period']})}{watched}"


def _metric(metric: Mapping[str, Any]) -> str:
    dimensions = ", ".join(sorted(f"{entry['Name']}={entry['Value']}" for entry in metric.get("Dimensions", [])))
    statistic = metric.get("Statistic") or metric.get("ExtendedStatistic")
    return f"{statistic} of {metric['Namespace']} {metric['MetricName']}({dimensions}) in {metric['Period']} s"
