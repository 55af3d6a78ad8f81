"""Terraform's values and schemas as Python data: coercion, the wire form, and the proposed new state.

A value is None, bool, number, str, list, dict or `UNKNOWN`. A type is what Terraform's schema calls it in JSON: a name
such as `"string"`, or a list such as `["list", "string"]` and `["object", {…}]`.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import msgpack
from inmanta_tfplugin import tfplugin5_pb2 as pb


class Unknown:
    """The one value that is not known before it exists."""

    def __repr__(self) -> str:
        return "<unknown>"

    def __copy__(self) -> "Unknown":
        return self

    def __deepcopy__(self, _: object) -> "Unknown":
        return self


UNKNOWN: Final = Unknown()

_NESTING = {1: "single", 2: "list", 3: "set", 4: "map", 5: "group"}


@dataclass(frozen=True)
class Attribute:
    """One attribute of a block."""

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
    """A block within a block; `mode` is single, list, set, map or group."""

    name: str
    mode: str
    at_most: int
    block: "Block"


class Block:
    """The schema of a resource, of the provider, or of a nested block; its parts are read when they are asked for."""

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
            one.type_name: Nested(one.type_name, _NESTING[one.nesting], one.max_items, Block(one.block))
            for one in self._message.block_types
        }

    def empty(self) -> dict[str, Any]:
        """Return the value of a block in which nothing is set."""
        value: dict[str, Any] = dict.fromkeys(self.attributes)
        for name, nested in self.blocks.items():
            empties: dict[str, Any] = {
                "list": [],
                "set": [],
                "map": {},
                "group": nested.block.empty() if nested.mode == "group" else None,
            }
            value[name] = empties.get(nested.mode)
        return value


def coerce(kind: Any, value: Any) -> Any:
    """Turn a value into a type, the way Terraform converts.

    Raises
    ------
    ValueError
        It cannot be converted; the message does not quote it, since it may be a secret.
    """
    if value is None or value is UNKNOWN:
        return value
    if isinstance(kind, str):
        return _coerce_primitive(kind, value)
    constructor, inner = kind
    if constructor in ("list", "set"):
        return [coerce(inner, one) for one in _of(list, value, "a list")]
    if constructor == "map":
        return {name: coerce(inner, one) for name, one in _of(dict, value, "a map").items()}
    if constructor == "object":
        return {name: coerce(part, _of(dict, value, "an object").get(name)) for name, part in inner.items()}
    return [coerce(part, one) for part, one in zip(inner, _of(list, value, "a list"), strict=True)]


def _of(wanted: type, value: Any, name: str) -> Any:
    if not isinstance(value, wanted):
        raise ValueError(f"expected {name}, found {type(value).__name__}")
    return value


def _coerce_primitive(kind: str, value: Any) -> Any:
    if kind == "string":
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        return json.dumps(value)
    if kind == "number":
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise ValueError(f"expected a number, found {type(value).__name__}")
        number = float(value)
        return int(number) if number.is_integer() else number
    if kind == "bool":
        if isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return value == "true"
        raise ValueError(f"expected true or false, found {type(value).__name__}")
    return value


def coerce_block(block: Block, value: Any) -> Any:
    """Turn a value into a block's whole form: every attribute present, empty collections where no block is.

    Raises
    ------
    ValueError
        A part cannot be converted; the message names the attribute.
    """
    if value is None or value is UNKNOWN:
        return value
    whole: dict[str, Any] = {}
    for name, attribute in block.attributes.items():
        try:
            whole[name] = coerce(attribute.type, value.get(name))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    for name, nested in block.blocks.items():
        inner = value.get(name)
        if inner is UNKNOWN:
            whole[name] = inner
        elif nested.mode in ("list", "set"):
            whole[name] = [coerce_block(nested.block, one) for one in inner or []]
        elif nested.mode == "map":
            whole[name] = {key: coerce_block(nested.block, one) for key, one in (inner or {}).items()}
        else:
            whole[name] = coerce_block(nested.block, {} if inner is None and nested.mode == "group" else inner)
    return whole


def encode(value: Any) -> "pb.DynamicValue":
    """Return a value in Terraform's wire form."""
    packed = msgpack.packb(value, default=lambda _: msgpack.ExtType(0, b"\0"), use_bin_type=True)
    return pb.DynamicValue(msgpack=packed)


def decode(message: "pb.DynamicValue") -> Any:
    """Return the value of a wire form; none where there is none."""
    if message.json:
        return json.loads(message.json)
    if not message.msgpack:
        return None
    return msgpack.unpackb(message.msgpack, ext_hook=lambda *_: UNKNOWN, raw=False, strict_map_key=False)


def proposed(block: Block, prior: Any, config: Any) -> Any:
    """Return what Terraform's core proposes for a resource: the configuration, with computed values from before.

    Parameters
    ----------
    prior, config
        Whole values of the block; prior is none for a new resource.
    """
    if config is None or config is UNKNOWN:
        return config
    before = prior if isinstance(prior, dict) else block.empty()
    new: dict[str, Any] = {}
    for name, attribute in block.attributes.items():
        given = config.get(name)
        new[name] = before.get(name) if attribute.computed and given is None else given
    for name, nested in block.blocks.items():
        new[name] = _proposed_nested(nested, before.get(name), config.get(name))
    return new


def _proposed_nested(nested: Nested, before: Any, given: Any) -> Any:
    if given is UNKNOWN:
        return given
    if nested.mode == "list":
        old = before if isinstance(before, list) else []
        return [proposed(nested.block, old[n] if n < len(old) else None, one) for n, one in enumerate(given or [])]
    if nested.mode == "set":
        left = list(before) if isinstance(before, list) else []
        elements = []
        for one in given or []:
            match = next((candidate for candidate in left if _may_be(nested.block, candidate, one)), None)
            if match is not None:
                left.remove(match)
            elements.append(proposed(nested.block, match, one))
        return elements
    if nested.mode == "map":
        return {key: proposed(nested.block, (before or {}).get(key), one) for key, one in (given or {}).items()}
    return proposed(nested.block, before, given)


def _may_be(block: Block, prior: Any, config: Any) -> bool:
    """Whether an element of a set may be the one that was there before: all that is given is the same."""
    if not isinstance(config, dict) or not isinstance(prior, dict):
        return False
    for name, attribute in block.attributes.items():
        if not (attribute.computed and config.get(name) is None) and config.get(name) != prior.get(name):
            return False
    return all((config.get(name) or []) == (prior.get(name) or []) for name in block.blocks)


def has_unknown(value: Any) -> bool:
    """Whether anything in a value is unknown."""
    if isinstance(value, dict):
        return any(has_unknown(one) for one in value.values())
    if isinstance(value, list):
        return any(has_unknown(one) for one in value)
    return value is UNKNOWN
