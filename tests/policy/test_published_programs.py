"""Whole programs that others have published: what the pack finds in them, and nothing that a reviewer would call false."""

from collections import defaultdict

import pytest

from policy.evaluation import Verdict, evaluate
from policy.model import Stack
from policy.rules import RULES
from policy.settings import Settings
from tests.policy.programs import PROGRAMS, Program
from tests.policy.support import TODAY

# Which tags a firm requires, no other firm's program can know.
FOREIGN = [one for one in RULES.values() if one.name != "resource-is-tagged"]


def said(stack: Stack, *verdicts: Verdict) -> dict[str, list[str]]:
    """Resources by rule, in the order of their names."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in evaluate(stack, Settings(), TODAY, FOREIGN).of(*verdicts):
        if one.resource is not None:
            found[one.rule.name].append(one.resource.name)
    return {rule: sorted(names) for rule, names in found.items()}


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda one: one.name)
def test_in_the_state_of_a_published_program_these_are_the_findings_and_no_others(program: Program) -> None:
    assert said(program.deployed(), Verdict.FAIL) == program.findings


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda one: one.name)
def test_its_preview_finds_nothing_else_and_says_of_the_rest_that_it_cannot_know(program: Program) -> None:
    found, undecided = (said(program.previewed(), one) for one in (Verdict.FAIL, Verdict.UNKNOWN))
    for rule, names in found.items():
        assert set(names) <= set(program.findings.get(rule, [])), rule
    for rule, names in program.findings.items():
        assert set(names) <= {*found.get(rule, []), *undecided.get(rule, [])}, rule
