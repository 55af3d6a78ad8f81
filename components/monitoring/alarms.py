"""Alarms about the alarms: whether notifications arrive, and whether someone silences an alarm."""

from collections.abc import Sequence

from components.context import AwsContext
from components.shared.alarms.changes import changed_outside_deployment
from components.shared.alarms.conditions import all_of, any_of, equals
from components.shared.alarms.record import Alarm, Command, Metric, Severity, Step, Threshold
from components.shared.alarms.sources import query_trail
from components.shared.alarms.targets import MonitoringTargets

_AREA = "notification"


def topic_name(context: AwsContext, severity: Severity) -> str:
    """Return the name of a severity's topic."""
    return context.name(severity)


def _changed(targets: MonitoringTargets[str]) -> Sequence[str]:
    ours = targets.context.name("*")
    on_alarms = [
        equals("$.eventSource", "monitoring.amazonaws.com"),
        any_of([equals("$.requestParameters.alarmName", ours), equals("$.requestParameters.alarmNames[*]", ours)]),
    ]
    on_topics = [
        equals("$.eventSource", "sns.amazonaws.com"),
        equals("$.eventName", "Subscribe", "Unsubscribe", "DeleteTopic", "Set*", "*Permission", "Put*"),
        any_of(
            equals(f"$.requestParameters.{field}", f"*:{ours}")
            for field in ("topicArn", "subscriptionArn", "resourceArn")
        ),
    ]
    return ["$.readOnly IS FALSE", any_of([all_of(on_alarms), all_of(on_topics)])]


def _notifications_failed(failed: Severity, notified: Severity) -> Alarm:
    return Alarm(
        name=f"{failed}-notifications-failed",
        title=f"The topic for {failed}s cannot reach a subscriber",
        area=_AREA,
        source=Metric(
            namespace="AWS/SNS",
            name="NumberOfNotificationsFailed",
            dimensions=lambda targets: {"TopicName": topic_name(targets.context, failed)},
        ),
        threshold=Threshold(
            value=0, unit="notifications in 5 minutes", reason="each is an alarm that somebody does not receive"
        ),
        severity=notified,
        meaning=f"SNS could not deliver a notification of the topic for {failed}s. This alarm uses the topic for {notified}s.",
        impact=f"Somebody does not receive {failed}s.",
        investigation=Command(
            text=f'aws sns list-subscriptions-by-topic --topic-arn "$(pulumi stack output topic_arns | jq -r .{failed})"',
            actions=("sns:ListSubscriptionsByTopic",),
        ),
        response=(
            Step(
                "Check each subscriber: a deleted queue, a queue policy or key that denies SNS, a failing function, a bouncing address.",
                by="operator",
            ),
            Step("Correct the subscriptions in the settings and deploy.", by="deployer"),
            Step(
                f"Look for alarms in ALARM state: their {failed}s may be lost.",
                by="operator",
                actions=("cloudwatch:DescribeAlarms",),
            ),
        ),
        false_positives="A subscriber that was down for a moment: SNS retries for hours.",
        panel="trouble",
        is_event=True,
    )


ALARMS = (
    _notifications_failed("page", "ticket"),
    _notifications_failed("ticket", "page"),
    changed_outside_deployment(
        name="alarms",
        title="Alarms or topics were changed outside a deployment",
        area=_AREA,
        subject="alarms",
        changes=_changed,
        meaning="Someone other than a deploy principal changed, deleted or silenced an alarm, a topic or a subscription, or tried to.",
        impact="Alarms may not reach anybody.",
        investigation=query_trail(
            'eventSource in ["monitoring.amazonaws.com", "sns.amazonaws.com"] and readOnly = 0',
            "requestParameters.alarmName",
            "requestParameters.topicArn",
            "errorCode",
        ),
        response=(
            Step("Deploy the stack again with a refresh, which restores alarms and subscriptions.", by="deployer"),
            Step("Look in the trail for what the principal did while nobody was notified.", by="auditor"),
        ),
        false_positives="A new subscriber that confirms its subscription, or an alarm whose state is set by hand for a test.",
    ),
)
