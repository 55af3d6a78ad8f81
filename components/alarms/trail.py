"""Alarms of the trail: most others see nothing without it."""

from components.alarms.conditions import by_itself, by_others, either, equals, every, pattern
from components.alarms.record import Alarm, Command, Metric, Threshold
from components.alarms.shared import TRAIL, ask_trail, in_trail
from components.alarms.watched import Watched, WatchedTrail

_AREA = "trail"


def _trail(watched: Watched[str]) -> WatchedTrail[str]:
    if watched.trail is None:
        raise ValueError("no trail is watched; alarms that need one are left out then")
    return watched.trail


def _on_trail(watched: Watched[str], *conditions: str) -> str:
    """Return the condition that a call was about our trail, which it names by name or ARN in a field of its own."""
    name = _trail(watched).arn.rpartition("/")[2]
    return every(
        [equals("$.eventSource", "cloudtrail.amazonaws.com"), *conditions, equals("$.requestParameters.*", f"*{name}")]
    )


def _on_groups(watched: Watched[str], condition: str) -> str:
    """Return the condition that a call was about one of our log groups."""
    groups = equals("$.requestParameters.logGroupName", *watched.all_log_groups)
    return every([equals("$.eventSource", "logs.amazonaws.com"), condition, groups])


def _stopped(watched: Watched[str]) -> str:
    return pattern(
        either(
            [
                _on_trail(watched, equals("$.eventName", "StopLogging", "DeleteTrail")),
                _on_groups(watched, equals("$.eventName", "DeleteLogGroup")),
            ]
        )
    )


def _changed(watched: Watched[str]) -> str:
    return pattern(
        _on_trail(watched, "$.readOnly IS FALSE"),
        by_itself("cloudformation"),
        by_others(*watched.principals.deploy),
    )


def _logs_changed(watched: Watched[str]) -> str:
    return pattern(
        # Functions make log streams for themselves.
        _on_groups(watched, '$.readOnly IS FALSE && $.eventName!="CreateLogStream"'),
        by_itself("cloudformation"),
        by_others(*watched.principals.deploy),
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
        means="Somebody stopped or deleted the trail, or deleted one of the log groups, or tried to, whoever it was.",
        look=ask_trail('eventName in ["StopLogging", "DeleteTrail", "DeleteLogGroup"]', "errorCode"),
        do="aws cloudtrail start-logging, or deploy again. What was not recorded is in no log: look at the trail's bucket, "
        "at CloudTrail's event history and at what the principal did before.",
        false="A stack that is destroyed on purpose.",
        panel="security",
        is_event=True,
        needs=(TRAIL,),
    ),
    Alarm(
        name="trail-changed-by-others",
        title="The trail was changed by hand",
        area=_AREA,
        source=in_trail(_changed),
        period=60,
        threshold=Threshold(value=0, unit="attempts in a minute", reason="only the deploy principals change the trail"),
        severity="page",
        means="Somebody else changed what the trail records, or where to, or tried to.",
        look=ask_trail('eventSource = "cloudtrail.amazonaws.com" and readOnly = 0', "errorCode"),
        do="Deploy again to restore the settings; the attestor then says whether all is as it was meant.",
        false="Work under break-glass that was announced; for an existing trail, whoever is in charge of it.",
        panel="security",
        is_event=True,
        needs=(TRAIL,),
        by_others=True,
    ),
    Alarm(
        name="logs-changed-by-others",
        title="A log group was changed by hand",
        area=_AREA,
        source=in_trail(_logs_changed),
        period=60,
        threshold=Threshold(
            value=0, unit="attempts in a minute", reason="only the deploy principals change log groups"
        ),
        severity="page",
        means="Somebody else changed retention, key, filters or subscriptions of a log group, or deleted a stream, or tried to.",
        look=ask_trail(
            'eventSource = "logs.amazonaws.com" and readOnly = 0', "requestParameters.logGroupName", "errorCode"
        ),
        do="Deploy again to restore the settings. A subscription that is not ours copies the lines elsewhere: delete it. "
        "What a deleted stream of the trail had is in the trail's bucket too.",
        false="Work under break-glass that was announced; for an existing trail, whoever is in charge of it.",
        panel="security",
        is_event=True,
        needs=(TRAIL,),
        by_others=True,
    ),
    Alarm(
        name="trail-silent",
        title="The trail says nothing",
        area=_AREA,
        source=Metric(
            namespace="AWS/Logs",
            name="IncomingLogEvents",
            dimensions=lambda watched: {"LogGroupName": watched.trail.log_group} if watched.trail else {},
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
        means="No event of the trail arrives in CloudWatch Logs: the alarms that read it are blind.",
        look=Command(text='aws cloudtrail get-trail-status --name "$(pulumi stack output trail_arn)"'),
        do="LatestCloudWatchLogsDeliveryError says why: mostly the delivery role, its key, or the log group is gone. Deploy again.",
        false="The first hours of a new stack, or an interruption of CloudTrail.",
        panel="security",
        missing="breaching",
        missing_reason="silence is what it is for",
        needs=(TRAIL,),
    ),
)
