"""An alarm as data: all that AWS is told of it, and all that a person who is called by it needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from components.shared.alarms.targets import MonitoringTargets

T = TypeVar("T")

Severity = Literal["page", "ticket"]
Comparison = Literal[">", ">=", "<"]
Missing = Literal["breaching", "notBreaching", "ignore"]
Panel = Literal["flow", "trouble", "security"]

NAMESPACE = "Strongroom"
"""Of the metrics that the functions write."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric that AWS or one of the functions writes.

    Attributes
    ----------
    dimensions
        What it is a metric of; with one dimension less or more it would be another metric, and mostly one without data.
    """

    namespace: str
    name: str
    dimensions: Callable[[MonitoringTargets[Any]], Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Expression:
    """A number made of metrics, where no single one says it.

    Attributes
    ----------
    text
        In CloudWatch's metric math, over the keys of `metrics`.
    """

    text: str
    metrics: Mapping[str, Metric]


@dataclass(frozen=True, kw_only=True)
class Filter:
    """A count of the lines of a log group that match a pattern.

    Attributes
    ----------
    group
        The log group's name.
    pattern
        In CloudWatch's grammar, of at most 1,024 characters.
    """

    group: Callable[[MonitoringTargets[Any]], Any]
    pattern: Callable[[MonitoringTargets[str]], str]


@dataclass(frozen=True, kw_only=True)
class Need:
    """What a stack must have for an alarm to make sense.

    Attributes
    ----------
    text
        What it is, as it is told in a runbook.
    """

    text: str
    is_met: Callable[[MonitoringTargets[Any]], bool]


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """Where an alarm begins.

    Attributes
    ----------
    value
        The number, in `unit`.
    unit
        What is counted, as it is told behind the number.
    reason
        Why it is this number.
    scale
        What the number is multiplied with: where it is a part of what the stack is set to.
    """

    value: float
    unit: str
    reason: str
    scale: Callable[[MonitoringTargets[Any]], float] = lambda _: 1


@dataclass(frozen=True, kw_only=True)
class Query:
    """A question to CloudWatch Logs Insights.

    Attributes
    ----------
    group
        The log group's name.
    of
        Which group that is, as it is told in a runbook.
    text
        The query.
    """

    group: Callable[[MonitoringTargets[Any]], Any]
    of: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Command:
    """A line for a shell in which `pulumi` has the stack selected."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Record:
    """What a person needs who is called by an alarm.

    Attributes
    ----------
    name
        What it is called, behind the stack's prefix; also the name of its runbook.
    title
        What it says, in a few words.
    area
        Whose alarm it is, as the runbooks are sorted.
    severity
        Whether it pages, or makes a ticket.
    meaning, investigation, response, false_positives
        What it means, how to look, what to do, and when it is false.
    """

    name: str
    title: str
    area: str
    severity: Severity
    meaning: str
    investigation: Query | Command
    response: str
    false_positives: str


@dataclass(frozen=True, kw_only=True)
class Alarm(Record):
    """An alarm on a number.

    Attributes
    ----------
    instance
        Which one it is, where there is one for each of several.
    source
        What is watched.
    statistic, period, periods, datapoints
        How the source is read: by `statistic` over seconds, and how many of how many periods must be over the threshold.
    comparison, threshold
        Where it begins.
    missing, missing_reason
        What no data means, and why.
    panel
        Where the dashboard shows it.
    is_event
        Whether it tells what happened, which nothing ends: a message that it is over would close somebody's page. Else it
        watches a state.
    needs
        Without which the alarm is left out.
    outside_deployment
        Whether changes by the principals that deploy are left out. Where no such principal is named, all count, and make
        a ticket: nobody can be told from a deployment then.
    """

    source: Metric | Expression | Filter
    threshold: Threshold
    panel: Panel
    statistic: Literal["Sum", "Maximum"] = "Sum"
    period: int = 300
    periods: int = 1
    datapoints: int = 1
    comparison: Comparison = ">"
    missing: Missing = "notBreaching"
    missing_reason: str = "nothing is written while nothing happens"
    is_event: bool = False
    needs: tuple[Need, ...] = ()
    outside_deployment: bool = False
    instance: str = ""

    @property
    def full_name(self) -> str:
        """The name behind the stack's prefix."""
        return f"{self.name}-{self.instance}" if self.instance else self.name


@dataclass(frozen=True, kw_only=True)
class Composite(Record):
    """An alarm that is on while any of others is.

    Attributes
    ----------
    children
        Their names; those that are left out do not count.
    """

    children: tuple[str, ...]
