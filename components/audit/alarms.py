"""Alarms of the trail: most others see nothing without it."""

from components.shared.alarms.conditions import (
    all_of,
    any_of,
    called_directly_or_through,
    equals,
    not_called_by,
    pattern,
)
from components.shared.alarms.record import Alarm, Command, Metric, Step, Threshold
from components.shared.alarms.sources import TRAIL, in_trail, query_trail
from components.shared.alarms.targets import MonitoringTargets, TrailTargets

_AREA = "trail"


def _trail(targets: MonitoringTargets[str]) -> TrailTargets[str]:
    if targets.trail is None:
        raise ValueError("no trail is watched; alarms that need one are left out then")
    return targets.trail


def _on_trail(targets: MonitoringTargets[str], *conditions: str) -> str:
    """Return the condition that a call was about our trail, which it names by name or ARN in a field of its own."""
    name = _trail(targets).arn.rpartition("/")[2]
    return all_of(
        [equals("$.eventSource", "cloudtrail.amazonaws.com"), *conditions, equals("$.requestParameters.*", f"*{name}")]
    )


def _on_groups(targets: MonitoringTargets[str], condition: str) -> str:
    """Return the condition that a call was about one of our log groups."""
    groups = equals("$.requestParameters.logGroupName", *targets.all_log_groups)
    return all_of([equals("$.eventSource", "logs.amazonaws.com"), condition, groups])


def _stopped(targets: MonitoringTargets[str]) -> str:
    return pattern(
        any_of(
            [
                _on_trail(targets, equals("$.eventName", "StopLogging", "DeleteTrail")),
                _on_groups(targets, equals("$.eventName", "DeleteLogGroup")),
            ]
        )
    )


def _changed(targets: MonitoringTargets[str]) -> str:
    return pattern(
        _on_trail(targets, "$.readOnly IS FALSE"),
        called_directly_or_through("cloudformation"),
        not_called_by(*targets.principals.deploy),
    )


def _logs_changed(targets: MonitoringTargets[str]) -> str:
    return pattern(
        # Functions make log streams for themselves.
        _on_groups(targets, '$.readOnly IS FALSE && $.eventName!="CreateLogStream"'),
        called_directly_or_through("cloudformation"),
        not_called_by(*targets.principals.deploy),
    )


ALARMS = (
    Alarm(
        name="trail-stopped",
        title="The trail is stopped, or logs are deleted",
        area=_AREA,
        source=in_trail(_stopped),
        period=60,
        threshold=Threshold(value=0, unit="attempts in a minute", reason="whoever wants to be unseen begins here"),
        severity="page",
        meaning="Somebody stopped or deleted the trail, or deleted one of the log groups, or tried to, whoever it was.",
        investigation=query_trail('eventName in ["StopLogging", "DeleteTrail", "DeleteLogGroup"]', "errorCode"),
        response=(
            Step(
                "aws cloudtrail start-logging, or deploy again. What was not recorded is in no log: look at the trail's bucket, "
                "at CloudTrail's event history and at what the principal did before.",
                by="deployer",
            ),
        ),
        impact="",
        false_positives="A stack that is destroyed on purpose.",
        panel="security",
        is_event=True,
        requires=(TRAIL,),
    ),
    Alarm(
        name="trail-changed-outside-deployment",
        title="The trail was changed by hand",
        area=_AREA,
        source=in_trail(_changed),
        period=60,
        threshold=Threshold(value=0, unit="attempts in a minute", reason="only the deploy principals change the trail"),
        severity="page",
        meaning="Somebody else changed what the trail records, or where to, or tried to.",
        investigation=query_trail('eventSource = "cloudtrail.amazonaws.com" and readOnly = 0', "errorCode"),
        response=(
            Step(
                "Deploy again to restore the settings; the attestor then says whether all is as it was meant.",
                by="deployer",
            ),
        ),
        impact="",
        false_positives="Work under break-glass that was announced; for an existing trail, whoever is in charge of it.",
        panel="security",
        is_event=True,
        requires=(TRAIL,),
        outside_deployment=True,
    ),
    Alarm(
        name="logs-changed-outside-deployment",
        title="A log group was changed by hand",
        area=_AREA,
        source=in_trail(_logs_changed),
        period=60,
        threshold=Threshold(
            value=0, unit="attempts in a minute", reason="only the deploy principals change log groups"
        ),
        severity="page",
        meaning="Somebody else changed retention, key, filters or subscriptions of a log group, or deleted a stream, or tried to.",
        investigation=query_trail(
            'eventSource = "logs.amazonaws.com" and readOnly = 0', "requestParameters.logGroupName", "errorCode"
        ),
        response=(
            Step(
                "Deploy again to restore the settings. A subscription that is not ours copies the lines elsewhere: delete it. "
                "What a deleted stream of the trail had is in the trail's bucket too.",
                by="deployer",
            ),
        ),
        impact="",
        false_positives="Work under break-glass that was announced; for an existing trail, whoever is in charge of it.",
        panel="security",
        is_event=True,
        requires=(TRAIL,),
        outside_deployment=True,
    ),
    Alarm(
        name="trail-silent",
        title="The trail says nothing",
        area=_AREA,
        source=Metric(
            namespace="AWS/Logs",
            name="IncomingLogEvents",
            dimensions=lambda targets: {"LogGroupName": targets.trail.log_group} if targets.trail else {},
        ),
        period=3600,
        periods=2,
        datapoints=2,
        comparison="<",
        threshold=Threshold(
            value=1,
            unit="events in each of two hours",
            reason="the stack's own functions and schedules leave events every hour",
        ),
        severity="page",
        meaning="No event of the trail arrives in CloudWatch Logs: the alarms that read it are blind.",
        investigation=Command(text='aws cloudtrail get-trail-status --name "$(pulumi stack output trail_arn)"'),
        response=(
            Step(
                "LatestCloudWatchLogsDeliveryError says why: mostly the delivery role, its key, or the log group is gone. Deploy again.",
                by="deployer",
            ),
        ),
        impact="",
        false_positives="The first hours of a new stack, or an interruption of CloudTrail.",
        panel="security",
        missing_data="breaching",
        missing_data_reason="silence is what it is for",
        requires=(TRAIL,),
    ),
)
