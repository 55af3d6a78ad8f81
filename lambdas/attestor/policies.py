"""Policy documents by what they mean: two that are written differently and say the same have one form."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_ROOT = re.compile(r"arn:[^:]+:iam::(\d{12}):root")
_ANYBODY = {"aws": ["*"]}
_OLD_VERSION = "2008-10-17"
"""What a document without a version has."""


def canonical(document: object) -> dict[str, Any]:
    """Return a document's version, and its statements by their `Sid`, or by their position where they have none.

    AWS takes a text for a list of one, any order in a list, `*` for `{"AWS": "*"}`, an account's id for its root, and
    actions and condition keys in any case.

    Raises
    ------
    ValueError
        It is no policy document.
    """
    if not isinstance(document, Mapping):
        raise ValueError("it is no object")
    statements = document.get("Statement", [])
    statements = [statements] if isinstance(statements, Mapping) else statements
    if not isinstance(statements, list) or not all(isinstance(one, Mapping) for one in statements):
        raise ValueError("its Statement is no list of objects")
    form: dict[str, Any] = {"Version": document.get("Version", _OLD_VERSION)}
    for position, statement in enumerate(statements, start=1):
        name = str(statement.get("Sid") or f"statement {position}")
        form[name if name not in form else f"{name} ({position})"] = _statement(statement)
    return form


def union(documents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what several documents that are in force together say, in the form of one.

    Raises
    ------
    ValueError
        One of them is no policy document.
    """
    versions = sorted({str(one.get("Version", _OLD_VERSION)) for one in documents})
    statements = [statement for one in documents for statement in _listed(one.get("Statement", []))]
    return canonical({"Version": ", ".join(versions), "Statement": statements})


def parsed(text: str) -> dict[str, Any]:
    """Return a document, as AWS answers it, in its canonical form.

    Raises
    ------
    ValueError
        It is no policy document.
    """
    return canonical(json.loads(text))


def _statement(statement: Mapping[str, Any]) -> dict[str, Any]:
    form: dict[str, Any] = {}
    for element, value in statement.items():
        if element in ("Action", "NotAction"):
            form[element] = sorted({str(one).lower() for one in _listed(value)})
        elif element in ("Resource", "NotResource"):
            form[element] = sorted({str(one) for one in _listed(value)})
        elif element in ("Principal", "NotPrincipal"):
            form[element] = _principal(value)
        elif element == "Condition":
            form[element] = {
                operator: {key.lower(): sorted(_text(one) for one in _listed(wanted)) for key, wanted in _items(keys)}
                for operator, keys in _items(value)
            }
        elif element != "Sid":
            form[element] = value
    return form


def _principal(value: Any) -> dict[str, list[str]]:
    if value == "*":
        return _ANYBODY
    return {kind.lower(): sorted({_ROOT.sub(r"\1", str(one)) for one in _listed(who)}) for kind, who in _items(value)}


def _items(value: Any) -> list[tuple[str, Any]]:
    if not isinstance(value, Mapping):
        raise ValueError("a Principal or a Condition of it is no object")
    return list(value.items())


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)
