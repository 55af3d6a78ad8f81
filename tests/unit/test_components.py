"""The program under Pulumi's mocks: what it asks for, and with what."""

import asyncio
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks

from components.data import Data, DataArgs
from components.network import Network, NetworkArgs
from components.place import Place
from components.processing import Processing, ProcessingArgs
from components.tags import classified, stack_tags, tagging

ROOT = Path(__file__).parents[2]
PLACE = Place(partition="aws", region="eu-central-1", account_id="123456789012", prefix="strongroom-test")


class Recorder(Mocks):
    def __init__(self) -> None:
        self.made: list[MockResourceArgs] = []

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        self.made.append(args)
        return f"{args.name}-id", {**args.inputs, "arn": f"arn:{args.name}", "url": f"url:{args.name}"}

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], None]:
        return {}, None

    def of(self, kind: str) -> list[MockResourceArgs]:
        return [one for one in self.made if one.typ == kind]


@pytest.fixture(scope="module")
def made() -> Recorder:
    recorder = Recorder()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    pulumi.runtime.set_mocks(recorder, project="strongroom", stack="test", preview=False)

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def program() -> Any:
        tags = stack_tags(
            environment="dev", owner="o", cost_centre="c", repository="r", project="strongroom", stack="test"
        )
        pulumi.runtime.register_stack_transformation(tagging(tags))
        network = Network(
            "network",
            NetworkArgs(
                place=PLACE, cidr="10.0.0.0/16", zone_ids=("a", "b", "c"), prefix_list_rules=True, full_read_back=True
            ),
            classified("internal"),
        )
        data = Data(
            "data",
            DataArgs(records_key_arn="arn:records", logs_key_arn="arn:logs", raw_retention_days=90, protection=True),
            classified("restricted"),
        )
        processing = Processing(
            "processing",
            ProcessingArgs(
                place=PLACE, data=data, network=network, records_key_arn="arn:records", logs_key_arn="arn:logs",
                tokens_key_arn="arn:tokens", source=ROOT, log_retention_days=3653, memory=512, timeout=60, concurrency=5,
                architecture="arm64", account_last4=True, protection=True,
            ),
            classified("restricted"),
        )  # fmt: skip
        return pulumi.Output.all(processing.processor.arn, data.table_arn, *network.subnet_ids)

    program()
    loop.close()
    return recorder


def test_the_functions_group_reaches_endpoints_on_443_and_nothing_else(made: Recorder) -> None:
    rules = made.of("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    assert {(rule.inputs["fromPort"], rule.inputs["toPort"], rule.inputs["ipProtocol"]) for rule in rules} == {
        (443, 443, "tcp")
    }
    assert not any("cidrIpv4" in rule.inputs or "cidrIpv6" in rule.inputs for rule in rules)
    assert len(rules) == 3


def test_there_is_no_way_to_the_internet(made: Recorder) -> None:
    assert not any(
        word in one.typ for one in made.made for word in ("internetGateway", "natGateway", "route:Route", "eip")
    )


def test_every_endpoint_has_a_policy_of_its_own(made: Recorder) -> None:
    endpoints = made.of("aws:ec2/vpcEndpoint:VpcEndpoint")
    assert len(endpoints) == 3
    assert all("aws:ResourceAccount" in endpoint.inputs["policy"] for endpoint in endpoints)


def test_the_queue_hides_a_message_for_six_times_the_functions_timeout(made: Recorder) -> None:
    queue = next(one for one in made.of("aws:sqs/queue:Queue") if one.name == "processing-work")
    assert queue.inputs["visibilityTimeoutSeconds"] == 360


def test_every_bucket_has_its_side_resources(made: Recorder) -> None:
    buckets = {one.name for one in made.of("aws:s3/bucket:Bucket")}
    assert len(buckets) == 4
    for kind in (
        "bucketPolicy:BucketPolicy", "bucketPublicAccessBlock:BucketPublicAccessBlock", "bucketVersioning:BucketVersioning",
        "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "bucketOwnershipControls:BucketOwnershipControls", "bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    ):  # fmt: skip
        assert {one.name for one in made.of(f"aws:s3/{kind}")} == buckets


def test_tags_reach_the_children_of_components_with_the_class_of_their_tier(made: Recorder) -> None:
    for kind, classification in (
        ("aws:s3/bucket:Bucket", "restricted"), ("aws:ec2/vpc:Vpc", "internal"), ("aws:sqs/queue:Queue", "restricted"),
    ):  # fmt: skip
        for one in made.of(kind):
            wanted = "internal" if one.name == "data-artifacts" else classification
            assert (one.inputs["tags"]["data-classification"], one.inputs["tags"]["owner"]) == (wanted, "o")


def test_the_function_takes_its_code_from_a_version_of_an_object(made: Recorder) -> None:
    (function,) = made.of("aws:lambda/function:Function")
    assert "code" not in function.inputs
    assert function.inputs["s3Key"] == "functions/processor.zip"
    (mapping,) = made.of("aws:lambda/eventSourceMapping:EventSourceMapping")
    assert mapping.inputs["functionResponseTypes"] == ["ReportBatchItemFailures"]
