"""Alarms of the trail and the log groups, which most other alarms depend on."""

from collections.abc import Sequence

from components.shared.alarms.changes import ANNOUNCED_EMERGENCY, changed_outside_deployment
from components.shared.alarms.conditions import all_of, any_of, equals, pattern
from components.shared.alarms.record import Alarm, Command, Metric, Step, Threshold
from components.shared.alarms.responses import CHECK_CONTROLS, RESTORE
from components.shared.alarms.sources import TRAIL, in_trail, query_trail
from components.shared.alarms.targets import MonitoringTargets, TrailTargets

_AREA = "trail"
_LOGS = equals("$.eventSource", "logs.amazonaws.com")
_EXISTING_TRAIL = f"{ANNOUNCED_EMERGENCY} For an existing trail, work by the team that manages it."


def _trail(targets: MonitoringTargets[str]) -> TrailTargets[str]:
    if targets.trail is None:
        raise ValueError("the stack has no trail to monitor; alarms that require one must be omitted")
    return targets.trail


def _on_trail(targets: MonitoringTargets[str], *conditions: str) -> str:
    """Return the condition that a call concerns our trail, which a parameter names by name or ARN."""
    name = _trail(targets).arn.rpartition("/")[2]
    return all_of(
        [equals("$.eventSource", "cloudtrail.amazonaws.com"), *conditions, equals("$.requestParameters.*", f"*{name}")]
    )


def _stopped(targets: MonitoringTargets[str]) -> str:
    return pattern(
        any_of(
            [
                _on_trail(targets, equals("$.eventName", "StopLogging", "DeleteTrail")),
                all_of(
                    [
                        _LOGS,
                        equals("$.eventName", "DeleteLogGroup"),
                        equals("$.requestParameters.logGroupName", *targets.all_log_groups),
                    ]
                ),
            ]
        )
    )


def _trail_changed(targets: MonitoringTargets[str]) -> Sequence[str]:
    return [_on_trail(targets, "$.readOnly IS FALSE")]


def _log_groups_changed(targets: MonitoringTargets[str]) -> Sequence[str]:
    # Requests name a log group by name or ARN in one of three parameters. A pattern with all names would be too long, so what
    # contains the prefix of the stack's names counts, and the trail's log group, which may be another stack's.
    ours = f"*{targets.context.prefix}*"
    trail = (
        [f"*{targets.trail.log_group}*"]
        if targets.trail and targets.context.prefix not in targets.trail.log_group
        else []
    )
    fields = ("logGroupName", "logGroupIdentifier", "resourceIdentifier")
    return [
        _LOGS,
        "$.readOnly IS FALSE",
        '$.eventName!="CreateLogStream"',  # functions create their own log streams
        any_of(equals(f"$.requestParameters.{field}", ours, *trail) for field in fields),
    ]


ALARMS = (
    Alarm(
        name="trail-stopped",
        title="The trail was stopped, or a log group was deleted",
        area=_AREA,
        source=in_trail(_stopped),
        period=60,
        threshold=Threshold(
            value=0, unit="attempts in a minute", reason="an intruder who wants to stay unseen begins here"
        ),
        severity="page",
        meaning="Someone stopped or deleted the trail, deleted one of the log groups, or tried to.",
        impact="Nothing is recorded until the trail runs again, and alarms that read it do not fire.",
        investigation=query_trail('eventName in ["StopLogging", "DeleteTrail", "DeleteLogGroup"]', "errorCode"),
        response=(
            Step("Run aws cloudtrail start-logging, or deploy the stack again with a refresh.", by="deployer"),
            Step(
                "Look for the missing events in CloudTrail's event history, and for what the principal did before in the audit bucket.",
                by="auditor",
                actions=("cloudtrail:LookupEvents",),
            ),
        ),
        false_positives="A stack that is destroyed on purpose.",
        panel="security",
        is_event=True,
        requires=(TRAIL,),
    ),
    changed_outside_deployment(
        name="trail",
        title="The trail was changed outside a deployment",
        area=_AREA,
        subject="the trail",
        changes=_trail_changed,
        meaning="Someone other than a deploy principal changed what the trail records or where it delivers, or tried to.",
        impact="Events may be missing, and alarms that read the trail may not fire.",
        investigation=query_trail('eventSource = "cloudtrail.amazonaws.com" and readOnly = 0', "errorCode"),
        response=(
            RESTORE,
            CHECK_CONTROLS,
        ),
        false_positives=_EXISTING_TRAIL,
    ),
    changed_outside_deployment(
        name="logs",
        title="A log group was changed outside a deployment",
        area=_AREA,
        subject="log groups",
        changes=_log_groups_changed,
        meaning="Someone other than a deploy principal changed the retention, key, filters or subscriptions of a log group, deleted a "
        "stream, or tried to.",
        impact="Log lines may be lost or copied elsewhere, and alarms that read them may not fire.",
        investigation=query_trail(
            'eventSource = "logs.amazonaws.com" and readOnly = 0', "requestParameters.logGroupName", "errorCode"
        ),
        response=(
            RESTORE,
            Step(
                "Delete a subscription filter that the stack does not contain: it copies lines elsewhere.",
                by="deployer",
            ),
            Step("Look for the events of a deleted trail stream in the audit bucket.", by="auditor"),
        ),
        false_positives=_EXISTING_TRAIL,
    ),
    Alarm(
        name="trail-silent",
        title="No events arrive from the trail",
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
            reason="the stack's own functions and schedules cause events every hour",
        ),
        severity="page",
        meaning="The trail delivers no events to CloudWatch Logs.",
        impact="Alarms that read the trail do not fire.",
        investigation=Command(
            text='aws cloudtrail get-trail-status --name "$(pulumi stack output trail_arn)"',
            actions=("cloudtrail:GetTrailStatus",),
        ),
        response=(
            Step(
                "LatestCloudWatchLogsDeliveryError names the cause, mostly the delivery role, its key or the log group. Deploy with "
                "a refresh, which restores them.",
                by="deployer",
            ),
            Step("Look in the audit bucket for the events of the silent hours.", by="auditor"),
        ),
        false_positives="The first hours of a new stack, or an outage of CloudTrail.",
        panel="security",
        missing_data="breaching",
        missing_data_reason="the alarm exists to report silence",
        requires=(TRAIL,),
    ),
)
