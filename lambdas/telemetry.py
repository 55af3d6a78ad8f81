"""Logs and metrics: one line of JSON an event, on standard output, where Lambda takes it to the function's log group.

No record, no account and no key material is ever in a line. Of an exception only what AWS answered is told, and else its
type and place: the message of any other might quote what it failed on.
"""

import json
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import PurePath
from typing import TextIO

from botocore.exceptions import ClientError

NAMESPACE = "Strongroom"


class Told(Exception):  # noqa: N818
    """Trouble whose message is safe to log: it quotes no content."""


def described(error: BaseException) -> str:
    """Return what may be told of an exception."""
    if isinstance(error, Told):
        return f"{type(error).__name__}: {error}"
    if isinstance(error, ClientError):
        answer = error.response.get("Error", {})
        return f"AWS answered {answer.get('Code', 'without a code')} to {error.operation_name}"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    cause = error.__cause__ or error.__context__
    behind = f", after {described(cause)}" if isinstance(cause, ClientError) else ""
    return f"{type(error).__name__}{place}{behind}"


def timestamp(moment: float) -> str:
    """Return a time in seconds since the epoch as RFC 3339 in UTC, to the millisecond."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Telemetry:
    """Writes lines for one invocation.

    Parameters
    ----------
    request_id
        Lambda's id of the invocation; every line has it.
    clock
        Seconds since the epoch.
    stream
        Where lines go; standard output if none.
    """

    def __init__(self, request_id: str, clock: Callable[[], float], stream: TextIO | None = None) -> None:
        self._request_id = request_id
        self._clock = clock
        self._stream = stream

    def log(self, level: str, event: str, **details: object) -> None:
        """Write an event; details that are none are left out."""
        line: dict[str, object] = {
            "timestamp": timestamp(self._clock()),
            "level": level,
            "event": event,
            "request_id": self._request_id,
        }
        line.update((name, value) for name, value in details.items() if value is not None)
        print(json.dumps(line), file=self._stream or sys.stdout, flush=True)

    def measure(
        self,
        level: str,
        event: str,
        counts: Mapping[str, int],
        dimensions: Mapping[str, str] | None = None,
        **details: object,
    ) -> None:
        """Write an event whose counts are metrics too, in CloudWatch's embedded metric format.

        Parameters
        ----------
        counts
            Value by metric.
        dimensions
            Value by dimension; the metrics have exactly these.
        """
        named = dict(dimensions or {})
        directive = {
            "Namespace": NAMESPACE,
            "Dimensions": [list(named)],
            "Metrics": [{"Name": name, "Unit": "Count"} for name in counts],
        }
        embedded = {"Timestamp": int(self._clock() * 1000), "CloudWatchMetrics": [directive]}
        self.log(level, event, **details, _aws=embedded, **named, **counts)
