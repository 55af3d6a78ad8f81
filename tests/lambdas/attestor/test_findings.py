import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.attestor.controls import BY_ID
from lambdas.attestor.expected_state import Check
from lambdas.attestor.findings import PENDING_SECONDS, Verdict, difference, judge, same
from lambdas.attestor.reading import PendingValue, ReadFailure

DAY = 86400.0
NOW = 1_800_000_000.0
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def check(expected: object, control: str = "sns-subscriptions", resource: str = "arn:topic") -> Check:
    return Check(control=BY_ID[control], resource=resource, expected=expected)


def verdict(expected: object, observed: object, *, since: float = NOW, deploying: bool = False) -> Verdict:
    return judge(check(expected), observed, since=since, now=NOW, deploying=deploying).verdict


@given(VALUES, VALUES)
def test_a_control_passes_when_what_was_meant_was_found_and_only_then(expected: object, found: object) -> None:
    assert verdict(expected, expected) is Verdict.PASS
    assert (verdict(expected, found) is Verdict.PASS) is same(expected, found)


@given(VALUES, st.randoms(use_true_random=False))
def test_the_order_of_a_list_does_not_matter(value: object, order: random.Random) -> None:
    def shuffled(one: Any) -> Any:
        if isinstance(one, dict):
            return {name: shuffled(each) for name, each in one.items()}
        return order.sample([shuffled(each) for each in one], len(one)) if isinstance(one, list) else one

    assert same(value, shuffled(value))


@pytest.mark.parametrize(
    ("one", "other"),
    [(True, 1), (0, False), (None, False), ([], {}), ([], None), ("1", 1), ([1], 1), ([1, 1], [1]), (["a", ["b"]], ["b", ["a"]])],
)  # fmt: skip
def test_values_of_other_kinds_are_not_the_same(one: object, other: object) -> None:
    assert not same(one, other)


@pytest.mark.parametrize(
    ("days", "deploying", "expected"),
    [
        (0.0, False, Verdict.PENDING), (3.0, False, Verdict.PENDING), (3.01, False, Verdict.FAIL),
        (0.0, True, Verdict.PENDING), (300.0, True, Verdict.PENDING),
    ],
)  # fmt: skip
def test_what_is_waited_for_is_pending_at_a_deployment_and_else_for_three_days(
    days: float, deploying: bool, expected: Verdict
) -> None:
    assert PENDING_SECONDS == 3 * DAY
    observed = PendingValue("pending", later="confirmed")
    assert verdict("confirmed", observed, since=NOW - days * DAY, deploying=deploying) is expected


@pytest.mark.parametrize("deploying", [True, False])
def test_what_will_not_become_right_fails_at_once(deploying: bool) -> None:
    assert verdict("confirmed", PendingValue("pending", later="something else"), deploying=deploying) is Verdict.FAIL


def test_what_could_not_be_read_fails_and_says_why() -> None:
    finding = judge(check(None), ReadFailure("denied", False), since=NOW, now=NOW, deploying=False)
    assert (finding.verdict, finding.found) == (Verdict.FAIL, None)
    assert str(finding) == "sns-subscriptions of topic arn:topic: expected nothing, denied"


def test_a_line_names_control_resource_expected_and_found() -> None:
    finding = judge(check("Enabled", "s3-versioning", "b"), "Suspended", since=NOW, now=NOW, deploying=False)
    assert str(finding) == 's3-versioning of bucket b: expected "Enabled", found "Suspended"'


def test_a_line_says_how_long_something_was_waited_for() -> None:
    finding = judge(check("yes"), PendingValue("no", later="yes"), since=NOW - 4 * DAY, now=NOW, deploying=False)
    assert str(finding) == 'sns-subscriptions of topic arn:topic: expected "yes", found "no" (pending for 4.0 days)'
    assert finding.since == NOW - 4 * DAY


def test_of_objects_only_the_members_that_differ_are_shown() -> None:
    assert difference({"a": 1, "b": [1, 2], "c": 3}, {"a": 2, "b": [2, 1], "d": 4}) == (
        {"a": 1, "c": 3, "d": None},
        {"a": 2, "c": None, "d": 4},
    )


def test_a_line_stays_short_whatever_was_found() -> None:
    assert len(str(judge(check("x" * 10_000), "y" * 10_000, since=NOW, now=NOW, deploying=False))) < 1_000
