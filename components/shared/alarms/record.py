"""An alarm as data: what CloudWatch is told, and what the person who is called needs to know."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from components.shared.alarms.targets import MonitoringTargets

Severity = Literal["page", "ticket"]
Comparison = Literal[">", ">=", "<"]
MissingData = Literal["breaching", "notBreaching", "ignore"]
Panel = Literal["flow", "trouble", "security"]
Group = Literal["auditor", "deployer", "operator", "quarantine operator", "break-glass"]
"""Who takes a step: a group of `Principals`. Break-glass principals also change permissions, which no daily work needs."""

NAMESPACE = "Strongroom"
"""Namespace of the metrics that the functions write."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric that AWS or one of the functions writes.

    Attributes
    ----------
    dimensions
        All dimensions of the metric. With one dimension more or less, CloudWatch finds a metric without data.
    """

    namespace: str
    name: str
    dimensions: Callable[[MonitoringTargets[Any]], Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Expression:
    """A value computed from several metrics.

    Attributes
    ----------
    text
        Expression in CloudWatch's metric math, over the keys of `metrics`.
    """

    text: str
    metrics: Mapping[str, Metric]


@dataclass(frozen=True, kw_only=True)
class Filter:
    """The number of lines in a log group that match a filter pattern.

    Attributes
    ----------
    group
        Name of the log group.
    pattern
        Filter pattern of at most 1,024 characters.
    """

    group: Callable[[MonitoringTargets[Any]], Any]
    pattern: Callable[[MonitoringTargets[str]], str]


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """A feature that a stack must have for an alarm to make sense.

    Attributes
    ----------
    text
        Name of the feature in a runbook.
    """

    text: str
    is_met: Callable[[MonitoringTargets[Any]], bool]


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """When an alarm fires.

    Attributes
    ----------
    value
        Threshold, in `unit`.
    unit
        What the number counts, in words that follow the number.
    reason
        Why this number.
    scale
        Factor from `unit` to the metric's own unit, for a threshold relative to a setting.
    """

    value: float
    unit: str
    reason: str
    scale: Callable[[MonitoringTargets[Any]], float] = lambda _: 1


@dataclass(frozen=True, kw_only=True)
class Query:
    """A query in CloudWatch Logs Insights.

    Attributes
    ----------
    group
        Name of the log group.
    group_title
        What the log group is called in a runbook.
    text
        The query.
    """

    group: Callable[[MonitoringTargets[Any]], Any]
    group_title: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Command:
    """A shell command, run where `pulumi` has the stack selected.

    Attributes
    ----------
    text
        The command.
    actions
        IAM actions that it needs.
    """

    text: str
    actions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One step of a response.

    Attributes
    ----------
    text
        What to do.
    by
        Who does it.
    actions
        IAM actions that the step needs beyond the permissions of the group.
    """

    text: str
    by: Group
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Record:
    """What the person who is called by an alarm needs.

    Attributes
    ----------
    name
        Name of the alarm after the stack's prefix, and of its runbook.
    title
        The symptom, in a few words.
    area
        Heading under which the runbooks list it.
    severity
        Whether the alarm pages somebody or opens a ticket.
    meaning
        What happened.
    impact
        What follows from it for records, files or evidence.
    investigation
        How to find out more.
    response
        What to do, step by step.
    false_positives
        When the alarm fires although nothing is wrong.
    """

    name: str
    title: str
    area: str
    severity: Severity
    meaning: str
    impact: str
    investigation: Query | Command
    response: tuple[Step, ...]
    false_positives: str


@dataclass(frozen=True, kw_only=True)
class Alarm(Record):
    """An alarm on a metric.

    Attributes
    ----------
    instance
        Suffix of the name, where there is one alarm for each of several principals.
    source
        What the alarm watches.
    statistic, period, periods, datapoints
        Statistic over a period in seconds, and how many datapoints of how many periods must breach the threshold.
    comparison, threshold
        When the alarm fires.
    missing_data, missing_data_reason
        How missing data are treated, and why.
    panel
        Panel of the dashboard that shows the source.
    is_event
        Whether the alarm reports an event, which has no end; otherwise it reports a state. An event sends no OK
        notification, which would close a page that somebody still works on.
    requires
        Features without which the alarm is omitted.
    outside_deployment
        Whether changes by deploy principals are excluded. If the settings name none, every change counts and opens a
        ticket, since a deployment cannot be told from other changes.
    """

    source: Metric | Expression | Filter
    threshold: Threshold
    panel: Panel
    statistic: Literal["Sum", "Maximum"] = "Sum"
    period: int = 300
    periods: int = 1
    datapoints: int = 1
    comparison: Comparison = ">"
    missing_data: MissingData = "notBreaching"
    missing_data_reason: str = "nothing is written while nothing happens"
    is_event: bool = False
    requires: tuple[Requirement, ...] = ()
    outside_deployment: bool = False
    instance: str = ""

    @property
    def full_name(self) -> str:
        """Name of the alarm after the stack's prefix."""
        return f"{self.name}-{self.instance}" if self.instance else self.name


@dataclass(frozen=True, kw_only=True)
class Composite(Record):
    """An alarm that fires while any of several alarms fires.

    Attributes
    ----------
    children
        Names of these alarms; those that a stack omits do not count.
    """

    children: tuple[str, ...]
