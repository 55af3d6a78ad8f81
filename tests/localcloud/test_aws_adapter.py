"""The adapter against the real Terraform provider, and against the emulator where something is made."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.aws import mirror, options
from localcloud.aws.cty import UNKNOWN
from localcloud.aws.names import NotCarried
from localcloud.aws.resource import STATE, Adapter, CheckFailed
from localcloud.aws.terraform import Terraform
from localcloud.aws.values import Asset, Properties, decode, encode
from localcloud.console import Failure
from localcloud.emulator import Emulator

NONE: frozenset[str] = frozenset()


@pytest.fixture(scope="module")
def adapter(aws: Emulator) -> Iterator[Adapter]:
    terraform = Terraform(mirror.find())
    adapter = Adapter(terraform)
    adapter.region = "us-east-1"
    given = {
        "region": "us-east-1", "accessKey": "test", "secretKey": "test", "skipCredentialsValidation": True,
        "skipMetadataApiCheck": True, "s3UsePathStyle": True,
        "endpoints": [dict.fromkeys(("s3", "ssm", "kms", "sts", "iam"), aws.endpoint)],
    }  # fmt: skip
    terraform.configure(options.to_terraform(terraform.provider, given))
    yield adapter
    terraform.close()


def made(adapter: Adapter, token: str, inputs: dict[str, Any], secret: frozenset[str] = NONE) -> tuple[str, Properties]:
    identity, outputs = adapter.create(token, Properties(inputs, secret), preview=False, seconds=0)
    return identity, Properties(outputs.values, outputs.secret)


@pytest.mark.parametrize(
    ("token", "terraform"),
    [
        ("aws:s3/bucket:Bucket", "aws_s3_bucket"),
        ("aws:s3/bucketObjectv2:BucketObjectv2", "aws_s3_object"),
        ("aws:ec2/vpc:Vpc", "aws_vpc"),
        ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "aws_vpc_security_group_egress_rule"),
        ("aws:kms/key:Key", "aws_kms_key"),
        ("aws:lambda/function:Function", "aws_lambda_function"),
        ("aws:cloudwatch/logGroup:LogGroup", "aws_cloudwatch_log_group"),
        ("aws:cloudwatch/eventRule:EventRule", "aws_cloudwatch_event_rule"),
        ("aws:cloudtrail/trail:Trail", "aws_cloudtrail"),
        ("aws:dynamodb/table:Table", "aws_dynamodb_table"),
        ("aws:rds/cluster:Cluster", "aws_rds_cluster"),
        ("aws:secretsmanager/secret:Secret", "aws_secretsmanager_secret"),
    ],
)
def test_a_type_is_known_by_its_name_on_both_sides(adapter: Adapter, token: str, terraform: str) -> None:
    assert adapter.catalog.resource(token).terraform == terraform


def test_no_two_types_share_a_counterpart_but_the_older_names_of_s3(adapter: Adapter) -> None:
    catalog = adapter.catalog
    found: dict[str, str] = {}
    refused = 0
    for token in (
        one for one in catalog.tokens if one.split(":")[1].split("/")[0] in ("s3", "kms", "sqs", "securityhub", "iam")
    ):
        try:
            kind = catalog.resource(token).terraform
        except NotCarried:
            refused += 1
            continue
        first = found.setdefault(kind, token)
        assert first == token or "V2" in token
    assert len(found) > 80
    assert refused < 30


def test_a_property_that_the_provider_does_not_have_is_named(adapter: Adapter) -> None:
    _, failures = adapter.check(
        "aws:ssm/parameter:Parameter", "p", Properties({"type": "String", "shiny": 1}, NONE), None, b"s"
    )
    assert failures[0][0] == "shiny"
    with pytest.raises(NotCarried, match="aws:none/thing:Thing"):
        adapter.catalog.resource("aws:none/thing:Thing")


def test_another_region_of_a_resources_own_is_refused(adapter: Adapter) -> None:
    with pytest.raises(CheckFailed, match="eu-west-1"):
        adapter.create("aws:s3/bucket:Bucket", Properties({"region": "eu-west-1"}, NONE), preview=True, seconds=0)


def test_a_resource_without_a_name_gets_one_and_keeps_it(adapter: Adapter) -> None:
    inputs, failures = adapter.check("aws:s3/bucket:Bucket", "My_Data", Properties({}, NONE), None, b"seed")
    assert failures == []
    assert inputs["bucket"].startswith("my-data-")
    again, _ = adapter.check("aws:s3/bucket:Bucket", "My_Data", Properties({}, NONE), inputs, b"other")
    assert again["bucket"] == inputs["bucket"]


def test_a_resource_is_made_read_changed_and_deleted(adapter: Adapter) -> None:
    token = "aws:ssm/parameter:Parameter"
    inputs: dict[str, Any] = {"name": "/t/one", "type": "String", "value": "a", "tags": {"k": "v"}}
    identity, outputs = made(adapter, token, inputs)
    assert not adapter.difference(token, outputs, Properties(inputs, NONE), []).detailed
    changed = Properties({**inputs, "tags": {"k": "w"}}, NONE)
    assert adapter.difference(token, outputs, changed, []).detailed["tags.k"] == "UPDATE"
    assert not adapter.difference(token, outputs, changed, ["tags"]).detailed
    renamed = adapter.difference(token, outputs, Properties({**inputs, "name": "/t/two"}, NONE), [])
    assert renamed.replaces == ["name"]
    new = adapter.update(token, outputs, changed, [], preview=False, seconds=0)
    assert new.values["tags"] == {"k": "w"}
    read = adapter.read(token, identity, Properties(new.values, new.secret), changed)
    assert read is not None
    assert read[2]["tags"] == {"k": "w"}
    adapter.delete(token, Properties(new.values, new.secret), seconds=0)
    assert adapter.read(token, identity, Properties(new.values, new.secret), changed) is None


def test_a_secret_stays_one_wherever_it_turns_up(adapter: Adapter) -> None:
    _, outputs = made(
        adapter, "aws:ssm/parameter:Parameter",
        {"name": "/t/secret", "type": "String", "value": "plain", "description": "open sesame", "tags": {"k": "open sesame"}},
        frozenset({"description"}),
    )  # fmt: skip
    assert {"description", "tags", "tagsAll", "value", STATE} <= outputs.secret
    wire = encode(outputs.values, outputs.secret)
    assert "open sesame" not in str(
        {name: value for name, value in decode(wire).values.items() if name not in decode(wire).secret}
    )


def test_a_preview_knows_what_is_given_and_not_what_is_computed(adapter: Adapter) -> None:
    _, outputs = adapter.create(
        "aws:kms/key:Key", Properties({"description": "d", "policy": UNKNOWN}, NONE), preview=True, seconds=0
    )
    assert outputs.values["description"] == "d"
    assert outputs.values["arn"] is UNKNOWN
    assert outputs.values["policy"] is UNKNOWN


def test_a_fixed_name_is_deleted_before_it_is_made_again(adapter: Adapter) -> None:
    token = "aws:iam/role:Role"
    trust = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
    _, outputs = made(adapter, token, {"name": "fixed", "assumeRolePolicy": trust, "path": "/a/"})
    moved = adapter.difference(
        token, outputs, Properties({"name": "fixed", "assumeRolePolicy": trust, "path": "/b/"}, NONE), []
    )
    assert (moved.replaces, moved.delete_first) == (["path"], True)


def test_assets_are_the_same_when_their_hashes_are() -> None:
    assert Asset(False, hash="a", text="x") == Asset(False, hash="a")
    assert Asset(False, hash="a") != Asset(True, hash="a")
    assert not Asset(True, hash="a", assets={}).has_contents


def test_a_mistyped_service_and_an_unknown_option_are_refused(adapter: Adapter) -> None:
    found = options.faults(
        adapter.terraform.provider, {"endpoints": [{"s4": "http://x"}], "regoin": "x", "region": "x"}
    )
    assert sorted(name for name, _ in found) == ["endpoints", "regoin"]


def test_an_endpoint_at_which_nothing_listens_is_named() -> None:
    assert (
        options.silent_endpoint({"endpoints": [{"s3": "http://127.0.0.1:1", "kms": "http://127.0.0.1:1"}]})
        == "http://127.0.0.1:1"
    )
    assert options.silent_endpoint({"endpoints": [{"s3": "https://s3.example.com"}]}) is None


def test_a_mirror_without_a_fitting_provider_is_told_with_what_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version, target in (("4.67.0", "linux_amd64"), ("5.100.0", "plan9_mips")):
        binary = (
            tmp_path / "registry.terraform.io/hashicorp/aws" / version / target / f"terraform-provider-aws_v{version}"
        )
        binary.parent.mkdir(parents=True)
        binary.touch(mode=0o755)
    monkeypatch.setattr(mirror, "_mirrors", lambda: iter([tmp_path]))
    with pytest.raises(Failure) as failed:
        mirror.find()
    for part in ("4.67.0 for linux_amd64", "5.100.0 for plan9_mips", "5.90.0 or newer", str(tmp_path), mirror.VARIABLE):
        assert part in str(failed.value)
