"""The monitoring tier: topics by severity, and the alarms that notify them."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.documents.queue import topic_policy
from components.place import Place
from components.rendering import rendered

SEVERITIES = ("page", "ticket")


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    """What monitoring needs to know.

    Attributes
    ----------
    place
        Where the alarms are.
    key_arn
        The customer key of the topics.
    subscriptions
        Who is notified, by severity (`page`, `ticket`): e-mail addresses, and ARNs of queues or functions.
    dead_letter_name
        Name of the queue where files end that could not be processed.
    """

    place: Place
    key_arn: Input[str]
    subscriptions: dict[str, list[str]]
    dead_letter_name: Input[str]


class Monitoring(pulumi.ComponentResource):
    """Topics and alarms.

    Attributes
    ----------
    topic_arns
        Topic by severity: `page`, `ticket`.
    alarm_names
        Names of all alarms.
    """

    topic_arns: dict[str, Output[str]]
    alarm_names: list[Output[str]]

    def __init__(self, name: str, args: MonitoringArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("strongroom:monitoring:Monitoring", name, {}, opts)
        self._name = name
        self._args = args
        self._child = ResourceOptions(parent=self)
        self.topic_arns = {severity: self._topic(severity) for severity in SEVERITIES}
        dead_letters = aws.cloudwatch.MetricAlarm(
            f"{name}-dead-letters",
            alarm_description="A file could not be processed after all attempts; its message waits in the dead-letter queue.",
            namespace="AWS/SQS",
            metric_name="ApproximateNumberOfMessagesVisible",
            dimensions={"QueueName": args.dead_letter_name},
            statistic="Maximum",
            period=60,
            evaluation_periods=1,
            threshold=0,
            comparison_operator="GreaterThanThreshold",
            treat_missing_data="notBreaching",  # SQS sends nothing for a queue that nobody has used for hours
            alarm_actions=[self.topic_arns["page"]],
            ok_actions=[self.topic_arns["page"]],
            opts=self._child,
        )
        self.alarm_names = [dead_letters.name]
        self.register_outputs({"topic_arns": self.topic_arns, "alarm_names": self.alarm_names})

    def _topic(self, severity: str) -> Output[str]:
        place = self._args.place
        topic = aws.sns.Topic(f"{self._name}-{severity}", kms_master_key_id=self._args.key_arn, opts=self._child)
        policy = aws.sns.TopicPolicy(
            f"{self._name}-{severity}",
            arn=topic.arn,
            policy=rendered(lambda topic_arn: topic_policy(topic_arn=topic_arn, place=place), topic_arn=topic.arn),
            opts=self._child,
        )
        for position, endpoint in enumerate(self._args.subscriptions[severity]):
            aws.sns.TopicSubscription(
                f"{self._name}-{severity}-{position}",
                topic=topic.arn,
                protocol=endpoint.split(":")[2] if endpoint.startswith("arn:") else "email",
                endpoint=endpoint,
                opts=self._child,
            )
        return policy.arn
