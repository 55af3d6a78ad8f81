"""Logs and metrics: each event is one line of JSON on standard output, which Lambda sends to the function's log group.

No line ever holds a record, an account or key material.
"""

import json
from collections.abc import Callable, Mapping

from lambdas.shared.timestamps import timestamp

NAMESPACE = "Strongroom"


class Telemetry:
    """Writes the log events and metrics of one invocation.

    Parameters
    ----------
    function
        Name of the function: the dimension `FunctionName` of its metrics.
    request_id
        Lambda's id of the invocation, written on every line.
    clock
        Returns seconds since the epoch.
    """

    def __init__(self, function: str, request_id: str, clock: Callable[[], float]) -> None:
        self._function = function
        self._request_id = request_id
        self._clock = clock

    def log(self, level: str, event: str, **details: object) -> None:
        """Write an event; details that are none are left out."""
        line: dict[str, object] = {
            "timestamp": timestamp(self._clock()),
            "level": level,
            "event": event,
            "request_id": self._request_id,
        }
        line.update((name, value) for name, value in details.items() if value is not None)
        print(json.dumps(line), flush=True)

    def measure(self, level: str, event: str, metrics: Mapping[str, int], **details: object) -> None:
        """Write an event with metrics, in CloudWatch's embedded metric format.

        Parameters
        ----------
        metrics
            Count by metric name.
        """
        directive = {
            "Namespace": NAMESPACE,
            "Dimensions": [["FunctionName"]],
            "Metrics": [{"Name": name, "Unit": "Count"} for name in metrics],
        }
        embedded = {"Timestamp": int(self._clock() * 1000), "CloudWatchMetrics": [directive]}
        self.log(level, event, **details, _aws=embedded, FunctionName=self._function, **metrics)
