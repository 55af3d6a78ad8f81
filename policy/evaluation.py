"""Applies the rules to a stack: the one place where verdicts are made, whichever way the resources came."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from policy.model import Finding, Level, NotApplicable, Resource, Rule, Stack
from policy.rules import RULES
from policy.settings import Settings
from policy.waivers import Note, Waiver, attention


class Verdict(StrEnum):
    """What a rule says of a resource."""

    PASS = "pass"  # noqa: S105 (no password)
    FAIL = "fail"
    WAIVED = "waived"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one rule says of one resource.

    Attributes
    ----------
    resource
        None where the stack has nothing that the rule judges.
    messages
        What is wrong, each a predicate of the resource.
    unknown
        Paths of the values that are not known yet; beside findings too, which they never hide.
    waiver
        The waiver that holds for the findings.
    reason
        Why the rule is not applicable.
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
    """All results for a stack, and what its waivers need said about them."""

    stack: str | None
    results: tuple[Result, ...]
    notes: tuple[Note, ...]

    @property
    def failed(self) -> bool:
        """Whether a mandatory rule fails."""
        return any(one.verdict is Verdict.FAIL and one.level is Level.MANDATORY for one in self.results)

    def of(self, *verdicts: Verdict) -> list[Result]:
        """Return the results with some verdicts."""
        return [one for one in self.results if one.verdict in verdicts]


def evaluate(stack: Stack, settings: Settings, today: date, rules: Iterable[Rule] | None = None) -> Report:
    """Judge a stack.

    Parameters
    ----------
    today
        The day on which waivers are looked at.
    rules
        The rules to apply, all by default.
    """
    results = [
        one for rule in (RULES.values() if rules is None else rules) for one in _results(rule, stack, settings, today)
    ]
    return Report(stack.name, tuple(results), tuple(_notes(stack, results, settings, today)))


def _results(rule: Rule, stack: Stack, settings: Settings, today: date) -> list[Result]:
    found = [one for one in stack.of(*filter(rule.judges, stack.types)) if one.declared.managed]
    if not found:
        reason = f"no managed resource of type {' or '.join(rule.on)}"
        return [Result(rule=rule, level=settings.level(rule), verdict=Verdict.NOT_APPLICABLE, reason=reason)]
    return [judge(rule, one, settings, today) for one in found]


def judge(rule: Rule, resource: Resource, settings: Settings, today: date) -> Result:
    """Judge one resource by one rule."""
    level = settings.level(rule)
    try:
        outcomes = list(dict.fromkeys(rule.outcomes(resource, settings.parameters.get(rule.name, {}))))
    except NotApplicable as reason:
        return Result(rule=rule, level=level, verdict=Verdict.NOT_APPLICABLE, resource=resource, reason=str(reason))
    messages = tuple(one.message for one in outcomes if isinstance(one, Finding))
    unknown = tuple(one.path for one in outcomes if not isinstance(one, Finding))
    waiver = settings.waiver(rule, resource, today) if messages else None
    judgement = Verdict.UNKNOWN if unknown else Verdict.PASS
    if messages:
        judgement = Verdict.WAIVED if waiver else Verdict.FAIL
    return Result(
        rule=rule, level=level, verdict=judgement, resource=resource, messages=messages, unknown=unknown, waiver=waiver
    )


def _notes(stack: Stack, results: Collection[Result], settings: Settings, today: date) -> list[Note]:
    """Return what a reader should know beside the results."""
    notes = []
    if not stack.complete:
        notes.append(Note("incomplete", "the preview leaves unchanged resources out; run it with --show-sames"))
    used = {id(one.waiver) for one in results if one.waiver}
    # Whether a waiver is needed is not known where its rule could not decide.
    pending = {(one.rule.name, one.resource.urn) for one in results if one.resource and one.unknown}
    for waiver in settings.waivers:
        needed = id(waiver) in used
        open_ = any(waiver.rule == name and waiver.names(urn) for name, urn in pending)
        notes += attention(waiver, today, needed=needed or open_)
    return [*settings.notes, *notes]
