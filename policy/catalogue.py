"""The catalogue of rules as a Markdown page, rendered from the rules themselves: `docs/rules.md`."""

import json
from collections.abc import Iterator

from policy.model import Rule
from policy.rules import FAMILIES, RULES

_INTRODUCTION = """\
# The rules

Rendered by `python -m policy rules`; a rule's own file in `policy/rules/` is where it is changed. How rules are judged,
configured and waived stands in [policy/README.md](../policy/README.md).
"""


def catalogue() -> str:
    """Return the page."""
    return "\n".join([_INTRODUCTION, *_lines()]) + "\n"


def _lines() -> Iterator[str]:
    yield "| family | rules |"
    yield "|---|---|"
    families = {family.__name__.rpartition(".")[2]: family for family in FAMILIES}
    for name in families:
        yield f"| [{name}](#{name}) | {', '.join(f'[{one.name}](#{one.name})' for one in _of(name))} |"
    for name, family in families.items():
        yield f"\n## {name}\n\n{' '.join((family.__doc__ or '').split())}"
        for one in _of(name):
            yield from _rule(one)


def _of(family: str) -> list[Rule]:
    return [one for one in RULES.values() if one.family == family]


def _rule(rule: Rule) -> Iterator[str]:
    yield f"\n### {rule.name}\n\n{rule.description}"
    if rule.reason:
        yield f"\n{rule.reason}"
    yield f"\n- Severity: {rule.severity}"
    yield f"- Remedy: {rule.remedy}"
    yield f"- Controls: {', '.join(rule.controls)}"
    yield f"- Judges: {', '.join(f'`{kind}`' for kind in rule.on)}"
    yield f"- In the engine: {'on the whole stack' if rule.whole_stack else 'before the resource is made'}"
    for name, one in rule.parameters.items():
        yield f"- Parameter `{name}`: {one.schema['description']}; default `{json.dumps(one.default)}`"
