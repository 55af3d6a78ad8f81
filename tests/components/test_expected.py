"""The expected state that components hand to the attestor."""

import json
from typing import Any

import pytest

from components.expected import ExpectedResource, expected_state_json
from components.keys.expected import expected_key
from lambdas.attestor.controls import KINDS, bucket
from tests.support.mocks import Recorder, deployed


def test_a_control_without_expected_value_is_an_error_that_names_control_and_kind() -> None:
    forgetful = ExpectedResource(id="name", values={bucket.bucket_key: True})
    with pytest.raises(ValueError, match=r"a bucket has no expected value for s3-default-encryption, .*: state it in"):
        expected_state_json([forgetful], not_attested=())


def test_every_control_of_a_kind_has_an_expected_value_and_constants_come_from_the_control() -> None:
    def program() -> Any:
        return expected_state_json([expected_key(arn="arn", rotation_days=365, policy="{}")], not_attested=())

    (key,) = json.loads(deployed_output(program))["resources"]
    assert (key["kind"], key["id"]) == ("key", "arn")
    assert set(key["expected"]) == {control.id for control in KINDS["key"]}
    assert key["expected"]["kms-enabled"] == "Enabled"


@pytest.mark.parametrize(("not_attested", "left"), [("key", None), ("kms-rotation", {"kms-enabled", "kms-policy"})])
def test_kinds_and_controls_that_are_not_attested_are_left_out_and_named(
    not_attested: str, left: set[str] | None
) -> None:
    def program() -> Any:
        keys = [expected_key(arn="arn", rotation_days=365, policy="{}")]
        return expected_state_json(keys, not_attested=[not_attested])

    state = json.loads(deployed_output(program))
    assert [set(resource["expected"]) for resource in state["resources"]] == ([left] if left else [])
    assert state["not_attested"] == [not_attested]


def deployed_output(program: Any) -> str:
    values: list[str] = []
    deployed(lambda: program().apply(values.append), Recorder())
    return values[0]
