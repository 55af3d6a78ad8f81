"""Stacks from an exported state or from a preview's JSON."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from policy.model import Declared, Stack, Value, is_urn, type_of
from policy.wire_values import default_tags, plain, props

_PROVIDER = "pulumi:providers:"
_GONE = frozenset(
    {"delete", "delete-replaced", "discard", "discard-replaced", "read-discard", "remove-pending-replace"}
)
"""Steps after which their resource is no more; a replacement has steps of its own."""

_NO_PREVIEW = "is no preview. Make one with `pulumi preview --json --show-sames`"


class SourceError(Exception):
    """The text is not what it was said to be."""


def from_state(text: str) -> Stack:
    """Return the stack that `pulumi stack export` printed.

    Raises
    ------
    SourceError
        The text is something else.
    """
    content = _json(text)
    deployment = content.get("deployment") if isinstance(content, Mapping) else None
    if not isinstance(deployment, Mapping):
        raise SourceError("is no exported state: it has no `deployment`. Make one with `pulumi stack export`")
    states = _list(deployment.get("resources", []), "deployment.resources")
    return Stack(_declared([one for one in states if not one.get("delete")], {}))


def from_preview(text: str) -> Stack:
    """Return the stack as it would be after what `pulumi preview --json` printed, as one document or as a stream.

    The document leaves unchanged resources out without `--show-sames`. The stream
    (PULUMI_ENABLE_STREAMING_JSON_PREVIEW) has them, but tells no dependencies.

    Raises
    ------
    SourceError
        The text is something else.
    """
    try:
        content = json.loads(text)
    except ValueError:
        return _from_stream(text)
    if isinstance(content, Mapping) and "sequence" in content:
        return _from_stream(text)
    if not isinstance(content, Mapping) or not content.keys() & {"steps", "changeSummary"}:
        raise SourceError(_NO_PREVIEW)
    steps = _list(content.get("steps", []), "steps")
    sames = sum(one.get("op") == "same" for one in steps)
    told = content.get("changeSummary") or {}
    states = [
        one["newState"] for one in steps if one.get("op") not in _GONE and isinstance(one.get("newState"), Mapping)
    ]
    return Stack(_declared(states, content.get("config") or {}), complete=sames >= told.get("same", 0))


def _from_stream(text: str) -> Stack:
    states: dict[str, Mapping[str, Any]] = {}
    config: Mapping[str, Any] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        event = _json(line)
        if not isinstance(event, Mapping) or "sequence" not in event:
            raise SourceError(_NO_PREVIEW)
        config = event.get("preludeEvent", {}).get("config") or config
        metadata = event.get("resourcePreEvent", {}).get("metadata", {})
        if metadata.get("op") not in _GONE and isinstance(new := metadata.get("new"), Mapping):
            read = metadata["op"] in ("read", "read-replacement")
            states[str(new.get("urn"))] = {**new, "external": read}
    return Stack(_declared(list(states.values()), config))


def _declared(states: Sequence[Mapping[str, Any]], config: Mapping[str, Any]) -> list[Declared]:
    """Make resources of states, providers being known by what they add to the others."""
    for index, state in enumerate(states):
        if not is_urn(state.get("urn")):
            raise SourceError(f"has a resource without a URN (number {index}); it may be cut off or edited")
    providers = {
        str(one["urn"]): default_tags(props(one.get("inputs")))
        for one in states
        if type_of(str(one["urn"])).startswith(_PROVIDER)
    }
    # A preview hides the default provider, whose settings are the stack's.
    elsewhere = default_tags({"defaultTags": plain(config.get("aws:defaultTags"))})
    return [_resource(one, lambda provider: providers.get(provider, elsewhere)) for one in states]


def _resource(state: Mapping[str, Any], tags: Callable[[str], Value]) -> Declared:
    dependencies = state.get("propertyDependencies")
    provider = str(state.get("provider") or "").rpartition("::")[0]
    identity = {"id": plain(state["id"])} if state.get("id") else {}
    return Declared(
        urn=state["urn"],
        inputs=props(state.get("inputs")),
        outputs={**identity, **props(state.get("outputs"))},
        dependencies={key: urns or () for key, urns in dependencies.items()} if dependencies is not None else None,
        parent=state.get("parent"),
        managed=not state.get("external", False),
        default_tags=tags(provider) if provider else None,
        protect=bool(state.get("protect", False)),
    )


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise SourceError(f"is no JSON ({error})") from error


def _list(value: object, where: str) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise SourceError(f"has no list of objects under `{where}`; it may be cut off or edited")
    return value
