"""Applies the rules to a stack. All verdicts come from here, whatever the source of the stack."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from policy.model import Finding, Level, NotApplicable, Resource, Rule, Stack
from policy.rules import RULES
from policy.settings import Settings
from policy.waivers import Note, Waiver, waiver_notes


class Verdict(StrEnum):
    """The verdict of a rule on a resource."""

    PASS = "pass"  # noqa: S105 (no password)
    FAIL = "fail"
    WAIVED = "waived"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, kw_only=True)
class Result:
    """The verdict of one rule on one resource, and the reasons for it.

    Attributes
    ----------
    resource
        None where the stack has no resource that the rule applies to.
    messages
        The findings, each a predicate that completes a sentence about the resource.
    unknown
        Paths of the values that are not known yet. There may be findings as well.
    waiver
        The valid waiver of the findings.
    reason
        Why the rule does not apply.
    """

    rule: Rule
    level: Level
    verdict: Verdict
    resource: Resource | None = None
    messages: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    waiver: Waiver | None = None
    reason: str = ""


@dataclass(frozen=True)
class Report:
    """All results for a stack, and notes on its settings and completeness."""

    stack: str | None
    results: tuple[Result, ...]
    notes: tuple[Note, ...]

    @property
    def failed(self) -> bool:
        """Whether a mandatory rule fails."""
        return any(result.level is Level.MANDATORY for result in self.with_verdict(Verdict.FAIL))

    def with_verdict(self, *verdicts: Verdict) -> list[Result]:
        """Return the results with some verdicts."""
        return [result for result in self.results if result.verdict in verdicts]


def evaluate(stack: Stack, settings: Settings, today: date, rules: Iterable[Rule] | None = None) -> Report:
    """Return the report on a stack.

    Parameters
    ----------
    today
        The date that decides whether a waiver has expired.
    rules
        The rules to apply; all of them by default.
    """
    results = [
        result
        for rule in (RULES.values() if rules is None else rules)
        for result in _results(rule, stack, settings, today)
    ]
    return Report(stack.name, tuple(results), tuple(_notes(stack, results, settings, today)))


def _results(rule: Rule, stack: Stack, settings: Settings, today: date) -> list[Result]:
    types = filter(rule.applies_to, stack.types)
    resources = [resource for resource in stack.of_type(*types) if resource.data.managed]
    if not resources:
        reason = f"no managed resource of type {' or '.join(rule.on)}"
        return [Result(rule=rule, level=settings.level(rule), verdict=Verdict.NOT_APPLICABLE, reason=reason)]
    return [evaluate_rule(rule, resource, settings, today) for resource in resources]


def evaluate_rule(rule: Rule, resource: Resource, settings: Settings, today: date) -> Result:
    """Return the result of one rule on one resource."""
    level = settings.level(rule)
    try:
        outcomes = list(dict.fromkeys(rule.outcomes(resource, settings.parameters.get(rule.name, {}))))
    except NotApplicable as reason:
        return Result(rule=rule, level=level, verdict=Verdict.NOT_APPLICABLE, resource=resource, reason=str(reason))
    messages = tuple(outcome.message for outcome in outcomes if isinstance(outcome, Finding))
    unknown = tuple(outcome.path for outcome in outcomes if not isinstance(outcome, Finding))
    waiver = settings.waiver(rule, resource, today) if messages else None
    verdict = Verdict.UNKNOWN if unknown else Verdict.PASS
    if messages:
        verdict = Verdict.WAIVED if waiver else Verdict.FAIL
    return Result(
        rule=rule, level=level, verdict=verdict, resource=resource, messages=messages, unknown=unknown, waiver=waiver
    )


def _notes(stack: Stack, results: Collection[Result], settings: Settings, today: date) -> list[Note]:
    notes = []
    if not stack.complete:
        notes.append(Note("incomplete", "the preview leaves out unchanged resources; run it with --show-sames"))
    used = {id(result.waiver) for result in results if result.waiver}
    # Where a rule could not decide, its waiver may still be needed.
    undecided = {(result.rule.name, result.resource.urn) for result in results if result.resource and result.unknown}
    for waiver in settings.waivers:
        may_be_needed = any(waiver.rule == name and waiver.covers(urn) for name, urn in undecided)
        notes += waiver_notes(waiver, today, needed=id(waiver) in used or may_be_needed)
    return [*settings.notes, *notes]
