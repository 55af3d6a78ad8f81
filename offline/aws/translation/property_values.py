"""Converts Pulumi's property values from and to Python data.

A value is None, a bool, number, str, list, dict, `UNKNOWN` or `Asset`. `decode` removes the marks of secrets and returns
their paths; `encode` puts the marks back.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import struct_pb2

from offline.aws.terraform.cty import UNKNOWN

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key of a map that represents a secret, an asset, an archive, a resource or an output."""

_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a public constant of the protocol
_ASSET = "c44067f5952c0a294b673a41bacd8c17"
_ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
_RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWNS = {
    _UNKNOWN,  # string
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # bool
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # number
    "030794c1-ac77-496b-92df-f27374a8bd58",  # array
    "e48ece36-62e2-4504-bad9-02848725956a",  # asset
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # archive, object
}

PropertyPath = tuple[str, ...]
"""The path of a secret. A secret in a list makes the whole list secret, because elements may change their index."""


@dataclass(frozen=True, eq=False)
class Asset:
    """A file or an archive.

    Two assets are equal if their hashes are. The engine keeps only the hash of an old asset; for an old archive it
    sends an empty map of contents, which means the same.
    """

    archive: bool
    hash: str | None = None
    text: str | None = None
    path: str | None = None
    uri: str | None = None
    assets: Mapping[str, "Asset"] = field(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Asset):
            return NotImplemented
        return self is other or (self.hash is not None and (self.archive, self.hash) == (other.archive, other.hash))

    def __hash__(self) -> int:
        return hash((self.archive, self.hash))

    @property
    def has_contents(self) -> bool:
        """Whether the contents are known, not only the hash."""
        return self.text is not None or self.path is not None or self.uri is not None or bool(self.assets)


@dataclass(frozen=True)
class Properties:
    """Properties as data, and the paths of the secrets among them."""

    values: dict[str, Any]
    secret: frozenset[PropertyPath] = frozenset()


def decode(message: struct_pb2.Struct) -> Properties:
    """Return the properties of a message."""
    secret: set[PropertyPath] = set()
    return Properties(
        {name: _plain(value, (name,), secret) for name, value in message.fields.items()}, frozenset(secret)
    )


def _plain(value: struct_pb2.Value, path: PropertyPath, secret: set[PropertyPath]) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value in _UNKNOWNS else value.string_value
    if kind == "bool_value":
        return value.bool_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "list_value":
        inner: set[PropertyPath] = set()
        elements = [_plain(element, path, inner) for element in value.list_value.values]
        if inner:
            secret.add(path)
        return elements
    if kind != "struct_value":
        return None
    fields = value.struct_value.fields
    if SIGNATURE not in fields:
        return {name: _plain(item, (*path, name), secret) for name, item in fields.items()}
    return _special(fields[SIGNATURE].string_value, fields, path, secret)


def _special(
    signature: str, fields: Mapping[str, struct_pb2.Value], path: PropertyPath, secret: set[PropertyPath]
) -> Any:
    if signature == _SECRET:
        secret.add(path)
        return _plain(fields["value"], path, set()) if "value" in fields else None
    if signature == _OUTPUT:
        if "secret" in fields and fields["secret"].bool_value:
            secret.add(path)
        return _plain(fields["value"], path, secret) if "value" in fields else UNKNOWN
    if signature == _RESOURCE:
        return _plain(fields["id"], path, secret) if "id" in fields else fields["urn"].string_value
    if signature in (_ASSET, _ARCHIVE):
        texts = {name: fields[name].string_value for name in ("hash", "text", "path", "uri") if name in fields}
        members = fields["assets"].struct_value.fields if "assets" in fields else {}
        assets = {name: _plain(member, path, secret) for name, member in members.items()}
        return Asset(signature == _ARCHIVE, **texts, assets=assets)
    raise ValueError(f"a property value has the unknown signature {signature}: the engine is newer than this adapter")


def encode(values: Mapping[str, Any], secret: Iterable[PropertyPath] = ()) -> struct_pb2.Struct:
    """Return properties as a message, with marks on the secrets; properties that are None are left out."""
    message = struct_pb2.Struct()
    message.update(_wire_map(values, frozenset(secret), ()))
    return message


def _wire_map(values: Mapping[str, Any], secret: frozenset[PropertyPath], path: PropertyPath) -> dict[str, Any]:
    wire = {}
    for name, value in values.items():
        item_path = (*path, name)
        if value is None:
            continue
        if item_path in secret:
            wire[name] = {SIGNATURE: _SECRET, "value": _wire(value, frozenset(), item_path)}
        else:
            wire[name] = _wire(value, secret, item_path)
    return wire


def _wire(value: Any, secret: frozenset[PropertyPath], path: PropertyPath) -> Any:
    if value is UNKNOWN:
        return _UNKNOWN
    if isinstance(value, Asset):
        texts = {name: getattr(value, name) for name in ("hash", "text", "path", "uri")}
        wire: dict[str, Any] = {name: text for name, text in texts.items() if text is not None}
        if value.assets:
            wire["assets"] = {name: _wire(asset, frozenset(), path) for name, asset in value.assets.items()}
        return {SIGNATURE: _ARCHIVE if value.archive else _ASSET, **wire}
    if isinstance(value, dict):
        return _wire_map(value, secret, path)
    if isinstance(value, (list, tuple)):
        return [_wire(element, frozenset(), path) for element in value]
    return value


def map_leaves(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return a value with a function applied to each leaf."""
    if isinstance(value, dict):
        return {name: map_leaves(item, change) for name, item in value.items()}
    if isinstance(value, list):
        return [map_leaves(element, change) for element in value]
    return change(value)


def leaves(value: Any, path: PropertyPath = ()) -> Iterator[tuple[PropertyPath, Any]]:
    """Yield the path and the value of each leaf; leaves in a list have the list's path."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from leaves(item, (*path, name))
    elif isinstance(value, list):
        for element in value:
            yield from ((path, leaf) for _, leaf in leaves(element))
    else:
        yield path, value


def value_at(value: Any, path: PropertyPath) -> Any:
    """Return the value at a path, or None."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
