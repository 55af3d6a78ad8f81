"""Asks AWS, through boto3, what is really there after one deployment of stack local."""

import gzip
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from localcloud.diagram import mermaid
from localcloud.intake import send
from localcloud.stack import LocalStack, read_engine

ROOT = Path(__file__).parents[2]
REQUIRED_TAGS = {
    "environment",
    "owner",
    "cost-centre",
    "data-classification",
    "project",
    "stack",
    "managed-by",
    "repository",
}
DATA_BUCKETS = ("input_bucket", "output_bucket", "quarantine_bucket")


@pytest.fixture(scope="session")
def outputs(stack: LocalStack) -> dict[str, Any]:
    return stack.outputs()


@pytest.fixture(scope="session")
def client(stack: LocalStack) -> Callable[[str], Any]:
    return stack.client


def test_network_has_private_subnets_in_three_zones(outputs: dict[str, Any], client: Callable[[str], Any]) -> None:
    subnets = client("ec2").describe_subnets(SubnetIds=outputs["private_subnet_ids"])["Subnets"]
    assert len({subnet["AvailabilityZone"] for subnet in subnets}) == 3
    assert {subnet["VpcId"] for subnet in subnets} == {outputs["vpc_id"]}
    assert not any(subnet["MapPublicIpOnLaunch"] for subnet in subnets)


def test_network_has_no_way_to_the_internet(outputs: dict[str, Any], client: Callable[[str], Any]) -> None:
    ec2 = client("ec2")
    attached = [{"Name": "attachment.vpc-id", "Values": [outputs["vpc_id"]]}]
    assert ec2.describe_internet_gateways(Filters=attached)["InternetGateways"] == []
    own = [{"Name": "vpc-id", "Values": [outputs["vpc_id"]]}]
    assert ec2.describe_nat_gateways(Filters=own)["NatGateways"] == []
    routes = [route for table in ec2.describe_route_tables(Filters=own)["RouteTables"] for route in table["Routes"]]
    assert not any(route.get("DestinationCidrBlock") == "0.0.0.0/0" for route in routes)


def test_network_reaches_s3_dynamodb_and_kms_by_endpoints(
    outputs: dict[str, Any], client: Callable[[str], Any]
) -> None:
    ids = outputs["vpc_endpoint_ids"]
    endpoints = client("ec2").describe_vpc_endpoints(VpcEndpointIds=list(ids.values()))["VpcEndpoints"]
    assert {one["ServiceName"].rpartition(".")[2] for one in endpoints} == {"s3", "dynamodb", "kms"} == set(ids)


def test_endpoints_take_https_from_the_function_only(outputs: dict[str, Any], client: Callable[[str], Any]) -> None:
    groups = outputs["security_group_ids"]
    rules = client("ec2").describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [groups["endpoints"]]}])
    ingress = [rule for rule in rules["SecurityGroupRules"] if not rule["IsEgress"]]
    assert [(rule["FromPort"], rule["ToPort"]) for rule in ingress] == [(443, 443)]


@pytest.mark.parametrize("bucket", [*DATA_BUCKETS, "artifact_bucket"])
def test_bucket_is_under_its_customer_key_with_a_bucket_key(
    outputs: dict[str, Any], client: Callable[[str], Any], bucket: str
) -> None:
    (rule,) = client("s3").get_bucket_encryption(Bucket=outputs[bucket])["ServerSideEncryptionConfiguration"]["Rules"]
    key = outputs["key_arns"]["logs" if bucket == "artifact_bucket" else "records"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    assert rule["BucketKeyEnabled"] is True


@pytest.mark.parametrize("bucket", [*DATA_BUCKETS, "artifact_bucket"])
def test_bucket_is_versioned_and_closed_to_the_public(
    outputs: dict[str, Any], client: Callable[[str], Any], bucket: str
) -> None:
    s3 = client("s3")
    assert s3.get_bucket_versioning(Bucket=outputs[bucket])["Status"] == "Enabled"
    assert set(s3.get_public_access_block(Bucket=outputs[bucket])["PublicAccessBlockConfiguration"].values()) == {True}


@pytest.mark.parametrize("bucket", [*DATA_BUCKETS, "artifact_bucket"])
def test_bucket_denies_plain_http_and_other_keys(
    outputs: dict[str, Any], client: Callable[[str], Any], bucket: str
) -> None:
    policy = json.loads(client("s3").get_bucket_policy(Bucket=outputs[bucket])["Policy"])
    denies = {statement["Sid"] for statement in policy["Statement"] if statement["Effect"] == "Deny"}
    assert denies == {
        "DenyPlainHttp",
        "DenyOldTls",
        "DenyOtherAlgorithm",
        "DenyDefaultKey",
        "DenyOtherKey",
        "DenyCallersKey",
    }


def test_raw_data_ends_after_its_days_and_results_do_not(outputs: dict[str, Any], client: Callable[[str], Any]) -> None:
    def days(bucket: str) -> list[int]:
        rules = client("s3").get_bucket_lifecycle_configuration(Bucket=outputs[bucket])["Rules"]
        return [rule["Expiration"]["Days"] for rule in rules if "Expiration" in rule]

    assert (days("input_bucket"), days("quarantine_bucket"), days("output_bucket")) == ([90], [90], [])


def test_table_is_under_the_records_key_recoverable_and_protected(
    outputs: dict[str, Any], client: Callable[[str], Any]
) -> None:
    dynamodb, name = client("dynamodb"), outputs["transactions_table"]
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert table["SSEDescription"]["KMSMasterKeyArn"] == outputs["key_arns"]["records"]
    assert table["DeletionProtectionEnabled"] is True
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert [index["IndexName"] for index in table["GlobalSecondaryIndexes"]] == ["by_status"]


def test_function_runs_a_version_of_an_object_in_the_private_network(
    outputs: dict[str, Any], client: Callable[[str], Any]
) -> None:
    function = client("lambda").get_function(FunctionName=outputs["processor_function"])["Configuration"]
    assert function["Handler"] == "lambdas.processor.handler.handle"
    assert set(function["VpcConfig"]["SubnetIds"]) == set(outputs["private_subnet_ids"])
    assert function["VpcConfig"]["SecurityGroupIds"] == [outputs["security_group_ids"]["function"]]
    assert function["KMSKeyArn"] == outputs["key_arns"]["logs"]
    versions = client("s3").list_object_versions(Bucket=outputs["artifact_bucket"])["Versions"]
    assert [one["Key"] for one in versions] == ["functions/processor.zip"]


def test_messages_that_fail_end_in_the_dead_letter_queue(outputs: dict[str, Any], client: Callable[[str], Any]) -> None:
    attributes = client("sqs").get_queue_attributes(QueueUrl=outputs["work_queue_url"], AttributeNames=["All"])[
        "Attributes"
    ]
    assert json.loads(attributes["RedrivePolicy"])["maxReceiveCount"] == 5
    assert int(attributes["VisibilityTimeout"]) >= 6 * 30
    assert attributes["KmsMasterKeyId"] == outputs["key_arns"]["records"]


@pytest.mark.parametrize("purpose", ["records", "logs"])
def test_symmetric_key_rotates_every_year(outputs: dict[str, Any], client: Callable[[str], Any], purpose: str) -> None:
    assert client("kms").get_key_rotation_status(KeyId=outputs["key_arns"][purpose])["KeyRotationEnabled"] is True


def test_token_key_is_an_hmac_key(outputs: dict[str, Any], client: Callable[[str], Any]) -> None:
    key = client("kms").describe_key(KeyId=outputs["key_arns"]["tokens"])["KeyMetadata"]
    assert (key["KeyUsage"], key["KeySpec"]) == ("GENERATE_VERIFY_MAC", "HMAC_256")


def test_function_role_denies_what_loses_data(outputs: dict[str, Any], client: Callable[[str], Any]) -> None:
    role = (
        client("lambda")
        .get_function(FunctionName=outputs["processor_function"])["Configuration"]["Role"]
        .rpartition("/")[2]
    )
    iam = client("iam")
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    statements = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]["Statement"]
    denied = {action for one in statements if one["Effect"] == "Deny" for action in one["Action"]}
    assert {
        "s3:DeleteObject*",
        "s3:BypassGovernanceRetention",
        "dynamodb:DeleteTable",
        "kms:ScheduleKeyDeletion",
    } <= denied
    allowed = [
        action
        for one in statements
        if one["Effect"] == "Allow"
        for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
    ]
    assert not any("*" in action for action in allowed)


def test_logs_are_kept_for_ten_years_under_a_customer_key(
    outputs: dict[str, Any], client: Callable[[str], Any]
) -> None:
    name = outputs["log_group_names"]["processor"]
    (group,) = client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert group["retentionInDays"] == 3653
    assert group["kmsKeyId"] == outputs["key_arns"]["logs"]


def test_dead_letters_make_a_ticket_and_the_alarm_over_them_pages(
    outputs: dict[str, Any], client: Callable[[str], Any]
) -> None:
    names = [f"strongroom-local-{name}" for name in ("dead-letters", "pipeline-unhealthy")]
    assert set(names) <= set(outputs["alarm_names"])
    answer = client("cloudwatch").describe_alarms(AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    (alarm,), (composite,) = answer["MetricAlarms"], answer["CompositeAlarms"]
    assert alarm["AlarmActions"] == [outputs["topic_arns"]["ticket"]]
    assert composite["AlarmActions"] == [outputs["topic_arns"]["page"]]
    assert f'ALARM("{names[0]}")' in composite["AlarmRule"]
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": outputs["dead_letter_queue_url"].rpartition("/")[2]}]


def test_everything_that_can_be_tagged_is(stack: LocalStack) -> None:
    tagged = [
        one for one in stack.resources() if one["type"].startswith("aws:") and "tagsAll" in one.get("outputs", {})
    ]
    assert len(tagged) > 20
    assert [one["urn"] for one in tagged if not set(one["outputs"]["tagsAll"]) >= REQUIRED_TAGS] == []


def test_tags_are_really_there(outputs: dict[str, Any], client: Callable[[str], Any]) -> None:
    tags = {
        tag["Key"]: tag["Value"] for tag in client("s3").get_bucket_tagging(Bucket=outputs["input_bucket"])["TagSet"]
    }
    assert set(tags) >= REQUIRED_TAGS
    assert (tags["environment"], tags["data-classification"]) == ("local", "restricted")


def test_a_file_goes_all_the_way_through(
    stack: LocalStack, outputs: dict[str, Any], client: Callable[[str], Any]
) -> None:
    file = ROOT / "samples" / "rejects.csv"
    manifest = send(stack, file)
    assert (manifest["manifest_status"], manifest["records_read"], manifest["records_accepted"]) == ("COMPLETED", 15, 2)
    assert manifest["input_sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    s3 = client("s3")
    stored = json.loads(
        s3.get_object(Bucket=outputs["output_bucket"], Key=f"{manifest['output_prefix']}manifest.json")["Body"].read()
    )
    assert stored == manifest
    key = f"{manifest['quarantine_prefix']}part-00000.jsonl.gz"
    rejected = gzip.decompress(s3.get_object(Bucket=outputs["quarantine_bucket"], Key=key)["Body"].read()).splitlines()
    assert len(rejected) == manifest["records_rejected"] == 13
    part = s3.get_object(Bucket=outputs["output_bucket"], Key=f"{manifest['output_prefix']}part-00000.jsonl.gz")
    record, _ = [json.loads(line) for line in gzip.decompress(part["Body"].read()).splitlines()]
    item = client("dynamodb").get_item(
        TableName=outputs["transactions_table"],
        Key={
            "pk": {"S": f"transaction#{record['transaction_id']}"},
            "sk": {"S": manifest["output_prefix"].rstrip("/")},
        },
    )["Item"]
    assert item["account_token"]["S"] == record["account_token"]


def test_a_file_that_is_none_is_quarantined(stack: LocalStack) -> None:
    manifest = send(stack, ROOT / "samples" / "doubled-header.csv")
    assert (manifest["manifest_status"], manifest["error"]) == ("QUARANTINED", "header: amount stands in it twice")


def test_a_second_up_changes_nothing_and_no_secret_is_in_the_state(stack: LocalStack) -> None:
    shown = read_engine(stack.command("preview", "--expect-no-changes"), stack.environment)
    assert "unchanged" in shown
    kept = stack.read("stack", "export")
    assert '"__terraform": {' in kept
    assert '\\"private\\"' not in kept


def test_the_architecture_page_draws_what_is_deployed(stack: LocalStack) -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    assert f"```mermaid\n{mermaid(stack.resources())}```" in page, "`make diagram` prints what belongs there"


def test_the_deployed_state_keeps_the_policy_packs_rules_and_leaves_none_undecided(stack: LocalStack) -> None:
    judged = subprocess.run(
        [sys.executable, "-m", "policy", "check", "--state", "-", "--format", "json"],
        cwd=ROOT, input=stack.read("stack", "export"), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert judged.returncode == 0, judged.stdout + judged.stderr
    verdicts = {one["verdict"] for one in json.loads(judged.stdout)["results"]}
    assert "pass" in verdicts
    assert "unknown" not in verdicts


def test_destroy_lifts_the_protections_and_leaves_nothing(stack: LocalStack, client: Callable[[str], Any]) -> None:
    protected = {one["type"].rpartition(":")[2] for one in stack.resources() if one.get("protect")}
    assert protected == {"Key", "Bucket", "Table", "LogGroup"}
    lifted = replace(stack, overrides={"protection": False})
    lifted.run("up", "--yes", "--skip-preview")
    lifted.run("destroy", "--yes", "--skip-preview")
    assert [one for one in stack.resources() if one["type"].startswith("aws:")] == []
    assert client("s3").list_buckets()["Buckets"] == []
    assert client("dynamodb").list_tables()["TableNames"] == []
