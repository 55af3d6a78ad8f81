"""What the project's policy documents allow and deny: tables of requests and their answers, in `rows/`."""

import json
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import pytest

from components.data.policies import Access, bucket_policy
from components.keys.policies import KeyAccess, audit_key_policy, records_key_policy
from tests.components.policies import attached
from tests.components.policies.attached import FOREIGN_BUCKET, FOREIGN_TABLE
from tests.components.policies.rows import attestor, buckets, endpoints, keys, logs, messages, processor, reconciler
from tests.components.policies.rows.row import Row
from tests.support.iam.builders import HOME, root
from tests.support.iam.evaluation import Outcome, Policies, decide

ROWS: list[Row] = [
    row for table in (buckets, keys, messages, endpoints, processor, reconciler, attestor, logs) for row in table.ROWS
]


def label(row: Row) -> str:
    who, action, what, keys, expected = row
    told = (f"{key}={value}" for key, value in keys.items())
    return " ".join((who.names[-1].split("/")[-1], action, what, *told, expected))


def answer(row: Row, changed: Callable[[Any], Any] = lambda documents: documents) -> str | None:
    """Return the answer to a row's request under the documents in force, or under what they are changed to."""
    who, action, what, keys, _ = row
    request = attached.request(who, action, what, keys)
    decision = decide(request, Policies(**{name: changed(one) for name, one in attached.in_force(request).items()}))
    if decision.outcome is Outcome.EXPLICITLY_DENIED:
        return decision.sid
    return "yes" if decision.allowed else f"no: {decision.document.split('[')[0]}"


@pytest.mark.parametrize("row", ROWS, ids=label)
def test_a_request_is_answered_by_the_documents_as_meant(row: Row) -> None:
    assert answer(row) == row[-1]


OURS = {
    **{who.names[-1]: one for who, one in attached.IDENTITY.items() if one is not attached.EVERYTHING},
    **{context: one for context, one in attached.RESOURCE.items() if context not in {FOREIGN_BUCKET, FOREIGN_TABLE}},
    **{context: one for context, one in attached.KEY.items() if context != attached.OTHER_KEY},
    **attached.TRUST,
    **attached.ENDPOINT,
}
# Characters that AWS takes: the quotas of IAM (inline policies of a role, and its trust), KMS, VPC endpoints and S3.
LIMITS: list[tuple[Mapping[Any, Any], int]] = [
    (attached.IDENTITY, 10_240),
    (attached.TRUST, 2_048),
    (attached.KEY, 32_768),
    (attached.ENDPOINT, 20_480),
    ({context: one for context, one in attached.RESOURCE.items() if context.startswith("arn:aws:s3:")}, 20_480),
]
STATEMENTS = {
    f"{context} {one['Sid']}": (document, one) for context, document in OURS.items() for one in document["Statement"]
}


UNDER: dict[int, list[Row]] = {id(document): [] for document in OURS.values()}
"""The rows whose request a document has a say in."""
for each in ROWS:
    for found in attached.in_force(attached.request(*each[:4])).values():
        for one in found if isinstance(found, list) else [found]:
            if id(one) in UNDER:
                UNDER[id(one)].append(each)


@pytest.mark.parametrize(("document", "statement"), STATEMENTS.values(), ids=STATEMENTS)
def test_no_statement_can_be_left_out_without_a_row_that_tells(
    document: Mapping[str, Any], statement: Mapping[str, Any]
) -> None:
    less = {**document, "Statement": [one for one in document["Statement"] if one is not statement]}
    # A document has at least one statement.
    less["Statement"] = less["Statement"] or [{**statement, "Action": "none:Nothing"}]

    def without(found: Any) -> Any:
        if isinstance(found, list):
            return [without(one) for one in found]
        return less if found is document else found

    # The rows that are most likely to tell come first.
    actions = statement.get("Action", ())
    actions = [actions] if isinstance(actions, str) else actions

    def likely(row: Row) -> tuple[bool, bool]:
        return row[-1] != statement["Sid"], not any(fnmatchcase(row[1], action) for action in actions)

    assert any(answer(row, without) != row[-1] for row in sorted(UNDER[id(document)], key=likely))


@pytest.mark.parametrize(
    ("document", "limit"), [(document, limit) for group, limit in LIMITS for document in group.values()]
)
def test_no_document_is_longer_than_aws_takes(document: Mapping[str, Any], limit: int) -> None:
    assert len(json.dumps(document)) <= limit


OPEN = Access()
ANYBODY = KeyAccess()


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
def test_where_nobody_is_named_a_bucket_leaves_its_account_to_iam(action: str, resource: str) -> None:
    document = bucket_policy(bucket_arn=attached.OUTPUT, key_arn=attached.RECORDS_KEY, access=OPEN)
    asked = attached.request(attached.ADMINISTRATOR, action, resource, {})
    assert decide(asked, Policies(identity=[attached.EVERYTHING], resource=document)).allowed
    assert not decide(asked, Policies(identity=[], resource=document)).allowed


@pytest.mark.parametrize("action", ["kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:Decrypt"])
def test_where_nobody_is_named_and_nothing_protected_a_key_leaves_its_account_to_iam(action: str) -> None:
    asked = attached.request(attached.ADMINISTRATOR, action, attached.RECORDS_KEY, {})
    document = records_key_policy(attached.CONTEXT, ANYBODY)
    assert decide(asked, Policies(identity=[attached.EVERYTHING], key=document)).allowed
    assert not decide(asked, Policies(identity=[], key=document)).allowed


@pytest.mark.parametrize("action", ["kms:DisableKey", "kms:ScheduleKeyDeletion"])
def test_a_protected_key_that_nobody_may_end_is_ended_by_nobody_not_even_the_accounts_root(action: str) -> None:
    document = records_key_policy(attached.CONTEXT, KeyAccess(deletion_principals=()))
    for who in (attached.ADMINISTRATOR, attached.DEPLOYER, root(HOME)):
        asked = attached.request(who, action, attached.RECORDS_KEY, {})
        decision = decide(asked, Policies(identity=[attached.EVERYTHING], key=document))
        assert decision.sid == "DenyDeletion"


def test_without_a_trail_of_its_own_the_audit_key_lets_none_in() -> None:
    document = audit_key_policy(attached.CONTEXT, ANYBODY, None)
    assert not any("cloudtrail" in json.dumps(one) for one in document["Statement"])
