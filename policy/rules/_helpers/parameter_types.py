"""The types of rule parameters."""

from collections.abc import Sequence

from policy.model import Parameter

_TEXT = {"type": "string", "pattern": r"\S"}


def integer_parameter(description: str, default: int, minimum: int, maximum: int) -> Parameter:
    """Return a parameter that is an integer within inclusive bounds."""
    schema = {"description": description, "type": "integer", "minimum": minimum, "maximum": maximum}
    return Parameter(default, schema)


def text_parameter(description: str, default: str) -> Parameter:
    """Return a parameter that is text."""
    return Parameter(default, {**_TEXT, "description": description})


def text_list_parameter(description: str, default: Sequence[str], allowed: Sequence[str] = ()) -> Parameter:
    """Return a parameter that is a list of texts. A list in the settings replaces the default."""
    return Parameter(list(default), _list(description, allowed))


def text_lists_parameter(description: str, default: dict[str, list[str]]) -> Parameter:
    """Return a parameter that maps names to lists of texts. The settings replace the default's lists name by name."""
    lists = {"description": description, "type": "object", "additionalProperties": _list("Allowed values", ())}
    return Parameter(default, lists)


def _list(description: str, allowed: Sequence[str]) -> dict[str, object]:
    item = {"type": "string", "enum": list(allowed)} if allowed else _TEXT
    return {"description": description, "type": "array", "minItems": 1, "uniqueItems": True, "items": item}
