"""An encrypted topic for alarms of one severity, and its subscriptions."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import Input, Output

from components.base import Component
from components.context import AwsContext
from components.shared.topic import create_topic, expected_topic


@dataclass(frozen=True, kw_only=True)
class AlarmTopicArgs:
    """Inputs of a topic.

    Attributes
    ----------
    context
        Account and region.
    topic_name
        Name in AWS.
    key_arn
        Customer key of the notifications.
    subscribers
        E-mail addresses, and ARNs of queues or functions.
    guardrail_admins
        The only principals who may subscribe or change the topic; empty leaves it to IAM.
    """

    context: AwsContext
    topic_name: str
    key_arn: Input[str]
    subscribers: Sequence[str]
    guardrail_admins: Sequence[str]


class AlarmTopic(Component[AlarmTopicArgs]):
    """A topic that only this account's alarms publish to.

    Attributes
    ----------
    arn
        ARN of the topic; it waits for the topic policy.
    """

    arn: Output[str]

    def create(self, name: str, args: AlarmTopicArgs) -> None:
        """Create the topic, its policy and its subscriptions."""
        policy = create_topic(
            name,
            context=args.context,
            topic_name=args.topic_name,
            key_arn=args.key_arn,
            publisher="cloudwatch.amazonaws.com",
            source_arn=args.context.arn("cloudwatch", "alarm:*"),
            guardrail_admins=args.guardrail_admins,
            opts=self.child,
        )
        subscriptions = [(_protocol(endpoint), endpoint) for endpoint in args.subscribers]
        for position, (protocol, endpoint) in enumerate(subscriptions):
            aws.sns.TopicSubscription(
                f"{name}-{position}", topic=policy.arn, protocol=protocol, endpoint=endpoint, opts=self.child
            )
        self.arn = policy.arn
        self.expect(
            expected_topic(arn=policy.arn, key_arn=args.key_arn, policy=policy.policy, subscriptions=subscriptions)
        )


def _protocol(endpoint: str) -> str:
    return endpoint.split(":")[2] if endpoint.startswith("arn:") else "email"
