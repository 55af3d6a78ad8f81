"""The tags of a resource."""

from collections.abc import Mapping, Sequence

from policy.model import UNKNOWN, Resource, UnknownRead, Value, is_absent


def tag(resource: Resource, name: str) -> str:
    """Return the value of one tag, empty where the resource does not have it.

    Raises
    ------
    UnknownRead
        It is not known yet.
    """
    tags, complete = effective_tags(resource)
    value = tags.get(name)
    if value is UNKNOWN or (name not in tags and not complete):
        raise UnknownRead(f"tags.{name}")
    return "" if is_absent(value) else str(value)


def effective_tags(resource: Resource) -> tuple[dict[str, Value], bool]:
    """Return a resource's tags, its provider's default tags included, and whether no others can still turn up.

    They can where the tags, or the provider's, are unknown as a whole. An unknown `tagsAll` is no such case: it is
    only the provider's sum of the two.
    """
    inputs, outputs = resource.declared.inputs, resource.declared.outputs
    own = inputs.get("tags")
    sources = [resource.declared.default_tags, outputs.get("tagsAll"), inputs.get("tagsAll"), outputs.get("tags"), own]
    tags: dict[str, Value] = {}
    for source in sources:
        tags.update(_by_name(source))
    return tags, UNKNOWN not in (resource.declared.default_tags, own)


def _by_name(source: Value) -> dict[str, Value]:
    """Return tags by name from a map, or from a list of key and value as an autoscaling group has them."""
    if isinstance(source, Mapping):
        return dict(source)
    if isinstance(source, Sequence) and not isinstance(source, str):
        return {str(one.get("key")): one.get("value") for one in source if isinstance(one, Mapping)}
    return {}
