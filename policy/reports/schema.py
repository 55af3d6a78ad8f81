"""The JSON Schema of the JSON report, published as `policy/reports/schema.json`."""

from typing import Any

from policy.evaluation import Verdict
from policy.model import Level, Severity

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_COUNT = {"type": "integer", "minimum": 0}


def report_schema() -> dict[str, Any]:
    """Return the schema. Fields may be added to it; none is removed or changes its meaning."""
    verdicts = [verdict.value for verdict in Verdict]
    waiver = _closed({"reason": _TEXT, "owner": _TEXT, "expires": {"type": "string", "format": "date"}})
    result = {
        "rule": _described(_TEXT, "name of the rule"),
        "level": {"enum": [level.value for level in Level]},
        "severity": {"enum": [severity.value for severity in Severity]},
        "controls": _described(_TEXTS, "requirements that the rule serves, as framework:control"),
        "urn": {
            "type": ["string", "null"],
            "description": "the resource; null where the stack has none that the rule applies to",
        },
        "verdict": {"enum": verdicts},
        "findings": _described(_TEXTS, "what is wrong, each a predicate that completes a sentence about the resource"),
        "message": {"type": ["string", "null"], "description": "the findings as one text"},
        "unknown": _described(_TEXTS, "paths of the values that were not known; there may be findings as well"),
        "remedy": {"type": ["string", "null"], "description": "how to fix the findings"},
        "reason": {"type": ["string", "null"], "description": "why the rule does not apply"},
        "waiver": {"anyOf": [waiver, {"type": "null"}], "description": "the valid waiver of the findings"},
    }
    note = _closed({"kind": _TEXT, "message": _TEXT})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Report of the policy pack",
        "description": "What `python -m policy check --format json` prints. Rendered by `python -m policy schema report`.",
        **_closed(
            {
                "stack": {"type": ["string", "null"]},
                "failed": {"type": "boolean", "description": "whether a mandatory rule fails"},
                "summary": _described(_closed(dict.fromkeys(verdicts, _COUNT)), "number of results by verdict"),
                "results": {"type": "array", "items": _closed(result)},
                "notes": {"type": "array", "items": note},
            }
        ),
    }


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }


def _described(schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {**schema, "description": description}
