"""The JSON Schema of a settings file, and what is wrong with a file that does not follow it."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from policy.model import Level
from policy.rules import RULES

if TYPE_CHECKING:
    from jsonschema import ValidationError

_MOST_LISTED = 12
"""The longest list of allowed names that a message spells out."""

_NOT_BLANK = r"\S"
_RESOURCE = r"^(urn:pulumi:.+::.+::)?[^*?:]+:[^*?:]+:[^*?:]+::[^*?]+$"
_PATTERNS = {
    _NOT_BLANK: "text that is not blank",
    _RESOURCE: "one resource, as type::name or as a URN, without wildcards",
}


@dataclass(frozen=True)
class Problem:
    """A value that the schema does not allow: where it is, and a sentence that says so."""

    path: tuple[str | int, ...]
    message: str


@cache
def settings_schema() -> Mapping[str, Any]:
    """Return the JSON Schema of a settings file, derived from the rules and their parameters."""
    level = {"type": "string", "enum": [level.value for level in Level]}
    text = {"type": "string", "pattern": _NOT_BLANK}
    waiver = {
        "rule": {"type": "string", "enum": list(RULES)},
        "resource": {"type": "string", "pattern": _RESOURCE, "description": f"The resource: {_PATTERNS[_RESOURCE]}"},
        "reason": {**text, "description": "Why the resource has to break the rule"},
        "owner": {**text, "description": "Who answers for the exception"},
        "expires": {"type": "string", "format": "date", "description": "The last day on which the waiver is valid"},
    }
    parameters = {
        rule.name: _closed(
            {name: {**parameter.schema, "default": parameter.default} for name, parameter in rule.parameters.items()}
        )
        for rule in RULES.values()
        if rule.parameters
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of the policy pack for one stack",
        "description": "policy/config/<stack>.yaml. A stack without a file has every rule mandatory, with default "
        "parameters and no waivers. Rendered from the rules by `python -m policy schema settings`.",
        **_closed(
            {
                "extends": {
                    **text,
                    "description": "Another settings file, relative to this one, whose settings this file adds to",
                },
                "levels": {
                    "description": "Enforcement level by rule; every rule is mandatory unless set here",
                    **_closed(dict.fromkeys(RULES, level)),
                },
                "parameters": {
                    "description": "Parameters by rule, where they differ from the defaults",
                    **_closed(parameters),
                },
                "waivers": {
                    "description": "Exceptions, each from one rule for one resource; a malformed or expired waiver has no effect",
                    "type": "array",
                    "items": {**_closed(waiver), "required": list(waiver)},
                },
            }
        ),
    }


def _closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def problems(content: object) -> Iterator[Problem]:
    """Yield everything in the content of a settings file that the schema does not allow."""
    # A stack without a settings file does not pay for this import.
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    validator = Draft202012Validator(settings_schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)
    found = [
        Problem(tuple(error.absolute_path), message)
        for error in validator.iter_errors(content)
        for message in _messages(error, _location(error.absolute_path))
    ]
    yield from dict.fromkeys(found)  # jsonschema has an error for each missing key, this module one for all


def _messages(error: "ValidationError", location: str) -> Iterator[str]:
    schema: Mapping[str, Any] = error.schema  # type: ignore[assignment]  # a boolean schema is used nowhere
    allowed: Any = error.validator_value
    found: Any = error.instance
    match error.validator:
        case "additionalProperties":
            known = list(schema["properties"])
            for key in found:
                if key not in known:
                    yield f"{location} has the unknown key {key!r}, expected {_choices(key, known)}"
            return
        case "required":
            yield f"{location} lacks {', '.join(key for key in allowed if key not in found)}"
            return
        case "type":
            expected = f"{'an' if allowed[0] in 'aio' else 'a'} {allowed}"
        case "enum":
            expected = _choices(found, allowed)
        case "minimum" | "maximum":
            expected = f"{schema['minimum']} to {schema['maximum']}"
        case "minItems":
            expected = f"at least {allowed} item"
        case "uniqueItems":
            expected = "no item twice"
        case "pattern" if allowed in _PATTERNS:
            expected = _PATTERNS[allowed]
        case "format":
            expected = f"a {allowed} such as 2027-06-30"
        case _:
            yield f"{location}: {error.message}"
            return
    yield f"{location} is {found!r}, expected {expected}"


def _location(path: Iterable[str | int]) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).lstrip(".") or "the file"


def _choices(found: object, allowed: Sequence[str]) -> str:
    """Return the allowed names, or how to list them where there are many, and the nearest to a misspelt one."""
    nearest = difflib.get_close_matches(str(found), allowed, n=1)
    hint = f" (did you mean {nearest[0]}?)" if nearest else ""
    if len(allowed) > _MOST_LISTED:
        return f"one of the {len(allowed)} names that `python -m policy schema settings` lists{hint}"
    return f"one of {', '.join(allowed)}{hint}"
