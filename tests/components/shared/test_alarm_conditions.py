"""The conditions of which patterns are made, judged by the matcher of the grammar."""

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.monitoring.rendering import TextTooLong
from components.principals import Principals
from components.shared.alarms.conditions import (
    MAX_PATTERN,
    called_by,
    equals,
    not_called_by,
    pattern,
    pattern_excluding,
)
from tests.components.monitoring.material import (
    ACCOUNT,
    ANONYMOUS,
    DEPLOY,
    FILTERS,
    ROOT,
    SERVICE,
    WATCHED,
    assumed,
    pattern_of,
    role,
    user,
)
from tests.support.filters.pattern import compile_pattern

NAMES = st.text("ab-/", min_size=1, max_size=6).map(lambda text: f"r{text}")
GLOBS = st.text("ab-*?", min_size=1, max_size=6).map(lambda text: f"r{text}")
ROLES, USERS = NAMES.map(role), NAMES.map(lambda name: f"arn:aws:iam::{ACCOUNT}:user/{name}")
PRINCIPALS = st.lists(
    GLOBS.map(role) | GLOBS.map(lambda name: f"arn:aws:iam::{ACCOUNT}:user/{name}"),
    min_size=1,
    max_size=3,  # more could make a pattern longer than AWS takes
)
IDENTITIES = (
    ROLES.map(assumed) | NAMES.map(user) | st.sampled_from([ROOT, ANONYMOUS, SERVICE])
)  # fmt: skip


def found(condition: str, who: dict[str, Any]) -> bool:
    return compile_pattern(pattern(equals("$.is", "it"), condition)).matches({"is": "it", "userIdentity": who})


def counted(principals: list[str], who: dict[str, Any]) -> bool:
    """Return whether the pattern that excludes some principals counts a call."""
    text = pattern_excluding(principals, equals("$.is", "it"))
    return compile_pattern(text).matches({"is": "it", "userIdentity": who})


def arn_of(who: dict[str, Any]) -> str:
    issuer = who.get("sessionContext", {}).get("sessionIssuer", {}).get("arn")
    return str(issuer or who.get("arn", ""))


@given(PRINCIPALS, IDENTITIES)
def test_whoever_is_not_one_of_some_principals_is_another(principals: list[str], who: dict[str, Any]) -> None:
    assert found(called_by(*principals), who) is not found(not_called_by(*principals), who)


@given(GLOBS, st.lists(st.text("ab-/", max_size=3), min_size=6, max_size=6))
def test_whoever_fits_a_pattern_is_known_wherever_its_wildcards_stand(glob: str, stands_for: list[str]) -> None:
    filled = iter(stands_for)
    name = "".join(next(filled) if one == "*" else "a" if one == "?" else one for one in glob)
    assert fnmatchcase(role(name), role(glob))
    assert found(called_by(role(glob)), assumed(role(name)))


@given(PRINCIPALS, IDENTITIES)
def test_many_principals_are_told_apart_exactly(principals: list[str], who: dict[str, Any]) -> None:
    assert counted(principals, who) is not any(fnmatchcase(arn_of(who), one) for one in principals)


@pytest.mark.parametrize("name", ["a.b", "a+b", "a=b,c@d_e-f/g"])
def test_signs_of_names_are_no_part_of_a_regular_expression(name: str) -> None:
    assert not counted([role(f"*{name}")], assumed(role(name)))
    other = name.replace(".", "x").replace("a+", "aa").replace("@", "x")
    assert counted([role(f"*{name}")], assumed(role(other)))


def test_a_pattern_has_a_regular_expression_only_where_it_would_be_too_long_or_not_exact() -> None:
    plain = ([role("a")], [role("a*")], [role("a"), f"arn:aws:iam::{ACCOUNT}:user/b"])
    expressions = ([role("a*b")], [role("a?")], [role(f"{number}-".ljust(60, "x")) for number in range(10)])
    assert not any("%" in pattern_excluding(principals) for principals in plain)
    assert all("%" in pattern_excluding(principals) for principals in expressions)


@given(st.lists(ROLES | USERS, min_size=1, max_size=4), IDENTITIES)
def test_a_principal_without_wildcards_is_that_one_alone(principals: list[str], who: dict[str, Any]) -> None:
    assert found(called_by(*principals), who) is (arn_of(who) in principals)


def test_a_role_is_known_by_its_path_and_not_by_the_name_of_a_session() -> None:
    assert found(called_by(DEPLOY), assumed(DEPLOY))
    assert not found(called_by(DEPLOY), assumed(role("elsewhere/deploy")))
    assert not found(called_by(DEPLOY), user("ci/deploy"))


def test_a_wildcard_within_a_pattern_is_taken_from_both_its_sides() -> None:
    single_sign_on = role("aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Deploy_*")
    assert found(
        called_by(single_sign_on), assumed(role("aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Deploy_1f"))
    )
    assert not found(
        called_by(single_sign_on), assumed(role("aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Read_1f"))
    )


def test_nobody_named_leaves_everybody() -> None:
    assert pattern(equals("$.a", "b"), not_called_by()) == '{$.a="b"}'


def test_quotes_and_backslashes_of_a_text_are_no_part_of_the_grammar() -> None:
    text = 'a"b\\c'
    assert compile_pattern(pattern(equals("$.a", text))).matches({"a": text})


def test_a_pattern_that_aws_would_refuse_for_its_length_is_an_error_that_names_the_alarm_and_says_what_to_do() -> None:
    crowded = replace(WATCHED, principals=Principals(deploy=tuple(role(f"deploy-{number}") for number in range(20))))
    with pytest.raises(
        TextTooLong,
        match=r"alarm key-changed-outside-deployment has [0-9]{4} characters; CloudWatch allows 1024. Name\s+fewer",
    ):
        pattern_of(FILTERS["key-changed-outside-deployment"], crowded)


LONG = 63
"""Characters of a bucket's name, at most; source: S3 User Guide, "Bucket naming rules"."""


def _named(count: int, kind: str) -> tuple[str, ...]:
    return tuple(role(f"{kind}-{number}".ljust(32, "x")) for number in range(count))


@pytest.mark.parametrize("alarm", FILTERS.values(), ids=lambda one: one.full_name)
def test_the_longest_bucket_names_and_three_principals_of_each_kind_fit_into_every_pattern(alarm: Any) -> None:
    def bucket(name: str) -> str:
        return name.ljust(LONG, "x")

    targets = replace(
        WATCHED,
        storage=replace(
            WATCHED.storage,
            buckets={name: bucket(name) for name in WATCHED.storage.buckets},
        ),
        network=replace(
            WATCHED.network,
            ids=tuple(f"subnet-{number:017x}" for number in range(10)),
            endpoint_ids=tuple(f"vpce-{number:017x}" for number in range(4)),
        ),
        key_arns=tuple(f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/{number:036x}" for number in range(4)),
        principals=Principals(
            deploy=_named(2, "deploy"),
            readers=_named(3, "reader"),
            quarantine_operators=_named(3, "operator"),
            auditors=_named(3, "auditor"),
        ),
    )
    assert len(pattern_of(alarm, targets)) <= MAX_PATTERN
