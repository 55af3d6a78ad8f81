"""Values as exports, previews and the engine encode them. Unknowns and unreadable secrets are decoded to UNKNOWN."""

import json
from collections.abc import Mapping, Sequence

from policy.model import UNKNOWN, Value

# From the engine's sdk/go/common/resource/properties.go and the policy SDK's proxy module.
UNKNOWNS = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # string, and any type in a preview
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 (a marker, not a secret)
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
REDACTED = "[secret]"
"""What a preview's JSON shows in place of a secret."""


def decode(value: object) -> Value:
    """Return the value that an encoded value stands for.

    A secret can be read only where the source holds it in the clear: as JSON text in `plaintext`, or in `value`.
    """
    if isinstance(value, str):
        return UNKNOWN if value in UNKNOWNS or value == REDACTED else value
    if isinstance(value, Mapping):
        if value.get(SIGNATURE) in (SECRET, OUTPUT):
            return _decode_wrapped(value)
        return {str(key): decode(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [decode(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if value is None or isinstance(value, bool | int | float) else UNKNOWN


def decode_properties(value: object) -> dict[str, Value]:
    """Return the decoded properties of a resource, none where the value is not a mapping."""
    return {str(key): decode(item) for key, item in value.items()} if isinstance(value, Mapping) else {}


def default_tags(provider: Mapping[str, Value]) -> Value:
    """Return the tags that a provider adds to every resource; its `defaultTags` may be JSON text."""
    settings = provider.get("defaultTags")
    if isinstance(settings, str):
        settings = decode(_json_or_text(settings))
    return settings.get("tags") if isinstance(settings, Mapping) else settings


def _json_or_text(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _decode_wrapped(value: Mapping[object, object]) -> Value:
    if isinstance(plaintext := value.get("plaintext"), str):
        return decode(_json_or_text(plaintext))
    return decode(value["value"]) if "value" in value else UNKNOWN
