"""The part of JSON Schema (draft 2020-12) that the settings' schema uses, with messages that say what is allowed.

Another keyword in the schema is an error here rather than a rule that nobody applies.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
}
_ANNOTATIONS = {"$schema", "title", "description", "default"}
_KEYWORDS = {
    "type",
    "enum",
    "properties",
    "additionalProperties",
    "required",
    "items",
    "minItems",
    "uniqueItems",
    "minimum",
    "maximum",
    "pattern",
    "format",
}


@dataclass(frozen=True)
class Problem:
    """What is not allowed, where, and what would be.

    Attributes
    ----------
    choices
        The names that are allowed, where there is a list of them.
    """

    path: tuple[str | int, ...]
    value: object
    expected: str
    choices: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in self.path).lstrip(".")
        return f"{where or 'the whole'} is {self.value!r}, expected {self.expected}"


def problems(value: object, schema: Mapping[str, Any], path: tuple[str | int, ...] = ()) -> Iterator[Problem]:
    """Yield all that a schema does not allow about a value."""
    if foreign := schema.keys() - _KEYWORDS - _ANNOTATIONS:
        raise ValueError(f"the schema uses {', '.join(sorted(foreign))}, which is not understood here")
    if "type" in schema and not _is_a(value, schema["type"]):
        yield Problem(path, value, f"{'an' if schema['type'][0] in 'aio' else 'a'} {schema['type']}")
        return
    if "enum" in schema and value not in schema["enum"]:
        choices = tuple(schema["enum"])
        yield Problem(path, value, f"one of {', '.join(choices)}", choices)
    match value:
        case dict():
            yield from _object(value, schema, path)
        case list():
            yield from _array(value, schema, path)
        case str():
            yield from _text(value, schema, path)
        case int():
            if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
                yield Problem(path, value, f"{schema['minimum']} to {schema['maximum']}")


def _is_a(value: object, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and not (kind == "integer" and isinstance(value, bool))


def _object(value: Mapping[Any, object], schema: Mapping[str, Any], path: tuple[str | int, ...]) -> Iterator[Problem]:
    known = schema.get("properties", {})
    for key in schema.get("required", ()):
        if key not in value:
            yield Problem((*path, key), None, "a value: it is missing")
    for key, one in value.items():
        if key in known:
            yield from problems(one, known[key], (*path, key))
        elif isinstance(others := schema.get("additionalProperties", True), Mapping):
            yield from problems(one, others, (*path, key))
        elif not others:
            choices = tuple(known)
            where = ".".join(map(str, path)) or "the whole"
            yield Problem(path, key, f"in {where} only {', '.join(choices)}", choices)


def _array(value: Sequence[object], schema: Mapping[str, Any], path: tuple[str | int, ...]) -> Iterator[Problem]:
    if len(value) < schema.get("minItems", 0):
        yield Problem(path, value, f"at least {schema['minItems']} of them")
    if schema.get("uniqueItems") and any(one in value[:index] for index, one in enumerate(value)):
        yield Problem(path, value, "no element twice")
    for index, one in enumerate(value):
        yield from problems(one, schema.get("items", {}), (*path, index))


def _text(value: str, schema: Mapping[str, Any], path: tuple[str | int, ...]) -> Iterator[Problem]:
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield Problem(path, value, schema["description"])
    if schema.get("format") == "date" and not _is_date(value):
        yield Problem(path, value, "a date such as 2027-06-30")


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
