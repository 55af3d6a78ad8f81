"""Properties of the policies' statements. `test_documents.py` evaluates the policies on requests."""

from typing import Any

import pytest

from components.data.policies import Access, bucket_policy
from components.keys.policies import ADMINISTRATION_ACTIONS, ENCRYPTION_ACTIONS, INSPECTION_ACTIONS, READ_ACTIONS
from components.shared.statements import Document
from tests.components.policies.attached import (
    DEAD_LETTERS,
    EVERYTHING,
    IDENTITY,
    KEY,
    OTHER_KEY,
    PROCESSOR,
    QUEUE,
    RESOURCE,
    TOPIC,
)
from tests.support.service_reference import resource_types

KEY_POLICIES: list[Document] = [document for arn, document in KEY.items() if arn != OTHER_KEY]
QUEUE_POLICY, TOPIC_POLICY = RESOURCE[QUEUE], RESOURCE[TOPIC]


def statements(document: Document, effect: str) -> list[dict[str, Any]]:
    return [statement for statement in document["Statement"] if statement["Effect"] == effect]


def actions(statement: dict[str, Any]) -> list[str]:
    return [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]


def test_a_bucket_policy_without_deliveries_allows_nothing() -> None:
    document = bucket_policy(bucket_arn="arn:aws:s3:::b", key_arn="arn:key", access=Access())
    assert statements(document, "Allow") == []


def test_administrators_of_a_key_get_no_action_that_uses_it() -> None:
    assert not {*ADMINISTRATION_ACTIONS, *INSPECTION_ACTIONS} & {*ENCRYPTION_ACTIONS, *READ_ACTIONS}
    for action in (*ADMINISTRATION_ACTIONS, *INSPECTION_ACTIONS):
        assert "*" not in action
        assert not action.endswith(("crypt", "Mac", "CreateGrant"))


@pytest.mark.parametrize("document", [*KEY_POLICIES, QUEUE_POLICY, TOPIC_POLICY])
def test_an_allow_names_its_principals_and_limits_services_by_a_condition(document: Document) -> None:
    for statement in statements(document, "Allow"):
        assert statement["Principal"] != "*"
        if "Service" in statement["Principal"]:
            assert statement["Condition"]


@pytest.mark.parametrize("document", [QUEUE_POLICY, RESOURCE[DEAD_LETTERS], TOPIC_POLICY])
def test_queues_and_topics_deny_plain_http(document: Document) -> None:
    assert any(
        statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        for statement in statements(document, "Deny")
    )


NARROWER_IN_THEORY = {
    # CloudWatch API reference, DescribeAlarms: composite alarms are returned only to whoever may describe all alarms.
    "cloudwatch:DescribeAlarms",
}
"""Actions allowed on all resources although the service reference has a type of resource for them."""
ALLOWED_EVERYWHERE = sorted(
    {
        action
        for document in IDENTITY.values()
        if document is not EVERYTHING
        for statement in statements(document, "Allow")
        if statement["Resource"] in ("*", ["*"])
        for action in actions(statement)
    }
)


@pytest.mark.parametrize("action", ALLOWED_EVERYWHERE)
def test_a_role_of_the_stack_may_act_on_all_resources_only_where_aws_has_no_narrower_one(action: str) -> None:
    service, _, name = action.partition(":")
    assert (resource_types(service)[name] == frozenset()) != (action in NARROWER_IN_THEORY)


def test_an_action_that_aws_allows_on_all_resources_only_is_allowed_on_all() -> None:
    """A statement with a narrower resource would never apply to it."""
    for document in IDENTITY.values():
        for statement in statements(document, "Allow"):
            for service, _, name in (action.partition(":") for action in actions(statement) if "*" not in action):
                assert statement["Resource"] == "*" or resource_types(service)[name], f"{service}:{name}"


def test_no_statement_of_a_role_of_the_stack_allows_all_actions_or_everything_but_some_resources() -> None:
    for document in IDENTITY.values():
        if document is not EVERYTHING:
            for statement in statements(document, "Allow"):
                assert "NotResource" not in statement
                assert "NotAction" not in statement
                assert not any("*" in action for action in actions(statement))


def test_the_processor_cannot_read_results_delete_objects_or_create_log_groups() -> None:
    permissions = IDENTITY[PROCESSOR]
    allowed = {action for statement in statements(permissions, "Allow") for action in actions(statement)}
    assert not any(
        "*" in action or "Delete" in action for action in allowed - {"sqs:DeleteMessage", "ec2:DeleteNetworkInterface"}
    )
    assert "logs:CreateLogGroup" not in allowed
    readable = [
        statement["Resource"] for statement in statements(permissions, "Allow") if "s3:GetObject" in actions(statement)
    ]
    assert readable == ["arn:aws:s3:::input/*", "arn:aws:s3:::output/*/manifest.json"]
