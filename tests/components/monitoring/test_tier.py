"""The monitoring tier under Pulumi's mocks: every record becomes an alarm that somebody hears."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pulumi
import pytest
from pulumi.runtime import MockResourceArgs

from components.data.buckets import BUCKETS
from components.monitoring.catalogue import COMPOSITES, stack_alarms
from components.monitoring.tier import Monitoring, MonitoringArgs
from components.shared.alarms.record import Filter, Query
from components.shared.alarms.targets import MonitoringTargets
from policy.evaluation import Result, Verdict, evaluate
from policy.model import ResourceData, Stack
from policy.rules import RULES
from policy.settings import Settings
from tests.components.monitoring.material import CONTEXT, WATCHED
from tests.policy.support import TODAY
from tests.support.filters.pattern import compile_pattern
from tests.support.mocks import Recorder, deployed

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter"


class Monitored(Recorder):
    def __init__(self) -> None:
        super().__init__()
        self.after: dict[str, Any] = {}

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        identity, state = super().new_resource(args)
        return identity, {**state, "arn": f"arn:aws:{args.name}"}

    def all(self, kind: str) -> list[dict[str, Any]]:
        return [one.inputs for one in self.of(kind)]

    def named(self, kind: str, name: str) -> dict[str, Any]:
        (found,) = [one for one in self.all(kind) if one.get("name", one.get("alarmName")) == f"strongroom-test-{name}"]
        return found


def run(targets: MonitoringTargets[Any], **more: Any) -> tuple[Monitored, dict[str, Any]]:
    """Run a program that has monitoring alone; return what it made, and its outputs."""
    recorder, outputs = Monitored(), dict[str, Any]()
    arguments = {
        "key_arn": "arn:logs", "subscriptions": {"page": ["on-call@example.com"], "ticket": ["arn:aws:sqs:eu-central-1:1:t"]},
        "thresholds": {}, "saved_queries": True, **more,
    }  # fmt: skip

    def program() -> Any:
        pulumi.runtime.register_stack_transformation(lambda one: recorder.after.update({one.name: one.opts.depends_on}))
        made = Monitoring("monitoring", MonitoringArgs(targets=targets, **arguments))
        names = pulumi.Output.all(made.dashboard_name, made.topic_arns, *made.alarm_names)
        return names.apply(lambda known: outputs.update(dashboard=known[0], topics=known[1], alarms=known[2:]))

    return deployed(program, recorder), outputs


RECORD_BUCKETS = [WATCHED.storage.buckets[name] for name, row in BUCKETS.items() if row.holds_records]


@pytest.fixture(scope="module")
def whole() -> tuple[Monitored, dict[str, Any]]:
    asyncio.set_event_loop(asyncio.new_event_loop())  # where outputs are made before a program runs
    # Names that are outputs, as of a program's own resources.
    targets: MonitoringTargets[Any] = WATCHED
    return run(replace(targets, key_arns=tuple(pulumi.Output.from_input(one) for one in WATCHED.key_arns)))


@pytest.fixture(scope="module")
def made(whole: tuple[Monitored, dict[str, Any]]) -> Monitored:
    return whole[0]


def test_every_record_is_an_alarm_of_the_stack(made: Monitored) -> None:
    records = stack_alarms(WATCHED, {})
    assert {one["name"] for one in made.all(ALARM)} == {f"strongroom-test-{one.full_name}" for one in records}
    assert {one["alarmName"] for one in made.all(COMPOSITE)} == {f"strongroom-test-{one.name}" for one in COMPOSITES}


def test_every_alarm_tells_the_topic_of_its_severity_and_of_a_state_also_that_it_is_over(made: Monitored) -> None:
    for record in stack_alarms(WATCHED, {}):
        alarm, topic = made.named(ALARM, record.full_name), [f"arn:aws:monitoring-{record.severity}"]
        assert alarm["alarmActions"] == topic
        assert alarm.get("okActions") == (None if record.is_event else topic)
        assert "actionsEnabled" not in alarm


def test_an_alarm_that_a_notification_failed_goes_to_the_other_topic(made: Monitored) -> None:
    for topic, other in (("page", "ticket"), ("ticket", "page")):
        alarm = made.named(ALARM, f"{topic}-notifications-failed")
        assert alarm["dimensions"] == {"TopicName": f"strongroom-test-{topic}"}
        assert alarm["alarmActions"] == [f"arn:aws:monitoring-{other}"]
        assert {one["name"] for one in made.all("aws:sns/topic:Topic")} >= {f"strongroom-test-{topic}"}


def test_a_filter_counts_from_nought_in_a_metric_that_its_own_alarm_watches(made: Monitored) -> None:
    records = {one.full_name: one for one in stack_alarms(WATCHED, {}) if isinstance(one.source, Filter)}
    assert len(made.all(FILTER)) == len(records) <= 100
    for name, record in records.items():
        log_filter, alarm = made.named(FILTER, name), made.named(ALARM, name)
        transformation = log_filter["metricTransformation"]
        assert (transformation["value"], transformation["defaultValue"]) == ("1", "0")
        assert "dimensions" not in transformation
        assert (transformation["namespace"], transformation["name"]) == (alarm["namespace"], alarm["metricName"])
        assert log_filter["logGroupName"] == record.source.group(WATCHED)  # type: ignore[union-attr]
        assert log_filter["pattern"] == record.source.pattern(WATCHED)  # type: ignore[union-attr]
        compile_pattern(log_filter["pattern"])


def test_metrics_of_filters_are_told_apart_by_stack(made: Monitored) -> None:
    assert {one["metricTransformation"]["namespace"] for one in made.all(FILTER)} == {"Strongroom/strongroom-test"}


def test_at_most_five_filters_of_a_log_group_have_a_regular_expression(made: Monitored) -> None:
    # Source: CloudWatch Logs quotas; they are counted by log group.
    assert sum("%" in one["pattern"] for one in made.all(FILTER)) <= 5


def test_the_composite_is_on_while_any_of_its_children_is_and_is_made_after_them(made: Monitored) -> None:
    (composite,) = made.all(COMPOSITE)
    children = [f"strongroom-test-{child}" for child in COMPOSITES[0].children]
    assert composite["alarmRule"] == " OR ".join(f'ALARM("{child}")' for child in children)
    assert len(made.after["monitoring-pipeline-unhealthy"]) == len(children)
    assert composite["alarmActions"] == ["arn:aws:monitoring-page"]


def test_children_of_the_composite_make_tickets_since_it_pages_for_all(made: Monitored) -> None:
    for child in COMPOSITES[0].children:
        assert made.named(ALARM, child)["alarmActions"] == ["arn:aws:monitoring-ticket"]


def test_a_threshold_that_is_a_part_of_a_setting_follows_it(made: Monitored) -> None:
    assert made.named(ALARM, "processor-duration")["threshold"] == 240_000  # 80 % of 300 seconds, in milliseconds
    assert made.named(ALARM, "processor-concurrency")["threshold"] == 10
    assert made.named(ALARM, "queue-backlog-age")["threshold"] == 2700


def test_a_threshold_is_overridden_by_the_alarms_name_and_in_its_unit() -> None:
    recorder, _ = run(WATCHED, thresholds={"processor-duration": 50, "read-volume": 7})
    assert recorder.named(ALARM, "processor-duration")["threshold"] == 150_000
    assert "50 % of the function's timeout" in recorder.named(ALARM, "processor-duration")["alarmDescription"]
    assert recorder.named(ALARM, "read-volume-role-analyst")["threshold"] == 7


def test_an_alarm_on_several_metrics_watches_one_expression_of_them(made: Monitored) -> None:
    queries = made.named(ALARM, "dynamodb-server-errors")["metricQueries"]
    assert [one["id"] for one in queries if one.get("returnData")] == ["watched"]
    named = [one["metric"]["dimensions"] for one in queries if "metric" in one]
    assert {tuple(sorted(one)) for one in named} == {("Operation", "TableName")}
    for query in queries[1:]:
        assert query["id"] in queries[0]["expression"]


def test_s3_counts_failures_only_under_the_filter_that_the_tier_makes(made: Monitored) -> None:
    metrics = sorted(made.all("aws:s3/bucketMetric:BucketMetric"), key=lambda one: RECORD_BUCKETS.index(one["bucket"]))
    assert {one["bucket"] for one in metrics} == set(RECORD_BUCKETS)
    queries = made.named(ALARM, "s3-server-errors")["metricQueries"][1:]
    wanted = [{"BucketName": one["bucket"], "FilterId": one["name"]} for one in metrics]
    assert [one["metric"]["dimensions"] for one in queries] == wanted


def test_what_a_stack_has_not_is_not_watched() -> None:
    bare = replace(
        WATCHED,
        trail=None,
        reconciler=None,
        attestor=None,
        network=replace(WATCHED.network, dns_log_group=None),
        storage=replace(WATCHED.storage, request_metrics=False),
    )
    recorder, _ = run(bare, saved_queries=False)
    assert recorder.all(FILTER) == []
    assert recorder.all("aws:s3/bucketMetric:BucketMetric") == []
    assert recorder.all("aws:cloudwatch/queryDefinition:QueryDefinition") == []
    names = {one["name"].removeprefix("strongroom-test-") for one in recorder.all(ALARM)}
    assert not names & {
        "reconciler-silent",
        "attestor-silent",
        "trail-silent",
        "dns-queries-blocked",
        "s3-server-errors",
    }
    (composite,) = recorder.all(COMPOSITE)
    assert "files-without-manifest" not in composite["alarmRule"]
    assert {one.removeprefix("strongroom-test-") for one in composite["alarmRule"].split('"')[1::2]} <= names


def test_the_queries_of_the_runbooks_are_kept_in_logs_insights(made: Monitored) -> None:
    saved = {one["name"]: one for one in made.all("aws:cloudwatch/queryDefinition:QueryDefinition")}
    records = {one.name: one.investigation for one in stack_alarms(WATCHED, {})}
    for name, investigation in records.items():
        assert (f"strongroom-test/{name}" in saved) is isinstance(investigation, Query)
    assert saved["strongroom-test/denied-reads"]["logGroupNames"] == ["/aws/cloudtrail/strongroom-test"]


def test_the_outputs_name_topics_alarms_and_dashboard(whole: tuple[Monitored, dict[str, Any]]) -> None:
    recorder, outputs = whole
    assert outputs["dashboard"] == "strongroom-test"
    assert outputs["topics"] == {"page": "arn:aws:monitoring-page", "ticket": "arn:aws:monitoring-ticket"}
    assert len(outputs["alarms"]) == len(recorder.all(ALARM)) + len(recorder.all(COMPOSITE))


def test_the_dashboard_is_one_screen_that_shows_every_alarm_and_what_it_watches(made: Monitored) -> None:
    (board,) = made.all("aws:cloudwatch/dashboard:Dashboard")
    widgets = json.loads(board["dashboardBody"])["widgets"]
    assert max(one["y"] + one["height"] for one in widgets) <= 18
    assert all(one["x"] + one["width"] <= 24 for one in widgets)
    assert {one["properties"]["title"] for one in widgets} == {
        "Alarms", "Files", "Records", "Waiting and lost files", "Rejects by field", "Errors and throttles", "Security",
        "What costs",
    }  # fmt: skip
    (status,) = [one for one in widgets if one["type"] == "alarm"]
    assert len(status["properties"]["alarms"]) == len(made.all(ALARM)) + len(made.all(COMPOSITE)) <= 100
    assert {one["properties"]["stat"] for one in widgets if one["type"] == "metric"} == {"Sum"}
    shown = [
        tuple(part for part in line if isinstance(part, str))
        for one in widgets
        for line in one["properties"].get("metrics", [])
    ]
    for alarm in made.all(ALARM):
        for metric in [alarm, *(one["metric"] for one in alarm.get("metricQueries", []) if "metric" in one)]:
            if "metricName" in metric:
                named = {part for pair in metric.get("dimensions", {}).items() for part in pair}
                assert {metric["namespace"], metric["metricName"], *named} in map(set, shown)


@contextmanager
def judged(recorder: Monitored) -> Iterator[list[Result]]:
    declared = []
    for one in recorder.made:
        urn = f"urn:pulumi:test::strongroom::{one.typ}::{one.name}"
        arn = {"arn": f"arn:aws:{one.name}"}
        declared.append(
            ResourceData(urn=urn, inputs=one.inputs, outputs={**one.inputs, **arn}, dependencies={}, managed=True)
        )
    rules = [rule for name, rule in RULES.items() if name.startswith(("alarm-", "metric-filter-"))]
    yield list(evaluate(Stack(declared, complete=True), Settings(), TODAY, rules).results)


def test_the_policy_pack_finds_no_fault(made: Monitored) -> None:
    with judged(made) as results:
        assert len(results) > 100
        assert [one for one in results if one.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)] == []


def test_no_component_asks_the_engine_for_names(made: Monitored) -> None:
    assert all(one["name"].startswith(CONTEXT.prefix) for one in made.all(ALARM))
