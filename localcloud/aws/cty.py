"""Terraform's values as Python data: coercion, the wire form, and the proposed new state.

A value is None, bool, number, str, list, dict or `UNKNOWN`.
"""

import json
from typing import Any, Final

import msgpack
from inmanta_tfplugin import tfplugin5_pb2 as pb

from localcloud.aws.schema import Block, Nested, nothing

Path = tuple[str | int, ...]
"""Where in a value something is: names of attributes and keys, numbers of elements."""


class Unknown:
    """The one value that is not known before it exists."""

    def __repr__(self) -> str:
        return "<unknown>"

    def __copy__(self) -> "Unknown":
        return self

    def __deepcopy__(self, _: object) -> "Unknown":
        return self


UNKNOWN: Final = Unknown()


class CoercionError(ValueError):
    """A value is not of the type it should be; the message does not quote it, since it may be a secret.

    Attributes
    ----------
    path
        Where it is.
    """

    def __init__(self, wanted: str, value: Any) -> None:
        found = {
            dict: "a map",
            list: "a list",
            str: "a text",
            bool: "true or false",
            int: "a number",
            float: "a number",
        }
        super().__init__(f"expected {wanted}, found {found.get(type(value), type(value).__name__)}")
        self.path: Path = ()


def coerce(kind: Any, value: Any) -> Any:
    """Turn a value into a type, the way Terraform converts.

    Raises
    ------
    CoercionError
        It cannot be converted.
    """
    if value is None or value is UNKNOWN:
        return value
    if isinstance(kind, str):
        return _coerce_primitive(kind, value)
    constructor, inner = kind
    if constructor in ("list", "set"):
        return [_within(n, inner, one) for n, one in enumerate(_of(list, value, "a list"))]
    if constructor == "map":
        return {name: _within(name, inner, one) for name, one in _of(dict, value, "a map").items()}
    if constructor == "object":
        given = _of(dict, value, "a map")
        return {name: _within(name, part, given.get(name)) for name, part in inner.items()}
    return [_within(n, part, one) for n, (part, one) in enumerate(zip(inner, _of(list, value, "a list"), strict=True))]


def _within(step: str | int, kind: Any, value: Any) -> Any:
    try:
        return coerce(kind, value)
    except CoercionError as error:
        error.path = (step, *error.path)
        raise


def _of(wanted: type, value: Any, name: str) -> Any:
    if not isinstance(value, wanted):
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
        raise CoercionError("a text", value)
    if kind == "number":
        return _number(value)
    if kind == "bool":
        if not isinstance(value, bool) and value not in ("true", "false"):
            raise CoercionError("true or false", value)
        return value in (True, "true")
    return value  # a type that the schema leaves open


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
    """Turn a value into a block's whole form: every attribute present, empty collections where no block is.

    Raises
    ------
    CoercionError
        A part cannot be converted; its path leads there.
    """
    if value is None or value is UNKNOWN:
        return value
    given = _of(dict, value, "a map")
    whole = {name: _within(name, attribute.type, given.get(name)) for name, attribute in block.attributes.items()}
    for name, nested in block.blocks.items():
        try:
            whole[name] = _coerce_nested(nested, given.get(name))
        except CoercionError as error:
            error.path = (name, *error.path)
            raise
    return whole


def _coerce_nested(nested: Nested, value: Any) -> Any:
    if value is UNKNOWN:
        return value
    if value is None:
        return nothing(nested)
    if nested.mode in ("list", "set"):
        elements = []
        for number, one in enumerate(_of(list, value, "a list")):
            try:
                elements.append(coerce_block(nested.block, one))
            except CoercionError as error:
                error.path = (number, *error.path)
                raise
        return elements
    if nested.mode == "map":
        return {key: coerce_block(nested.block, one) for key, one in _of(dict, value, "a map").items()}
    return coerce_block(nested.block, value)


def encode(value: Any) -> "pb.DynamicValue":
    """Return a value in Terraform's wire form."""
    return pb.DynamicValue(msgpack=msgpack.packb(value, default=_unknown, use_bin_type=True))


def _unknown(value: object) -> msgpack.ExtType:
    if value is not UNKNOWN:
        raise TypeError(f"{type(value).__name__} is not a value of Terraform's")
    return msgpack.ExtType(0, b"\0")


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
