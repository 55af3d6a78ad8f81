"""Properties of the policies' statements. `test_documents.py` evaluates the policies on requests."""

from typing import Any

import pytest

from components.data.policies import READ_ACTIONS, Access, bucket_policy
from components.keys.policies import ADMINISTRATION_ACTIONS, ENCRYPTION_ACTIONS, INSPECTION_ACTIONS, TOKEN_ACTIONS
from components.keys.policies import READ_ACTIONS as KEY_READ_ACTIONS
from components.monitoring.policies import topic_policy
from components.processing.policies import dead_letter_queue_policy, work_queue_policy
from components.shared.statements import Document
from tests.components.policies.attached import IDENTITY, KEY, OTHER_KEY, PROCESSOR
from tests.components.sample import ACCOUNT, CONTEXT

KEY_POLICIES: list[Document] = [document for arn, document in KEY.items() if arn != OTHER_KEY]
QUEUE_POLICY = work_queue_policy(queue_arn="q", bucket_arn="b", account_id=ACCOUNT)
TOPIC_POLICY = topic_policy(topic_arn="t", context=CONTEXT)


def statements(document: Document, effect: str) -> list[dict[str, Any]]:
    return [statement for statement in document["Statement"] if statement["Effect"] == effect]


def actions(statement: dict[str, Any]) -> list[str]:
    return [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]


def test_a_bucket_policy_without_deliveries_allows_nothing() -> None:
    document = bucket_policy(bucket_arn="arn:aws:s3:::b", key_arn="arn:key", access=Access())
    assert statements(document, "Allow") == []


def test_administrators_of_a_key_get_no_action_that_uses_it() -> None:
    assert not {*ADMINISTRATION_ACTIONS, *INSPECTION_ACTIONS} & {*ENCRYPTION_ACTIONS, *TOKEN_ACTIONS, *KEY_READ_ACTIONS}
    for action in (*ADMINISTRATION_ACTIONS, *INSPECTION_ACTIONS):
        assert "*" not in action
        assert not action.endswith(("crypt", "Mac", "CreateGrant"))


@pytest.mark.parametrize("document", [*KEY_POLICIES, QUEUE_POLICY, TOPIC_POLICY])
def test_an_allow_names_its_principals_and_limits_services_by_a_condition(document: Document) -> None:
    for statement in statements(document, "Allow"):
        assert statement["Principal"] != "*"
        if "Service" in statement["Principal"]:
            assert statement["Condition"]


@pytest.mark.parametrize("document", [QUEUE_POLICY, dead_letter_queue_policy(queue_arn="q"), TOPIC_POLICY])
def test_queues_and_topics_deny_plain_http(document: Document) -> None:
    assert any(
        statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        for statement in statements(document, "Deny")
    )


def test_the_read_actions_of_a_bucket_are_all_actions_that_return_content() -> None:
    assert set(READ_ACTIONS) == {"s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTorrent"}


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
