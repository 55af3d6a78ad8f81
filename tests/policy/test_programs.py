"""Whole programs, published by others and this one: what the pack finds in them, and nothing that is no fault of theirs."""

from collections import defaultdict
from pathlib import Path

import pytest

from policy.evaluation import Verdict, evaluate
from policy.model import Stack
from policy.rules import RULES
from policy.settings import Settings
from tests.policy.programs import PROGRAMS, Program, program
from tests.policy.support import TODAY

ALL = [*PROGRAMS, program(Path(__file__).with_name("strongroom.yaml"))]
# Which tags a firm requires, no other firm's program can know.
FOREIGN = [one for one in RULES.values() if one.name != "resource-is-tagged"]


def said(stack: Stack, *verdicts: Verdict) -> dict[str, list[str]]:
    """Resources by rule, in the order of their names."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in evaluate(stack, Settings(), TODAY, FOREIGN).with_verdict(*verdicts):
        if one.resource is not None:
            found[one.rule.name].append(one.resource.name)
    return {rule: sorted(names) for rule, names in found.items()}


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_in_the_state_of_a_program_these_are_the_findings_and_no_others(one: Program) -> None:
    assert said(one.deployed(), Verdict.FAIL) == one.findings


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_its_preview_finds_nothing_else_and_says_of_the_rest_that_it_cannot_know(one: Program) -> None:
    found, undecided = (said(one.previewed(), verdict) for verdict in (Verdict.FAIL, Verdict.UNKNOWN))
    for rule, names in found.items():
        assert set(names) <= set(one.findings.get(rule, [])), rule
    for rule, names in one.findings.items():
        assert set(names) <= {*found.get(rule, []), *undecided.get(rule, [])}, rule
