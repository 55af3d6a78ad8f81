from collections.abc import Callable
from typing import Any

import pytest

from components.documents.bucket import bucket_policy
from components.documents.endpoint import S3_ACTIONS, storage_endpoint_policy
from components.documents.key import ADMINISTRATION, ENCRYPTION, logs_key_policy, records_key_policy, tokens_key_policy
from components.documents.policy import Document
from components.documents.queue import closed_queue_policy, topic_policy, work_queue_policy
from components.documents.role import processor_permissions
from components.network import subnet_blocks
from components.place import Place

ACCOUNT = "123456789012"
PLACE = Place(partition="aws", region="eu-central-1", account_id=ACCOUNT, prefix="strongroom-test")
KEYS: dict[str, Document] = {
    "records": records_key_policy("aws", ACCOUNT),
    "logs": logs_key_policy("aws", ACCOUNT, "eu-central-1"),
    "tokens": tokens_key_policy("aws", ACCOUNT),
}
PERMISSIONS = processor_permissions(
    input_arn="arn:aws:s3:::in", output_arn="arn:aws:s3:::out", quarantine_arn="arn:aws:s3:::bad", table_arn="arn:table",
    queue_arn="arn:queue", records_key_arn="arn:records", logs_key_arn="arn:logs", tokens_key_arn="arn:tokens",
    log_group_arn="arn:group", function_arn="arn:function",
)  # fmt: skip


def statements(document: Document, effect: str) -> list[dict[str, Any]]:
    return [one for one in document["Statement"] if one["Effect"] == effect]


def actions(statement: dict[str, Any]) -> list[str]:
    return [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]


def test_a_bucket_policy_allows_nothing() -> None:
    assert statements(bucket_policy("arn:aws:s3:::b", "arn:key"), "Allow") == []


@pytest.mark.parametrize(
    ("headers", "denied"),
    [
        ({}, False),
        ({"algorithm": "aws:kms", "key": "arn:key"}, False),
        ({"algorithm": "AES256"}, True),
        ({"algorithm": "aws:kms"}, True),
        ({"algorithm": "aws:kms", "key": "arn:other"}, True),
        ({"algorithm": "aws:kms:dsse", "key": "arn:key"}, True),
        ({"customer": "AES256"}, True),
    ],
)
def test_an_upload_is_denied_unless_it_asks_for_the_buckets_key_or_for_nothing(
    headers: dict[str, str], denied: bool
) -> None:
    names = {
        "s3:x-amz-server-side-encryption": headers.get("algorithm"),
        "s3:x-amz-server-side-encryption-aws-kms-key-id": headers.get("key"),
        "s3:x-amz-server-side-encryption-customer-algorithm": headers.get("customer"),
    }
    operators: dict[str, Callable[[str | None, str], bool]] = {
        "StringEquals": lambda found, wanted: found == wanted,
        "StringNotEquals": lambda found, wanted: found != wanted,
        "Null": lambda found, wanted: (found is None) == (wanted == "true"),
    }
    puts = [
        one for one in statements(bucket_policy("arn:aws:s3:::b", "arn:key"), "Deny") if one["Action"] == "s3:PutObject"
    ]
    matches = [
        all(
            operators[operator](names[name], wanted)
            for operator, pairs in one["Condition"].items()
            for name, wanted in pairs.items()
        )
        for one in puts
    ]
    assert len(puts) == 4
    assert any(matches) is denied


@pytest.mark.parametrize("purpose", KEYS)
def test_who_administers_a_key_cannot_use_it_by_that(purpose: str) -> None:
    administration = next(one for one in KEYS[purpose]["Statement"] if one["Sid"] == "Administration")
    assert not set(ADMINISTRATION) & set(ENCRYPTION) - {"kms:DescribeKey"}
    assert not any(action.endswith(("crypt", "GenerateMac", "kms:*")) for action in actions(administration))


@pytest.mark.parametrize(
    "document",
    [
        *KEYS.values(),
        work_queue_policy(queue_arn="q", bucket_arn="b", account_id=ACCOUNT),
        topic_policy(topic_arn="t", place=PLACE),
    ],
)
def test_no_service_and_nobody_else_is_let_in_without_a_condition(document: Document) -> None:
    for one in statements(document, "Allow"):
        assert one["Principal"] != "*"
        if "Service" in one["Principal"]:
            assert one["Condition"]


@pytest.mark.parametrize(
    "document",
    [
        work_queue_policy(queue_arn="q", bucket_arn="b", account_id=ACCOUNT),
        closed_queue_policy(queue_arn="q"),
        topic_policy(topic_arn="t", place=PLACE),
    ],
)
def test_plain_http_is_denied(document: Document) -> None:
    assert any(one["Condition"] == {"Bool": {"aws:SecureTransport": "false"}} for one in statements(document, "Deny"))


def test_an_endpoint_lets_only_own_principals_reach_own_resources() -> None:
    (statement,) = storage_endpoint_policy(S3_ACTIONS, ACCOUNT)["Statement"]
    assert statement["Condition"]["StringEquals"] == {"aws:ResourceAccount": ACCOUNT, "aws:PrincipalAccount": ACCOUNT}


def test_the_processor_cannot_read_results_delete_objects_or_make_log_groups() -> None:
    allowed = {action for one in statements(PERMISSIONS, "Allow") for action in actions(one)}
    assert not any(
        "*" in action or "Delete" in action for action in allowed - {"sqs:DeleteMessage", "ec2:DeleteNetworkInterface"}
    )
    assert "logs:CreateLogGroup" not in allowed
    readable = [one["Resource"] for one in statements(PERMISSIONS, "Allow") if "s3:GetObject" in actions(one)]
    assert readable == ["arn:aws:s3:::in/*", "arn:aws:s3:::out/*/manifest.json"]


def test_subnets_do_not_move_when_a_zone_is_added() -> None:
    blocks = subnet_blocks("10.20.0.0/16")
    assert len(set(blocks)) == 16
    assert blocks[:2] == ["10.20.0.0/20", "10.20.16.0/20"]
