"""Policy documents in a canonical form: documents with the same meaning have the same form."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_ROOT = re.compile(r"arn:[^:]+:iam::(\d{12}):root")
_EVERYONE = {"aws": ["*"]}
_OLD_VERSION = "2008-10-17"
"""The version of a document that names none."""


def canonical(document: object) -> dict[str, Any]:
    """Return a document's version, and its statements by `Sid`, or by position if they have none.

    To AWS, a string is the same as a list of one, the order of a list does not matter, `*` is the same as `{"AWS": "*"}`,
    an account id is the same as its root, and actions and condition keys are case-insensitive.

    Raises
    ------
    ValueError
        It is not a policy document.
    """
    if not isinstance(document, Mapping):
        raise ValueError("it is not an object")
    statements = document.get("Statement", [])
    statements = [statements] if isinstance(statements, Mapping) else statements
    if not isinstance(statements, list) or not all(isinstance(statement, Mapping) for statement in statements):
        raise ValueError("its Statement is not a list of objects")
    form: dict[str, Any] = {"Version": document.get("Version", _OLD_VERSION)}
    for position, statement in enumerate(statements, start=1):
        name = str(statement.get("Sid") or f"statement {position}")
        form[name if name not in form else f"{name} ({position})"] = _statement(statement)
    return form


def union(documents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the canonical form of several documents that apply together.

    Raises
    ------
    ValueError
        One of them is not a policy document.
    """
    versions = sorted({str(document.get("Version", _OLD_VERSION)) for document in documents})
    statements = [statement for document in documents for statement in _listed(document.get("Statement", []))]
    return canonical({"Version": ", ".join(versions), "Statement": statements})


def parsed(text: str) -> dict[str, Any]:
    """Return the canonical form of a document that is given as JSON.

    Raises
    ------
    ValueError
        It is not a policy document.
    """
    return canonical(json.loads(text))


def _statement(statement: Mapping[str, Any]) -> dict[str, Any]:
    form: dict[str, Any] = {}
    for element, value in statement.items():
        if element in ("Action", "NotAction"):
            form[element] = sorted({str(action).lower() for action in _listed(value)})
        elif element in ("Resource", "NotResource"):
            form[element] = sorted({str(resource) for resource in _listed(value)})
        elif element in ("Principal", "NotPrincipal"):
            form[element] = _principal(value)
        elif element == "Condition":
            form[element] = {
                operator: {key.lower(): sorted(map(_text, _listed(values))) for key, values in _items(keys)}
                for operator, keys in _items(value)
            }
        elif element != "Sid":
            form[element] = value
    return form


def _principal(value: Any) -> dict[str, list[str]]:
    if value == "*":
        return _EVERYONE
    return {
        kind.lower(): sorted({_ROOT.sub(r"\1", str(principal)) for principal in _listed(principals)})
        for kind, principals in _items(value)
    }


def _items(value: Any) -> list[tuple[str, Any]]:
    if not isinstance(value, Mapping):
        raise ValueError("its Principal or Condition is not an object")
    return list(value.items())


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)
