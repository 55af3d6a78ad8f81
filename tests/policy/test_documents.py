"""Policy documents in every form that AWS accepts, and their effect on requests."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.iam.actions import needs_every_resource
from policy.iam.conditions import Condition
from policy.iam.documents import Statement, statements
from policy.iam.patterns import matches
from policy.iam.requests import Request, is_denied
from policy.model import UNKNOWN, Block, UnknownRead, Value

NAMES = st.sampled_from(["s3:GetObject", "S3:*", "*", "kms:Decrypt", "sqs:Send*"])
PRINCIPALS = st.sampled_from(
    ["*", {"AWS": "*"}, {"AWS": ["111122223333", "*"]}, {"Service": "s3.amazonaws.com"}, {"AWS": "111122223333"}]
)
CONDITIONS = st.sampled_from(
    [
        {},
        {"Bool": {"aws:SecureTransport": "false"}},
        {"StringEquals": {"aws:PrincipalOrgID": ["o-1", "o-2"]}},
        {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}},
        {"Null": {"aws:SourceArn": "true"}},
    ]
)
STATEMENTS = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Action": st.lists(NAMES, min_size=1, max_size=3),
        "Resource": st.lists(st.sampled_from(["*", "arn:aws:s3:::a", "arn:aws:s3:::a/*"]), min_size=1, max_size=2),
        "Principal": PRINCIPALS,
        "Condition": CONDITIONS,
    }
)


def read(content: Any) -> list[Statement]:
    return statements(Block({"policy": content}))


def told(statement: Statement) -> tuple[object, ...]:
    return (
        statement.allows,
        statement.actions,
        statement.resources,
        statement.principals,
        statement.conditions,
        statement.is_public,
        statement.services,
    )


def scalar(statement: dict[str, Any]) -> dict[str, Any]:
    """The statement with every list of one written as the one."""
    return {key: value[0] if isinstance(value, list) and len(value) == 1 else value for key, value in statement.items()}


def shouted(statement: dict[str, Any]) -> dict[str, Any]:
    return {key.upper(): value for key, value in statement.items()}


@given(STATEMENTS)
def test_a_statement_means_the_same_in_every_form(statement: dict[str, Any]) -> None:
    forms: list[Any] = [
        {"Statement": [statement]},
        {"Statement": statement},
        {"statement": [scalar(statement)]},
        {"Statement": [shouted(statement)]},
    ]
    forms += [json.dumps(form) for form in forms]
    assert len({told(statement) for form in forms for statement in read(form)}) == 1


@given(STATEMENTS, st.sampled_from(["Effect", "Action", "Resource", "Principal", "Condition"]))
def test_an_unknown_value_makes_only_its_own_statement_unknown(statement: dict[str, Any], part: str) -> None:
    masked, plain = read({"Statement": [{**statement, part: UNKNOWN}, statement]})
    with pytest.raises(UnknownRead) as error:
        told(masked)
    assert error.value.path == "policy.Statement[0]"
    assert told(plain)


@pytest.mark.parametrize(
    "content", [None, "", " ", "{", "[]", "7", '"x"', {}, [], 7, {"Statement": 7}, {"Statement": "x"}]
)
def test_a_value_that_is_not_a_document_has_no_statements(content: Value) -> None:
    assert read(content) == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda strategy: (
            st.lists(strategy, max_size=3)
            | st.dictionaries(
                st.sampled_from(["Effect", "Action", "Principal", "Condition", "Resource"]), strategy, max_size=4
            )
        ),
        max_leaves=8,
    )
)
def test_any_value_in_place_of_a_statement_raises_no_error(content: Any) -> None:
    for statement in read({"Statement": [content]}):
        told(statement)
        is_denied(Request("s3:GetObject", "arn:aws:s3:::a", {}), [statement])


@given(st.text("ab*?", max_size=6), st.text("ab", max_size=6))
def test_only_stars_and_question_marks_are_wildcards(pattern: str, text: str) -> None:
    def fits(p: str, t: str) -> bool:
        if not p:
            return not t
        if p[0] == "*":
            return fits(p[1:], t) or (bool(t) and fits(p, t[1:]))
        return bool(t) and p[0] in ("?", t[0]) and fits(p[1:], t[1:])

    assert matches(text, pattern) is fits(pattern, text)


def test_brackets_are_literal_in_a_pattern() -> None:
    assert matches("a[b]", "a[b]")
    assert not matches("ab", "a[b]")
    assert not matches("axb", "a.b")


@pytest.mark.parametrize(
    ("operator", "values", "actual", "expected"),
    [
        ("StringEquals", ("a", "b"), "b", True),
        ("StringEquals", ("a",), "A", False),
        ("StringEqualsIgnoreCase", ("a",), "A", True),
        ("StringEquals", ("a",), None, False),
        ("StringEqualsIfExists", ("a",), None, True),
        ("StringNotEquals", ("a", "b"), "b", False),
        ("StringNotEquals", ("a", "b"), "c", True),
        ("StringNotEquals", ("a",), None, True),
        ("StringNotEqualsIgnoreCase", ("a",), "A", False),
        ("StringLike", ("a*",), "abc", True),
        ("StringNotLike", ("a*",), "abc", False),
        ("StringNotLike", ("a*",), None, True),
        ("ArnLike", ("arn:aws:iam::*:role/x",), "arn:aws:iam::1:role/x", True),
        ("ArnNotEquals", ("arn:aws:iam::*:role/x",), "arn:aws:iam::1:role/x", False),
        ("Bool", ("FALSE",), "false", True),
        ("Bool", ("true",), "false", False),
        ("NumericLessThan", ("1.2",), "1.1", True),
        ("NumericLessThan", ("1.2",), "1.2", False),
        ("NumericLessThanEquals", ("1.2",), "1.2", True),
        ("NumericGreaterThan", ("1.2",), "1.2", False),
        ("NumericGreaterThan", ("1.2",), "1.3", True),
        ("NumericGreaterThan", ("1.2",), "1.1", False),
        ("NumericGreaterThanEquals", ("1.2",), "1.2", True),
        ("NumericLessThanEquals", ("1.2",), "1.1", True),
        ("NumericLessThanEquals", ("1.2",), "1.3", False),
        ("NumericGreaterThanEquals", ("1.2",), "1.3", True),
        ("NumericGreaterThanEquals", ("1.2",), "1.1", False),
        ("NumericEquals", ("1.20",), "1.2", True),
        ("NumericEquals", ("1.20",), "1.1", False),
        ("NumericEquals", ("1.20",), "1.3", False),
        ("NumericNotEquals", ("1.2",), "1.2", False),
        ("NumericLessThan", ("x",), "1.2", False),
        ("Null", ("true",), None, True),
        ("Null", ("true",), "a", False),
        ("Null", ("false",), None, False),
        ("Null", ("False",), "a", True),
        ("ForAllValues:StringEquals", ("a",), None, True),
        ("ForAnyValue:StringEquals", ("a",), None, False),
        ("ForAnyValue:StringNotEquals", ("a",), None, False),
        ("ForAnyValue:StringEquals", ("a",), "a", True),
        ("DateLessThan", ("2027-01-01",), "2026-01-01", False),
        ("DateLessThanIfExists", ("2027-01-01",), None, True),
    ],
)
def test_a_condition_holds_as_documented_by_iam(
    operator: str, values: tuple[str, ...], actual: str | None, expected: bool
) -> None:
    assert Condition.of(operator, "AWS:Key", values).holds({"aws:key": actual}) is expected


@pytest.mark.parametrize(
    ("operator", "key", "value", "expected"),
    [
        ("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::1:role/x", True),
        ("StringNotEquals", "aws:PrincipalServiceName", "delivery.logs.amazonaws.com", True),
        ("Bool", "aws:PrincipalIsAWSService", "false", True),
        ("Bool", "aws:PrincipalIsAWSService", "true", False),
        ("ArnNotLike", "aws:PrincipalArn", "*", False),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::1:role/x", False),
        ("StringNotEquals", "aws:PrincipalOrgID", "o-1", False),
        ("ForAllValues:StringNotEquals", "aws:PrincipalArn", "x", False),
    ],
)
def test_a_condition_on_a_key_with_any_value_holds_only_if_it_exempts_named_principals(
    operator: str, key: str, value: str, expected: bool
) -> None:
    assert Condition.of(operator, key, (value,)).holds({}) is expected


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("xray:PutTraceSegments", True),
        ("XRAY:puttracesegments", True),
        ("ec2:CreateNetworkInterface", True),
        ("kms:ListKeys", True),
        ("s3:ListAllMyBuckets", True),
        ("logs:DescribeLogGroups", True),
        ("ec2:Describe*", True),
        ("s3:GetObject", False),
        ("s3:List*", False),
        ("kms:Decrypt", False),
        ("kms:*", False),
        ("xray:Put*", False),
        ("dynamodb:GetItem", False),
        ("nowhere:Describe*", False),
        ("sqs", False),
    ],
)
def test_actions_without_resource_level_permissions_need_every_resource(action: str, expected: bool) -> None:
    assert needs_every_resource(action) is expected
