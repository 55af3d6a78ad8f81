"""What documents say whatever values they are made of; tests/components/policies evaluates them."""

from typing import Any

import pytest

from components.context import AwsContext
from components.data.lifecycle import Lifespan, evidence_lifespan, lifecycle_rules
from components.data.policies import READ_ACTIONS, Access, bucket_policy
from components.keys.policies import ADMINISTRATION_ACTIONS, ENCRYPTION_ACTIONS, INSPECTION_ACTIONS, TOKEN_ACTIONS
from components.keys.policies import READ_ACTIONS as KEY_READ_ACTIONS
from components.monitoring.policies import topic_policy
from components.network.tier import subnet_blocks
from components.processing.policies import dead_letter_queue_policy, work_queue_policy
from components.retention import ObjectLock, Retention
from components.shared.statements import Document
from tests.components.policies.attached import IDENTITY, KEY, OTHER_KEY, PROCESSOR

ACCOUNT = "123456789012"
CONTEXT = AwsContext(partition="aws", region="eu-central-1", account_id=ACCOUNT, prefix="strongroom-test")
KEYS: dict[str, Document] = {arn: document for arn, document in KEY.items() if arn != OTHER_KEY}
QUEUE = work_queue_policy(queue_arn="q", bucket_arn="b", account_id=ACCOUNT)
TOPIC = topic_policy(topic_arn="t", context=CONTEXT)


def statements(document: Document, effect: str) -> list[dict[str, Any]]:
    return [one for one in document["Statement"] if one["Effect"] == effect]


def actions(statement: dict[str, Any]) -> list[str]:
    return [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]


def test_a_bucket_policy_allows_nothing_but_deliveries() -> None:
    document = bucket_policy(bucket_arn="arn:aws:s3:::b", key_arn="arn:key", access=Access())
    assert statements(document, "Allow") == []


def test_who_administers_a_key_gets_nothing_that_uses_it() -> None:
    assert not {*ADMINISTRATION_ACTIONS, *INSPECTION_ACTIONS} & {*ENCRYPTION_ACTIONS, *TOKEN_ACTIONS, *KEY_READ_ACTIONS}
    for action in (*ADMINISTRATION_ACTIONS, *INSPECTION_ACTIONS):
        assert "*" not in action
        assert not action.endswith(("crypt", "Mac", "CreateGrant"))


@pytest.mark.parametrize("document", [*KEYS.values(), QUEUE, TOPIC])
def test_no_service_and_nobody_else_is_let_in_without_a_condition(document: Document) -> None:
    for one in statements(document, "Allow"):
        assert one["Principal"] != "*"
        if "Service" in one["Principal"]:
            assert one["Condition"]


@pytest.mark.parametrize("document", [QUEUE, dead_letter_queue_policy(queue_arn="q"), TOPIC])
def test_plain_http_is_denied(document: Document) -> None:
    assert any(one["Condition"] == {"Bool": {"aws:SecureTransport": "false"}} for one in statements(document, "Deny"))


def test_reading_an_object_has_no_action_that_the_documents_do_not_know() -> None:
    assert set(READ_ACTIONS) == {"s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTorrent"}


def test_the_processor_cannot_read_results_delete_objects_or_make_log_groups() -> None:
    permissions = IDENTITY[PROCESSOR]
    allowed = {action for one in statements(permissions, "Allow") for action in actions(one)}
    assert not any(
        "*" in action or "Delete" in action for action in allowed - {"sqs:DeleteMessage", "ec2:DeleteNetworkInterface"}
    )
    assert "logs:CreateLogGroup" not in allowed
    readable = [one["Resource"] for one in statements(permissions, "Allow") if "s3:GetObject" in actions(one)]
    assert readable == ["arn:aws:s3:::input/*", "arn:aws:s3:::output/*/manifest.json"]


def test_subnets_do_not_move_when_a_zone_is_added() -> None:
    blocks = subnet_blocks("10.20.0.0/16")
    assert len(set(blocks)) == 16
    assert blocks[:2] == ["10.20.0.0/20", "10.20.16.0/20"]


def retention(years: int) -> Retention:
    return Retention(raw_days=90, log_days=3653, lock=ObjectLock(mode="COMPLIANCE", years=years), protection=True)


def rules(lifespan: Lifespan) -> dict[str, Any]:
    return {str(rule["id"]): rule for rule in lifecycle_rules(lifespan)}


@pytest.mark.parametrize("years", [7, 10, 100])
def test_no_version_of_evidence_ends_before_its_lock(years: int) -> None:
    made = rules(evidence_lifespan(retention(years)))
    # S3 counts a year of a lock as 365 days at least and 366 at most.
    assert made["expiration"]["expiration"]["days"] >= 366 * years
    assert made["noncurrent-versions"]["noncurrent_version_expiration"]["noncurrent_days"] >= 366 * years


def test_storage_gets_cheaper_with_age_and_stays_readable_at_once() -> None:
    rest = rules(evidence_lifespan(retention(10)))["transitions"]
    ages = [(one["days"], one["storage_class"]) for one in rest["transitions"]]
    assert ages == sorted(ages)
    classes = {one["storage_class"] for one in (*rest["transitions"], *rest["noncurrent_version_transitions"])}
    assert classes <= {"STANDARD_IA", "GLACIER_IR"}
    # S3 takes no object into infrequent access before its thirtieth day.
    assert ages[0][0] >= 30
    assert "transitions" not in rules(Lifespan(days=90, noncurrent_days=1))


def test_raw_data_go_with_their_old_versions_and_unfinished_uploads() -> None:
    made = rules(Lifespan(days=90, noncurrent_days=1))
    assert made["expiration"]["expiration"] == {"days": 90}
    assert made["noncurrent-versions"]["noncurrent_version_expiration"] == {"noncurrent_days": 1}
    assert made["delete-markers"]["expiration"] == {"expired_object_delete_marker": True}
    assert made["aborted-uploads"]["abort_incomplete_multipart_upload"] == {"days_after_initiation": 7}
    assert "expiration" not in rules(Lifespan(days=None, noncurrent_days=1))
