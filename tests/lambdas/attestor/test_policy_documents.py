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
        return {name: rewrite(one, data) for name, one in data.draw(st.permutations(list(value.items())))}
    return value


@given(st.lists(STATEMENTS, max_size=3), st.data())
def test_a_document_is_the_same_however_it_is_written(statements: list[dict[str, Any]], data: st.DataObject) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Sid": f"S{n}", **one} for n, one in enumerate(statements)]}
    again = {"Version": "2012-10-17", "Statement": [rewrite(one, data) for one in document["Statement"]]}
    assert canonical(document) == parsed(json.dumps(again))


@given(STATEMENTS, STATEMENTS)
def test_documents_that_say_different_things_differ(one: dict[str, Any], other: dict[str, Any]) -> None:
    def ordered(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: ordered(each) for name, each in value.items()}
        return sorted(value) if isinstance(value, list) else value

    assert (canonical({"Statement": one}) == canonical({"Statement": other})) is (ordered(one) == ordered(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"Principal": "*"}, {"Principal": {"AWS": "*"}}),
        ({"Principal": {"AWS": ACCOUNT}}, {"Principal": {"AWS": [f"arn:aws:iam::{ACCOUNT}:root"]}}),
        ({"Action": "SNS:Publish"}, {"Action": ["sns:publish"]}),
        ({"Condition": {"Bool": {"aws:SecureTransport": False}}}, {"Condition": {"Bool": {"aws:securetransport": ["false"]}}}),
    ],
)  # fmt: skip
def test_aws_takes_several_spellings_of_the_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert canonical({"Statement": [one]}) == canonical({"Statement": other})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"Principal": {"AWS": ACCOUNT}}, {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/root"}}),
        ({"Resource": "arn:aws:s3:::a"}, {"Resource": "arn:aws:s3:::A"}),
        ({"Action": "s3:GetObject"}, {"NotAction": "s3:GetObject"}),
        ({"Principal": "*"}, {}),
        ({"Condition": {"Bool": {"k": "true"}}}, {"Condition": {"BoolIfExists": {"k": "true"}}}),
    ],
)
def test_what_aws_tells_apart_stays_apart(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert canonical({"Statement": [one]}) != canonical({"Statement": [other]})


def test_a_version_changes_what_variables_mean() -> None:
    assert canonical({"Statement": []}) != canonical({"Version": "2012-10-17", "Statement": []})


def test_statements_without_a_name_or_with_a_doubled_one_are_all_kept() -> None:
    assert len(canonical({"Statement": [{}, {}, {"Sid": "a"}, {"Sid": "a"}]})) == 5


@pytest.mark.parametrize(
    "document",
    [[], "text", {"Statement": "text"}, {"Statement": ["text"]}, {"Statement": {"Principal": ["x"]}}, {"Statement": {"Condition": {"Bool": 1}}}],
)  # fmt: skip
def test_anything_but_a_policy_document_is_refused(document: object) -> None:
    with pytest.raises(ValueError, match="not a"):
        canonical(document)


def test_documents_in_force_together_mean_what_one_of_all_their_statements_means() -> None:
    one, other = {"Sid": "A", "Effect": "Allow"}, {"Sid": "B", "Effect": "Deny"}
    apart: list[dict[str, Any]] = [
        {"Version": "2012-10-17", "Statement": other},
        {"Version": "2012-10-17", "Statement": [one]},
    ]
    assert union(apart) == canonical({"Version": "2012-10-17", "Statement": [one, other]})
    # A statement twice, one under another's name, or an old version beside a new one is not what one document would say.
    assert union([*apart, apart[0]]) != union(apart)
    assert union([*apart, {"Version": "2012-10-17", "Statement": {**one, "Effect": "Deny"}}]) != union(apart)
    assert union([apart[0], {"Statement": [one]}]) != union(apart)
