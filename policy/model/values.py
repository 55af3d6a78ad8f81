"""Plain values that may be unknown, and how a rule reads them.

A read of an unknown value raises `UnknownRead`, which ends that rule for that resource and nothing else. Presence is
no read: `has` is true for a value that is given and not known yet.
"""

import json
import re
from collections.abc import Mapping, Sequence
from enum import Enum


class Unknown(Enum):
    """The one value that stands for every value a preview cannot know yet."""

    VALUE = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown.VALUE

Value = None | bool | int | float | str | Unknown | Sequence["Value"] | Mapping[str, "Value"]
"""A property's value. Whole numbers are `int`, whatever wrote them."""

Props = Mapping[str, Value]


class UnknownRead(Exception):  # noqa: N818 (a signal, as StopIteration is)
    """A rule read a value that is not known yet; `path` says which."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def is_absent(value: Value) -> bool:
    """Tell whether a value is as good as not given: null, empty or blank. An unknown value is given."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, Sequence | Mapping) and not value)


def is_known(value: Value) -> bool:
    """Tell whether a value is known through and through."""
    if isinstance(value, Mapping):
        return all(is_known(one) for one in value.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return all(is_known(one) for one in value)
    return value is not UNKNOWN


class Block:
    """A group of properties, read by name.

    Every reader raises `UnknownRead` where the value, or the group it stands in, is not known yet.

    Attributes
    ----------
    path
        Where the group stands in its resource, such as `rules[0].`; empty for the resource itself.
    """

    def __init__(self, props: Value, path: str = "") -> None:
        self._props = props
        self.path = path

    def outermost(self, key: str) -> str:
        """Return the property of the resource that a value stands in: what it was made from is known by that alone."""
        return re.split(r"[.\[]", self.path + key, maxsplit=1)[0]

    def value(self, key: str) -> Value:
        """Return a value as it is, None where it is not given."""
        found = self._given(key)
        if found is UNKNOWN:
            raise UnknownRead(self.path + key)
        return found

    def has(self, key: str) -> bool:
        """Tell whether a value is given, known or not; empty and blank ones are not."""
        return not is_absent(self._given(key))

    def knows(self, key: str) -> bool:
        """Tell whether nothing of a value is left to be known."""
        return is_known(self._given(key))

    def is_true(self, key: str) -> bool:
        """Tell whether a value is true; what is absent is not."""
        return self.value(key) in (True, "true")

    def text(self, key: str) -> str:
        """Return a text without the spaces around it, empty where none is given."""
        found = self.value(key)
        return "" if found is None else str(found).strip()

    def texts(self, key: str) -> list[str]:
        """Return a list's texts, or the one there is; empty ones are left out."""
        found, unknown = self.texts_as_far_as_known(key)
        if unknown:
            raise UnknownRead(unknown[0])
        return found

    def texts_as_far_as_known(self, key: str) -> tuple[list[str], list[str]]:
        """Return a list's texts that are known, and the paths of those that are not; raises nothing for these."""
        found = self._given(key)
        if found is UNKNOWN:
            return [], [self.path + key]
        many = found if isinstance(found, Sequence) and not isinstance(found, str) else [found]
        unknown = [f"{self.path}{key}[{index}]" for index, one in enumerate(many) if one is UNKNOWN]
        return [str(one).strip() for one in many if not (one is UNKNOWN or is_absent(one))], unknown

    def number(self, key: str) -> float | None:
        """Return a number, None where there is none."""
        found = self.value(key)
        if isinstance(found, bool) or not isinstance(found, int | float | str):
            return None
        try:
            return float(found)
        except ValueError:
            return None

    def parsed(self, key: str) -> "Block":
        """Return the group that a JSON text holds, an empty one for anything else; a group itself is taken as it is."""
        found = self.value(key)
        if isinstance(found, str):
            try:
                found = json.loads(found)
            except ValueError:
                found = None
        return Block(found, f"{self.path}{key}.")

    def blocks(self, *keys: str) -> list["Block"]:
        """Return the groups under the first of the names that is given: a list's elements, or the one there is.

        Several names are for one property that versions of a type spell differently.
        """
        for key in keys:
            found = self._given(key)
            if is_absent(found):
                continue
            if isinstance(found, Sequence) and not isinstance(found, str):
                return [Block(one, f"{self.path}{key}[{index}].") for index, one in enumerate(found)]
            return [Block(found, f"{self.path}{key}.")]
        return []

    def block(self, *keys: str) -> "Block":
        """Return the one group under a name; an empty one where none is given."""
        found = self.blocks(*keys)
        return found[0] if found else Block({}, f"{self.path}{keys[0]}.")

    def items(self) -> Mapping[str, Value]:
        """Return the properties by name, none of a value that is no group."""
        if self._props is UNKNOWN:
            raise UnknownRead(self.path.rstrip("."))
        return self._props if isinstance(self._props, Mapping) else {}

    @property
    def whole(self) -> Value:
        """The value itself, where it is a list or something else than a group."""
        return self._props

    def _given(self, key: str) -> Value:
        return self.items().get(key)
