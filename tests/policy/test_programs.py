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
FOREIGN = [rule for rule in RULES.values() if rule.name != "resource-is-tagged"]


def said(stack: Stack, *verdicts: Verdict) -> dict[str, list[str]]:
    """Resources by rule, in the order of their names."""
    found: dict[str, list[str]] = defaultdict(list)
    for result in evaluate(stack, Settings(), TODAY, FOREIGN).with_verdict(*verdicts):
        if result.resource is not None:
            found[result.rule.name].append(result.resource.name)
    return {rule: sorted(names) for rule, names in found.items()}


@pytest.mark.parametrize("program", ALL, ids=lambda program: program.name)
def test_in_the_state_of_a_program_these_are_the_findings_and_no_others(program: Program) -> None:
    assert said(program.deployed(), Verdict.FAIL) == program.findings


@pytest.mark.parametrize("program", ALL, ids=lambda program: program.name)
def test_its_preview_finds_nothing_else_and_says_of_the_rest_that_it_cannot_know(program: Program) -> None:
    found, undecided = (said(program.previewed(), verdict) for verdict in (Verdict.FAIL, Verdict.UNKNOWN))
    for rule, names in found.items():
        assert set(names) <= set(program.findings.get(rule, [])), rule
    for rule, names in program.findings.items():
        assert set(names) <= {*found.get(rule, []), *undecided.get(rule, [])}, rule
