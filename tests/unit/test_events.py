"""The engine's event log, read for where the time of an update goes."""

import json
from typing import Any

from localcloud import events

A, B, C, D = (f"urn:pulumi:s::p::aws:x/y:Y::{name}" for name in "abcd")


def log(*lines: tuple[int, str, str]) -> events.Log:
    return events.read(
        "\n".join(json.dumps({"timestamp": time, kind: {"metadata": {"urn": urn}}}) for time, kind, urn in lines)
    )


def test_a_resource_takes_from_its_first_event_to_its_outputs() -> None:
    read = log(
        (10, "resourcePreEvent", A), (12, "resourcePreEvent", B), (13, "resOutputsEvent", B), (35, "resOutputsEvent", A)
    )
    assert (read.seconds, dict(read.working)) == (25, {A: 25, B: 1})


def test_the_slowest_chain_follows_dependencies_of_every_kind_and_counts_no_component() -> None:
    read = events.Log(60, {A: 10, B: 20, C: 25, D: 60})
    resources: list[dict[str, Any]] = [
        {"urn": A, "custom": True},
        {"urn": B, "custom": True, "dependencies": [A]},
        {"urn": C, "custom": True, "propertyDependencies": {"x": [A], "y": None}},
        {"urn": D, "dependencies": [B, "urn:of::a::thing::gone"]},
    ]
    assert events.slowest_chain(read, resources) == [(A, 10), (C, 25)]
