"""Notifications: reads the object versions that a message of the queue names."""

import json
from typing import NamedTuple, TypeVar
from urllib.parse import unquote_plus

from lambdas.shared.errors import SafeError
from lambdas.shared.source import Source

_T = TypeVar("_T")


class InvalidNotification(SafeError):
    """A message is not a notification of S3 about the input bucket."""


class Notification(NamedTuple):
    """A notification: the object versions to process, and the names of events that create no object."""

    sources: list[Source]
    ignored_events: list[str]


def parse_notification(body: str, bucket: str) -> Notification:
    """Return the notification in a message's body.

    Parameters
    ----------
    bucket
        The input bucket: no other bucket's objects are processed.

    Raises
    ------
    InvalidNotification
        The body is not JSON, not from S3, about another bucket, or about a bucket without versioning: without a version,
        a later upload under the same key could not be told apart.
    """
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidNotification("the message is not JSON") from None
    if not isinstance(message, dict):
        raise InvalidNotification("the message is not a JSON object")
    if message.get("Event") == "s3:TestEvent":  # S3 sends one when the notification is configured
        return Notification([], ["s3:TestEvent"])
    records = message.get("Records")
    if not isinstance(records, list) or not records:
        raise InvalidNotification("the message has no Records: it is not a notification of S3")
    notification = Notification([], [])
    for record in records:
        event = _member(record, "eventName", str)
        if event.removeprefix("s3:").startswith("ObjectCreated:"):
            notification.sources.append(_source(record, bucket))
        else:
            notification.ignored_events.append(event)
    return notification


def _source(record: object, bucket: str) -> Source:
    details = _member(record, "s3", dict)
    name = _member(_member(details, "bucket", dict), "name", str)
    if name != bucket:
        raise InvalidNotification(f"the message is about bucket {name}, expected the input bucket {bucket}")
    created = _member(details, "object", dict)
    return Source(
        bucket=name,
        key=unquote_plus(_member(created, "key", str)),
        version_id=_member(created, "versionId", str),
    )


def _member(record: object, name: str, kind: type[_T]) -> _T:
    value = record.get(name) if isinstance(record, dict) else None
    if not isinstance(value, kind) or not value:
        raise InvalidNotification(f"a record has no {name}: it is not a notification about a versioned bucket")
    return value
