"""From an alarm's record: its filter pattern, its description in CloudWatch, and its runbook."""

from collections.abc import Sequence

import pulumi

from components.shared.alarms.record import Alarm, Command, Composite, Expression, Filter, Metric, Query, Record
from components.shared.alarms.targets import MonitoringTargets

MAX_PATTERN = 1024
"""Characters of a filter pattern; source: CloudWatch Logs API reference, PutMetricFilter."""
MAX_DESCRIPTION = 1024
"""Characters of an alarm's description; source: CloudWatch API reference, PutMetricAlarm."""
RUNBOOKS = "docs/runbooks"
_COMPARISONS = {">": "more than", ">=": "at least", "<": "fewer than"}
_MISSING = {
    "breaching": "No data counts as trouble",
    "notBreaching": "No data counts as no trouble",
    "ignore": "No data changes nothing",
}
_USD_ALARM, _USD_COMPOSITE, _USD_METRIC = 0.10, 0.50, 0.30
"""A month, in the first tier of most regions; source: CloudWatch pricing."""


class TooLong(pulumi.RunError):
    """A pattern or a description has more characters than AWS takes."""


def filter_pattern(alarm: Alarm, source: Filter, targets: MonitoringTargets[str]) -> str:
    """Return the pattern of an alarm's filter.

    Raises
    ------
    TooLong
        It has more than 1,024 characters.
    """
    text = source.pattern(targets)
    if len(text) > MAX_PATTERN:
        raise TooLong(
            f"the filter pattern of alarm {alarm.name} has {len(text)} characters, AWS takes {MAX_PATTERN}: name fewer "
            "principals, or several by one pattern with *"
        )
    return text


def described(record: Record) -> str:
    """Return the description that CloudWatch shows and notifications carry.

    Raises
    ------
    TooLong
        It has more than 1,024 characters.
    """
    parts = [f"{record.title}. {record.meaning}"]
    if isinstance(record, Alarm):
        parts.append(f"Threshold: {_threshold(record)}.")
    parts += [
        f"Do: {record.response}",
        f"False alarm: {record.false_positives}",
        f"Look: {record.investigation.text}",
        f"Runbook: {RUNBOOKS}/{record.name}.md",
    ]
    text = "\n".join(parts)
    if len(text) > MAX_DESCRIPTION:
        raise TooLong(f"the description of alarm {record.name} has {len(text)} characters, AWS takes {MAX_DESCRIPTION}")
    return text


def _threshold(alarm: Alarm) -> str:
    return f"{_COMPARISONS[alarm.comparison]} {alarm.threshold.value:g} {alarm.threshold.unit}, since {alarm.threshold.reason}"


def runbook(record: Record, names: MonitoringTargets[str]) -> str:
    """Return the page of an alarm.

    Parameters
    ----------
    names
        What stands for the names of a stack.
    """
    facts = {"area": record.area, "severity": record.severity, **_facts(record, names)}
    sections = {
        "What it means": record.meaning,
        **_counted(record, names),
        **({"Why this threshold": _why(record)} if isinstance(record, Alarm) else {}),
        "How to look": _investigation(record.investigation),
        "What to do": record.response,
        "When it is false": record.false_positives,
    }
    lines = [f"# {record.name}", "", f"{record.title}.", "", "| | |", "|---|---|"]
    lines += [f"| {key} | {value} |" for key, value in facts.items()]
    for title, text in sections.items():
        lines += ["", f"## {title}", "", text]
    return "\n".join(lines) + "\n"


def _counted(record: Record, names: MonitoringTargets[str]) -> dict[str, str]:
    if not (isinstance(record, Alarm) and isinstance(record.source, Filter)):
        return {}
    return {"What is counted": f"```\n{record.source.pattern(names)}\n```"}


def _why(alarm: Alarm) -> str:
    threshold = _threshold(alarm)
    return f"{threshold[0].upper()}{threshold[1:]}. {_MISSING[alarm.missing]}: {alarm.missing_reason}."


def _facts(alarm: Record, names: MonitoringTargets[str]) -> dict[str, str]:
    if isinstance(alarm, Composite):
        return {"watches": "any of " + ", ".join(f"[{child}]({child}.md)" for child in alarm.children)}
    if not isinstance(alarm, Alarm):
        return {}
    facts = {"watches": _watches(alarm, names)}
    if alarm.datapoints > 1 or alarm.periods > 1:
        facts["read"] = f"{alarm.statistic} of {alarm.period} seconds, {alarm.datapoints} of {alarm.periods} periods"
    else:
        facts["read"] = f"{alarm.statistic} of {alarm.period} seconds"
    facts["is"] = "an event: nothing tells that it is over" if alarm.is_event else "a state: it is told when it is over"
    if alarm.outside_deployment:
        facts["by"] = "anybody but the deploy principals; where none are named, anybody, and it makes a ticket"
    if alarm.needs:
        facts["only with"] = ", ".join(need.text for need in alarm.needs)
    return facts


def _watches(alarm: Alarm, names: MonitoringTargets[str]) -> str:
    source = alarm.source
    if isinstance(source, Filter):
        return f"lines of `{source.group(names)}` that match a filter"
    if isinstance(source, Metric):
        return _metric(source, names)
    made = dict.fromkeys(_metric(one, names) for one in source.metrics.values())
    return f"`{source.text}`, made of {', '.join(made)}"


def _metric(metric: Metric, names: MonitoringTargets[str]) -> str:
    return f"`{metric.namespace}` {metric.name} by {', '.join(metric.dimensions(names))}"


def _investigation(investigation: Query | Command) -> str:
    if isinstance(investigation, Query):
        return (
            f"Ask CloudWatch Logs Insights, in the log group of {investigation.of}:\n\n```\n{investigation.text}\n```"
        )
    return f"```sh\n{investigation.text}\n```"


def index(alarms: Sequence[Alarm], composites: Sequence[Composite]) -> str:
    """Return the page that lists all runbooks."""
    filters = sum(isinstance(one.source, Filter) for one in alarms)
    # An alarm on an expression costs as one on each of its metrics.
    metrics = sum(len(one.source.metrics) if isinstance(one.source, Expression) else 1 for one in alarms)
    dollars = _USD_ALARM * metrics + _USD_COMPOSITE * len(composites)
    lines = [
        "# Runbooks",
        "",
        "One page for each alarm, rendered from its record in `components/alarms/` by `python -m components.alarms`: change the",
        "record, not the page. A page is a call for somebody, now; a ticket is work for the day. Alarms are named",
        '`<project>-<stack>-<name>`, and there is none of what a stack does not have: see "only with" on its page.',
        "",
        "A threshold is set for one stack by the alarm's name in `alarm_thresholds`, in the unit that its page tells.",
        "",
        f"Alarms cost: these {len(alarms) + len(composites)} about {dollars:.2f} USD a month, and the metrics of {filters} filters about {_USD_METRIC:.2f} USD each in months",
        "in which they count something. One that nobody acts on should go.",
    ]
    area = ""
    records: list[Record] = [*composites, *alarms]
    for one in records:
        if one.area != area:
            area = one.area
            lines += ["", f"## {area.capitalize()}", "", "| alarm | says | severity |", "|---|---|---|"]
        lines.append(f"| [{one.name}]({one.name}.md) | {one.title} | {one.severity} |")
    return "\n".join(lines) + "\n"
