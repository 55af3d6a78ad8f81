"""Controls, rules, alarms and the pages that speak of them know each other by name."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from cli.rendered_docs import BY_RULES_ALONE, NOT_HERE, controls
from components.monitoring.catalogue import COMPOSITES, all_alarms
from components.principals import Principals
from lambdas.attestor.controls import BY_ID, CONTROLS, KINDS, Control
from policy.rules import RULES

DOCS = Path(__file__).parents[2] / "docs"
ALARMS = {one.name for one in (*all_alarms(Principals()), *COMPOSITES)}
SUBJECTS = {
    "bucket": ("aws:s3/bucket:Bucket", "aws:s3/bucketOwnershipControls:BucketOwnershipControls"),
    "key": ("aws:kms/key:Key",),
    "table": ("aws:dynamodb/table:Table",),
    "queue": ("aws:sqs/queue:Queue",),
    "topic": ("aws:sns/topic:Topic",),
    "log-group": ("aws:cloudwatch/logGroup:LogGroup",),
    "alarm": ("aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/logMetricFilter:LogMetricFilter"),
    "function": ("aws:lambda/function:Function",),
    "role": ("aws:iam/role:Role",),
    "vpc": ("aws:ec2/vpc:Vpc", "aws:ec2/routeTable:RouteTable"),
    "endpoint": ("aws:ec2/vpcEndpoint:VpcEndpoint",),
    "trail": ("aws:cloudtrail/trail:Trail", "aws:s3/bucket:Bucket"),
}
"""Types that rules judge, by the kind of resource that a control is about; of a trail also the buckets that it covers."""
REFERENCE = re.compile(
    r"PCI-DSS-4\.0:\d+(\.\d+){1,3}|NIST-800-53r5:[A-Z]{2}-\d+(\(\d+\))?|SEC-17a-4:(\([a-z]+\))+(\([ivx]+\)|\(\d\)|\([A-Z]\))*"
    r"|CIS-AWS-[\d.]+:\d+(\.\d+)*"
)


def test_the_page_of_controls_is_what_the_data_render() -> None:
    assert (DOCS / "controls.md").read_text() == controls(), "`make docs` writes it"


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.id)
def test_a_control_names_rules_and_alarms_that_there_are(control: object) -> None:
    one = BY_ID[control.id]  # type: ignore[attr-defined]
    assert set(one.rules) <= set(RULES)
    assert one.alarms
    assert set(one.alarms) <= ALARMS
    assert one.references


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.id)
def test_a_control_names_a_rule_or_says_why_there_is_none(control: Control) -> None:
    assert bool(control.rules) != bool(control.no_rule), f"{control.id}: give it rules or no_rule"


def test_every_rule_is_repeated_by_a_control_or_has_a_reason_not_to_be() -> None:
    repeated = {rule for one in CONTROLS for rule in one.rules}
    assert repeated | set(BY_RULES_ALONE) == set(RULES)
    assert repeated & set(BY_RULES_ALONE) == set()


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.id)
def test_a_control_names_rules_that_judge_what_it_is_about(control: Control) -> None:
    for name in control.rules:
        assert set(RULES[name].on) & set(SUBJECTS[control.kind]), f"{name} judges no {control.kind}"


def test_a_rule_about_what_this_stack_has_is_not_said_to_be_about_what_it_has_none_of() -> None:
    sources = "".join(file.read_text() for file in (DOCS.parent / "components").rglob("*.py"))
    used = re.findall(r"\baws\.(\w+)\.([A-Z]\w+)\(", sources)
    types = {getattr(import_module(f"pulumi_aws.{module}"), name).pulumi_type for module, name in used}
    assert "aws:dynamodb/table:Table" in types
    elsewhere = {name for name, reason in BY_RULES_ALONE.items() if reason == NOT_HERE}
    assert {name for name in elsewhere if types & set(RULES[name].on)} == set()


def test_every_requirement_is_written_as_its_framework_writes_it() -> None:
    references = {one for control in CONTROLS for one in control.references}
    references |= {one for rule in RULES.values() for one in rule.controls}
    assert {one for one in references if not REFERENCE.fullmatch(one)} == set()


@pytest.mark.parametrize("page", ["compliance.md", "operations.md", "architecture.md"])
def test_a_page_names_no_control_and_no_rule_that_there_is_not(page: str) -> None:
    # What looks like one: words joined by dashes, of which the first is a kind of thing that controls and rules are about.
    kinds = "|".join(sorted({name.split("-")[0] for name in (*BY_ID, *RULES)}))
    named = set(re.findall(rf"`((?:{kinds})(?:-[a-z0-9]+)+)`", (DOCS / page).read_text()))
    assert named <= set(BY_ID) | set(RULES) | ALARMS


def test_the_compliance_page_names_controls_of_what_it_says_is_kept_and_leads_to_all_others() -> None:
    text = (DOCS / "compliance.md").read_text()
    assert "(controls.md)" in text
    named = {one for one in BY_ID if f"`{one}`" in text}
    assert {"s3-object-lock", "s3-lifecycle", "logs-retention", "kms-rotation"} <= named


def test_every_kind_of_resource_has_a_control() -> None:
    assert all(KINDS.values())
