import json
import socket
from importlib import resources
from typing import Any

import pytest

from offline.aws.provider import options
from offline.aws.terraform.client import TerraformProvider
from offline.aws.terraform.cty import UNKNOWN


def option_errors(terraform: TerraformProvider, given: dict[str, Any]) -> dict[str, str]:
    return dict(options.option_errors(terraform.provider, given))


def test_options_other_than_strings_are_parsed_from_json() -> None:
    given = {"endpoints": '[{"s3":"u"}]', "insecure": "true", "region": "r", "profile": "{x", "version": "7"}
    assert options.parse(given) == {"endpoints": [{"s3": "u"}], "insecure": True, "region": "r", "profile": "{x"}


def test_an_unknown_option_is_an_error_with_its_name(terraform: TerraformProvider) -> None:
    given = {"regoin": "x", "region": "y", "userAgents": ["z"], "s3UsEast1RegionalEndpoint": "legacy"}
    assert option_errors(terraform, given).keys() == {"regoin", "userAgents"}


def test_a_mistyped_service_is_an_error_because_its_calls_would_go_to_aws(terraform: TerraformProvider) -> None:
    assert "'s4'" in option_errors(terraform, {"endpoints": [{"s3": "http://x", "s4": "http://x"}]})["endpoints"]


@pytest.mark.parametrize("name", ["assumeRoles", "ignoreTags", "defaultTags", "assumeRoleWithWebIdentity"])
def test_an_unknown_name_in_an_option_is_an_error_with_its_name(terraform: TerraformProvider, name: str) -> None:
    assert "'roleArnn'" in option_errors(terraform, {name: {"roleArnn": "x"}})[name]


def test_the_error_for_a_wrong_type_does_not_contain_the_value(terraform: TerraformProvider) -> None:
    found = option_errors(terraform, {"maxRetries": "many", "insecure": "perhaps", "ignoreTags": "all"})
    assert found.keys() == {"maxRetries", "insecure", "ignoreTags"}
    assert "many" not in found["maxRetries"]


def test_an_unknown_value_is_not_an_error(terraform: TerraformProvider) -> None:
    given = {"region": UNKNOWN, "endpoints": UNKNOWN, "assumeRoles": UNKNOWN, "defaultTags": UNKNOWN}
    assert option_errors(terraform, given) == {}
    assert options.default_tags(given) == {}
    assert options.unreachable_endpoint(given) is None


def test_options_are_converted_to_terraform_names(terraform: TerraformProvider) -> None:
    given = {
        "assumeRoles": [{"roleArn": "a", "sessionName": "s"}], "ignoreTags": {"keyPrefixes": ["x"]}, "maxRetries": 3,
        "defaultTags": {"tags": {"a": "b"}}, "endpoints": [{"s3": "u"}, {"kms": "v"}],
    }  # fmt: skip
    assert options.to_terraform(terraform.provider, given) == {
        "assume_role": [{"role_arn": "a", "session_name": "s"}],
        "ignore_tags": [{"key_prefixes": ["x"]}],
        "max_retries": 3,
        "endpoints": [{"s3": "u", "kms": "v"}],
    }
    assert options.default_tags(given) == {"a": "b"}


def test_an_unreachable_endpoint_on_this_machine_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        assert options.unreachable_endpoint({"endpoints": [{"s3": url, "kms": url}]}) is None
    assert options.unreachable_endpoint({"endpoints": [{"s3": url, "kms": url}]}) == url
    assert options.unreachable_endpoint({"endpoints": [{"s3": url, "kms": "https://kms.example.com"}]}) is None
    assert options.unreachable_endpoint({"endpoints": [{"s3": "https://s3.example.com"}]}) is None
    assert options.unreachable_endpoint({}) is None


HERE, AWS = "http://127.0.0.1:4566", "https://s3.eu-central-1.amazonaws.com"


@pytest.mark.parametrize(
    ("given", "emulated"),
    [
        ({}, False),
        ({"endpoints": []}, False),
        ({"endpoints": [{}]}, False),
        ({"endpoints": UNKNOWN}, False),
        ({"endpoints": [{"s3": HERE}]}, True),
        ({"endpoints": {"s3": HERE}}, True),
        ({"endpoints": [{"s3": HERE}, {"ec2": "https://aws.example"}]}, True),
        ({"endpoints": [{"s3": "https://notamazonaws.com"}]}, True),
        ({"endpoints": [{"s3": "https://amazonaws.com.example"}]}, True),
        ({"endpoints": [{"s3": AWS}]}, False),
        ({"endpoints": [{"s3": "https://S3.CN-NORTH-1.AMAZONAWS.COM.CN/"}]}, False),
        ({"endpoints": [{"s3": HERE}, {"kms": "https://vpce-1.kms.eu-central-1.vpce.amazonaws.com:443"}]}, False),
    ],
)
def test_an_emulator_is_assumed_if_there_are_endpoints_and_none_is_awss(given: dict[str, Any], emulated: bool) -> None:
    assert options.is_emulated(given) is emulated


def test_no_partition_of_aws_is_an_emulator() -> None:
    partitions = json.loads(resources.files("botocore").joinpath("data/partitions.json").read_text())["partitions"]
    ends = {partition["outputs"][name] for partition in partitions for name in ("dnsSuffix", "dualStackDnsSuffix")}
    assert len(ends) > 2
    assert [end for end in ends if options.is_emulated({"endpoints": [{"s3": f"https://s3.region.{end}"}]})] == []
