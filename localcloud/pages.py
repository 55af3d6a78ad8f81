"""The pages that are rendered from data: rules, runbooks, and the controls with what serves them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from components.monitoring import runbooks
from components.monitoring.rendering import RUNBOOKS
from lambdas.attestor.controls import CONTROLS
from localcloud.paths import ROOT
from policy.catalogue import catalogue
from policy.rules import RULES

_INTRODUCTION = """\
# Controls

Rendered by `make docs` from `lambdas/attestor/controls/` and the rules of the policy pack. A control is attested on what is deployed, after every `up` and
every day; a [rule](rules.md) asks for the same before; an [alarm](runbooks/README.md) tells when somebody changes it in between.
[Compliance](compliance.md) says what all this is for.
"""
NOT_HERE = "about a type that this stack has none of"
_BEFORE = "judged before deployment alone: "
BY_RULES_ALONE: Mapping[str, str] = {
    "alarm-has-dimensions": _BEFORE + "an alarm's metric is no value that somebody would weaken unnoticed",
    "backup-vault-uses-customer-key": NOT_HERE,
    "configuration-holds-no-secret": _BEFORE + "what is deployed shows no secret as one",
    "database-is-backed-up": NOT_HERE,
    "database-uses-customer-key": NOT_HERE,
    "file-system-uses-customer-key": NOT_HERE,
    "function-has-dead-letters": _BEFORE + "messages that fail are the queue's matter, which is attested",
    "function-has-log-group": _BEFORE + "the log groups themselves are attested",
    "function-is-not-public": NOT_HERE,
    "function-is-traced": _BEFORE + "traces are no evidence",
    "mapping-reports-partial-failures": _BEFORE + "it is about how the code is called",
    "nothing-has-public-address": _BEFORE + "an address reaches nobody without a gateway, and those are attested",
    "queue-outlasts-its-function": _BEFORE + "it is about two timeouts that fit together",
    "resource-is-tagged": _BEFORE + "tags are for those who look, and guard nothing",
    "secret-uses-customer-key": NOT_HERE,
    "security-group-is-closed": _BEFORE + "the routes, the default group and the endpoints' policies are attested",
    "security-group-is-described": _BEFORE + "a description guards nothing",
    "stateful-resource-is-protected": _BEFORE + "it is an option of the engine, which AWS does not know",
    "stream-uses-customer-key": NOT_HERE,
    "trail-covers-all-regions": _BEFORE + "a change of the trail raises an alarm",
    "user-has-no-inline-policy": NOT_HERE,
    "volume-uses-customer-key": NOT_HERE,
}
"""The rules that no control repeats, with the reason."""


def controls() -> str:
    """Return the page of controls."""
    return "\n".join([_INTRODUCTION, *_by_control(), "", *_by_requirement(), "", *_by_rules_alone()]) + "\n"


def _by_control() -> Iterator[str]:
    yield "## By control"
    yield ""
    yield "| control | requires | rules | alarms | serves |"
    yield "|---|---|---|---|---|"
    for one in CONTROLS:
        rules = ", ".join(map(_rule, one.rules)) or one.no_rule
        alarms = ", ".join(f"[{name}](runbooks/{name}.md)" for name in one.alarms)
        yield f"| `{one.id}` | {one.requirement} | {rules} | {alarms} | {', '.join(one.references)} |"


def _by_requirement() -> Iterator[str]:
    yield "## By requirement"
    yield ""
    yield "| requirement | controls | rules |"
    yield "|---|---|---|"
    served = {reference for one in CONTROLS for reference in one.references}
    served |= {reference for rule in RULES.values() for reference in rule.controls}
    for requirement in sorted(served):
        attested = ", ".join(f"`{one.id}`" for one in CONTROLS if requirement in one.references)
        judged = ", ".join(_rule(name) for name, rule in RULES.items() if requirement in rule.controls)
        yield f"| {requirement} | {attested or 'none'} | {judged or 'none'} |"


def _by_rules_alone() -> Iterator[str]:
    yield "## Rules that no control repeats"
    yield ""
    yield "| rule | why |"
    yield "|---|---|"
    for name, reason in BY_RULES_ALONE.items():
        yield f"| {_rule(name)} | {reason} |"


def _rule(name: str) -> str:
    return f"[{name}](rules.md#{name})"


def write(docs: Path = ROOT / "docs") -> None:
    """Write all rendered pages."""
    (docs / "rules.md").write_text(catalogue(), encoding="utf-8")
    (docs / "controls.md").write_text(controls(), encoding="utf-8")
    runbooks.write(ROOT / RUNBOOKS)
