"""Pulumi's property values as Python data, and back.

A value is None, bool, number, str, list, dict, `UNKNOWN` or `Asset`. Secrets lose their mark here: `decode` tells where
they were, and `encode` marks them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import struct_pb2

from localcloud.aws.cty import UNKNOWN

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key by which a map stands for something else: a secret, an asset, an archive, a resource or an output."""

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

Place = tuple[str, ...]
"""Where a secret is: names of properties and keys. A secret within a list makes the whole list one: elements move."""


@dataclass(frozen=True, eq=False)
class Asset:
    """A file or an archive.

    The engine keeps only the hash of an old one; two are the same when their hashes are. An old archive comes with an
    empty map of contents, which means none.
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
        """Whether more than the hash is known."""
        return self.text is not None or self.path is not None or self.uri is not None or bool(self.assets)


@dataclass(frozen=True)
class Properties:
    """Properties as data, and where among them secrets are."""

    values: dict[str, Any]
    secret: frozenset[Place] = frozenset()


def decode(message: struct_pb2.Struct) -> Properties:
    """Return the properties of a message."""
    secret: set[Place] = set()
    return Properties({name: _plain(one, (name,), secret) for name, one in message.fields.items()}, frozenset(secret))


def _plain(value: struct_pb2.Value, place: Place, secret: set[Place]) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value in _UNKNOWNS else value.string_value
    if kind == "bool_value":
        return value.bool_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "list_value":
        inner: set[Place] = set()
        elements = [_plain(one, place, inner) for one in value.list_value.values]
        if inner:
            secret.add(place)
        return elements
    if kind != "struct_value":
        return None
    fields = value.struct_value.fields
    if SIGNATURE not in fields:
        return {name: _plain(one, (*place, name), secret) for name, one in fields.items()}
    return _special(fields[SIGNATURE].string_value, fields, place, secret)


def _special(signature: str, fields: Mapping[str, struct_pb2.Value], place: Place, secret: set[Place]) -> Any:
    if signature == _SECRET:
        secret.add(place)
        return _plain(fields["value"], place, set()) if "value" in fields else None
    if signature == _OUTPUT:
        if "secret" in fields and fields["secret"].bool_value:
            secret.add(place)
        return _plain(fields["value"], place, secret) if "value" in fields else UNKNOWN
    if signature == _RESOURCE:
        return _plain(fields["id"], place, secret) if "id" in fields else fields["urn"].string_value
    if signature in (_ASSET, _ARCHIVE):
        texts = {name: fields[name].string_value for name in ("hash", "text", "path", "uri") if name in fields}
        members = fields["assets"].struct_value.fields if "assets" in fields else {}
        assets = {name: _plain(one, place, secret) for name, one in members.items()}
        return Asset(signature == _ARCHIVE, **texts, assets=assets)
    raise ValueError(f"a property value has the signature {signature}, which this adapter does not know")


def encode(values: Mapping[str, Any], secret: Iterable[Place] = ()) -> struct_pb2.Struct:
    """Return the message of properties, the secret ones marked; what is none is left out."""
    message = struct_pb2.Struct()
    message.update(_wire_map(values, frozenset(secret), ()))
    return message


def _wire_map(values: Mapping[str, Any], secret: frozenset[Place], place: Place) -> dict[str, Any]:
    wire = {}
    for name, value in values.items():
        here = (*place, name)
        if value is None:
            continue
        if here in secret:
            wire[name] = {SIGNATURE: _SECRET, "value": _wire(value, frozenset(), here)}
        else:
            wire[name] = _wire(value, secret, here)
    return wire


def _wire(value: Any, secret: frozenset[Place], place: Place) -> Any:
    if value is UNKNOWN:
        return _UNKNOWN
    if isinstance(value, Asset):
        texts = {name: getattr(value, name) for name in ("hash", "text", "path", "uri")}
        wire: dict[str, Any] = {name: text for name, text in texts.items() if text is not None}
        if value.assets:
            wire["assets"] = {name: _wire(one, frozenset(), place) for name, one in value.assets.items()}
        return {SIGNATURE: _ARCHIVE if value.archive else _ASSET, **wire}
    if isinstance(value, dict):
        return _wire_map(value, secret, place)
    if isinstance(value, (list, tuple)):
        return [_wire(one, frozenset(), place) for one in value]
    return value


def replaced(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return a value whose leaves are what a function makes of them."""
    if isinstance(value, dict):
        return {name: replaced(one, change) for name, one in value.items()}
    if isinstance(value, list):
        return [replaced(one, change) for one in value]
    return change(value)


def leaves(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Yield every leaf within a value with its place; those within a list have the list's."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from leaves(one, (*place, name))
    elif isinstance(value, list):
        for one in value:
            yield from ((place, leaf) for _, leaf in leaves(one))
    else:
        yield place, value


def at(value: Any, place: Place) -> Any:
    """Return what is at a place; none where nothing is."""
    for name in place:
        value = value.get(name) if isinstance(value, dict) else None
    return value
