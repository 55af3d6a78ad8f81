"""The tags of a resource."""

from collections.abc import Mapping, Sequence

from policy.model import UNKNOWN, Resource, UnknownRead, Value, is_absent

CLASSIFICATION = "data-classification"
"""The tag that names the class of the data in a resource."""


def tag_value(resource: Resource, name: str) -> str:
    """Return the value of a tag, empty where the resource does not have it.

    Raises
    ------
    UnknownRead
        The value is not known yet.
    """
    tags, complete = effective_tags(resource)
    value = tags.get(name)
    if value is UNKNOWN or (name not in tags and not complete):
        raise UnknownRead(f"tags.{name}")
    return "" if is_absent(value) else str(value)


def effective_tags(resource: Resource) -> tuple[dict[str, Value], bool]:
    """Return a resource's tags, including the provider's default tags, and whether these are all of them.

    They are not if the resource's tags or the provider's are unknown as a whole. An unknown `tagsAll` does not matter:
    the provider merely adds up the two.
    """
    inputs, outputs = resource.data.inputs, resource.data.outputs
    own = inputs.get("tags")
    sources = [resource.data.default_tags, outputs.get("tagsAll"), inputs.get("tagsAll"), outputs.get("tags"), own]
    tags: dict[str, Value] = {}
    for source in sources:
        tags.update(_by_name(source))
    return tags, UNKNOWN not in (resource.data.default_tags, own)


def _by_name(source: Value) -> dict[str, Value]:
    """Return tags by name, from a map or from a list of keys and values as an Auto Scaling group has it."""
    if isinstance(source, Mapping):
        return dict(source)
    if isinstance(source, Sequence) and not isinstance(source, str):
        return {str(tag.get("key")): tag.get("value") for tag in source if isinstance(tag, Mapping)}
    return {}
