"""The DNS firewall lets the functions in the network resolve every name that they call, and no other service's."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse

from components.context import AwsContext
from components.network.dns_firewall import endpoint_names
from lambdas.shared.clients import client_config

LAMBDAS = Path(__file__).parents[3] / "lambdas"
IN_NETWORK = ("processor", "reconciler")
"""Functions in the network."""
PARTITIONS = {
    "us-east-1": "aws",
    "eu-central-1": "aws",
    "ap-southeast-2": "aws",
    "us-gov-west-1": "aws-us-gov",
    "cn-north-1": "aws-cn",
}
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "s3": ("get_object", {"Bucket": "strongroom-prod-data-input", "Key": "a.csv"}),
    "dynamodb": ("get_item", {"TableName": "t", "Key": {"pk": {"S": "a"}}}),
    "kms": ("generate_mac", {"KeyId": "k", "Message": b"m", "MacAlgorithm": "HMAC_SHA_256"}),
}
"""A call of each service."""


class Reached(Exception):  # noqa: N818 (a signal)
    """A client is about to send its request."""


def services_of(function: str) -> set[str]:
    """Return the services that a function's code has clients of."""
    code = [file.read_text("utf-8") for folder in (function, "shared") for file in (LAMBDAS / folder).rglob("*.py")]
    return set(re.findall(r'boto3\.client\("([\w-]+)"', "\n".join(code)))


def host_of(service: str, region: str, account_id: str | None) -> str:
    """Return the host that a client of a function calls, without calling it."""
    session = boto3.Session(region_name=region)
    client = session.client(
        service,  # type: ignore[call-overload]
        config=client_config(attempts=1, read_timeout=1),
        aws_access_key_id="AKIAEXAMPLE",
        aws_secret_access_key="example",
        aws_account_id=account_id,
    )
    hosts: list[str] = []

    def answer(request: Any, **_: Any) -> AWSResponse:
        hosts.append(str(urlsplit(request.url).hostname))
        raise Reached

    client.meta.events.register("before-send", answer)
    operation, arguments = CALLS[service]
    with pytest.raises(Reached):
        getattr(client, operation)(**arguments)
    return hosts[0]


def is_allowed(host: str, names: list[str]) -> bool:
    return any(fnmatchcase(host, name) for name in names)


def needed_hosts(region: str) -> Iterator[str]:
    for service in {service for function in IN_NETWORK for service in services_of(function)}:
        for account_id in (None, "111122223333"):  # DynamoDB has a name for each account
            yield host_of(service, region, account_id)


@pytest.fixture(autouse=True)
def no_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)


def context(region: str) -> AwsContext:
    return AwsContext(partition=PARTITIONS[region], region=region, account_id="111122223333", prefix="strongroom-test")


@pytest.mark.parametrize("region", PARTITIONS)
def test_the_firewall_allows_every_name_that_a_function_in_the_network_resolves(region: str) -> None:
    names = endpoint_names(region, context(region).dns_suffix)
    hosts = set(needed_hosts(region))
    assert len(hosts) >= len(CALLS)
    assert {host for host in hosts if not is_allowed(host, names)} == set()


@pytest.mark.parametrize("region", PARTITIONS)
def test_the_firewall_allows_no_name_of_another_service_region_or_owner(region: str) -> None:
    names = endpoint_names(region, context(region).dns_suffix)
    for host in (
        "sts.amazonaws.com",
        f"sts.{region}.amazonaws.com",
        "s3.amazonaws.com",
        "bucket.s3.amazonaws.com",
        "example.com",
    ):
        assert not is_allowed(host, names)
    assert not is_allowed(f"s3.{region}.amazonaws.com.example.com", names)
    assert not is_allowed("kms.eu-west-3.amazonaws.com", names)


@pytest.mark.parametrize("region", PARTITIONS)
def test_the_suffix_of_a_partition_is_that_of_botocores_endpoint_data(region: str) -> None:
    partitions = botocore.session.get_session().get_data("endpoints")["partitions"]
    suffixes = {partition["partition"]: partition["dnsSuffix"] for partition in partitions}
    assert boto3.Session().get_partition_for_region(region) == PARTITIONS[region]
    assert suffixes[PARTITIONS[region]] == context(region).dns_suffix


def test_every_service_that_a_function_in_the_network_uses_has_a_call_here() -> None:
    assert {service for function in IN_NETWORK for service in services_of(function)} == set(CALLS)
