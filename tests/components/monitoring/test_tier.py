"""The monitoring tier under Pulumi's mocks: every record becomes an alarm that notifies a topic."""

import asyncio
import json
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
from tests.components.monitoring.material import CONTEXT, TARGETS
from tests.policy.support import TODAY
from tests.support.filters.pattern import compile_pattern
from tests.support.mocks import Recorder, deployed

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter"


class MonitoringRecorder(Recorder):
    def __init__(self) -> None:
        super().__init__()
        self.depends_on: dict[str, Any] = {}

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        identity, state = super().new_resource(args)
        return identity, {**state, "arn": f"arn:aws:{args.name}"}

    def all(self, token: str) -> list[dict[str, Any]]:
        """Return the inputs of all resources of a type."""
        return [resource.inputs for resource in self.of_type(token)]

    def named(self, token: str, name: str) -> dict[str, Any]:
        """Return the inputs of the resource of a type with a name in AWS, given without the prefix of the stack."""
        full_name = f"strongroom-test-{name}"
        (inputs,) = [inputs for inputs in self.all(token) if inputs.get("name", inputs.get("alarmName")) == full_name]
        return inputs


def deploy(targets: MonitoringTargets[Any], **changes: Any) -> tuple[MonitoringRecorder, dict[str, Any]]:
    """Deploy the monitoring tier alone; return its resources and its outputs."""
    recorder, outputs = MonitoringRecorder(), dict[str, Any]()
    arguments = {
        "key_arn": "arn:logs", "subscriptions": {"page": ["on-call@example.com"], "ticket": ["arn:aws:sqs:eu-central-1:1:t"]},
        "thresholds": {}, "saved_queries": True, **changes,
    }  # fmt: skip

    def program() -> Any:
        pulumi.runtime.register_stack_transformation(
            lambda args: recorder.depends_on.update({args.name: args.opts.depends_on})
        )
        tier = Monitoring("monitoring", MonitoringArgs(targets=targets, **arguments))
        values = pulumi.Output.all(tier.dashboard_name, tier.topic_arns, *tier.alarm_names)
        return values.apply(lambda known: outputs.update(dashboard=known[0], topics=known[1], alarms=known[2:]))

    return deployed(program, recorder), outputs


RECORD_BUCKETS = [TARGETS.storage.buckets[name] for name, row in BUCKETS.items() if row.holds_records]


@pytest.fixture(scope="module")
def deployment() -> tuple[MonitoringRecorder, dict[str, Any]]:
    asyncio.set_event_loop(asyncio.new_event_loop())  # the targets have outputs before the program runs
    # As in the program, some targets are outputs of resources.
    targets: MonitoringTargets[Any] = TARGETS
    return deploy(replace(targets, key_arns=tuple(pulumi.Output.from_input(arn) for arn in TARGETS.key_arns)))


@pytest.fixture(scope="module")
def recorder(deployment: tuple[MonitoringRecorder, dict[str, Any]]) -> MonitoringRecorder:
    return deployment[0]


def test_every_record_becomes_an_alarm(recorder: MonitoringRecorder) -> None:
    records = stack_alarms(TARGETS, {})
    assert {alarm["name"] for alarm in recorder.all(ALARM)} == {
        f"strongroom-test-{record.full_name}" for record in records
    }
    composites = {alarm["alarmName"] for alarm in recorder.all(COMPOSITE)}
    assert composites == {f"strongroom-test-{composite.name}" for composite in COMPOSITES}


def test_every_alarm_notifies_the_topic_of_its_severity_and_alarms_on_a_state_also_when_it_ends(
    recorder: MonitoringRecorder,
) -> None:
    for record in stack_alarms(TARGETS, {}):
        alarm, topic = recorder.named(ALARM, record.full_name), [f"arn:aws:monitoring-{record.severity}"]
        assert alarm["alarmActions"] == topic
        assert alarm.get("okActions") == (None if record.is_event else topic)
        assert "actionsEnabled" not in alarm


def test_an_alarm_that_a_notification_failed_goes_to_the_other_topic(recorder: MonitoringRecorder) -> None:
    for topic, backup in (("page", "ticket"), ("ticket", "page")):
        alarm = recorder.named(ALARM, f"{topic}-notifications-failed")
        assert alarm["dimensions"] == {"TopicName": f"strongroom-test-{topic}"}
        assert alarm["alarmActions"] == [f"arn:aws:monitoring-{backup}"]
        assert {resource["name"] for resource in recorder.all("aws:sns/topic:Topic")} >= {f"strongroom-test-{topic}"}


def test_a_filter_writes_a_metric_of_its_own_that_its_alarm_reads_and_that_costs_nothing_without_events(
    recorder: MonitoringRecorder,
) -> None:
    records = {alarm.full_name: alarm for alarm in stack_alarms(TARGETS, {}) if isinstance(alarm.source, Filter)}
    assert len(recorder.all(FILTER)) == len(records) <= 100
    for name, record in records.items():
        log_filter, alarm = recorder.named(FILTER, name), recorder.named(ALARM, name)
        transformation = log_filter["metricTransformation"]
        assert transformation["value"] == "1"
        assert not {"defaultValue", "dimensions"} & set(transformation)
        assert alarm["treatMissingData"] == "notBreaching"
        assert (transformation["namespace"], transformation["name"]) == (alarm["namespace"], alarm["metricName"])
        assert log_filter["logGroupName"] == record.source.group(TARGETS)  # type: ignore[union-attr]
        assert log_filter["pattern"] == record.source.pattern(TARGETS)  # type: ignore[union-attr]
        compile_pattern(log_filter["pattern"])


def test_the_metrics_of_filters_have_a_namespace_per_stack(recorder: MonitoringRecorder) -> None:
    namespaces = {log_filter["metricTransformation"]["namespace"] for log_filter in recorder.all(FILTER)}
    assert namespaces == {"Strongroom/strongroom-test"}


def test_at_most_five_filters_of_a_log_group_have_a_regular_expression(recorder: MonitoringRecorder) -> None:
    # Source: CloudWatch Logs quotas. The quota is per log group.
    assert sum("%" in log_filter["pattern"] for log_filter in recorder.all(FILTER)) <= 5


def test_the_composite_alarm_is_on_while_any_child_is_and_is_created_after_its_children(
    recorder: MonitoringRecorder,
) -> None:
    (composite,) = recorder.all(COMPOSITE)
    children = [f"strongroom-test-{child}" for child in COMPOSITES[0].children]
    assert composite["alarmRule"] == " OR ".join(f'ALARM("{child}")' for child in children)
    assert len(recorder.depends_on["monitoring-pipeline-unhealthy"]) == len(children)
    assert composite["alarmActions"] == ["arn:aws:monitoring-page"]


def test_children_of_the_composite_are_tickets_because_the_composite_pages(recorder: MonitoringRecorder) -> None:
    for child in COMPOSITES[0].children:
        assert recorder.named(ALARM, child)["alarmActions"] == ["arn:aws:monitoring-ticket"]


def test_a_threshold_that_is_a_share_of_a_setting_follows_the_setting(recorder: MonitoringRecorder) -> None:
    assert recorder.named(ALARM, "processor-duration")["threshold"] == 240_000  # 80 % of 300 seconds, in milliseconds
    assert recorder.named(ALARM, "processor-concurrency")["threshold"] == 10
    assert recorder.named(ALARM, "queue-backlog-age")["threshold"] == 2700


def test_a_setting_overrides_a_threshold_by_alarm_name_in_the_unit_of_the_alarm() -> None:
    recorder, _ = deploy(TARGETS, thresholds={"processor-duration": 50, "read-volume": 7})
    assert recorder.named(ALARM, "processor-duration")["threshold"] == 150_000
    assert "50 % of the function's timeout" in recorder.named(ALARM, "processor-duration")["alarmDescription"]
    assert recorder.named(ALARM, "read-volume-role-analyst")["threshold"] == 7


def test_an_alarm_on_several_metrics_evaluates_one_expression_of_them(recorder: MonitoringRecorder) -> None:
    queries = recorder.named(ALARM, "dynamodb-server-errors")["metricQueries"]
    assert [query["id"] for query in queries if query.get("returnData")] == ["watched"]
    dimensions = [query["metric"]["dimensions"] for query in queries if "metric" in query]
    assert {tuple(sorted(names)) for names in dimensions} == {("Operation", "TableName")}
    for query in queries[1:]:
        assert query["id"] in queries[0]["expression"]


def test_the_alarm_on_s3_errors_reads_the_request_metrics_that_the_tier_creates(recorder: MonitoringRecorder) -> None:
    metrics = sorted(
        recorder.all("aws:s3/bucketMetric:BucketMetric"), key=lambda metric: RECORD_BUCKETS.index(metric["bucket"])
    )
    assert {metric["bucket"] for metric in metrics} == set(RECORD_BUCKETS)
    queries = recorder.named(ALARM, "s3-server-errors")["metricQueries"][1:]
    expected = [{"BucketName": metric["bucket"], "FilterId": metric["name"]} for metric in metrics]
    assert [query["metric"]["dimensions"] for query in queries] == expected


def test_alarms_for_features_that_a_stack_does_not_use_are_omitted() -> None:
    minimal = replace(
        TARGETS,
        trail=None,
        reconciler=None,
        attestor=None,
        network=replace(TARGETS.network, dns_firewall=None),
        storage=replace(TARGETS.storage, request_metrics=False),
    )
    recorder, _ = deploy(minimal, saved_queries=False)
    assert recorder.all(FILTER) == []
    assert recorder.all("aws:s3/bucketMetric:BucketMetric") == []
    assert recorder.all("aws:cloudwatch/queryDefinition:QueryDefinition") == []
    names = {alarm["name"].removeprefix("strongroom-test-") for alarm in recorder.all(ALARM)}
    assert not names & {
        "reconciler-silent",
        "attestor-silent",
        "trail-silent",
        "dns-queries-blocked",
        "dns-firewall-changed-outside-deployment",
        "s3-server-errors",
    }
    (composite,) = recorder.all(COMPOSITE)
    assert "files-without-manifest" not in composite["alarmRule"]
    children = composite["alarmRule"].split('"')[1::2]
    assert {child.removeprefix("strongroom-test-") for child in children} <= names


def test_the_queries_of_the_runbooks_are_saved_in_logs_insights(recorder: MonitoringRecorder) -> None:
    saved = {query["name"]: query for query in recorder.all("aws:cloudwatch/queryDefinition:QueryDefinition")}
    investigations = {alarm.name: alarm.investigation for alarm in stack_alarms(TARGETS, {})}
    for name, investigation in investigations.items():
        assert (f"strongroom-test/{name}" in saved) is isinstance(investigation, Query)
    assert saved["strongroom-test/denied-reads"]["logGroupNames"] == ["/aws/cloudtrail/strongroom-test"]


def test_the_outputs_contain_topics_alarms_and_dashboard(deployment: tuple[MonitoringRecorder, dict[str, Any]]) -> None:
    recorder, outputs = deployment
    assert outputs["dashboard"] == "strongroom-test"
    assert outputs["topics"] == {"page": "arn:aws:monitoring-page", "ticket": "arn:aws:monitoring-ticket"}
    assert len(outputs["alarms"]) == len(recorder.all(ALARM)) + len(recorder.all(COMPOSITE))


def test_the_dashboard_fits_one_screen_and_shows_every_alarm_with_its_metrics(recorder: MonitoringRecorder) -> None:
    (board,) = recorder.all("aws:cloudwatch/dashboard:Dashboard")
    widgets = json.loads(board["dashboardBody"])["widgets"]
    assert max(widget["y"] + widget["height"] for widget in widgets) <= 18
    assert all(widget["x"] + widget["width"] <= 24 for widget in widgets)
    assert {widget["properties"]["title"] for widget in widgets} == {
        "Alarms", "Files", "Records", "Waiting and lost files", "Rejects by field", "Errors and throttles", "Security",
        "What costs",
    }  # fmt: skip
    (status,) = [widget for widget in widgets if widget["type"] == "alarm"]
    assert len(status["properties"]["alarms"]) == len(recorder.all(ALARM)) + len(recorder.all(COMPOSITE)) <= 100
    assert {widget["properties"]["stat"] for widget in widgets if widget["type"] == "metric"} == {"Sum"}
    shown = [
        tuple(part for part in line if isinstance(part, str))
        for widget in widgets
        for line in widget["properties"].get("metrics", [])
    ]
    for alarm in recorder.all(ALARM):
        for metric in [alarm, *(query["metric"] for query in alarm.get("metricQueries", []) if "metric" in query)]:
            if "metricName" in metric:
                dimensions = {part for pair in metric.get("dimensions", {}).items() for part in pair}
                assert {metric["namespace"], metric["metricName"], *dimensions} in map(set, shown)


def policy_results(recorder: MonitoringRecorder) -> list[Result]:
    """Evaluate the rules on alarms and metric filters."""
    resources = []
    for resource in recorder.resources:
        urn = f"urn:pulumi:test::strongroom::{resource.typ}::{resource.name}"
        arn = {"arn": f"arn:aws:{resource.name}"}
        outputs = {**resource.inputs, **arn}
        resources.append(ResourceData(urn=urn, inputs=resource.inputs, outputs=outputs, dependencies={}, managed=True))
    rules = [rule for name, rule in RULES.items() if name.startswith(("alarm-", "metric-filter-"))]
    return list(evaluate(Stack(resources, complete=True), Settings(), TODAY, rules).results)


def test_alarms_and_filters_pass_the_policy_pack(recorder: MonitoringRecorder) -> None:
    results = policy_results(recorder)
    assert len(results) > 100
    assert [result for result in results if result.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)] == []


def test_every_alarm_has_a_name_with_the_prefix_of_the_stack(recorder: MonitoringRecorder) -> None:
    assert all(alarm["name"].startswith(CONTEXT.prefix) for alarm in recorder.all(ALARM))
