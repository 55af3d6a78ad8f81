import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.evaluation import Verdict
from policy.model import UNKNOWN, Value
from policy.rules.retention import RETENTION_DAYS
from policy.settings import Settings
from tests.policy.support import LOG_GROUP, declare, verdict

RULE = "log-group-has-retention-period"


def test_the_retention_periods_are_those_of_put_retention_policy() -> None:
    within_a_year = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365]
    assert sorted(RETENTION_DAYS) == [*within_a_year, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (3653, Verdict.PASS),
        (3653.0, Verdict.PASS),
        ("3653", Verdict.PASS),
        (3288, Verdict.FAIL),
        (30, Verdict.FAIL),
        (0, Verdict.FAIL),
        ("0", Verdict.FAIL),
        (None, Verdict.FAIL),
        ("", Verdict.FAIL),
        (-1, Verdict.FAIL),
        (3652, Verdict.FAIL),
        (3654, Verdict.FAIL),
        (36500, Verdict.FAIL),
        (True, Verdict.FAIL),
        ("ten years", Verdict.FAIL),
        (UNKNOWN, Verdict.UNKNOWN),
    ],
)
def test_a_log_group_needs_a_retention_period_of_ten_years_that_cloudwatch_accepts(
    days: Value, expected: Verdict
) -> None:
    assert verdict(RULE, declare(LOG_GROUP, inputs={"retentionInDays": days})).verdict is expected


def test_a_log_group_without_a_retention_period_fails() -> None:
    assert verdict(RULE, declare(LOG_GROUP, outputs={"retentionInDays": 0})).messages == (
        "has no retention period (retentionInDays), so that its events never expire",
    )


@given(days=st.integers(-1, 4000), minimum=st.integers(1, 3653))
def test_exactly_the_values_that_cloudwatch_accepts_from_the_minimum_on_pass(days: int, minimum: int) -> None:
    settings = Settings(parameters={RULE: {"minimumDays": minimum}})
    result = verdict(RULE, declare(LOG_GROUP, inputs={"retentionInDays": days}), settings=settings)
    assert (result.verdict is Verdict.PASS) is (days in RETENTION_DAYS and days >= minimum)
