"""Findings as text and as JSON."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from policy.model import Finding, Verdict
from policy.settings import Waiver

_COLOURS = {Verdict.FAIL: "\033[31m", Verdict.UNKNOWN: "\033[33m", Verdict.WAIVED: "\033[36m"}


def text(findings: Sequence[Finding], unused: Sequence[Waiver], *, colour: bool) -> str:
    """Return what is not in order, and how many verdicts of each kind there are."""
    lines = []
    for one in findings:
        if one.verdict not in _COLOURS:
            continue
        word = one.verdict.value.upper()
        painted = f"{_COLOURS[one.verdict]}{word}\033[0m" if colour else word
        lines.append(
            f"{painted} {one.level.value} {one.rule.name}: {one.resource.type} {one.resource.name} {one.message}"
        )
        lines += [f"    {one.note}"] if one.note else []
        if one.verdict is Verdict.FAIL:
            lines.append(f"    remedy: {one.rule.remedy}")
    lines += [f"UNUSED waiver of {one.rule} for {one.resource}: remove it" for one in unused]
    counts = Counter(one.verdict for one in findings)
    lines.append(
        ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in Verdict if verdict is not Verdict.NOT_APPLICABLE)
    )
    return "\n".join(lines) + "\n"


def as_json(findings: Sequence[Finding], unused: Sequence[Waiver]) -> str:
    """Return all findings as JSON."""
    rows: list[dict[str, Any]] = [
        {
            "rule": one.rule.name,
            "urn": one.resource.urn,
            "verdict": one.verdict.value,
            "severity": one.level.value,
            "message": one.message,
            "remedy": one.rule.remedy,
            "controls": list(one.rule.controls),
            "waiver": one.note or None,
        }
        for one in findings
    ]
    return (
        json.dumps({"findings": rows, "unused_waivers": [f"{one.rule} {one.resource}" for one in unused]}, indent=2)
        + "\n"
    )
