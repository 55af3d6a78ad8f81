import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.attestor.policy_documents import canonical, parsed, union

ACCOUNT = "000000000000"
NAMES = st.sampled_from(["s3:GetObject", "s3:PutObject", "kms:*", "sqs:SendMessage"])
STATEMENTS = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Principal": st.sampled_from([{"AWS": [ACCOUNT]}, {"Service": ["logs.amazonaws.com", "sns.amazonaws.com"]}]),
        "Action": st.lists(NAMES, min_size=1, max_size=3, unique=True),
        "Resource": st.lists(st.sampled_from(["*", "arn:aws:s3:::a", "arn:aws:s3:::a/*"]), min_size=1, unique=True),
        "Condition": st.dictionaries(
            st.sampled_from(["StringEquals", "ArnLike"]),
            st.dictionaries(
                st.sampled_from(["aws:SourceAccount", "aws:SourceArn"]), st.lists(st.sampled_from("abc"), min_size=1)
            ),
        ),
    }
)


def rewrite(value: Any, data: st.DataObject) -> Any:
    """Write the same in another way that AWS takes."""
    if isinstance(value, list):
        shuffled = data.draw(st.permutations(value))
        return shuffled[0] if len(shuffled) == 1 and data.draw(st.booleans()) else shuffled
    if isinstance(value, dict):
        return {name: rewrite(first, data) for name, first in data.draw(st.permutations(list(value.items())))}
    return value


@given(st.lists(STATEMENTS, max_size=3), st.data())
def test_spellings_of_a_document_have_one_canonical_form(statements: list[dict[str, Any]], data: st.DataObject) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Sid": f"S{n}", **first} for n, first in enumerate(statements)]}
    again = {"Version": "2012-10-17", "Statement": [rewrite(first, data) for first in document["Statement"]]}
    assert canonical(document) == parsed(json.dumps(again))


@given(STATEMENTS, STATEMENTS)
def test_documents_with_different_meanings_differ(first: dict[str, Any], second: dict[str, Any]) -> None:
    def ordered(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: ordered(each) for name, each in value.items()}
        return sorted(value) if isinstance(value, list) else value

    assert (canonical({"Statement": first}) == canonical({"Statement": second})) is (ordered(first) == ordered(second))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"Principal": "*"}, {"Principal": {"AWS": "*"}}),
        ({"Principal": {"AWS": ACCOUNT}}, {"Principal": {"AWS": [f"arn:aws:iam::{ACCOUNT}:root"]}}),
        ({"Action": "SNS:Publish"}, {"Action": ["sns:publish"]}),
        ({"Condition": {"Bool": {"aws:SecureTransport": False}}}, {"Condition": {"Bool": {"aws:securetransport": ["false"]}}}),
    ],
)  # fmt: skip
def test_spellings_that_are_the_same_to_aws_are_equal(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert canonical({"Statement": [first]}) == canonical({"Statement": second})


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"Principal": {"AWS": ACCOUNT}}, {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/root"}}),
        ({"Resource": "arn:aws:s3:::a"}, {"Resource": "arn:aws:s3:::A"}),
        ({"Action": "s3:GetObject"}, {"NotAction": "s3:GetObject"}),
        ({"Principal": "*"}, {}),
        ({"Condition": {"Bool": {"k": "true"}}}, {"Condition": {"BoolIfExists": {"k": "true"}}}),
    ],
)
def test_statements_that_differ_to_aws_differ(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert canonical({"Statement": [first]}) != canonical({"Statement": [second]})


def test_documents_of_different_versions_differ() -> None:
    assert canonical({"Statement": []}) != canonical({"Version": "2012-10-17", "Statement": []})


def test_statements_without_sid_or_with_a_duplicate_sid_are_kept() -> None:
    assert len(canonical({"Statement": [{}, {}, {"Sid": "a"}, {"Sid": "a"}]})) == 5


@pytest.mark.parametrize(
    "document",
    [[], "text", {"Statement": "text"}, {"Statement": ["text"]}, {"Statement": {"Principal": ["x"]}}, {"Statement": {"Condition": {"Bool": 1}}}],
)  # fmt: skip
def test_anything_but_a_policy_document_is_refused(document: object) -> None:
    with pytest.raises(ValueError, match="not a"):
        canonical(document)


def test_the_union_of_documents_is_one_document_with_all_statements() -> None:
    first, second = {"Sid": "A", "Effect": "Allow"}, {"Sid": "B", "Effect": "Deny"}
    apart: list[dict[str, Any]] = [
        {"Version": "2012-10-17", "Statement": second},
        {"Version": "2012-10-17", "Statement": [first]},
    ]
    assert union(apart) == canonical({"Version": "2012-10-17", "Statement": [first, second]})
    # A statement twice, one under another's name, or an old version beside a new one is not what one document would say.
    assert union([*apart, apart[0]]) != union(apart)
    assert union([*apart, {"Version": "2012-10-17", "Statement": {**first, "Effect": "Deny"}}]) != union(apart)
    assert union([apart[0], {"Statement": [first]}]) != union(apart)
