"""Metric filters count the events that their alarms are for, and no others."""

import json
from dataclasses import replace
from typing import Any

import pytest

from components.shared.alarms.targets import TrailTargets
from tests.components.monitoring.filter_cases import BREAK_GLASS, CASES, DEPLOYER, PROCESSOR, REPORTER, call, through
from tests.components.monitoring.material import (
    ANONYMOUS,
    AUDITOR,
    CONFIG,
    FILTERS,
    FOREIGN,
    OPERATOR,
    PRINCIPALS,
    READER,
    ROOT,
    SERVICE,
    STRANGER,
    TARGETS,
    assumed,
    matches,
    pattern_of,
    role,
    user,
)
from tests.support.filters.pattern import compile_pattern


@pytest.mark.parametrize(("alarm", "counted", "event"), CASES)
def test_a_filter_counts_the_events_of_its_alarm_and_no_others(
    alarm: str, counted: bool, event: dict[str, Any]
) -> None:
    assert matches(alarm, event) is counted, json.dumps(event)


def test_every_filter_has_events_that_it_counts_and_events_that_it_does_not_count() -> None:
    for expected in (True, False):
        assert {name for name, counted, _ in CASES if counted is expected} == set(FILTERS)


def counted_event(alarm: str) -> dict[str, Any]:
    """Return an event that the filter of an alarm counts."""
    return next(event for name, counted, event in CASES if name == alarm and counted)


@pytest.mark.parametrize("alarm", sorted(set(FILTERS) - {"dns-queries-blocked", "endpoint-requests-denied"}))
def test_a_filter_does_not_count_a_call_to_a_different_service(alarm: str) -> None:
    assert not matches(alarm, counted_event(alarm) | {"eventSource": "elsewhere.amazonaws.com"})


CHANGE_ALARMS = sorted(name for name, alarm in FILTERS.items() if alarm.outside_deployment)
ON_BEHALF = {
    "key-changed-outside-deployment",
    "network-changed-outside-deployment",
    "subnets-changed-outside-deployment",
}
"""Services change these resources on behalf of a caller: DynamoDB creates grants, Lambda network interfaces."""


@pytest.mark.parametrize("alarm", CHANGE_ALARMS)
def test_a_change_counts_unless_a_deploy_principal_or_a_service_made_it(alarm: str) -> None:
    def counted(who: dict[str, Any]) -> bool:
        return matches(alarm, counted_event(alarm) | {"userIdentity": who})

    for who in (STRANGER, BREAK_GLASS, REPORTER, ROOT, FOREIGN, ANONYMOUS, assumed(role("deploy")), PROCESSOR):
        assert counted(who)
    for who in (DEPLOYER, SERVICE, CONFIG, through("lambda")):
        assert not counted(who)
    assert counted(through("cloudformation")) is (alarm not in ON_BEHALF)


def test_changes_of_the_log_group_of_an_existing_trail_count() -> None:
    trail = TrailTargets(arn="arn:aws:cloudtrail:eu-central-1:123456789012:trail/firm", log_group="firm-trail")
    pattern = compile_pattern(pattern_of(FILTERS["logs-changed-outside-deployment"], replace(TARGETS, trail=trail)))
    for group, counted in (("firm-trail", True), ("/strongroom-test/flow", True), ("elsewhere", False)):
        assert pattern.matches(call("logs", "PutRetentionPolicy", STRANGER, logGroupName=group)) is counted


@pytest.mark.parametrize("alarm", CHANGE_ALARMS)
def test_every_change_counts_if_no_deploy_principal_is_named(alarm: str) -> None:
    assert matches(alarm, counted_event(alarm) | {"userIdentity": DEPLOYER}, replace(PRINCIPALS, deploy=()))


AUTHORISED = {
    "unauthorised-input-reads": [PROCESSOR],
    "unauthorised-output-reads": [PROCESSOR, assumed(READER), REPORTER, assumed(AUDITOR)],
    "unauthorised-output-reads-copy": [PROCESSOR, assumed(READER), REPORTER, assumed(AUDITOR)],
    "unauthorised-quarantine-reads": [PROCESSOR, assumed(OPERATOR)],
    "unauthorised-table-use": [PROCESSOR, assumed(role("strongroom-test-reconciler"))],
}  # fmt: skip


@pytest.mark.parametrize(("alarm", "authorised"), AUTHORISED.items())
def test_an_access_counts_unless_the_principal_is_authorised(alarm: str, authorised: list[dict[str, Any]]) -> None:
    def counted(who: dict[str, Any]) -> bool:
        return matches(alarm, counted_event(alarm) | {"userIdentity": who})

    authorised_for_something = [
        PROCESSOR,
        assumed(READER),
        REPORTER,
        assumed(AUDITOR),
        assumed(OPERATOR),
        assumed(role("strongroom-test-reconciler")),
    ]
    for who in [
        *authorised_for_something,
        STRANGER,
        DEPLOYER,
        BREAK_GLASS,
        user("nobody"),
        ROOT,
        FOREIGN,
        ANONYMOUS,
        through("athena"),
    ]:
        assert counted(who) is (who not in authorised)
    assert not counted(SERVICE)
    assert not counted(CONFIG)
