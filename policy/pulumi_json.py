"""Stacks from the JSON that `pulumi stack export` and `pulumi preview --json` print."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from policy.model import ResourceData, Stack, Value, is_urn, type_of
from policy.wire_values import decode, decode_properties, default_tags

_PROVIDER = "pulumi:providers:"
_REMOVING_STEPS = frozenset(
    {"delete", "delete-replaced", "discard", "discard-replaced", "read-discard", "remove-pending-replace"}
)
"""Steps after which their resource no longer exists; a replacement has further steps of its own."""

_NOT_A_PREVIEW = "is not a preview. Create one with `pulumi preview --json --show-sames`"


class PulumiJsonError(Exception):
    """The text is not what Pulumi prints; the message is a predicate of the file, and says how to create a valid one."""


def stack_from_state(text: str) -> Stack:
    """Return the stack in an exported state.

    Raises
    ------
    PulumiJsonError
        The text is not the output of `pulumi stack export`.
    """
    content = _parse(text)
    deployment = content.get("deployment") if isinstance(content, Mapping) else None
    if not isinstance(deployment, Mapping):
        raise PulumiJsonError("is not an exported state: it has no `deployment`. Create one with `pulumi stack export`")
    states = _object_list(deployment.get("resources", []), "deployment.resources")
    return Stack(_resources([state for state in states if not state.get("delete")], {}))


def stack_from_preview(text: str) -> Stack:
    """Return the stack as it would be after a previewed update. The preview may be one document or a stream of events.

    The document leaves out unchanged resources unless `--show-sames` is given. The stream
    (PULUMI_ENABLE_STREAMING_JSON_PREVIEW) includes them, but has no dependencies.

    Raises
    ------
    PulumiJsonError
        The text is not the output of `pulumi preview --json`.
    """
    try:
        content = json.loads(text)
    except ValueError:
        return _stack_from_events(text)
    if isinstance(content, Mapping) and "sequence" in content:
        return _stack_from_events(text)
    if not isinstance(content, Mapping) or not content.keys() & {"steps", "changeSummary"}:
        raise PulumiJsonError(_NOT_A_PREVIEW)
    steps = _object_list(content.get("steps", []), "steps")
    unchanged = sum(step.get("op") == "same" for step in steps)
    summary = content.get("changeSummary") or {}
    states = [
        step["newState"]
        for step in steps
        if step.get("op") not in _REMOVING_STEPS and isinstance(step.get("newState"), Mapping)
    ]
    return Stack(_resources(states, content.get("config") or {}), complete=unchanged >= summary.get("same", 0))


def _stack_from_events(text: str) -> Stack:
    states: dict[str, Mapping[str, Any]] = {}
    config: Mapping[str, Any] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        event = _parse(line)
        if not isinstance(event, Mapping) or "sequence" not in event:
            raise PulumiJsonError(_NOT_A_PREVIEW)
        config = event.get("preludeEvent", {}).get("config") or config
        metadata = event.get("resourcePreEvent", {}).get("metadata", {})
        if metadata.get("op") not in _REMOVING_STEPS and isinstance(new := metadata.get("new"), Mapping):
            is_read = metadata["op"] in ("read", "read-replacement")
            states[str(new.get("urn"))] = {**new, "external": is_read}
    return Stack(_resources(list(states.values()), config))


def _resources(states: Sequence[Mapping[str, Any]], config: Mapping[str, Any]) -> list[ResourceData]:
    """Return the resources that states describe, each with its provider's default tags."""
    for index, state in enumerate(states):
        if not is_urn(state.get("urn")):
            raise PulumiJsonError(f"has a resource without a URN (number {index}); the file may be truncated or edited")
    providers = {
        str(state["urn"]): default_tags(decode_properties(state.get("inputs")))
        for state in states
        if type_of(str(state["urn"])).startswith(_PROVIDER)
    }
    # A preview does not show the default provider, which gets its settings from the stack's configuration.
    configured = default_tags({"defaultTags": decode(config.get("aws:defaultTags"))})
    return [_resource(state, lambda provider: providers.get(provider, configured)) for state in states]


def _resource(state: Mapping[str, Any], tags_of_provider: Callable[[str], Value]) -> ResourceData:
    dependencies = state.get("propertyDependencies")
    provider = str(state.get("provider") or "").rpartition("::")[0]
    identity = {"id": decode(state["id"])} if state.get("id") else {}
    return ResourceData(
        urn=state["urn"],
        inputs=decode_properties(state.get("inputs")),
        outputs={**identity, **decode_properties(state.get("outputs"))},
        dependencies={key: urns or () for key, urns in dependencies.items()} if dependencies is not None else None,
        managed=not state.get("external", False),
        default_tags=tags_of_provider(provider) if provider else None,
        protect=bool(state.get("protect", False)),
    )


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise PulumiJsonError(f"is not JSON ({error})") from error


def _object_list(value: object, where: str) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise PulumiJsonError(f"has no list of objects at `{where}`; the file may be truncated or edited")
    return value
