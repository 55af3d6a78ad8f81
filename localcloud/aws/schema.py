"""Terraform's schemas: the attributes and nested blocks of a resource, a data source or the provider."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from inmanta_tfplugin import tfplugin5_pb2 as pb

_NESTING = {1: "single", 2: "list", 3: "set", 4: "map", 5: "group"}


@dataclass(frozen=True)
class Attribute:
    """One attribute of a block; `type` is what Terraform calls it in JSON, such as `"string"` or `["list", "string"]`."""

    name: str
    type: Any
    required: bool
    optional: bool
    computed: bool
    sensitive: bool

    @property
    def settable(self) -> bool:
        """Whether a configuration may give it."""
        return self.required or self.optional


@dataclass(frozen=True)
class Nested:
    """A block within a block; `mode` is single, list, set, map or group; `at_most` is 0 where nothing limits it."""

    name: str
    mode: str
    at_least: int
    at_most: int
    block: "Block"


class Block:
    """The schema of one level; its parts are read when they are asked for."""

    def __init__(self, message: "pb.Schema.Block") -> None:
        self._message = message

    @cached_property
    def attributes(self) -> dict[str, Attribute]:
        """Attributes by name."""
        return {
            one.name: Attribute(one.name, json.loads(one.type), one.required, one.optional, one.computed, one.sensitive)
            for one in self._message.attributes
        }

    @cached_property
    def blocks(self) -> dict[str, Nested]:
        """Nested blocks by name."""
        return {
            one.type_name: Nested(one.type_name, _NESTING[one.nesting], one.min_items, one.max_items, Block(one.block))
            for one in self._message.block_types
        }

    def required(self, name: str) -> bool:
        """Whether a configuration has to give an attribute or block of this name."""
        if name in self.blocks:
            return self.blocks[name].at_least > 0
        return name in self.attributes and self.attributes[name].required

    def empty(self) -> dict[str, Any]:
        """Return the value of a block in which nothing is set."""
        value: dict[str, Any] = dict.fromkeys(self.attributes)
        for name, nested in self.blocks.items():
            value[name] = nothing(nested)
        return value


def nothing(nested: Nested) -> Any:
    """Return the value of a nested block that is not there."""
    if nested.mode in ("list", "set"):
        return []
    if nested.mode == "map":
        return {}
    return nested.block.empty() if nested.mode == "group" else None
