"""Alarm records: their texts, their metrics, their thresholds, and the runbooks that they render."""

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
from tests.components.monitoring.material import ALARMS, PRINCIPALS, TARGETS

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
    ("AWS/S3", "OperationsFailedReplication"): {"SourceBucket", "DestinationBucket", "RuleId"},
    ("AWS/SNS", "NumberOfMessagesPublished"): {"TopicName"},
    ("AWS/SNS", "NumberOfNotificationsFailed"): {"TopicName"},
    ("AWS/Logs", "IncomingLogEvents"): {"LogGroupName"},
    ("AWS/GuardDuty/MalwareProtection", "InfectedScanCount"): {"Malware Protection Plan Id", "Resource Name"},
    ("AWS/GuardDuty/MalwareProtection", "FailedScanCount"): {"Malware Protection Plan Id", "Resource Name"},
    ("AWS/GuardDuty/MalwareProtection", "SkippedScanCount"): {
        "Malware Protection Plan Id",
        "Resource Name",
        "Skipped Reason",
    },
}
"""Metrics and all their dimensions, from the "metrics and dimensions" page of each service."""
THROTTLES = {"ReadThrottleEvents", "WriteThrottleEvents"}
"""Metrics of a table or an index; that of an index has two dimensions."""


def metrics(alarm: Alarm) -> list[Metric]:
    source = alarm.source
    if isinstance(source, Filter):
        return []
    return list(source.metrics.values()) if isinstance(source, Expression) else [source]


METRICS = [(name, metric) for name, alarm in ALARMS.items() for metric in metrics(alarm)]


@pytest.mark.parametrize(("alarm", "metric"), METRICS)
def test_an_alarm_on_a_metric_of_aws_has_all_dimensions_without_which_the_metric_has_no_data(
    alarm: str, metric: Metric
) -> None:
    if metric.namespace == "Strongroom":
        return
    dimensions = set(metric.dimensions(TARGETS))
    if metric.name in THROTTLES:
        assert dimensions in ({"TableName"}, {"TableName", "GlobalSecondaryIndexName"})
    else:
        assert dimensions == PUBLISHED[(metric.namespace, metric.name)], alarm


WRITERS = {f"strongroom-test-{package}": package for package in ("processor", "attestor", "reconciler")}


def constants(package: str) -> set[str]:
    """Return the string constants in a function's code."""
    trees = (ast.parse(file.read_text()) for file in (ROOT / "lambdas" / package).rglob("*.py"))
    return {str(node.value) for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}


OWN_METRICS = [
    (metric.name, WRITERS[metric.dimensions(TARGETS)["FunctionName"]])
    for _, metric in METRICS
    if metric.namespace == "Strongroom"
]


@pytest.mark.parametrize(("metric", "package"), sorted(set(OWN_METRICS)))
def test_the_function_of_an_alarm_on_a_custom_metric_writes_the_metric(metric: str, package: str) -> None:
    assert metric in constants(package)
    assert "FunctionName" in constants("shared")


def test_alarms_on_silence_treat_missing_data_as_breaching_and_no_other_alarm_does() -> None:
    for name in ("reconciler-silent", "attestor-silent", "trail-silent"):
        assert (ALARMS[name].missing_data, ALARMS[name].comparison, ALARMS[name].threshold.value) == (
            "breaching",
            "<",
            1,
        )
    assert {name for name, alarm in ALARMS.items() if alarm.missing_data == "breaching"} == {
        "reconciler-silent", "attestor-silent", "trail-silent",
    }  # fmt: skip


def test_an_alarm_on_a_filter_is_an_event_and_sends_no_ok_notification() -> None:
    assert all(alarm.is_event for alarm in ALARMS.values() if isinstance(alarm.source, Filter))


@pytest.mark.parametrize("alarm", ALARMS.values(), ids=lambda alarm: alarm.full_name)
def test_an_alarm_evaluates_no_longer_period_than_cloudwatch_allows(alarm: Alarm) -> None:
    # A day, or seven where the period is an hour or more; source: CloudWatch API reference, PutMetricAlarm.
    assert alarm.period * alarm.periods <= (604_800 if alarm.period >= 3600 else 86_400)
    assert alarm.period in (10, 20, 30) or alarm.period % 60 == 0
    assert 1 <= alarm.datapoints <= alarm.periods


@pytest.mark.parametrize("alarm", ALARMS.values(), ids=lambda alarm: alarm.full_name)
def test_an_expression_uses_all_its_metrics_by_ids_that_cloudwatch_accepts(alarm: Alarm) -> None:
    if isinstance(alarm.source, Expression):
        assert all(re.fullmatch(r"[a-z][a-zA-Z0-9_]*", key) for key in alarm.source.metrics)
        assert set(alarm.source.metrics) <= set(re.findall(r"[a-z]\w*", alarm.source.text))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_every_record_has_title_meaning_impact_investigation_response_and_false_positives(record: Record) -> None:
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
        assert record.investigation.group(TARGETS)
        assert record.investigation.text.startswith("fields @timestamp")


OUTPUTS = {"work_queue_url", "dead_letter_queue_url", "transactions_table", "topic_arns", "trail_arn"}


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_the_commands_of_a_runbook_use_existing_stack_outputs(record: Record) -> None:
    if isinstance(record.investigation, Command):
        assert set(re.findall(r"pulumi stack output (\w+)", record.investigation.text)) <= OUTPUTS


def test_alarm_names_are_unique_and_children_of_composites_exist() -> None:
    names = [alarm.full_name for alarm in all_alarms(PRINCIPALS)]
    assert len(set(names)) == len(names)
    assert {child for composite in COMPOSITES for child in composite.children} <= set(names)


@pytest.mark.parametrize("record", [*COMPOSITES, *ALARMS.values()], ids=lambda record: record.name)
def test_a_description_contains_the_runbook_in_short_and_fits_into_cloudwatch(record: Record) -> None:
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


def test_a_description_over_the_maximum_length_is_an_error_that_names_the_alarm() -> None:
    with pytest.raises(
        TextTooLong, match=r"description of alarm dead-letters has \d+ characters; CloudWatch allows 1024"
    ):
        alarm_description(replace(ALARMS["dead-letters"], response=(Step("x" * 1000, by="deployer"),)))


def test_the_committed_runbooks_are_what_the_records_render() -> None:
    folder = ROOT / "docs/runbooks"
    assert {page.name: page.read_text() for page in folder.glob("*")} == pages(), "write them with make docs"


def test_writing_the_runbooks_deletes_those_of_removed_alarms(tmp_path: Path) -> None:
    (tmp_path / "old.md").write_text("old")
    write(tmp_path)
    assert {page.name for page in tmp_path.iterdir()} == set(pages())


def test_the_index_links_every_runbook() -> None:
    linked = set(re.findall(r"\]\(([\w.-]+)\)", pages()["README.md"]))
    assert linked == set(pages()) - {"README.md"}


def test_thresholds_for_unknown_alarms_are_one_error_that_lists_the_known_alarms() -> None:
    with pytest.raises(ThresholdError) as error:
        check_thresholds({"dead-letter": 1, "x": 2, "dead-letters": 3})
    assert str(error.value).startswith("there is no alarm named dead-letter, x; expected names are ")
    assert all(alarm.name in str(error.value) for alarm in all_alarms(Principals()))


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf")])
def test_a_threshold_that_is_negative_or_no_number_is_an_error(value: float) -> None:
    with pytest.raises(ThresholdError, match=r"threshold of alarm dead-letters is .*; expected a number of at least 0"):
        check_thresholds({"dead-letters": value})


def test_a_threshold_for_an_unknown_alarm_stops_the_deployment() -> None:
    with pytest.raises(ThresholdError, match="there is no alarm named dead-letter;"):
        stack_alarms(TARGETS, {"dead-letter": 1})


def test_a_threshold_for_an_alarm_that_the_stack_does_not_use_is_no_error() -> None:
    stack_alarms(replace(TARGETS, trail=None), {"denied-reads": 5})


@given(st.sampled_from(sorted({alarm.name for alarm in all_alarms(Principals())})), st.floats(0, 1e9))
def test_a_threshold_changes_only_the_alarm_that_it_names(name: str, value: float) -> None:
    before = {alarm.full_name: alarm for alarm in stack_alarms(TARGETS, {})}
    after = {alarm.full_name: alarm for alarm in stack_alarms(TARGETS, {name: value})}
    changed = {full for full in before if json.dumps(as_json(before[full])) != json.dumps(as_json(after[full]))}
    assert changed == {full for full, alarm in before.items() if alarm.name == name}
    assert all(after[full].threshold.value == value for full in changed)


def as_json(alarm: Alarm) -> dict[str, Any]:
    return {"threshold": alarm.threshold.value, "reason": alarm.threshold.reason, "severity": alarm.severity}


def test_changes_outside_deployment_page_if_deploy_principals_are_named_and_are_tickets_if_not() -> None:
    without_deploy = replace(TARGETS, principals=replace(PRINCIPALS, deploy=()))
    for targets, severity in ((TARGETS, "page"), (without_deploy, "ticket")):
        severities = {alarm.severity for alarm in stack_alarms(targets, {}) if alarm.outside_deployment}
        assert severities == {severity}
    assert "deployment-changed-guardrails" not in {alarm.name for alarm in stack_alarms(without_deploy, {})}


def test_every_reader_has_a_read_volume_alarm_and_without_readers_one_alarm_covers_all() -> None:
    def names(**principals: tuple[str, ...]) -> list[str]:
        targets = replace(TARGETS, principals=Principals(**principals))
        return [alarm.full_name for alarm in stack_alarms(targets, {}) if alarm.name == "read-volume"]

    role, user, auditor = "arn:aws:iam::1:role/a/B*", "arn:aws:iam::1:user/c", "arn:aws:iam::1:role/d"
    assert names(readers=(role, user), auditors=(auditor, user)) == [
        "read-volume-role-a-b-any", "read-volume-user-c", "read-volume-role-d",
    ]  # fmt: skip
    assert names(auditors=(auditor,)) == ["read-volume-role-d", "read-volume"]
    assert names() == ["read-volume"]
