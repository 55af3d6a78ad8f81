"""The kinds of parameters that rules have."""

from collections.abc import Sequence

from policy.model import Parameter

_TEXT = {"type": "string", "pattern": r"\S", "description": "a text that is not blank"}


def whole_number(description: str, default: int, least: int, most: int) -> Parameter:
    """Return a parameter that is a whole number within bounds, both inclusive."""
    return Parameter(default, {"description": description, "type": "integer", "minimum": least, "maximum": most})


def text(description: str, default: str) -> Parameter:
    """Return a parameter that is a text."""
    return Parameter(default, {**_TEXT, "description": description})


def texts(description: str, default: Sequence[str], allowed: Sequence[str] = ()) -> Parameter:
    """Return a parameter that is a list of texts; the one that is given replaces the default."""
    return Parameter(list(default), _list(description, allowed))


def texts_by_name(description: str, default: dict[str, list[str]]) -> Parameter:
    """Return a parameter that is lists of texts by name; the names that are given replace the default's, one by one."""
    return Parameter(
        default, {"description": description, "type": "object", "additionalProperties": _list("Allowed values", ())}
    )


def _list(description: str, allowed: Sequence[str]) -> dict[str, object]:
    item = {"type": "string", "enum": list(allowed)} if allowed else _TEXT
    return {"description": description, "type": "array", "minItems": 1, "uniqueItems": True, "items": item}
