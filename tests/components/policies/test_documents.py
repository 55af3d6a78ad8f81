"""What the policy documents allow and deny: the tables in `rows/` have requests and the expected answers."""

import json
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import pytest

from components.data.policies import Access, bucket_policy
from components.keys.policies import KeyAccess, audit_key_policy, records_key_policy
from tests.components.policies import attached
from tests.components.policies.attached import FOREIGN_BUCKET, FOREIGN_TABLE
from tests.components.policies.rows import (
    attestor,
    buckets,
    endpoints,
    keys,
    logs,
    malware_scan,
    messages,
    processor,
    reconciler,
    redrive,
    table,
)
from tests.components.policies.rows.row import Row
from tests.support.iam.builders import HOME, root
from tests.support.iam.evaluation import Outcome, Policies, decide

ROWS: list[Row] = [
    row
    for module in (
        buckets,
        table,
        keys,
        messages,
        endpoints,
        processor,
        reconciler,
        redrive,
        attestor,
        logs,
        malware_scan,
    )
    for row in module.ROWS
]


def label(row: Row) -> str:
    principal, action, resource, keys, expected = row
    conditions = (f"{key}={value}" for key, value in keys.items())
    return " ".join((principal.names[-1].split("/")[-1], action, resource, *conditions, expected))


def answer(row: Row, change: Callable[[Any], Any] = lambda documents: documents) -> str | None:
    """Return the answer to the request of a row, under the documents that apply to it or a change of them."""
    request = attached.request(*row[:4])
    documents = {name: change(document) for name, document in attached.documents_for(request).items()}
    decision = decide(request, Policies(**documents))
    if decision.outcome is Outcome.EXPLICITLY_DENIED:
        return decision.sid
    return "yes" if decision.allowed else f"no: {decision.document.split('[')[0]}"


@pytest.mark.parametrize("row", ROWS, ids=label)
def test_the_documents_answer_a_request_as_expected(row: Row) -> None:
    assert answer(row) == row[-1]


DOCUMENTS = {
    **{
        principal.names[-1]: document
        for principal, document in attached.IDENTITY.items()
        if document is not attached.EVERYTHING
    },
    **{arn: document for arn, document in attached.RESOURCE.items() if arn not in {FOREIGN_BUCKET, FOREIGN_TABLE}},
    **{arn: document for arn, document in attached.KEY.items() if arn != attached.OTHER_KEY},
    **attached.TRUST,
    **attached.ENDPOINT,
}
# Maximum characters, from the quotas of IAM (inline policies of a role, and its trust policy), KMS, VPC endpoints, S3 and DynamoDB.
LIMITS: list[tuple[Mapping[Any, Any], int]] = [
    (attached.IDENTITY, 10_240),
    (attached.TRUST, 2_048),
    (attached.KEY, 32_768),
    (attached.ENDPOINT, 20_480),
    (
        {
            arn: document
            for arn, document in attached.RESOURCE.items()
            if arn.startswith(("arn:aws:s3:", "arn:aws:dynamodb:"))
        },
        20_480,
    ),
]
STATEMENTS = {
    f"{name} {statement['Sid']}": (document, statement)
    for name, document in DOCUMENTS.items()
    for statement in document["Statement"]
}


def rows_by_document() -> dict[int, list[Row]]:
    """Return, by the id of each document, the rows with a request that the document applies to."""
    rows: dict[int, list[Row]] = {id(document): [] for document in DOCUMENTS.values()}
    for row in ROWS:
        for attachment in attached.documents_for(attached.request(*row[:4])).values():
            for document in attachment if isinstance(attachment, list) else [attachment]:
                if id(document) in rows:
                    rows[id(document)].append(row)
    return rows


ROWS_BY_DOCUMENT = rows_by_document()


@pytest.mark.parametrize(("document", "statement"), STATEMENTS.values(), ids=STATEMENTS)
def test_every_statement_changes_the_answer_to_a_row(document: Mapping[str, Any], statement: Mapping[str, Any]) -> None:
    remaining = [kept for kept in document["Statement"] if kept is not statement]
    # A document has at least one statement.
    reduced = {**document, "Statement": remaining or [{**statement, "Action": "none:Nothing"}]}

    def without_statement(attachment: Any) -> Any:
        if isinstance(attachment, list):
            return [without_statement(document) for document in attachment]
        return reduced if attachment is document else attachment

    # Rows that the statement denies, and rows with its actions, are the most likely to change: they come first.
    actions = statement.get("Action", ())
    actions = [actions] if isinstance(actions, str) else actions

    def unlikely(row: Row) -> tuple[bool, bool]:
        return row[-1] != statement["Sid"], not any(fnmatchcase(row[1], action) for action in actions)

    rows = sorted(ROWS_BY_DOCUMENT[id(document)], key=unlikely)
    assert any(answer(row, without_statement) != row[-1] for row in rows), (
        "add a request to rows/ that the statement decides"
    )


@pytest.mark.parametrize(
    ("document", "limit"), [(document, limit) for group, limit in LIMITS for document in group.values()]
)
def test_no_document_exceeds_the_maximum_length_of_aws(document: Mapping[str, Any], limit: int) -> None:
    assert len(json.dumps(document)) <= limit


UNRESTRICTED = Access()
UNRESTRICTED_KEY = KeyAccess()


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", f"{attached.OUTPUT}/a"),
        ("s3:PutObject", f"{attached.OUTPUT}/a"),
        ("s3:DeleteObject", f"{attached.OUTPUT}/a"),
        ("s3:ListBucket", attached.OUTPUT),
        ("s3:PutBucketPolicy", attached.OUTPUT),
    ],
)
def test_without_named_principals_a_bucket_policy_leaves_access_within_the_account_to_iam(
    action: str, resource: str
) -> None:
    document = bucket_policy(bucket_arn=attached.OUTPUT, key_arn=attached.RECORDS_KEY, access=UNRESTRICTED)
    request = attached.request(attached.ADMINISTRATOR, action, resource, {})
    assert decide(request, Policies(identity=[attached.EVERYTHING], resource=document)).allowed
    assert not decide(request, Policies(identity=[], resource=document)).allowed


@pytest.mark.parametrize("action", ["kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:Decrypt"])
def test_without_named_principals_and_protection_a_key_policy_leaves_access_within_the_account_to_iam(
    action: str,
) -> None:
    request = attached.request(attached.ADMINISTRATOR, action, attached.RECORDS_KEY, {})
    document = records_key_policy(attached.CONTEXT, UNRESTRICTED_KEY)
    assert decide(request, Policies(identity=[attached.EVERYTHING], key=document)).allowed
    assert not decide(request, Policies(identity=[], key=document)).allowed


@pytest.mark.parametrize("action", ["kms:DisableKey", "kms:ScheduleKeyDeletion"])
def test_a_protected_key_without_deletion_principals_cannot_be_deleted_even_by_the_root_user(action: str) -> None:
    document = records_key_policy(attached.CONTEXT, KeyAccess(deletion_principals=()))
    for principal in (attached.ADMINISTRATOR, attached.DEPLOYER, root(HOME)):
        request = attached.request(principal, action, attached.RECORDS_KEY, {})
        decision = decide(request, Policies(identity=[attached.EVERYTHING], key=document))
        assert decision.sid == "DenyDeletion"


def test_without_a_trail_of_the_stack_the_audit_key_policy_does_not_mention_cloudtrail() -> None:
    document = audit_key_policy(attached.CONTEXT, UNRESTRICTED_KEY, None)
    assert not any("cloudtrail" in json.dumps(statement) for statement in document["Statement"])
