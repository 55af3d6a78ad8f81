"""The provider of the second copy's region and account."""

import json
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.provider import provider_at
from tests.components.sample import CONTEXT
from tests.support.mocks import Recorder, deployed

THERE = replace(CONTEXT, region="eu-west-1", account_id="222222222222")
ROLE = "arn:aws:iam::222222222222:role/deploy"
LOCAL: dict[str, Any] = {
    "aws:region": "eu-central-1",
    "aws:accessKey": "key",
    "aws:secretKey": "secret",
    "aws:s3UsePathStyle": "true",
    "aws:endpoints": '[{"s3": "http://127.0.0.1:1"}]',
    "aws:defaultTags": '{"tags": {"team": "payments"}}',
}


def options(role_arn: str, config: dict[str, Any]) -> dict[str, Any]:
    """Return the options of the provider: texts as the engine passes them on, and objects."""

    def program() -> Any:
        pulumi.runtime.set_all_config(config, secret_keys=["aws:secretKey"])
        return provider_at("replica", THERE, role_arn).urn

    try:
        recorder = deployed(program, Recorder())
    finally:
        pulumi.runtime.set_all_config({})
    inputs = recorder.inputs_of("pulumi:providers:aws", "replica")
    return {name: _object(value) for name, value in inputs.items()}


def _object(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value[:1] in ("[", "{", "t") else value


def test_the_provider_assumes_the_role_and_refuses_any_other_account() -> None:
    found = options(ROLE, {})
    assert found["region"] == "eu-west-1"
    assert found["allowedAccountIds"] == ["222222222222"]
    assert found["assumeRoles"] == [{"roleArn": ROLE}]


def test_a_role_of_the_stacks_own_provider_is_assumed_first() -> None:
    first = "arn:aws:iam::123456789012:role/pipeline"
    found = options(ROLE, {"aws:assumeRoles": json.dumps([{"roleArn": first}])})
    assert [role["roleArn"] for role in found["assumeRoles"]] == [first, ROLE]


@pytest.mark.parametrize("role_arn", ["", ROLE])
def test_credentials_endpoints_and_tags_are_those_of_the_stack(role_arn: str) -> None:
    found = options(role_arn, LOCAL)
    assert found["region"] == "eu-west-1"
    # Marked as secrets, which the engine encrypts in its state.
    assert [found[name]["value"] for name in ("accessKey", "secretKey")] == ["key", "secret"]
    assert found["s3UsePathStyle"] is True
    assert found["endpoints"] == [{"s3": "http://127.0.0.1:1"}]
    assert found["defaultTags"] == {"tags": {"team": "payments"}}
    assert ("assumeRoles" in found) is bool(role_arn)
