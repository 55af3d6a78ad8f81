"""The records: what each says, that its metric is really written by something, and that the pages are what they render."""

import ast
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.monitoring.catalogue import COMPOSITES, ThresholdError, all_alarms, check_thresholds, stack_alarms
from components.monitoring.rendering import MAX_DESCRIPTION, TextTooLong, alarm_description
from components.monitoring.runbooks import pages, write
from components.principals import Principals
from components.shared.alarms.record import Alarm, Command, Expression, Filter, Metric, Query, Record, Step
from tests.components.monitoring.material import ALARMS, PRINCIPALS, WATCHED

ROOT = Path(__file__).parents[3]
RECORDS: list[Record] = [*COMPOSITES, *all_alarms(Principals())]

PUBLISHED: dict[tuple[str, str], set[str]] = {
    ("AWS/Lambda", "Errors"): {"FunctionName"},
    ("AWS/Lambda", "Throttles"): {"FunctionName"},
    ("AWS/Lambda", "Duration"): {"FunctionName"},
    ("AWS/Lambda", "ConcurrentExecutions"): {"FunctionName"},
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): {"QueueName"},
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): {"QueueName"},
    ("AWS/DynamoDB", "SystemErrors"): {"TableName", "Operation"},
    ("AWS/S3", "5xxErrors"): {"BucketName", "FilterId"},
    ("AWS/SNS", "NumberOfNotificationsFailed"): {"TopicName"},
    ("AWS/Logs", "IncomingLogEvents"): {"LogGroupName"},
}
"""Metrics and their whole dimensions, from each service's "metrics and dimensions" page."""
THROTTLES = {"ReadThrottleEvents", "WriteThrottleEvents"}
"""Of a table by its name; of an index by its name too."""


def metrics(alarm: Alarm) -> list[Metric]:
    source = alarm.source
    if isinstance(source, Filter):
        return []
    return list(source.metrics.values()) if isinstance(source, Expression) else [source]


WATCHING = [(name, metric) for name, alarm in ALARMS.items() for metric in metrics(alarm)]


@pytest.mark.parametrize(("alarm", "metric"), WATCHING)
def test_a_metric_of_aws_is_watched_with_all_its_dimensions_since_else_it_has_no_data(
    alarm: str, metric: Metric
) -> None:
    if metric.namespace == "Strongroom":
        return
    given = set(metric.dimensions(WATCHED))
    if metric.name in THROTTLES:
        assert given in ({"TableName"}, {"TableName", "GlobalSecondaryIndexName"})
    else:
        assert given == PUBLISHED[(metric.namespace, metric.name)], alarm


WRITERS = {f"strongroom-test-{package}": package for package in ("processor", "attestor", "reconciler")}


def constants(package: str) -> set[str]:
    """Return the string constants in a function's code."""
    trees = (ast.parse(file.read_text()) for file in (ROOT / "lambdas" / package).rglob("*.py"))
    return {str(one.value) for tree in trees for one in ast.walk(tree) if isinstance(one, ast.Constant)}


OWN = [
    (metric.name, WRITERS[metric.dimensions(WATCHED)["FunctionName"]])
    for _, metric in WATCHING
    if metric.namespace == "Strongroom"
]


@pytest.mark.parametrize(("metric", "package"), sorted(set(OWN)))
def test_a_metric_of_our_own_is_written_by_the_function_that_it_is_watched_for(metric: str, package: str) -> None:
    assert metric in constants(package)
    assert "FunctionName" in constants("shared")


def test_the_sweep_and_the_attestor_are_asked_of_too_when_they_are_silent() -> None:
    for name in ("reconciler-silent", "attestor-silent", "trail-silent"):
        assert (ALARMS[name].missing_data, ALARMS[name].comparison, ALARMS[name].threshold.value) == (
            "breaching",
            "<",
            1,
        )
    assert {name for name, one in ALARMS.items() if one.missing_data == "breaching"} == {
        "reconciler-silent", "attestor-silent", "trail-silent",
    }  # fmt: skip


def test_what_a_filter_counts_is_an_event_whose_page_no_silence_closes() -> None:
    assert all(one.is_event for one in ALARMS.values() if isinstance(one.source, Filter))


@pytest.mark.parametrize("alarm", ALARMS.values(), ids=lambda one: one.full_name)
def test_an_alarm_looks_back_no_further_than_cloudwatch_allows(alarm: Alarm) -> None:
    # A day, or seven where the period is an hour or more; source: CloudWatch API reference, PutMetricAlarm.
    assert alarm.period * alarm.periods <= (604_800 if alarm.period >= 3600 else 86_400)
    assert alarm.period in (10, 20, 30) or alarm.period % 60 == 0
    assert 1 <= alarm.datapoints <= alarm.periods


@pytest.mark.parametrize("alarm", ALARMS.values(), ids=lambda one: one.full_name)
def test_an_expression_speaks_of_its_metrics_by_names_that_cloudwatch_takes(alarm: Alarm) -> None:
    if isinstance(alarm.source, Expression):
        assert all(re.fullmatch(r"[a-z][a-zA-Z0-9_]*", key) for key in alarm.source.metrics)
        assert set(alarm.source.metrics) <= set(re.findall(r"[a-z]\w*", alarm.source.text))


@pytest.mark.parametrize("record", RECORDS, ids=lambda one: one.name)
def test_every_record_says_what_it_means_how_to_look_what_to_do_and_when_it_is_false(record: Record) -> None:
    for text in (
        record.title,
        record.meaning,
        record.impact,
        *(step.text for step in record.response),
        record.false_positives,
        record.investigation.text,
    ):
        assert text.strip() == text != ""
    assert re.fullmatch(r"[a-z][a-z0-9-]+", record.name)
    if isinstance(record.investigation, Query):
        assert record.investigation.group(WATCHED)
        assert record.investigation.text.startswith("fields @timestamp")


OUTPUTS = {"work_queue_url", "dead_letter_queue_url", "transactions_table", "topic_arns", "trail_arn"}


@pytest.mark.parametrize("record", RECORDS, ids=lambda one: one.name)
def test_a_command_of_a_runbook_asks_for_outputs_that_the_stack_has(record: Record) -> None:
    if isinstance(record.investigation, Command):
        assert set(re.findall(r"pulumi stack output (\w+)", record.investigation.text)) <= OUTPUTS


def test_names_are_unique_and_children_of_composites_are_there() -> None:
    names = [one.full_name for one in all_alarms(PRINCIPALS)]
    assert len(set(names)) == len(names)
    assert {child for one in COMPOSITES for child in one.children} <= set(names)


@pytest.mark.parametrize("record", [*COMPOSITES, *ALARMS.values()], ids=lambda one: one.name)
def test_a_description_says_all_that_a_call_at_night_needs_and_fits_into_cloudwatch(record: Record) -> None:
    text = alarm_description(record)
    assert len(text) <= MAX_DESCRIPTION
    for part in (
        record.meaning,
        record.impact,
        *(step.text for step in record.response),
        record.false_positives,
        f"docs/runbooks/{record.name}.md",
    ):
        assert part in text
    if isinstance(record, Alarm):
        assert record.threshold.reason in text


def test_a_description_that_does_not_fit_is_an_error_that_names_the_alarm() -> None:
    with pytest.raises(
        TextTooLong, match=r"description of alarm dead-letters has \d+ characters; CloudWatch allows 1024"
    ):
        alarm_description(replace(ALARMS["dead-letters"], response=(Step("x" * 1000, by="deployer"),)))


def test_the_runbooks_are_what_the_records_render() -> None:
    folder = ROOT / "docs/runbooks"
    assert {page.name: page.read_text() for page in folder.glob("*")} == pages(), "write them with make docs"


def test_writing_the_runbooks_takes_away_those_of_alarms_that_are_no_more(tmp_path: Path) -> None:
    (tmp_path / "old.md").write_text("old")
    write(tmp_path)
    assert {page.name for page in tmp_path.iterdir()} == set(pages())


def test_the_index_links_every_page() -> None:
    linked = set(re.findall(r"\]\(([\w.-]+)\)", pages()["README.md"]))
    assert linked == set(pages()) - {"README.md"}


def test_a_threshold_for_an_alarm_that_there_is_not_is_one_error_that_lists_those_that_there_are() -> None:
    with pytest.raises(ThresholdError) as told:
        check_thresholds({"dead-letter": 1, "x": 2, "dead-letters": 3})
    assert str(told.value).startswith("there is no alarm named dead-letter, x; expected names are ")
    assert all(one.name in str(told.value) for one in all_alarms(Principals()))


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf")])
def test_a_threshold_that_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(ThresholdError, match=r"threshold of alarm dead-letters is .*; expected a number of at least 0"):
        check_thresholds({"dead-letters": value})


def test_no_alarms_are_made_with_a_threshold_for_one_that_there_is_not() -> None:
    with pytest.raises(ThresholdError, match="there is no alarm named dead-letter;"):
        stack_alarms(WATCHED, {"dead-letter": 1})


def test_a_threshold_of_an_alarm_that_the_stack_leaves_out_is_no_error() -> None:
    stack_alarms(replace(WATCHED, trail=None), {"denied-reads": 5})


@given(st.sampled_from(sorted({one.name for one in all_alarms(Principals())})), st.floats(0, 1e9))
def test_a_threshold_changes_its_own_alarm_and_no_other(name: str, value: float) -> None:
    before = {one.full_name: one for one in stack_alarms(WATCHED, {})}
    after = {one.full_name: one for one in stack_alarms(WATCHED, {name: value})}
    changed = {full for full in before if json.dumps(_plain(before[full])) != json.dumps(_plain(after[full]))}
    assert changed == {full for full, one in before.items() if one.name == name}
    assert all(after[full].threshold.value == value for full in changed)


def _plain(alarm: Alarm) -> dict[str, Any]:
    return {"threshold": alarm.threshold.value, "reason": alarm.threshold.reason, "severity": alarm.severity}


def test_changes_by_others_page_where_the_deploy_principals_are_named_and_make_tickets_where_they_are_not() -> None:
    nobody = replace(WATCHED, principals=replace(PRINCIPALS, deploy=()))
    for targets, severity in ((WATCHED, "page"), (nobody, "ticket")):
        found = {one.severity for one in stack_alarms(targets, {}) if one.outside_deployment}
        assert found == {severity}
    assert "deployment-changed-guardrails" not in {one.name for one in stack_alarms(nobody, {})}


def test_there_is_an_alarm_of_much_reading_for_each_who_may_read_and_one_for_all_where_no_reader_is_named() -> None:
    def names(**named: tuple[str, ...]) -> list[str]:
        targets = replace(WATCHED, principals=Principals(**named))
        return [one.full_name for one in stack_alarms(targets, {}) if one.name == "read-volume"]

    one, other, third = "arn:aws:iam::1:role/a/B*", "arn:aws:iam::1:user/c", "arn:aws:iam::1:role/d"
    assert names(readers=(one, other), auditors=(third, other)) == [
        "read-volume-role-a-b-any", "read-volume-user-c", "read-volume-role-d",
    ]  # fmt: skip
    assert names(auditors=(third,)) == ["read-volume-role-d", "read-volume"]
    assert names() == ["read-volume"]
