"""The engine's event log of an update (`--event-log`): when each resource was worked on, and the chain that took longest."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

ENABLED = {"PULUMI_DEBUG_COMMANDS": "true"}
"""What makes the engine know `--event-log`, which it keeps among its commands for debugging."""


@dataclass(frozen=True)
class Log:
    """What an event log tells of time.

    Attributes
    ----------
    seconds
        From its first event to its last.
    working
        Seconds that each resource took, by URN; the log counts in whole seconds.
    """

    seconds: int
    working: Mapping[str, int]


def read(text: str) -> Log:
    """Read a log: one JSON event a line."""
    events = [json.loads(line) for line in text.splitlines() if line.strip()]
    started: dict[str, int] = {}
    working: dict[str, int] = {}
    for event in events:
        if before := event.get("resourcePreEvent"):
            started[before["metadata"]["urn"]] = event["timestamp"]
        elif after := event.get("resOutputsEvent"):
            urn = after["metadata"]["urn"]
            working[urn] = event["timestamp"] - started.get(urn, event["timestamp"])
    times = [event["timestamp"] for event in events]
    return Log(max(times) - min(times), working)


def slowest_chain(log: Log, resources: Sequence[Mapping[str, Any]]) -> list[tuple[str, int]]:
    """Return the chain of resources, each waiting for the one before, that takes longest, with the seconds of each.

    Parameters
    ----------
    resources
        Those of the state that the update left: they tell what each depends on. Components do not work themselves.
    """
    known = {one["urn"]: one for one in resources}

    @cache
    def chain(urn: str) -> tuple[tuple[str, int], ...]:
        one = known[urn]
        before = max((chain(other) for other in _needs(one) if other in known), key=_length, default=())
        return (*before, (urn, log.working.get(urn, 0) if one.get("custom") else 0))

    return list(max(map(chain, known), key=_length, default=()))


def _needs(resource: Mapping[str, Any]) -> set[str]:
    by_property = resource.get("propertyDependencies") or {}
    return {*(resource.get("dependencies") or ()), *(urn for urns in by_property.values() for urn in urns or ())}


def _length(chain: Iterable[tuple[str, int]]) -> int:
    return sum(seconds for _, seconds in chain)
