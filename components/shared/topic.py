"""A topic that one AWS service publishes to: the resources, the policy and the expected state."""

from collections.abc import Sequence

import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.context import AwsContext
from components.expected import ExpectedResource, document
from components.shared.action_classes import actions
from components.shared.documents import document_json
from components.shared.statements import (
    SOURCE,
    Document,
    allow_service,
    deny_everybody,
    deny_plain_http,
    policy,
    unless,
)
from lambdas.attestor.controls import topic


def create_topic(
    name: str,
    *,
    context: AwsContext,
    topic_name: str,
    key_arn: Input[str],
    publisher: str,
    source_arn: str,
    guardrail_admins: Sequence[str],
    opts: ResourceOptions,
) -> aws.sns.TopicPolicy:
    """Create a topic under a customer key, and its policy; return the policy, whose ARN is the topic's.

    Parameters
    ----------
    name, opts
        Name and options of both resources.
    topic_name
        Name of the topic in AWS.
    publisher, source_arn, guardrail_admins
        As in `topic_policy`.
    """
    topic = aws.sns.Topic(name, name=topic_name, kms_master_key_id=key_arn, opts=opts)
    document = document_json(
        topic_policy,
        topic_arn=topic.arn,
        context=context,
        publisher=publisher,
        source_arn=source_arn,
        guardrail_admins=guardrail_admins,
    )
    return aws.sns.TopicPolicy(name, arn=topic.arn, policy=document, opts=opts)


def topic_policy(
    *, topic_arn: str, context: AwsContext, publisher: str, source_arn: str, guardrail_admins: Sequence[str]
) -> Document:
    """Let a service publish for some resources; deny plain HTTP, and notifications about anything else, to everybody.

    Parameters
    ----------
    publisher, source_arn
        The service, and a pattern of the resources of this account that it publishes for.
    guardrail_admins
        The only principals who may subscribe, or change the topic; empty leaves it to IAM.
    """
    changes = actions("sns", "guard", "move out")
    return policy(
        allow_service("Publish", publisher, ["sns:Publish"], topic_arn, context.account_id, source_arn),
        deny_plain_http([topic_arn], "sns:Publish"),
        # Only a service that acts for a resource has this key; a person's request lacks it, and is denied.
        [
            deny_everybody(
                "DenyOtherPublishers", actions("sns", "write"), [topic_arn], {"ArnNotLike": {SOURCE: source_arn}}
            )
        ],
        [deny_everybody("DenyGuardrailChanges", changes, [topic_arn], unless(guardrail_admins))]
        if guardrail_admins
        else [],
    )


def expected_topic(
    *, arn: Input[str], key_arn: Input[str], policy: Input[str], subscriptions: Sequence[tuple[str, Input[str]]]
) -> ExpectedResource:
    """Return the expected state of a topic; `subscriptions` are pairs of protocol (`email`, `sqs`, `lambda`) and endpoint."""
    subscribed = Output.all(*(Output.concat(protocol, " ", endpoint) for protocol, endpoint in subscriptions))
    return ExpectedResource(
        id=arn,
        values={
            topic.encryption: key_arn,
            topic.topic_policy: document(policy),
            topic.subscriptions: subscribed.apply(lambda names: dict.fromkeys(names, "confirmed")),
        },
    )
