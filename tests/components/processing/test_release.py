"""The release of the processor under Pulumi's mocks: first the canary, then the alias."""

import json
from typing import Any

import pulumi
import pytest
from pulumi.runtime import MockResourceArgs

from tests.components.sample import declare_tiers
from tests.support.mocks import Recorder, deployed

FUNCTION, ALIAS = "aws:lambda/function:Function", "aws:lambda/alias:Alias"
CANARY = "aws:lambda/invocation:Invocation"


class ReleaseRecorder(Recorder):
    """Mocks that publish version 7 of each function, and record what each resource waits for."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: dict[str, list[str]] = {}

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        identity, state = super().new_resource(args)
        computed = {FUNCTION: {"version": "7"}, ALIAS: {"arn": f"arn:{args.name}:live"}}
        return identity, {**state, **computed.get(args.typ, {})}


@pytest.fixture(scope="module")
def recorder() -> ReleaseRecorder:
    recorder = ReleaseRecorder()

    def record(args: pulumi.ResourceTransformationArgs) -> None:
        after: Any = args.opts.depends_on or []
        recorder.waits[f"{args.type_} {args.name}"] = [resource._name for resource in after]

    def program() -> Any:
        pulumi.runtime.register_stack_transformation(record)
        return declare_tiers()

    return deployed(program, recorder)


def test_only_the_processor_publishes_versions(recorder: ReleaseRecorder) -> None:
    published = {function.name: function.inputs["publish"] for function in recorder.of_type(FUNCTION)}
    assert {name for name, publishes in published.items() if publishes} == {"processor"}


def test_each_version_is_invoked_with_the_canary_once_the_function_can_work(recorder: ReleaseRecorder) -> None:
    canary = recorder.inputs_of(CANARY, "processor-canary")
    assert (canary["functionName"], canary["qualifier"]) == ("strongroom-test-processor", "7")
    assert json.loads(canary["input"]) == {"canary": True}
    assert recorder.waits[f"{CANARY} processor-canary"] == ["network", "processing-endpoints"]


def test_the_alias_moves_to_the_version_after_the_canary(recorder: ReleaseRecorder) -> None:
    alias = recorder.inputs_of(ALIAS, "processor")
    assert (alias["functionName"], alias["name"], alias["functionVersion"]) == (
        "strongroom-test-processor",
        "live",
        "7",
    )
    assert recorder.waits[f"{ALIAS} processor"] == ["processor-canary"]


def test_the_queue_invokes_the_alias(recorder: ReleaseRecorder) -> None:
    (mapping,) = recorder.of_type("aws:lambda/eventSourceMapping:EventSourceMapping")
    assert mapping.inputs["functionName"] == "arn:processor:live"
