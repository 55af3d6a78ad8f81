"""Controls of CloudWatch alarms, which are read by name."""

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
