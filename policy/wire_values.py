"""Values as exports, previews and the engine write them, made plain: unknowns and unreadable secrets are UNKNOWN."""

import json
from collections.abc import Mapping, Sequence

from policy.model import UNKNOWN, Value

# The engine's markers: sdk/go/common/resource/properties.go and the policy SDK's proxy module.
UNKNOWNS = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # string, and any kind in a preview
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 (a marker, not a secret)
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
BLINDED = "[secret]"
"""What a preview's JSON shows in a secret's place."""


def plain(value: object) -> Value:
    """Return a value free of markers.

    A secret is readable only where the source holds it in the clear (`plaintext`, JSON in a text, or `value`).
    """
    if isinstance(value, str):
        return UNKNOWN if value in UNKNOWNS or value == BLINDED else value
    if isinstance(value, Mapping):
        signature = value.get(SIGNATURE)
        if signature in (SECRET, OUTPUT):
            return _enclosed(value)
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, Sequence):
        return [plain(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if value is None or isinstance(value, bool | int | float) else UNKNOWN


def props(value: object) -> dict[str, Value]:
    """Return a resource's properties made plain; nothing where there are none."""
    return {str(key): plain(one) for key, one in value.items()} if isinstance(value, Mapping) else {}


def default_tags(provider: Mapping[str, Value]) -> Value:
    """Return the tags that a provider's settings add to every resource; settings may be JSON in a text."""
    settings = provider.get("defaultTags")
    if isinstance(settings, str):
        settings = plain(parsed(settings))
    return settings.get("tags") if isinstance(settings, Mapping) else settings


def parsed(text: str) -> object:
    """Parse a text that may be JSON; other text stays as it is."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _enclosed(value: Mapping[object, object]) -> Value:
    if isinstance(clear := value.get("plaintext"), str):
        return plain(parsed(clear))
    return plain(value["value"]) if "value" in value else UNKNOWN
