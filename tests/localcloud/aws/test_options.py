import json
import socket
from importlib import resources
from typing import Any

import pytest

from localcloud.aws import options
from localcloud.aws.cty import UNKNOWN
from localcloud.aws.terraform import Terraform


def faults(terraform: Terraform, given: dict[str, Any]) -> dict[str, str]:
    return dict(options.faults(terraform.provider, given))


def test_what_is_no_text_arrives_as_json() -> None:
    given = {"endpoints": '[{"s3":"u"}]', "insecure": "true", "region": "r", "profile": "{x", "version": "7"}
    assert options.parse(given) == {"endpoints": [{"s3": "u"}], "insecure": True, "region": "r", "profile": "{x"}


def test_an_option_that_is_not_one_is_named(terraform: Terraform) -> None:
    given = {"regoin": "x", "region": "y", "userAgents": ["z"], "s3UsEast1RegionalEndpoint": "legacy"}
    assert faults(terraform, given).keys() == {"regoin", "userAgents"}


def test_a_mistyped_service_is_named_for_its_calls_would_go_to_aws(terraform: Terraform) -> None:
    assert "'s4'" in faults(terraform, {"endpoints": [{"s3": "http://x", "s4": "http://x"}]})["endpoints"]


@pytest.mark.parametrize("name", ["assumeRoles", "ignoreTags", "defaultTags", "assumeRoleWithWebIdentity"])
def test_a_mistyped_name_within_an_option_is_named(terraform: Terraform, name: str) -> None:
    assert "'roleArnn'" in faults(terraform, {name: {"roleArnn": "x"}})[name]


def test_a_wrong_type_is_told_without_the_value(terraform: Terraform) -> None:
    found = faults(terraform, {"maxRetries": "many", "insecure": "perhaps", "ignoreTags": "all"})
    assert found.keys() == {"maxRetries", "insecure", "ignoreTags"}
    assert "many" not in found["maxRetries"]


def test_what_is_not_known_yet_is_no_fault(terraform: Terraform) -> None:
    given = {"region": UNKNOWN, "endpoints": UNKNOWN, "assumeRoles": UNKNOWN, "defaultTags": UNKNOWN}
    assert faults(terraform, given) == {}
    assert options.default_tags(given) == {}
    assert options.silent_endpoint(given) is None


def test_options_get_terraforms_names(terraform: Terraform) -> None:
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


def test_an_endpoint_of_this_machine_at_which_nothing_listens_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        assert options.silent_endpoint({"endpoints": [{"s3": url, "kms": url}]}) is None
    assert options.silent_endpoint({"endpoints": [{"s3": url, "kms": url}]}) == url
    assert options.silent_endpoint({"endpoints": [{"s3": url, "kms": "https://kms.example.com"}]}) is None
    assert options.silent_endpoint({"endpoints": [{"s3": "https://s3.example.com"}]}) is None
    assert options.silent_endpoint({}) is None


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
def test_an_emulator_answers_where_services_are_sent_elsewhere_and_none_to_aws(
    given: dict[str, Any], emulated: bool
) -> None:
    assert options.emulated(given) is emulated


def test_no_partition_of_aws_is_an_emulator() -> None:
    partitions = json.loads(resources.files("botocore").joinpath("data/partitions.json").read_text())["partitions"]
    ends = {one["outputs"][name] for one in partitions for name in ("dnsSuffix", "dualStackDnsSuffix")}
    assert len(ends) > 2
    assert [end for end in ends if options.emulated({"endpoints": [{"s3": f"https://s3.region.{end}"}]})] == []
