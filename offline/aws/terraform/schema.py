"""Terraform's schemas: the attributes and nested blocks of a resource, a data source or the provider."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from inmanta_tfplugin import tfplugin5_pb2 as pb

_NESTING = {1: "single", 2: "list", 3: "set", 4: "map", 5: "group"}


@dataclass(frozen=True)
class Attribute:
    """An attribute of a block; `type` is Terraform's type in JSON, such as `"string"` or `["list", "string"]`."""

    name: str
    type: Any
    required: bool
    optional: bool
    computed: bool
    sensitive: bool

    @property
    def settable(self) -> bool:
        """Whether a configuration may set the attribute."""
        return self.required or self.optional


@dataclass(frozen=True)
class NestedBlock:
    """A nested block; `mode` is single, list, set, map or group; `max_items` is 0 if there is no limit."""

    name: str
    mode: str
    min_items: int
    max_items: int
    block: "Block"


class Block:
    """The schema of one level; attributes and nested blocks are parsed on first use."""

    def __init__(self, message: "pb.Schema.Block") -> None:
        self._message = message

    @cached_property
    def attributes(self) -> dict[str, Attribute]:
        """Attributes by name."""
        return {
            attribute.name: Attribute(
                attribute.name,
                json.loads(attribute.type),
                attribute.required,
                attribute.optional,
                attribute.computed,
                attribute.sensitive,
            )
            for attribute in self._message.attributes
        }

    @cached_property
    def blocks(self) -> dict[str, NestedBlock]:
        """Nested blocks by name."""
        return {
            nested.type_name: NestedBlock(
                nested.type_name, _NESTING[nested.nesting], nested.min_items, nested.max_items, Block(nested.block)
            )
            for nested in self._message.block_types
        }

    def required(self, name: str) -> bool:
        """Tell whether a configuration must set the attribute or block of this name."""
        if name in self.blocks:
            return self.blocks[name].min_items > 0
        return name in self.attributes and self.attributes[name].required

    def empty(self) -> dict[str, Any]:
        """Return the value of a block without any setting."""
        value: dict[str, Any] = dict.fromkeys(self.attributes)
        for name, nested in self.blocks.items():
            value[name] = absent_value(nested)
        return value


def absent_value(nested: NestedBlock) -> Any:
    """Return the value of a nested block that the configuration does not contain."""
    if nested.mode in ("list", "set"):
        return []
    if nested.mode == "map":
        return {}
    return nested.block.empty() if nested.mode == "group" else None
