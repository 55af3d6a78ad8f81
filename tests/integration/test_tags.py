"""Tags: what AWS itself says is on each resource."""

from collections.abc import Callable
from typing import Any

import pytest

from cli.stack import EmulatedStack

Client = Callable[[str], Any]
Tags = dict[str, str]

COMMON = {
    "environment": "local",
    "owner": "platform",
    "cost-centre": "none",
    "project": "strongroom",
    "stack": "local",
    "managed-by": "pulumi",
    "repository": "strongroom",
}
CLASSES = {"restricted", "internal", "audit"}


def proper(tags: Tags) -> bool:
    return tags.items() >= COMMON.items() and tags.get("data-classification") in CLASSES


def flat(tags: list[dict[str, str]], key: str = "Key", value: str = "Value") -> Tags:
    return {one[key]: one[value] for one in tags}


def test_all_that_the_tagging_api_knows_is_tagged(outputs: dict[str, Any], client: Client) -> None:
    pages = client("resourcegroupstaggingapi").get_paginator("get_resources").paginate()
    found = {one["ResourceARN"]: flat(one["Tags"]) for page in pages for one in page["ResourceTagMappingList"]}
    wanted = [
        *outputs["key_arns"].values(),
        *outputs["topic_arns"].values(),
        *(f"arn:aws:s3:::{outputs[name]}" for name in outputs if name.endswith("_bucket")),
    ]
    assert set(wanted) <= set(found)
    assert len(found) > len(wanted)
    assert {arn for arn, tags in found.items() if not proper(tags)} == set()


def test_what_the_network_is_made_of_is_tagged(outputs: dict[str, Any], client: Client) -> None:
    ec2, own = client("ec2"), [{"Name": "vpc-id", "Values": [outputs["vpc_id"]]}]
    found = [
        *ec2.describe_vpcs(VpcIds=[outputs["vpc_id"]])["Vpcs"],
        *ec2.describe_subnets(Filters=own)["Subnets"],
        *ec2.describe_security_groups(Filters=own)["SecurityGroups"],
        *ec2.describe_vpc_endpoints(Filters=own)["VpcEndpoints"],
        *[table for table in ec2.describe_route_tables(Filters=own)["RouteTables"] if table["Tags"]],
    ]
    assert len(found) >= 1 + 3 + 3 + 3 + 1
    assert [one for one in found if not proper(flat(one["Tags"]))] == []


def test_roles_log_groups_and_alarms_are_tagged(outputs: dict[str, Any], client: Client) -> None:
    iam, logs, alarms = client("iam"), client("logs"), client("cloudwatch")
    for role in iam.list_roles()["Roles"]:
        assert proper(flat(iam.list_role_tags(RoleName=role["RoleName"])["Tags"])), role["RoleName"]
    for group in logs.describe_log_groups()["logGroups"]:
        arn = group["arn"].removesuffix(":*")
        assert proper(logs.list_tags_for_resource(resourceArn=arn)["tags"]), group["logGroupName"]
    for alarm in alarms.describe_alarms(AlarmNames=outputs["alarm_names"])["MetricAlarms"]:
        assert proper(flat(alarms.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"])), alarm["AlarmName"]


def test_the_code_objects_are_tagged(outputs: dict[str, Any], client: Client) -> None:
    s3, bucket = client("s3"), outputs["artifact_bucket"]
    objects = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert objects
    for one in objects:
        assert proper(flat(s3.get_object_tagging(Bucket=bucket, Key=one["Key"])["TagSet"]))


@pytest.mark.parametrize(
    ("bucket", "classification"),
    [("input_bucket", "restricted"), ("artifact_bucket", "internal"), ("audit_bucket", "audit")],
)
def test_a_resource_is_classed_by_the_data_it_holds(
    outputs: dict[str, Any], client: Client, bucket: str, classification: str
) -> None:
    tags = flat(client("s3").get_bucket_tagging(Bucket=outputs[bucket])["TagSet"])
    assert tags["data-classification"] == classification


def test_everything_that_the_provider_can_tag_is_tagged(stack: EmulatedStack) -> None:
    # The provider's own account: of a trail and of flow logs the emulator forgets the tags that it was given.
    tagged = [
        one for one in stack.resources() if one["type"].startswith("aws:") and "tagsAll" in one.get("outputs", {})
    ]
    assert len(tagged) > 30
    assert [one["urn"] for one in tagged if not proper(one["outputs"]["tagsAll"])] == []
