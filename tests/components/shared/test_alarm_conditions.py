"""The conditions of filter patterns, evaluated by the matcher."""

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
    TARGETS,
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
    max_size=3,  # more could exceed the maximum length of a pattern
)
IDENTITIES = (
    ROLES.map(assumed) | NAMES.map(user) | st.sampled_from([ROOT, ANONYMOUS, SERVICE])
)  # fmt: skip


def matches(condition: str, who: dict[str, Any]) -> bool:
    return compile_pattern(pattern(equals("$.is", "it"), condition)).matches({"is": "it", "userIdentity": who})


def counted(principals: list[str], who: dict[str, Any]) -> bool:
    """Return whether the pattern that excludes some principals counts a call."""
    text = pattern_excluding(principals, equals("$.is", "it"))
    return compile_pattern(text).matches({"is": "it", "userIdentity": who})


def arn_of(who: dict[str, Any]) -> str:
    issuer = who.get("sessionContext", {}).get("sessionIssuer", {}).get("arn")
    return str(issuer or who.get("arn", ""))


@given(PRINCIPALS, IDENTITIES)
def test_called_by_and_not_called_by_are_opposites(principals: list[str], who: dict[str, Any]) -> None:
    assert matches(called_by(*principals), who) is not matches(not_called_by(*principals), who)


@given(GLOBS, st.lists(st.text("ab-/", max_size=3), min_size=6, max_size=6))
def test_called_by_matches_a_principal_wherever_the_pattern_has_wildcards(glob: str, replacements: list[str]) -> None:
    replacement = iter(replacements)
    name = "".join(
        next(replacement) if character == "*" else "a" if character == "?" else character for character in glob
    )
    assert fnmatchcase(role(name), role(glob))
    assert matches(called_by(role(glob)), assumed(role(name)))


@given(PRINCIPALS, IDENTITIES)
def test_a_pattern_excludes_exactly_the_given_principals(principals: list[str], who: dict[str, Any]) -> None:
    assert counted(principals, who) is not any(fnmatchcase(arn_of(who), principal) for principal in principals)


@pytest.mark.parametrize("name", ["a.b", "a+b", "a=b,c@d_e-f/g"])
def test_punctuation_in_a_name_is_literal_in_a_regular_expression(name: str) -> None:
    assert not counted([role(f"*{name}")], assumed(role(name)))
    different = name.replace(".", "x").replace("a+", "aa").replace("@", "x")
    assert counted([role(f"*{name}")], assumed(role(different)))


def test_a_pattern_uses_a_regular_expression_only_if_it_would_be_too_long_or_inexact_without() -> None:
    plain = ([role("a")], [role("a*")], [role("a"), f"arn:aws:iam::{ACCOUNT}:user/b"])
    expressions = ([role("a*b")], [role("a?")], [role(f"{number}-".ljust(60, "x")) for number in range(10)])
    assert not any("%" in pattern_excluding(principals) for principals in plain)
    assert all("%" in pattern_excluding(principals) for principals in expressions)


@given(st.lists(ROLES | USERS, min_size=1, max_size=4), IDENTITIES)
def test_a_principal_without_wildcards_matches_nobody_else(principals: list[str], who: dict[str, Any]) -> None:
    assert matches(called_by(*principals), who) is (arn_of(who) in principals)


def test_a_role_is_matched_by_its_path_and_not_by_the_name_of_a_session() -> None:
    assert matches(called_by(DEPLOY), assumed(DEPLOY))
    assert not matches(called_by(DEPLOY), assumed(role("elsewhere/deploy")))
    assert not matches(called_by(DEPLOY), user("ci/deploy"))


def test_a_wildcard_inside_a_pattern_compares_what_is_before_and_after_it() -> None:
    single_sign_on = role("aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Deploy_*")
    assert matches(
        called_by(single_sign_on), assumed(role("aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Deploy_1f"))
    )
    assert not matches(
        called_by(single_sign_on), assumed(role("aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Read_1f"))
    )


def test_without_principals_the_pattern_excludes_nobody() -> None:
    assert pattern(equals("$.a", "b"), not_called_by()) == '{$.a="b"}'


def test_quotes_and_backslashes_in_a_value_are_escaped() -> None:
    text = 'a"b\\c'
    assert compile_pattern(pattern(equals("$.a", text))).matches({"a": text})


def test_a_pattern_over_the_maximum_length_is_an_error_that_names_the_alarm_and_the_remedy() -> None:
    crowded = replace(TARGETS, principals=Principals(deploy=tuple(role(f"deploy-{number}") for number in range(20))))
    with pytest.raises(
        TextTooLong,
        match=r"alarm key-changed-outside-deployment has [0-9]{4} characters; CloudWatch allows 1024. Name\s+fewer",
    ):
        pattern_of(FILTERS["key-changed-outside-deployment"], crowded)


MAX_BUCKET_NAME = 63
"""Maximum length of a bucket name; source: S3 User Guide, "Bucket naming rules"."""
MAX_ZONES = 4


def long_roles(count: int, kind: str) -> tuple[str, ...]:
    return tuple(role(f"{kind}-{number}".ljust(32, "x")) for number in range(count))


@pytest.mark.parametrize("alarm", FILTERS.values(), ids=lambda alarm: alarm.full_name)
def test_every_pattern_has_room_for_the_longest_bucket_names_and_three_principals_of_each_kind(alarm: Any) -> None:
    def bucket(name: str) -> str:
        return name.ljust(MAX_BUCKET_NAME, "x")

    targets = replace(
        TARGETS,
        storage=replace(
            TARGETS.storage,
            buckets={name: bucket(name) for name in TARGETS.storage.buckets},
            replicas={name: bucket(f"replica-{name}") for name in TARGETS.storage.replicas or {}},
        ),
        network=replace(
            TARGETS.network,
            vpc_id=f"vpc-{0:017x}",
            route_table_id=f"rtb-{0:017x}",
            subnet_ids=tuple(f"subnet-{number:017x}" for number in range(MAX_ZONES)),
            security_group_ids=tuple(f"sg-{number:017x}" for number in range(3)),
            endpoint_ids=tuple(f"vpce-{number:017x}" for number in range(4)),
        ),
        key_arns=tuple(f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/{number:036x}" for number in range(6)),
        principals=Principals(
            deploy=long_roles(2, "deploy"),
            readers=long_roles(3, "reader"),
            quarantine_operators=long_roles(3, "operator"),
            auditors=long_roles(3, "auditor"),
        ),
    )
    assert len(pattern_of(alarm, targets)) <= MAX_PATTERN
