"""What an operator may ask for."""

from collections.abc import Mapping
from dataclasses import dataclass

from lambdas.shared.errors import SafeError


class InvalidRequest(SafeError):
    """The function was asked for something that it does not do."""


@dataclass(frozen=True)
class Redrive:
    """Return all messages of the dead-letter queue to the work queue."""


@dataclass(frozen=True, kw_only=True)
class Replay:
    """Notify the processor of a file again.

    Attributes
    ----------
    key
        Key of the object in the input bucket.
    version_id
        Version of the object; None for the current one.
    """

    key: str
    version_id: str | None


def request_from(event: object) -> Redrive | Replay:
    """Return the request in an event: `{"operation": "redrive"}`, or `{"operation": "replay", "key": …, "version_id": …}`.

    Raises
    ------
    InvalidRequest
        The event is neither.
    """
    members = event if isinstance(event, Mapping) else {}
    match dict(members):
        case {"operation": "redrive", **rest} if not rest:
            return Redrive()
        case {"operation": "replay", "key": str(key), **rest} if key and set(rest) <= {"version_id"}:
            version_id = rest.get("version_id")
            if version_id is None or (isinstance(version_id, str) and version_id):
                return Replay(key=key, version_id=version_id)
    raise InvalidRequest(
        'the request is not one that this function knows; expected {"operation": "redrive"}, or {"operation": "replay", '
        '"key": "<key>"}, which may have a "version_id"'
    )
