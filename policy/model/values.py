"""Property values, which may be unknown, and how a rule reads them.

Reading an unknown value raises `UnknownRead`, which ends that rule for that resource and nothing else. `has` does not
read the value: it is true for a value that is given but not known yet.
"""

import json
import re
from collections.abc import Mapping, Sequence
from enum import Enum


class Unknown(Enum):
    """The value that stands for every value a preview cannot know yet."""

    VALUE = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown.VALUE

Value = None | bool | int | float | str | Unknown | Sequence["Value"] | Mapping[str, "Value"]
"""A property's value. Whole numbers are always `int`."""

Props = Mapping[str, Value]


class UnknownRead(Exception):  # noqa: N818 (a signal, as StopIteration is)
    """A rule read the value at `path`, which is not known yet."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def is_absent(value: Value) -> bool:
    """Tell whether a value is null, empty or blank. An unknown value is not absent."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, Sequence | Mapping) and not value)


def is_known(value: Value) -> bool:
    """Tell whether a value and everything inside it is known."""
    if isinstance(value, Mapping):
        return all(is_known(item) for item in value.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return all(is_known(item) for item in value)
    return value is not UNKNOWN


class Block:
    """A group of properties, read by name.

    Every reader raises `UnknownRead` where the value, or the block itself, is not known yet.

    Attributes
    ----------
    path
        Where the block is in its resource, such as `rules[0].`; empty for the resource itself.
    """

    def __init__(self, props: Value, path: str = "") -> None:
        self._props = props
        self.path = path

    def top_level_property(self, key: str) -> str:
        """Return the property of the resource that contains a value; dependencies are known for these only."""
        return re.split(r"[.\[]", self.path + key, maxsplit=1)[0]

    def value(self, key: str) -> Value:
        """Return a value, None where it is not given."""
        value = self._get(key)
        if value is UNKNOWN:
            raise UnknownRead(self.path + key)
        return value

    def has(self, key: str) -> bool:
        """Tell whether a value is given, known or not. Empty and blank values do not count."""
        return not is_absent(self._get(key))

    def knows(self, key: str) -> bool:
        """Tell whether a value and everything inside it is known."""
        return is_known(self._get(key))

    def is_true(self, key: str) -> bool:
        """Tell whether a value is true; an absent one is not."""
        return self.value(key) in (True, "true")

    def text(self, key: str) -> str:
        """Return a value as text without surrounding spaces, empty where it is not given."""
        value = self.value(key)
        return "" if value is None else str(value).strip()

    def texts(self, key: str) -> list[str]:
        """Return the texts in a list, or a single text as a list; empty ones are left out."""
        texts, unknown = self.known_texts(key)
        if unknown:
            raise UnknownRead(unknown[0])
        return texts

    def known_texts(self, key: str) -> tuple[list[str], list[str]]:
        """Return the texts in a list that are known, and the paths of the others. Unknown elements raise nothing."""
        value = self._get(key)
        if value is UNKNOWN:
            return [], [self.path + key]
        items = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        unknown = [f"{self.path}{key}[{index}]" for index, item in enumerate(items) if item is UNKNOWN]
        return [str(item).strip() for item in items if not (item is UNKNOWN or is_absent(item))], unknown

    def number(self, key: str) -> float | None:
        """Return a number, None where the value is not one."""
        value = self.value(key)
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            return None
        try:
            return float(value)
        except ValueError:
            return None

    def parse_json(self, key: str) -> "Block":
        """Return the object in a JSON text as a block; an empty block for any other text."""
        value = self.value(key)
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                value = None
        return Block(value, f"{self.path}{key}.")

    def blocks(self, *keys: str) -> list["Block"]:
        """Return the blocks under the first of some names that is given: a list's elements, or a single block.

        Several names are for a property that versions of a type spell differently.
        """
        for key in keys:
            value = self._get(key)
            if is_absent(value):
                continue
            if isinstance(value, Sequence) and not isinstance(value, str):
                return [Block(item, f"{self.path}{key}[{index}].") for index, item in enumerate(value)]
            return [Block(value, f"{self.path}{key}.")]
        return []

    def block(self, *keys: str) -> "Block":
        """Return the first block under the first of some names that is given, else an empty block."""
        blocks = self.blocks(*keys)
        return blocks[0] if blocks else Block({}, f"{self.path}{keys[0]}.")

    def items(self) -> Mapping[str, Value]:
        """Return the properties by name; none where the value is not a group of properties."""
        if self._props is UNKNOWN:
            raise UnknownRead(self.path.rstrip("."))
        return self._props if isinstance(self._props, Mapping) else {}

    @property
    def raw(self) -> Value:
        """The block's value itself, which may be a list or a single value."""
        return self._props

    def _get(self, key: str) -> Value:
        return self.items().get(key)
