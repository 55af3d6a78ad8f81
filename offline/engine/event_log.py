"""Reads the engine's event log of an update: how long each resource took, and the slowest chain of dependencies."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

ENABLED = {"PULUMI_DEBUG_COMMANDS": "true"}
"""Environment variables that enable the engine's debugging option `--event-log`."""


@dataclass(frozen=True)
class EventLog:
    """The times in an event log.

    Attributes
    ----------
    seconds
        Time from the first event to the last.
    durations
        Seconds per resource, by URN; the log has whole seconds.
    """

    seconds: int
    durations: Mapping[str, int]


def read(text: str) -> EventLog:
    """Return the times in a log, which has one JSON event per line."""
    events = [json.loads(line) for line in text.splitlines() if line.strip()]
    started: dict[str, int] = {}
    durations: dict[str, int] = {}
    for event in events:
        if before := event.get("resourcePreEvent"):
            started[before["metadata"]["urn"]] = event["timestamp"]
        elif after := event.get("resOutputsEvent"):
            urn = after["metadata"]["urn"]
            durations[urn] = event["timestamp"] - started.get(urn, event["timestamp"])
    times = [event["timestamp"] for event in events]
    return EventLog(max(times) - min(times), durations)


def slowest_chain(log: EventLog, resources: Sequence[Mapping[str, Any]]) -> list[tuple[str, int]]:
    """Return the chain of dependent resources that takes longest, as (URN, seconds).

    Parameters
    ----------
    resources
        The resources of the state after the update, with their dependencies. A component itself takes no time.
    """
    by_urn = {resource["urn"]: resource for resource in resources}

    @cache
    def chain(urn: str) -> tuple[tuple[str, int], ...]:
        resource = by_urn[urn]
        before = max(
            (chain(dependency) for dependency in _dependencies(resource) if dependency in by_urn),
            key=_length,
            default=(),
        )
        return (*before, (urn, log.durations.get(urn, 0) if resource.get("custom") else 0))

    return list(max(map(chain, by_urn), key=_length, default=()))


def _dependencies(resource: Mapping[str, Any]) -> set[str]:
    by_property = resource.get("propertyDependencies") or {}
    return {*(resource.get("dependencies") or ()), *(urn for urns in by_property.values() for urn in urns or ())}


def _length(chain: Iterable[tuple[str, int]]) -> int:
    return sum(seconds for _, seconds in chain)
