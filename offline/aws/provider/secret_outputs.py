"""Finds secret outputs: those that the schema marks as sensitive, and those that contain a secret input."""

from collections.abc import Iterator, Mapping
from typing import Any

from offline.aws.translation.fields import Fields
from offline.aws.translation.property_values import Properties, PropertyPath, leaves, value_at

_SHORT = 6
"""Shorter secrets match only a whole output, because many outputs contain a short string by chance."""


def secret_paths(fields: Fields, values: Mapping[str, Any], inputs: Properties) -> frozenset[PropertyPath]:
    """Return the paths of secrets in outputs.

    Parameters
    ----------
    values
        The outputs, by Pulumi names.
    inputs
        The inputs of the resource; their secrets may appear in other outputs, such as tags in `tagsAll`.
    """
    paths = set(_sensitive(fields, values, ()))
    paths |= {_markable(values, path) for path in inputs.secret}
    secrets = {
        leaf
        for path in inputs.secret
        for _, leaf in leaves(value_at(inputs.values, path))
        if isinstance(leaf, str) and leaf
    }
    paths |= {path for path, leaf in leaves(dict(values)) if isinstance(leaf, str) and _reveals(leaf, secrets)}
    return frozenset(path for path in paths if path and value_at(values, path) is not None)


def _sensitive(fields: Fields, values: Mapping[str, Any], path: PropertyPath) -> Iterator[PropertyPath]:
    for name, value in values.items():
        field = fields.by_pulumi.get(name)
        if field is None or not field.sensitive or value in (None, "", [], {}):
            continue
        if field.attribute is None and isinstance(value, dict) and field.fields is not None:
            yield from _sensitive(field.fields, value, (*path, name))
        else:
            yield (*path, name)


def _markable(values: Mapping[str, Any], path: PropertyPath) -> PropertyPath:
    """Return the part of a path that can be marked: up to the first list."""
    for length in range(1, len(path)):
        if isinstance(value_at(values, path[:length]), list):
            return path[:length]
    return path


def _reveals(text: str, secrets: set[str]) -> bool:
    return any(secret == text or (len(secret) >= _SHORT and secret in text) for secret in secrets)
