"""The dashboard: one screen with the metrics that the alarms watch, and a few that explain them."""

from collections.abc import Iterable, Sequence
from typing import Any

from components.context import AwsContext
from components.shared.alarms.record import NAMESPACE, Alarm, Expression, Filter, Metric, Panel
from components.shared.alarms.sources import processor_dimensions, processor_metric
from components.shared.alarms.targets import MonitoringTargets
from lambdas.processor.records.fields import FIELDS

Widget = dict[str, Any]

_WIDTH = 24
"""Columns of a dashboard; source: CloudWatch User Guide, "Dashboard body structure and syntax"."""


def _table(name: str) -> Metric:
    return Metric(namespace="AWS/DynamoDB", name=name, dimensions=lambda targets: {"TableName": targets.storage.table})


_FILES = (processor_metric("FilesCompleted"), processor_metric("FilesQuarantined"), processor_metric("FilesFailed"))
_RECORDS = (processor_metric("RecordsRead"), processor_metric("RecordsAccepted"), processor_metric("RecordsRejected"))
_COST = (
    Metric(namespace="AWS/Lambda", name="Invocations", dimensions=processor_dimensions),
    Metric(namespace="AWS/Lambda", name="Duration", dimensions=processor_dimensions),
    _table("ConsumedWriteCapacityUnits"),
    _table("ConsumedReadCapacityUnits"),
    Metric(
        namespace="AWS/Logs",
        name="IncomingBytes",
        dimensions=lambda targets: {"LogGroupName": targets.processing.processor.log_group},
    ),
)


def metric_namespace(context: AwsContext) -> str:
    """Return the namespace of the filters' metrics, one for each stack, since these metrics have no dimensions."""
    return f"{NAMESPACE}/{context.prefix}"


def dashboard(alarms: Sequence[Alarm], alarm_arns: Sequence[str], targets: MonitoringTargets[str]) -> dict[str, Any]:
    """Return the body of the dashboard.

    Parameters
    ----------
    alarms
        The stack's alarms.
    alarm_arns
        Their ARNs, in display order.
    """
    region = targets.context.region
    lines = [
        [{"type": "alarm", "properties": {"title": "Alarms", "alarms": list(alarm_arns)}}],
        [
            _graph("Files", _metrics(_FILES, targets), region),
            _graph("Records", _metrics(_RECORDS, targets), region),
            _graph("Waiting and lost files", _panel("flow", alarms, targets), region),
            _rejects(targets, region),
        ],
        [
            _graph("Errors and throttles", _panel("trouble", alarms, targets), region),
            _graph("Security", _panel("security", alarms, targets), region),
            _graph("What costs", _metrics(_COST, targets), region),
        ],
    ]
    return {"widgets": [widget for row, widgets in enumerate(lines) for widget in _placed(row, widgets)]}


def _placed(row: int, widgets: Sequence[Widget]) -> list[Widget]:
    width = _WIDTH // len(widgets)
    height = 6
    return [
        {**widget, "x": width * column, "y": row * height, "width": width, "height": height}
        for column, widget in enumerate(widgets)
    ]


def _graph(title: str, lines: Sequence[object], region: str) -> Widget:
    properties = {"title": title, "view": "timeSeries", "region": region, "stat": "Sum", "period": 300}
    return {"type": "metric", "properties": {**properties, "metrics": list(lines)}}


def _panel(panel: Panel, alarms: Sequence[Alarm], targets: MonitoringTargets[str]) -> list[object]:
    """Return the metrics that the alarms of a panel watch, each once; maxima use the axis on the right."""
    lines: dict[tuple[str, ...], dict[str, str]] = {}
    for alarm in (alarm for alarm in alarms if alarm.panel == panel):
        style = {"stat": "Maximum", "yAxis": "right"} if alarm.statistic == "Maximum" else {"stat": "Sum"}
        lines |= dict.fromkeys(_watched_metrics(alarm, targets), style)
    return [[*metric, style] for metric, style in lines.items()]


def _watched_metrics(alarm: Alarm, targets: MonitoringTargets[str]) -> list[tuple[str, ...]]:
    source = alarm.source
    if isinstance(source, Filter):
        return [(metric_namespace(targets.context), alarm.full_name)]
    return _metrics(source.metrics.values() if isinstance(source, Expression) else [source], targets)


def _metrics(metrics: Iterable[Metric], targets: MonitoringTargets[str]) -> list[tuple[str, ...]]:
    return [
        (metric.namespace, metric.name, *(part for pair in metric.dimensions(targets).items() for part in pair))
        for metric in metrics
    ]


def _rejects(targets: MonitoringTargets[str], region: str) -> Widget:
    sums = ", ".join(f"sum(rejected_by.{field}) as {field}" for field in ("record", *FIELDS))
    group = targets.processing.processor.log_group
    query = f"SOURCE '{group}' | filter event = \"file processed\" | stats {sums} by bin(1h)"
    return {
        "type": "log",
        "properties": {"title": "Rejects by field", "view": "table", "region": region, "query": query},
    }
