"""The report as a JSON document, for programs."""

import json
from collections import Counter

from policy.evaluation import Report, Result, Verdict


def render(report: Report) -> str:
    """Return the document, which contains every result, including those that pass."""
    counts = Counter(result.verdict for result in report.results)
    content = {
        "stack": report.stack,
        "failed": report.failed,
        "summary": {verdict.value: counts[verdict] for verdict in Verdict},
        "results": [_result(result) for result in report.results],
        "notes": [{"kind": note.kind, "message": note.message} for note in report.notes],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _result(result: Result) -> dict[str, object]:
    waiver = result.waiver
    return {
        "rule": result.rule.name,
        "level": result.level.value,
        "severity": result.rule.severity.value,
        "controls": list(result.rule.controls),
        "urn": result.resource.urn if result.resource else None,
        "verdict": result.verdict.value,
        "findings": list(result.messages),
        "message": "; ".join(result.messages) or None,
        "unknown": list(result.unknown),
        "remedy": result.rule.remedy if result.messages else None,
        "reason": result.reason or None,
        "waiver": {"reason": waiver.reason, "owner": waiver.owner, "expires": waiver.expires.isoformat()}
        if waiver
        else None,
    }
