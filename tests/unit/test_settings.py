from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.settings import LOG_RETENTION_DAYS, SettingError, Settings, first_zones

GOOD = Settings(
    environment="dev",
    owner="platform",
    cost_centre="a-1",
    repository="strongroom",
    protection=True,
    cidr="10.20.0.0/16",
    zones=3,
    raw_retention_days=90,
    log_retention_days=3653,
    key_rotation_days=365,
    key_deletion_days=30,
    function_memory=1024,
    function_timeout=300,
    function_concurrency=10,
    function_architecture="arm64",
    account_last4=True,
    prefix_list_rules=True,
    full_read_back=True,
    page_subscriptions=["oncall@example.com", "arn:aws:sqs:eu-central-1:123456789012:pages"],
    ticket_subscriptions=[],
)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("environment", "production"),
        ("owner", ""),
        ("owner", "a\nb"),
        ("cidr", "10.20.0.0/8"),
        ("cidr", "8.8.0.0/16"),
        ("cidr", "10.20.0.1/16"),
        ("cidr", "everything"),
        ("zones", 1),
        ("zones", 5),
        ("raw_retention_days", 0),
        ("log_retention_days", 2556),
        ("log_retention_days", 365),
        ("log_retention_days", 0),
        ("key_rotation_days", 89),
        ("key_rotation_days", 2561),
        ("key_deletion_days", 6),
        ("function_timeout", 901),
        ("function_concurrency", 1),
        ("function_architecture", "arm"),
        ("page_subscriptions", ["nobody"]),
        ("ticket_subscriptions", ["arn:aws:s3:::bucket"]),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_with_its_key_its_value_and_what_is_allowed(
    key: str, value: Any
) -> None:
    with pytest.raises(SettingError) as refused:
        replace(GOOD, **{key: value})
    message = str(refused.value)
    assert f"strongroom:{key}" in message
    assert "allowed is" in message
    assert repr(value) in message


@given(st.integers(min_value=-10, max_value=5000))
def test_logs_are_kept_for_at_least_seven_years_and_a_time_that_cloudwatch_takes(days: int) -> None:
    if days in LOG_RETENTION_DAYS:
        assert replace(GOOD, log_retention_days=days).log_retention_days >= 7 * 365
    else:
        with pytest.raises(SettingError):
            replace(GOOD, log_retention_days=days)


def test_zones_are_taken_in_the_order_of_their_ids() -> None:
    assert first_zones(["use1-az3", "use1-az1", "use1-az2"], 2) == ("use1-az1", "use1-az2")


def test_more_zones_than_the_region_has_are_refused() -> None:
    with pytest.raises(SettingError, match="at most 2"):
        first_zones(["use1-az1", "use1-az2"], 3)
