"""Resources from an exported state or from a preview's JSON."""

import json
from collections.abc import Mapping
from typing import Any

from policy.model import UNKNOWN, Block, Resource, Stack

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a public constant of Pulumi's
_UNKNOWNS = {
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
}


class SourceError(Exception):
    """The text is neither of the two."""


def from_state(text: str) -> Stack:
    """Return the resources of what `pulumi stack export` prints.

    Raises
    ------
    SourceError
        It is something else.
    """
    data = _json(text)
    deployment = data.get("deployment")
    if not isinstance(deployment, dict):
        raise SourceError("this is no exported state: it has no deployment; make one with `pulumi stack export`")
    return Stack([_resource(one) for one in deployment.get("resources") or [] if not one.get("delete")])


def from_preview(text: str) -> Stack:
    """Return the resources of what `pulumi preview --json` prints.

    Raises
    ------
    SourceError
        It is something else.
    """
    data = _json(text)
    steps = data.get("steps")
    if not isinstance(steps, list):
        raise SourceError("this is no preview: it has no steps; make one with `pulumi preview --json`")
    return Stack([_resource(step["newState"]) for step in steps if step.get("newState") and step.get("op") != "delete"])


def _json(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise SourceError(f"this is no JSON: {error}") from None
    if not isinstance(data, dict):
        raise SourceError("this is no JSON object")
    return data


def _resource(data: Mapping[str, Any]) -> Resource:
    urn = data["urn"]
    properties = {**(data.get("outputs") or {}), **(data.get("inputs") or {})}
    if data.get("id"):
        properties["id"] = data["id"]
    plain = {name: _plain(value) for name, value in properties.items()}
    dependencies = {name: tuple(urns or ()) for name, urns in (data.get("propertyDependencies") or {}).items()}
    return Resource(data["type"], urn.rsplit("::", 1)[1], urn, Block(plain), dependencies)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return UNKNOWN if value in _UNKNOWNS else value
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        if value.get(_SIGNATURE) == _SECRET:
            return UNKNOWN
        return {name: _plain(one) for name, one in value.items()}
    return value
