"""Controls, rules, alarms and the pages that speak of them know each other by name."""

import re
from pathlib import Path

import pytest

from cli.rendered_docs import PREVENTIVE, REQUIREMENTS, TYPES, controls, rules_without_control, with_bucket_table
from components.data.buckets import BUCKETS
from components.monitoring.catalogue import COMPOSITES, all_alarms
from components.principals import Principals
from lambdas.attestor.controls import BY_ID, CONTROLS, KINDS, Control
from policy.rules import RULES

DOCS = Path(__file__).parents[2] / "docs"
ALARMS = {record.name for record in (*all_alarms(Principals()), *COMPOSITES)}
REFERENCE = re.compile(
    r"PCI-DSS-4\.0\.1:\d+(\.\d+){1,3}|NIST-800-53r5:[A-Z]{2}-\d+(\(\d+\))?|SEC-17a-4:(\([a-z]+\))+(\([ivx]+\)|\(\d\)|\([A-Z]\))*"
    r"|CIS-AWS-[\d.]+:\d+(\.\d+)*"
)


def test_the_page_of_controls_is_what_the_controls_render() -> None:
    assert (DOCS / "controls.md").read_text() == controls(), "`make docs` writes it"


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.id)
def test_a_control_names_existing_rules_and_alarms(control: Control) -> None:
    assert set(control.rules) <= set(RULES)
    assert control.alarms
    assert set(control.alarms) <= ALARMS
    assert control.references


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.id)
def test_a_control_names_a_rule_or_says_why_there_is_none(control: Control) -> None:
    assert bool(control.rules) != bool(control.no_rule), f"{control.id}: give it rules or no_rule"


def test_every_rule_has_a_control_or_a_reason_to_have_none() -> None:
    reasons = rules_without_control()
    assert [name for name, reason in reasons.items() if not reason] == []
    assert set(PREVENTIVE) <= set(reasons), "a rule with a control needs no reason"


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.id)
def test_a_control_names_rules_that_judge_what_it_is_about(control: Control) -> None:
    for name in control.rules:
        assert set(RULES[name].on) & set(TYPES[control.kind]), f"{name} judges no {control.kind}"


def test_the_compliance_page_has_the_table_of_buckets() -> None:
    page = (DOCS / "compliance.md").read_text("utf-8")
    assert page == with_bucket_table(page), "`make docs` writes it"
    assert all(f"| {bucket} | {row.content} |" in page for bucket, row in BUCKETS.items())


def test_every_requirement_is_written_as_its_framework_writes_it() -> None:
    references = {reference for control in CONTROLS for reference in control.references}
    references |= {reference for rule in RULES.values() for reference in rule.controls}
    assert {reference for reference in references if not REFERENCE.fullmatch(reference)} == set()
    assert references == set(REQUIREMENTS), "cli/requirements.yaml says what each of them asks for, and of no other"


@pytest.mark.parametrize("page", ["compliance.md", "operations.md", "architecture.md"])
def test_a_page_names_no_control_and_no_rule_that_there_is_not(page: str) -> None:
    # What looks like one: words joined by dashes, of which the first is a kind of thing that controls and rules are about.
    kinds = "|".join(sorted({name.split("-")[0] for name in (*BY_ID, *RULES)}))
    named = set(re.findall(rf"`((?:{kinds})(?:-[a-z0-9]+)+)`", (DOCS / page).read_text()))
    assert named <= set(BY_ID) | set(RULES) | ALARMS


def test_the_compliance_page_names_controls_of_what_it_says_is_kept_and_leads_to_all_others() -> None:
    text = (DOCS / "compliance.md").read_text()
    assert "(controls.md)" in text
    named = {control for control in BY_ID if f"`{control}`" in text}
    assert {"s3-object-lock", "s3-lifecycle", "logs-retention", "kms-rotation"} <= named


def test_every_kind_of_resource_has_a_control() -> None:
    assert all(KINDS.values())
