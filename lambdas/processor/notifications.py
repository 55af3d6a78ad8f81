"""Messages about new objects: which objects a message of the queue names."""

import json
from typing import NamedTuple, TypeVar
from urllib.parse import unquote_plus

from lambdas.source import Source
from lambdas.telemetry import Told

_T = TypeVar("_T")


class NotANotification(Told):
    """A message is none that S3 sent about the input bucket: it comes again until it is a dead letter."""


class Notification(NamedTuple):
    """What a message says: object versions to process, and names of events that are none of a new object."""

    sources: list[Source]
    ignored: list[str]


def objects_in(body: str, bucket: str) -> Notification:
    """Return what a message's body says.

    Parameters
    ----------
    bucket
        The only bucket whose objects are processed.

    Raises
    ------
    NotANotification
        It is not JSON, not of S3, about another bucket, or about a bucket without versions: what was processed could
        not be told from what came later under the same key.
    """
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        raise NotANotification("the message is not JSON") from None
    if not isinstance(message, dict):
        raise NotANotification("the message is not a JSON object")
    if message.get("Event") == "s3:TestEvent":  # S3 sends one when the notification is set up
        return Notification([], ["s3:TestEvent"])
    records = message.get("Records")
    if not isinstance(records, list) or not records:
        raise NotANotification("the message has no Records, as a notification of S3 has")
    found = Notification([], [])
    for record in records:
        event = _member(record, "eventName", str)
        if event.removeprefix("s3:").startswith("ObjectCreated:"):
            found.sources.append(_source(record, bucket))
        else:
            found.ignored.append(event)
    return found


def _source(record: object, bucket: str) -> Source:
    described = _member(record, "s3", dict)
    name = _member(_member(described, "bucket", dict), "name", str)
    if name != bucket:
        raise NotANotification(f"the message is about bucket {name}, not about the input bucket {bucket}")
    thing = _member(described, "object", dict)
    return Source(
        bucket=name,
        key=unquote_plus(_member(thing, "key", str)),
        version_id=_member(thing, "versionId", str),
    )


def _member(record: object, name: str, kind: type[_T]) -> _T:
    value = record.get(name) if isinstance(record, dict) else None
    if not isinstance(value, kind) or not value:
        raise NotANotification(f"a record of the message has no {name}, as one of S3 about a versioned bucket has")
    return value
