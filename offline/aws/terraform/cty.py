"""Terraform's values as Python data: type conversion, wire format, and the proposed new state.

A value is None, a bool, number, str, list, dict, or `UNKNOWN`.
"""

import json
from collections.abc import Callable
from typing import Any, Final

import msgpack
from inmanta_tfplugin import tfplugin5_pb2 as pb

from offline.aws.terraform.schema import Block, NestedBlock, absent_value

Path = tuple[str | int, ...]
"""A position in a value: names of attributes, keys of maps, and indexes of lists."""


class Unknown:
    """The type of `UNKNOWN`, which stands for a value that is known only after the deployment."""

    def __repr__(self) -> str:
        return "<unknown>"

    def __copy__(self) -> "Unknown":
        return self

    def __deepcopy__(self, _: object) -> "Unknown":
        return self


UNKNOWN: Final = Unknown()


class CoercionError(ValueError):
    """A value has the wrong type; the message does not quote the value, which may be a secret.

    Attributes
    ----------
    path
        Position of the value.
    """

    def __init__(self, expected: str, value: Any) -> None:
        names = {
            dict: "a map",
            list: "a list",
            str: "a string",
            bool: "true or false",
            int: "a number",
            float: "a number",
        }
        super().__init__(f"expected {expected}, found {names.get(type(value), type(value).__name__)}")
        self.path: Path = ()


def coerce(kind: Any, value: Any) -> Any:
    """Convert a value to a type by Terraform's rules.

    Raises
    ------
    CoercionError
        The value cannot be converted.
    """
    if value is None or value is UNKNOWN:
        return value
    if isinstance(kind, str):
        return _coerce_primitive(kind, value)
    constructor, inner = kind
    if constructor in ("list", "set"):
        return [_at(n, coerce, inner, element) for n, element in enumerate(_require(list, value, "a list"))]
    if constructor == "map":
        return {key: _at(key, coerce, inner, element) for key, element in _require(dict, value, "a map").items()}
    if constructor == "object":
        given = _require(dict, value, "a map")
        return {name: _at(name, coerce, part, given.get(name)) for name, part in inner.items()}
    elements = zip(inner, _require(list, value, "a list"), strict=True)
    return [_at(n, coerce, part, element) for n, (part, element) in enumerate(elements)]


def _at(step: str | int, convert: Callable[[Any, Any], Any], kind: Any, value: Any) -> Any:
    """Convert a part of a value; an error gets the position of that part."""
    try:
        return convert(kind, value)
    except CoercionError as error:
        error.path = (step, *error.path)
        raise


def _require(kind: type, value: Any, name: str) -> Any:
    if not isinstance(value, kind):
        raise CoercionError(name, value)
    return value


def _coerce_primitive(kind: str, value: Any) -> Any:
    if kind == "string":
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (int, float)):
            return json.dumps(value)
        raise CoercionError("a string", value)
    if kind == "number":
        return _number(value)
    if kind == "bool":
        if not isinstance(value, bool) and value not in ("true", "false"):
            raise CoercionError("true or false", value)
        return value in (True, "true")
    return value  # the schema allows any type


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise CoercionError("a number", value)
    if isinstance(value, int):
        return value
    try:
        number = float(value)
    except ValueError:
        raise CoercionError("a number", value) from None
    return int(number) if number.is_integer() else number


def coerce_block(block: Block, value: Any) -> Any:
    """Return a block's complete value: every attribute is present, and a missing nested block is empty.

    Raises
    ------
    CoercionError
        A part of the value cannot be converted; the error has its path.
    """
    if value is None or value is UNKNOWN:
        return value
    given = _require(dict, value, "a map")
    return {
        **{name: _at(name, coerce, attribute.type, given.get(name)) for name, attribute in block.attributes.items()},
        **{name: _at(name, _coerce_nested, nested, given.get(name)) for name, nested in block.blocks.items()},
    }


def _coerce_nested(nested: NestedBlock, value: Any) -> Any:
    if value is UNKNOWN:
        return value
    if value is None:
        return absent_value(nested)
    if nested.mode in ("list", "set"):
        return [
            _at(number, coerce_block, nested.block, element)
            for number, element in enumerate(_require(list, value, "a list"))
        ]
    if nested.mode == "map":
        return {key: _at(key, coerce_block, nested.block, item) for key, item in _require(dict, value, "a map").items()}
    return coerce_block(nested.block, value)


def encode(value: Any) -> "pb.DynamicValue":
    """Return a value in Terraform's wire format."""
    return pb.DynamicValue(msgpack=msgpack.packb(value, default=_unknown, use_bin_type=True))


def _unknown(value: object) -> msgpack.ExtType:
    if value is not UNKNOWN:
        raise TypeError(f"{type(value).__name__} is not a Terraform value")
    return msgpack.ExtType(0, b"\0")


def decode(message: "pb.DynamicValue") -> Any:
    """Return the value of a message; None if the message is empty."""
    if message.json:
        return json.loads(message.json)
    if not message.msgpack:
        return None
    return msgpack.unpackb(message.msgpack, ext_hook=lambda *_: UNKNOWN, raw=False, strict_map_key=False)


def proposed_state(block: Block, prior: Any, config: Any) -> Any:
    """Return the state that Terraform's core would propose: the configuration, with computed values from the prior state.

    Parameters
    ----------
    prior, config
        Complete values of the block; the prior state is None for a new resource.
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


def _proposed_nested(nested: NestedBlock, before: Any, given: Any) -> Any:
    if given is UNKNOWN:
        return given
    if nested.mode == "list":
        old = before if isinstance(before, list) else []
        return [
            proposed_state(nested.block, old[n] if n < len(old) else None, element)
            for n, element in enumerate(given or [])
        ]
    if nested.mode == "set":
        unmatched = list(before) if isinstance(before, list) else []
        elements = []
        for element in given or []:
            match = next((prior for prior in unmatched if _may_match(nested.block, prior, element)), None)
            if match is not None:
                unmatched.remove(match)
            elements.append(proposed_state(nested.block, match, element))
        return elements
    if nested.mode == "map":
        return {key: proposed_state(nested.block, (before or {}).get(key), item) for key, item in (given or {}).items()}
    return proposed_state(nested.block, before, given)


def _may_match(block: Block, prior: Any, config: Any) -> bool:
    """Tell whether an element of a set may be a prior element: everything that the configuration sets is equal."""
    if not isinstance(config, dict) or not isinstance(prior, dict):
        return False
    for name, attribute in block.attributes.items():
        if not (attribute.computed and config.get(name) is None) and config.get(name) != prior.get(name):
            return False
    return all((config.get(name) or []) == (prior.get(name) or []) for name in block.blocks)


def has_unknown(value: Any) -> bool:
    """Tell whether any part of a value is unknown."""
    if isinstance(value, dict):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    return value is UNKNOWN
