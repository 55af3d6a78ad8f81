"""Which outputs are secret: what the schema calls sensitive, and whatever tells a secret that the program gave."""

from collections.abc import Iterator, Mapping
from typing import Any

from localcloud.aws.fields import Fields
from localcloud.aws.values import Place, Properties, at, leaves

_SHORT = 6
"""Shorter texts are looked for whole only: nearly every output would contain them."""


def hidden(fields: Fields, values: Mapping[str, Any], given: Properties) -> frozenset[Place]:
    """Return the places of secrets among outputs.

    Parameters
    ----------
    values
        The outputs, by Pulumi's names.
    given
        The inputs that they come from; their secrets may turn up elsewhere, tags in `tagsAll` for one.
    """
    found = set(_sensitive(fields, values, ()))
    found |= {_visible(values, place) for place in given.secret}
    secrets = {
        leaf for place in given.secret for _, leaf in leaves(at(given.values, place)) if isinstance(leaf, str) and leaf
    }
    found |= {place for place, leaf in leaves(dict(values)) if isinstance(leaf, str) and _tells(leaf, secrets)}
    return frozenset(place for place in found if place and at(values, place) is not None)


def _sensitive(fields: Fields, values: Mapping[str, Any], place: Place) -> Iterator[Place]:
    for name, value in values.items():
        field = fields.by_pulumi.get(name)
        if field is None or not field.sensitive or value in (None, "", [], {}):
            continue
        if field.attribute is None and isinstance(value, dict) and field.fields is not None:
            yield from _sensitive(field.fields, value, (*place, name))
        else:
            yield (*place, name)


def _visible(values: Mapping[str, Any], place: Place) -> Place:
    """Return a place as far as it can be marked: up to the first list."""
    for length in range(1, len(place)):
        if isinstance(at(values, place[:length]), list):
            return place[:length]
    return place


def _tells(text: str, secrets: set[str]) -> bool:
    return any(secret == text or (len(secret) >= _SHORT and secret in text) for secret in secrets)
