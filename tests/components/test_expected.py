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
        expected_state_json([forgetful], not_read_back=())


def test_every_control_of_a_kind_has_an_expected_value_and_constants_come_from_the_control() -> None:
    def program() -> Any:
        return expected_state_json([expected_key(arn="arn", rotation_days=365, policy="{}")], not_read_back=())

    (key,) = json.loads(deployed_output(program))["resources"]
    assert (key["kind"], key["id"]) == ("key", "arn")
    assert set(key["expected"]) == {control.id for control in KINDS["key"]}
    assert key["expected"]["kms-enabled"] == "Enabled"


def test_kinds_that_cannot_be_read_back_are_left_out() -> None:
    def program() -> Any:
        return expected_state_json([expected_key(arn="arn", rotation_days=365, policy="{}")], not_read_back={"key"})

    assert json.loads(deployed_output(program))["resources"] == []


def deployed_output(program: Any) -> str:
    values: list[str] = []
    deployed(lambda: program().apply(values.append), Recorder())
    return values[0]
