"""Durations and the slowest chain from the engine's event log."""

import json
from typing import Any

from offline.engine import event_log

A, B, C, D = (f"urn:pulumi:s::p::aws:x/y:Y::{name}" for name in "abcd")


def log(*lines: tuple[int, str, str]) -> event_log.EventLog:
    return event_log.read(
        "\n".join(json.dumps({"timestamp": time, kind: {"metadata": {"urn": urn}}}) for time, kind, urn in lines)
    )


def test_the_duration_of_a_resource_is_from_its_first_event_to_its_outputs() -> None:
    read = log(
        (10, "resourcePreEvent", A), (12, "resourcePreEvent", B), (13, "resOutputsEvent", B), (35, "resOutputsEvent", A)
    )
    assert (read.seconds, dict(read.durations)) == (25, {A: 25, B: 1})


def test_the_slowest_chain_follows_every_kind_of_dependency_and_ignores_components() -> None:
    read = event_log.EventLog(60, {A: 10, B: 20, C: 25, D: 60})
    resources: list[dict[str, Any]] = [
        {"urn": A, "custom": True},
        {"urn": B, "custom": True, "dependencies": [A]},
        {"urn": C, "custom": True, "propertyDependencies": {"x": [A], "y": None}},
        {"urn": D, "dependencies": [B, "urn:of::a::thing::gone"]},
    ]
    assert event_log.slowest_chain(read, resources) == [(A, 10), (C, 25)]
