"""The catalogue of rules as a Markdown page, `docs/rules.md`, rendered from the rules."""

import json
from collections.abc import Iterator

from policy.model import Rule
from policy.rules import FAMILIES, RULES

_INTRODUCTION = """\
# The rules

Rendered by `python -m policy rules`. To change a rule, edit its module in `policy/rules/`.
[policy/README.md](../policy/README.md) explains verdicts, settings and waivers.
"""


def catalogue() -> str:
    """Return the page."""
    return "\n".join([_INTRODUCTION, *_lines()]) + "\n"


def _lines() -> Iterator[str]:
    yield "| family | rules |"
    yield "|---|---|"
    families = {family.__name__.rpartition(".")[2]: family for family in FAMILIES}
    for name in families:
        yield f"| [{name}](#{name}) | {', '.join(f'[{rule.name}](#{rule.name})' for rule in _rules_of(name))} |"
    for name, family in families.items():
        yield f"\n## {name}\n\n{' '.join((family.__doc__ or '').split())}"
        for rule in _rules_of(name):
            yield from _section(rule)


def _rules_of(family: str) -> list[Rule]:
    return [rule for rule in RULES.values() if rule.family == family]


def _section(rule: Rule) -> Iterator[str]:
    yield f"\n### {rule.name}\n\n{rule.description}"
    if rule.reason:
        yield f"\n{rule.reason}"
    yield f"\n- Severity: {rule.severity}"
    yield f"- Remedy: {rule.remedy}"
    yield f"- Controls: {', '.join(rule.controls)}"
    yield f"- Applies to: {', '.join(f'`{kind}`' for kind in rule.on)}"
    yield f"- Evaluated in the engine: {'with the whole stack' if rule.whole_stack else 'before the resource is created'}"
    for name, parameter in rule.parameters.items():
        yield f"- Parameter `{name}`: {parameter.schema['description']}; default `{json.dumps(parameter.default)}`"
