"""Whole programs, this one and others that are published: the pack finds their faults and nothing else."""

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
# Another firm's program cannot know which tags this pack requires.
FOREIGN = [rule for rule in RULES.values() if rule.name != "resource-is-tagged"]


def said(stack: Stack, *verdicts: Verdict) -> dict[str, list[str]]:
    """Return the names of resources by rule, sorted."""
    found: dict[str, list[str]] = defaultdict(list)
    for result in evaluate(stack, Settings(), TODAY, FOREIGN).with_verdict(*verdicts):
        if result.resource is not None:
            found[result.rule.name].append(result.resource.name)
    return {rule: sorted(names) for rule, names in found.items()}


@pytest.mark.parametrize("program", ALL, ids=lambda program: program.name)
def test_the_state_of_a_program_has_exactly_the_expected_findings(program: Program) -> None:
    assert said(program.deployed(), Verdict.FAIL) == program.findings


@pytest.mark.parametrize("program", ALL, ids=lambda program: program.name)
def test_the_preview_of_a_program_has_no_other_findings_and_is_undecided_about_the_missing_ones(
    program: Program,
) -> None:
    found, undecided = (said(program.previewed(), verdict) for verdict in (Verdict.FAIL, Verdict.UNKNOWN))
    for rule, names in found.items():
        assert set(names) <= set(program.findings.get(rule, [])), rule
    for rule, names in program.findings.items():
        assert set(names) <= {*found.get(rule, []), *undecided.get(rule, [])}, rule
