"""Applies the rules to resources: the one place where verdicts are made, whichever door the resources came through."""

from collections.abc import Iterable, Iterator
from datetime import date

from policy.model import RULES, Finding, Level, Resource, Rule, Stack, Undecided, Verdict
from policy.settings import PackConfig, Waiver


def evaluate(stack: Stack, config: PackConfig, today: date) -> list[Finding]:
    """Return the verdict of every rule on every resource that it applies to, waivers counted in.

    A failure and an unknown may stand side by side: what is known to be wrong is said whatever else is not known.
    """
    findings: list[Finding] = []
    for rule in RULES.values():
        for resource in stack.resources:
            if rule.applies(resource.type):
                findings += _judge(rule, resource, stack, config, today)
    return findings


def _judge(rule: Rule, resource: Resource, stack: Stack, config: PackConfig, today: date) -> Iterator[Finding]:
    level = config.level(rule.name)
    messages: list[str] = []
    undecided = ""
    try:
        # One by one: what was found before an unknown value counts.
        for message in rule.check(resource, stack, config.parameters):
            messages.append(message)  # noqa: PERF402
    except Undecided as reason:
        undecided = reason.path
    waiver = _waiver(config.waivers, rule, resource)
    for message in dict.fromkeys(messages):
        yield _failure(rule, resource, level, message, waiver, today)
    if undecided:
        yield Finding(rule, resource, Verdict.UNKNOWN, level, f"cannot be decided: {undecided} is not known yet")
    elif not messages:
        yield Finding(rule, resource, Verdict.PASS, level)


def _failure(rule: Rule, resource: Resource, level: Level, message: str, waiver: Waiver | None, today: date) -> Finding:
    if waiver is None:
        return Finding(rule, resource, Verdict.FAIL, level, message)
    if not waiver.holds(today):
        note = f"its waiver by {waiver.owner} expired on {waiver.expires.isoformat()}"
        return Finding(rule, resource, Verdict.FAIL, level, message, note)
    note = f"waived by {waiver.owner} until {waiver.expires.isoformat()}: {waiver.reason}"
    if waiver.ends_soon(today):
        note += " (ends within thirty days)"
    return Finding(rule, resource, Verdict.WAIVED, level, message, note)


def _waiver(waivers: Iterable[Waiver], rule: Rule, resource: Resource) -> Waiver | None:
    return next(
        (one for one in waivers if one.rule == rule.name and one.resource == f"{resource.type}::{resource.name}"), None
    )


def unused(findings: Iterable[Finding], config: PackConfig) -> list[Waiver]:
    """Return the waivers that nothing needed."""
    used = {(one.rule.name, f"{one.resource.type}::{one.resource.name}") for one in findings if one.note}
    return [waiver for waiver in config.waivers if (waiver.rule, waiver.resource) not in used]
