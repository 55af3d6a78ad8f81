"""Alarms of the alarms: whether they reach anybody, and whether somebody silences them."""

from components.context import AwsContext
from components.shared.alarms.conditions import (
    all_of,
    any_of,
    called_directly_or_through,
    equals,
    not_called_by,
    pattern,
)
from components.shared.alarms.record import Alarm, Command, Metric, Severity, Step, Threshold
from components.shared.alarms.sources import TRAIL, in_trail, query_trail
from components.shared.alarms.targets import MonitoringTargets

_AREA = "notification"


def topic_name(context: AwsContext, severity: Severity) -> str:
    """Return the name of the topic of a severity."""
    return context.name(severity)


def _tampered(targets: MonitoringTargets[str]) -> str:
    ours = targets.context.name("*")
    on_alarms = [
        equals("$.eventSource", "monitoring.amazonaws.com"),
        any_of([equals("$.requestParameters.alarmName", ours), equals("$.requestParameters.alarmNames[*]", ours)]),
    ]
    on_topics = [
        equals("$.eventSource", "sns.amazonaws.com"),
        equals("$.eventName", "Subscribe", "Unsubscribe", "DeleteTopic", "Set*", "*Permission", "Put*"),
        any_of(equals(f"$.requestParameters.{field}", f"*:{ours}") for field in ("topicArn", "subscriptionArn")),
    ]
    return pattern(
        "$.readOnly IS FALSE",
        any_of([all_of(on_alarms), all_of(on_topics)]),
        called_directly_or_through("cloudformation"),
        not_called_by(*targets.principals.deploy),
    )


def _failures(of: Severity, told: Severity) -> Alarm:
    return Alarm(
        name=f"{of}-notifications-failed",
        title=f"Notifications of {of}s do not arrive",
        area=_AREA,
        source=Metric(
            namespace="AWS/SNS",
            name="NumberOfNotificationsFailed",
            dimensions=lambda targets: {"TopicName": topic_name(targets.context, of)},
        ),
        threshold=Threshold(value=0, unit="deliveries in 5 minutes", reason="each is an alarm that nobody hears"),
        severity=told,
        meaning=f"A subscriber of the topic for {of}s could not be reached; this alarm therefore goes to the topic for {told}s.",
        investigation=Command(
            text=f'aws sns list-subscriptions-by-topic --topic-arn "$(pulumi stack output topic_arns | jq -r .{of})"'
        ),
        response=(
            Step(
                "Look at each subscriber: a queue that was deleted or whose policy or key refuses SNS, a function that fails, an "
                f"address that bounces. Then look which alarms are on: their {of}s may be lost.",
                by="deployer",
            ),
        ),
        impact="",
        false_positives="A subscriber that was down for a moment: SNS tries again for hours.",
        panel="trouble",
        is_event=True,
    )


ALARMS = (
    _failures("page", "ticket"),
    _failures("ticket", "page"),
    Alarm(
        name="alarms-changed-outside-deployment",
        title="Alarms or their topics were changed by hand",
        area=_AREA,
        source=in_trail(_tampered),
        period=60,
        threshold=Threshold(value=0, unit="attempts in a minute", reason="only the deploy principals change alarms"),
        severity="page",
        meaning="Somebody else changed, deleted or silenced an alarm, or a topic or its subscriptions, or tried to.",
        investigation=query_trail(
            'eventSource in ["monitoring.amazonaws.com", "sns.amazonaws.com"] and readOnly = 0',
            "requestParameters.alarmName",
            "requestParameters.topicArn",
            "errorCode",
        ),
        response=(
            Step(
                "Deploy again to restore alarms and subscriptions. Then look at the trail for what the same principal did while "
                "nobody was told.",
                by="deployer",
            ),
        ),
        impact="",
        false_positives="A new subscriber that confirms, or the state of an alarm that is set by hand to try it out.",
        panel="security",
        is_event=True,
        requires=(TRAIL,),
        outside_deployment=True,
    ),
)
