"""The clients of a run, at home, in another region and in another account."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from lambdas.attestor.clients import RunClients
from lambdas.attestor.reading import Location, Reading
from offline.emulator import Emulator
from tests.lambdas.attestor.house import REGION

OTHER = "222222222222"
"""Another account. The emulator takes an account's id as an access key of it."""


@pytest.fixture(autouse=True)
def environment(own_aws: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", own_aws.endpoint)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


def test_a_client_makes_one_attempt_and_uses_path_style_addresses_with_a_custom_endpoint() -> None:
    client = RunClients()("s3")
    assert client.meta.region_name == REGION
    assert client.meta.config.retries["total_max_attempts"] == 1
    assert client.meta.config.s3["addressing_style"] == "path"


def test_a_client_is_made_once_for_each_service_and_location() -> None:
    clients, away = RunClients(), Location(region="eu-west-1")
    assert clients("kms", away) is clients("kms", away)
    assert clients("kms", away) is not clients("kms")
    assert clients("kms", away).meta.region_name == "eu-west-1"


def test_resources_of_another_account_are_read_with_its_role(own_aws: Emulator) -> None:
    session = boto3.Session(OTHER, "test", region_name="eu-west-1")
    iam, kms = (
        session.client("iam", endpoint_url=own_aws.endpoint),
        session.client("kms", endpoint_url=own_aws.endpoint),
    )
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    key = kms.create_key()["KeyMetadata"]["Arn"]
    away = Reading(RunClients(), Location(region="eu-west-1", role_arn=role))
    assert OTHER in away.call("kms", "describe_key", KeyId=key)["KeyMetadata"]["Arn"]
    with pytest.raises(ClientError):
        Reading(RunClients()).call("kms", "describe_key", KeyId=key)
