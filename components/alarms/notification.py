"""Alarms of the alarms: whether they reach anybody, and whether somebody silences them."""

from components.alarms.conditions import by_itself, by_others, either, equals, every, pattern
from components.alarms.record import Alarm, Command, Metric, Severity, Threshold
from components.alarms.shared import TRAIL, ask_trail, in_trail
from components.alarms.watched import Watched
from components.place import Place

_AREA = "notification"


def topic_name(place: Place, severity: Severity) -> str:
    """Return the name of the topic of a severity."""
    return place.name(severity)


def _tampered(watched: Watched[str]) -> str:
    ours = watched.place.name("*")
    on_alarms = [
        equals("$.eventSource", "monitoring.amazonaws.com"),
        either([equals("$.requestParameters.alarmName", ours), equals("$.requestParameters.alarmNames[*]", ours)]),
    ]
    on_topics = [
        equals("$.eventSource", "sns.amazonaws.com"),
        equals("$.eventName", "Subscribe", "Unsubscribe", "DeleteTopic", "Set*", "*Permission", "Put*"),
        either(equals(f"$.requestParameters.{field}", f"*:{ours}") for field in ("topicArn", "subscriptionArn")),
    ]
    return pattern(
        "$.readOnly IS FALSE",
        either([every(on_alarms), every(on_topics)]),
        by_itself("cloudformation"),
        by_others(*watched.principals.deploy),
    )


def _failures(of: Severity, told: Severity) -> Alarm:
    return Alarm(
        name=f"{of}-notifications-failed",
        title=f"Notifications of {of}s do not arrive",
        area=_AREA,
        source=Metric(
            namespace="AWS/SNS",
            name="NumberOfNotificationsFailed",
            dimensions=lambda watched: {"TopicName": topic_name(watched.place, of)},
        ),
        threshold=Threshold(value=0, unit="deliveries in 5 minutes", reason="each is an alarm that nobody hears"),
        severity=told,
        means=f"A subscriber of the topic for {of}s could not be reached; this alarm therefore goes to the topic for {told}s.",
        look=Command(
            text=f'aws sns list-subscriptions-by-topic --topic-arn "$(pulumi stack output topic_arns | jq -r .{of})"'
        ),
        do="Look at each subscriber: a queue that was deleted or whose policy or key refuses SNS, a function that fails, an "
        f"address that bounces. Then look which alarms are on: their {of}s may be lost.",
        false="A subscriber that was down for a moment: SNS tries again for hours.",
        panel="trouble",
        is_event=True,
    )


ALARMS = (
    _failures("page", "ticket"),
    _failures("ticket", "page"),
    Alarm(
        name="alarms-changed-by-others",
        title="Alarms or their topics were changed by hand",
        area=_AREA,
        source=in_trail(_tampered),
        period=60,
        threshold=Threshold(value=0, unit="attempts in a minute", reason="only the deploy principals change alarms"),
        severity="page",
        means="Somebody else changed, deleted or silenced an alarm, or a topic or its subscriptions, or tried to.",
        look=ask_trail(
            'eventSource in ["monitoring.amazonaws.com", "sns.amazonaws.com"] and readOnly = 0',
            "requestParameters.alarmName",
            "requestParameters.topicArn",
            "errorCode",
        ),
        do="Deploy again to restore alarms and subscriptions. Then look at the trail for what the same principal did while "
        "nobody was told.",
        false="A new subscriber that confirms, or the state of an alarm that is set by hand to try it out.",
        panel="security",
        is_event=True,
        needs=(TRAIL,),
        by_others=True,
    ),
)
