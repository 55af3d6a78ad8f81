import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offline.aws.provider.auto_naming import DEFAULTS, NamingMode, NamingRequest, automatic_name
from offline.aws.terraform.client import TerraformProvider
from offline.aws.translation.fields import Catalog
from offline.aws.translation.package import Package


@pytest.fixture(scope="module")
def catalog(terraform: TerraformProvider) -> Catalog:
    return Catalog(terraform, Package())


def named(
    catalog: Catalog, token: str, naming: NamingRequest, olds: dict[str, Any] | None = None, **inputs: Any
) -> dict[str, Any]:
    found = automatic_name(catalog.resource(token), catalog.package.required(token), naming, inputs, olds or {})
    assert found.keys() <= {DEFAULTS, *found.get(DEFAULTS, [])}
    return {name: value for name, value in found.items() if name != DEFAULTS}


@pytest.mark.parametrize(
    ("token", "inputs", "pattern"),
    [
        ("aws:iam/role:Role", {}, r"name My_Thing-[0-9a-f]{7}"),
        ("aws:s3/bucket:Bucket", {}, r"bucket my-thing-[0-9a-f]{7}"),
        ("aws:lambda/function:Function", {}, r"name My_Thing-[0-9a-f]{7}"),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", {}, r"name My_Thing-[0-9a-f]{7}"),
        ("aws:rds/cluster:Cluster", {}, r"clusterIdentifier my-thing-[0-9a-f]{7}"),
        ("aws:kms/alias:Alias", {}, r"name alias/My_Thing-[0-9a-f]{7}"),
        ("aws:sqs/queue:Queue", {"fifoQueue": True}, r"name My_Thing-[0-9a-f]{7}\.fifo"),
        ("aws:sns/topic:Topic", {"fifoTopic": True}, r"name My_Thing-[0-9a-f]{7}\.fifo"),
        ("aws:sqs/queue:Queue", {"fifoQueue": False}, r"name My_Thing-[0-9a-f]{7}"),
        ("aws:s3/bucketObjectv2:BucketObjectv2", {}, r"key My_Thing"),
        ("aws:iam/role:Role", {"name": "own"}, None),
        ("aws:iam/role:Role", {"namePrefix": "own"}, None),
        ("aws:route53/zone:Zone", {}, None),
        ("aws:route53/record:Record", {}, None),
        ("aws:ec2/vpc:Vpc", {}, None),
        ("aws:acm/certificate:Certificate", {}, None),
        ("aws:s3/bucketPolicy:BucketPolicy", {}, None),
    ],
)
def test_a_resource_gets_the_same_name_as_from_pulumi_aws(
    catalog: Catalog, token: str, inputs: dict[str, Any], pattern: str | None
) -> None:
    found = named(catalog, token, NamingRequest("My_Thing", b"seed"), **inputs)
    if pattern is None:
        assert found == {}
    else:
        ((name, value),) = found.items()
        assert re.fullmatch(pattern, f"{name} {value}")


@pytest.mark.parametrize(
    ("token", "longest"),
    [
        ("aws:s3/bucket:Bucket", 63), ("aws:lb/loadBalancer:LoadBalancer", 32), ("aws:lambda/function:Function", 64),
        ("aws:sqs/queue:Queue", 80), ("aws:iam/policy:Policy", 128), ("aws:dynamodb/table:Table", 255),
    ],
)  # fmt: skip
@settings(deadline=None)  # the first example loads the type's schema, which takes long on a busy machine
@given(name=st.text("abc-XYZ_", min_size=1, max_size=300), seed=st.binary(min_size=1))
def test_a_name_is_short_enough_and_depends_only_on_the_seed(
    catalog: Catalog, token: str, longest: int, name: str, seed: bytes
) -> None:
    (found,) = named(catalog, token, NamingRequest(name, seed)).values()
    assert len(found) <= longest
    assert re.search(r"-[0-9a-f]{7}$", found)
    assert [found] == list(named(catalog, token, NamingRequest(name, seed)).values())
    assert [found] != list(named(catalog, token, NamingRequest(name, seed + b"x")).values())


def test_a_generated_name_is_kept_and_a_given_name_is_not(catalog: Catalog) -> None:
    token = "aws:iam/role:Role"
    assert named(catalog, token, NamingRequest("n", b"s"), {"name": "made", DEFAULTS: ["name"]}) == {"name": "made"}
    assert named(catalog, token, NamingRequest("n", b"s"), {"name": "given"})["name"].startswith("n-")


@pytest.mark.parametrize(
    ("mode", "token", "expected"),
    [
        (NamingMode.ENFORCE, "aws:s3/bucket:Bucket", "Exactly_This"),
        (NamingMode.PROPOSE, "aws:s3/bucket:Bucket", "exactly-this"),
        (NamingMode.PROPOSE, "aws:iam/role:Role", "Exactly_This"),
        (NamingMode.PROPOSE, "aws:kms/alias:Alias", "alias/Exactly_This"),
    ],
)
def test_the_stacks_autonaming_setting_is_followed(
    catalog: Catalog, mode: NamingMode, token: str, expected: str
) -> None:
    assert list(named(catalog, token, NamingRequest("n", b"s", mode, "Exactly_This")).values()) == [expected]
