import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from policy.evaluation import Report, Verdict, evaluate
from policy.model import Stack
from policy.pulumi_json import PulumiJsonError, stack_from_preview, stack_from_state
from policy.settings import Settings
from policy.wire_values import SECRET, SIGNATURE, UNKNOWNS
from tests.policy.support import BUCKET, ENCRYPTION, FEW, KEY_ARN, LOG_GROUP, QUEUE, TAGS, TODAY, urn

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
PROVIDER = urn("pulumi:providers:aws", "default")
SOUND = {"kmsMasterKeyId": KEY_ARN, "tags": dict(TAGS)}


def state(kind: str = QUEUE, name: str = "it", **parts: Any) -> dict[str, Any]:
    return {"urn": urn(kind, name), "type": kind, "custom": True, "provider": f"{PROVIDER}::1", **parts}


def export(*resources: Mapping[str, Any]) -> str:
    return json.dumps({"version": 3, "deployment": {"resources": resources}})


def preview(*states: Mapping[str, Any], op: str = "create", **parts: Any) -> str:
    return json.dumps({"steps": [{"op": op, "urn": state["urn"], "newState": state} for state in states], **parts})


def stream(*states: Mapping[str, Any], op: str = "create", config: Mapping[str, str] | None = None) -> str:
    events: list[dict[str, Any]] = [{"preludeEvent": {"config": config or {}}}]
    events += [{"resourcePreEvent": {"metadata": {"op": op, "urn": state["urn"], "new": state}}} for state in states]
    return "\n".join(json.dumps({"sequence": index, **event}) for index, event in enumerate(events)) + "\n"


SOURCES: dict[str, Callable[..., Stack]] = {
    "state": lambda *states: stack_from_state(export(*states)),
    "preview": lambda *states: stack_from_preview(preview(*states)),
    "stream": lambda *states: stack_from_preview(stream(*states)),
}


def judged(stack: Stack) -> Report:
    return evaluate(stack, Settings(), TODAY, FEW)


def by_rule(stack: Stack) -> dict[str, Verdict]:
    return {result.rule.name: result.verdict for result in judged(stack).results if result.resource}


@pytest.mark.parametrize("source", SOURCES)
def test_the_inputs_of_a_program_are_read_from_each_source(source: str) -> None:
    read = SOURCES[source]
    assert set(by_rule(read(state(inputs=SOUND))).values()) == {Verdict.PASS}
    assert by_rule(read(state(inputs=SOUND | {"kmsMasterKeyId": "alias/aws/sqs"})))["queue-uses-customer-key"] == "fail"
    assert set(by_rule(read(state(inputs={}))).values()) == {Verdict.FAIL}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("marker", sorted(UNKNOWNS))
def test_every_unknown_marker_of_the_engine_is_decoded(source: str, marker: str) -> None:
    stack = SOURCES[source](state(inputs=SOUND | {"kmsMasterKeyId": marker}))
    assert by_rule(stack)["queue-uses-customer-key"] is Verdict.UNKNOWN


@pytest.mark.parametrize("source", SOURCES)
def test_an_unreadable_secret_is_unknown_and_a_readable_one_is_checked(source: str) -> None:
    def key(secret: Mapping[str, Any] | str) -> Verdict:
        return by_rule(SOURCES[source](state(inputs=SOUND | {"kmsMasterKeyId": secret})))["queue-uses-customer-key"]

    assert key({SIGNATURE: SECRET, "ciphertext": "AAABAE"}) is Verdict.UNKNOWN
    assert key("[secret]") is Verdict.UNKNOWN
    assert key({SIGNATURE: SECRET, "plaintext": json.dumps(KEY_ARN)}) is Verdict.PASS
    assert key({SIGNATURE: SECRET, "plaintext": json.dumps("alias/aws/sqs")}) is Verdict.FAIL


def test_a_secret_map_is_unknown_as_a_whole_and_a_secret_value_in_a_map_by_itself() -> None:
    secret = {SIGNATURE: SECRET, "ciphertext": "AAABAE"}
    whole = judged(stack_from_state(export(state(inputs=SOUND | {"tags": secret}))))
    one = judged(stack_from_state(export(state(inputs=SOUND | {"tags": {**TAGS, "owner": secret, "project": ""}}))))
    assert [result.unknown for result in whole.with_verdict(Verdict.UNKNOWN)] == [("tags",)]
    (result,) = one.with_verdict(Verdict.FAIL)
    assert (result.messages, result.unknown) == (("has an empty tag project",), ("tags.owner",))


def test_an_output_counts_where_an_input_is_absent() -> None:
    group = state(LOG_GROUP, inputs={"kmsKeyId": KEY_ARN}, outputs={"retentionInDays": 3653, "tagsAll": dict(TAGS)})
    assert set(by_rule(stack_from_state(export(group))).values()) == {Verdict.PASS}
    overruled = state(LOG_GROUP, inputs={"retentionInDays": 1}, outputs={"retentionInDays": 3653})
    assert by_rule(stack_from_state(export(overruled)))["log-group-has-retention-period"] is Verdict.FAIL


def test_a_resource_that_is_pending_deletion_or_only_read_is_not_checked() -> None:
    assert not by_rule(stack_from_state(export(state(delete=True), state(name="other", external=True))))
    assert not by_rule(stack_from_preview(preview(state(), op="delete")))
    assert not by_rule(stack_from_preview(preview(state(external=True), op="read")))
    assert not by_rule(stack_from_preview(stream(state(), op="delete-replaced")))
    assert not by_rule(stack_from_preview(stream(state(), op="read")))


@pytest.mark.parametrize("op", ["create", "update", "same", "replace", "create-replacement", "import", "refresh"])
def test_a_resource_that_exists_after_the_update_is_checked(op: str) -> None:
    assert by_rule(stack_from_preview(preview(state(inputs={}), op=op)))["queue-uses-customer-key"] is Verdict.FAIL


def side(**parts: Any) -> dict[str, Any]:
    rule = {
        "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY_ARN},
        "bucketKeyEnabled": True,
    }
    return state(ENCRYPTION, inputs={"bucket": UNKNOWN, "rules": [rule]}, **parts)


def test_side_resources_are_matched_by_the_dependencies_in_a_source() -> None:
    linked = side(propertyDependencies={"bucket": [urn(BUCKET, "it")]})
    bucket = state(BUCKET, inputs={"tags": dict(TAGS)})
    assert set(by_rule(stack_from_state(export(bucket, linked))).values()) >= {Verdict.PASS}
    assert by_rule(stack_from_preview(preview(bucket, linked)))["bucket-uses-customer-key"] is Verdict.PASS
    # A stream tells no dependencies, so what belongs to what is not known.
    assert by_rule(stack_from_preview(stream(bucket, side())))["bucket-uses-customer-key"] is Verdict.UNKNOWN


def test_a_preview_without_unchanged_resources_is_incomplete() -> None:
    changed = state(BUCKET, inputs={"tags": dict(TAGS)})
    report = judged(stack_from_preview(preview(changed, op="update", changeSummary={"update": 1, "same": 4})))
    assert [result.rule.name for result in report.with_verdict(Verdict.UNKNOWN)] == ["bucket-uses-customer-key"]
    assert [note.kind for note in report.notes] == ["incomplete"]
    created = judged(stack_from_preview(preview(changed, op="create", changeSummary={"create": 1, "same": 1})))
    assert [note.kind for note in created.notes] == ["incomplete"]
    first = judged(stack_from_preview(preview(changed, op="create", changeSummary={"create": 1})))
    assert first.notes == ()
    whole = judged(stack_from_preview(preview(changed, op="same", changeSummary={"same": 1})))
    assert [result.rule.name for result in whole.with_verdict(Verdict.FAIL)] == ["bucket-uses-customer-key"]


@pytest.mark.parametrize("settings", [{"tags": dict(TAGS)}, json.dumps({"tags": dict(TAGS)})])
def test_the_default_tags_of_a_resources_provider_count(settings: object) -> None:
    provider = {"urn": PROVIDER, "type": "pulumi:providers:aws", "id": "1", "inputs": {"defaultTags": settings}}
    queue = state(inputs={"kmsMasterKeyId": KEY_ARN})
    stranger = state(name="b", inputs={"kmsMasterKeyId": KEY_ARN}) | {"provider": f"{PROVIDER}2::1"}
    results = judged(stack_from_state(export(provider, queue, stranger))).results
    tagged = {
        result.resource.name: result.verdict
        for result in results
        if result.rule.name == "resource-is-tagged" and result.resource
    }
    assert tagged == {"it": Verdict.PASS, "b": Verdict.FAIL}


@pytest.mark.parametrize("write", [preview, stream])
def test_the_default_tags_of_the_default_provider_come_from_the_stacks_configuration(write: Any) -> None:
    config = {"aws:defaultTags": json.dumps({"tags": dict(TAGS)})}
    stack = stack_from_preview(write(state(inputs={"kmsMasterKeyId": KEY_ARN}), config=config))
    assert set(by_rule(stack).values()) == {Verdict.PASS}


@pytest.mark.parametrize("text", [export(), json.dumps({"version": 3, "deployment": {}}), preview(changeSummary={})])
def test_no_rule_applies_to_an_empty_stack(text: str) -> None:
    stack = stack_from_state(text) if "deployment" in text else stack_from_preview(text)
    assert {result.verdict for result in evaluate(stack, Settings(), TODAY).results} == {Verdict.NOT_APPLICABLE}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        "{}",
        "null",
        '{"deployment": null}',
        '{"deployment": {"resources": {}}}',
        '{"deployment": {"resources": ["x"]}}',
        '{"deployment": {"resources": [{"type": "x"}]}}',
        '{"deployment": {"resources": [{"urn": "urn:pulumi:dev"}]}}',
        export(state())[:-5],
        preview(state()),
    ],
)
def test_text_that_is_not_an_exported_state_is_an_error(text: str) -> None:
    with pytest.raises(PulumiJsonError):
        stack_from_state(text)


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        "{}",
        "null",
        '{"steps": {}}',
        '{"steps": ["x"]}',
        '{"steps": [{"op": "create", "newState": {}}]}',
        preview(state())[:-5],
        stream(state())[:-5],
        '{"sequence": 1}\n[]',
        export(state()),
    ],
)
def test_text_that_is_not_a_preview_is_an_error(text: str) -> None:
    with pytest.raises(PulumiJsonError):
        stack_from_preview(text)
