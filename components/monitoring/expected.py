"""The expected state of alarms, metric filters and topics."""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi import Input, Output

from components.expected import ExpectedResource
from lambdas.attestor.controls import alarm, metric_filter


def expected_alarm(
    *, name: Input[str], actions: Sequence[Input[str]], description: Input[Mapping[str, Any]]
) -> ExpectedResource:
    """Return the expected state of a metric alarm or composite alarm.

    Parameters
    ----------
    actions
        ARNs of the topics that it notifies.
    description
        What it watches, in the names of CloudWatch's DescribeAlarms.
    """
    described = Output.from_input(description)
    return ExpectedResource(
        id=name,
        values={
            alarm.alarm_actions: list(actions),
            alarm.condition: described.apply(alarm.condition_in_words),
            alarm.expression: described.apply(alarm.queries_in_words),
        },
    )


def expected_metric_filter(
    *, log_group: Input[str], name: str, pattern: Input[str], namespace: str, metric: str
) -> ExpectedResource:
    """Return the expected state of a metric filter that adds 1 to a metric for each event."""
    value = {"pattern": pattern, "metrics": [f"{namespace} {metric} 1"]}
    return ExpectedResource(id=Output.concat(log_group, ":", name), values={metric_filter.metric_filter: value})
