"""The JSON Schema of the report as a document, which is published as `policy/reports/schema.json`."""

from typing import Any

from policy.evaluation import Verdict
from policy.model import Level, Severity

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_COUNT = {"type": "integer", "minimum": 0}


def report_schema() -> dict[str, Any]:
    """Return the schema; a field is added to it, never taken from it nor given another meaning."""
    verdicts = [one.value for one in Verdict]
    waiver = _closed({"reason": _TEXT, "owner": _TEXT, "expires": {"type": "string", "format": "date"}})
    result = {
        "rule": _told(_TEXT, "name of the rule"),
        "level": {"enum": [one.value for one in Level]},
        "severity": {"enum": [one.value for one in Severity]},
        "controls": _told(_TEXTS, "what the rule serves, as framework:control"),
        "urn": {"type": ["string", "null"], "description": "the resource; null where nothing in the stack is judged"},
        "verdict": {"enum": verdicts},
        "findings": _told(_TEXTS, "what is wrong, each a predicate of the resource"),
        "message": {"type": ["string", "null"], "description": "the findings as one text"},
        "unknown": _told(_TEXTS, "paths of the values that were not known; beside findings too"),
        "remedy": {"type": ["string", "null"], "description": "what to do about the findings"},
        "reason": {"type": ["string", "null"], "description": "why the rule is not applicable"},
        "waiver": {"anyOf": [waiver, {"type": "null"}], "description": "the waiver that holds for the findings"},
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
                "summary": _told(_closed(dict.fromkeys(verdicts, _COUNT)), "results by verdict"),
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


def _told(schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {**schema, "description": description}
