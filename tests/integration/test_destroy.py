"""The end of the stack: the protections hold until they are lifted, and then nothing of it is left."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from cli.stack import EmulatedStack

Client = Callable[[str], Any]
ROOT = Path(__file__).parents[2]


def test_the_evidence_set_refuses_to_be_destroyed(stack: EmulatedStack) -> None:
    protected = {one["urn"].rpartition("::")[2] for one in stack.resources() if one.get("protect")}
    assert {
        "keys-records",
        "keys-audit",
        "data-output",
        "data-audit",
        "data-transactions",
        "audit",
        "processor",
    } <= protected
    preview = stack.command("destroy", "--preview-only", "--color", "never")
    answer = subprocess.run(preview, cwd=ROOT, env=stack.environment, capture_output=True, text=True, check=False)
    refused = " ".join((answer.stdout + answer.stderr).split())
    assert answer.returncode != 0
    assert "cannot be deleted because it is protected" in refused


def test_destroy_lifts_the_protections_and_leaves_nothing(
    stack: EmulatedStack, outputs: dict[str, Any], client: Client
) -> None:
    lifted = replace(stack, overrides={"protection": False})
    lifted.run("up", "--yes", "--skip-preview")
    lifted.run("destroy", "--yes", "--skip-preview")
    assert [one for one in stack.resources() if one["type"].startswith("aws:")] == []
    pages = client("resourcegroupstaggingapi").get_paginator("get_resources").paginate()
    left = {one["ResourceARN"] for page in pages for one in page["ResourceTagMappingList"]}
    # A key is never gone at once.
    assert left <= set(outputs["key_arns"].values())
    for arn in outputs["key_arns"].values():
        assert client("kms").describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert client("s3").list_buckets()["Buckets"] == []
    assert client("dynamodb").list_tables()["TableNames"] == []
    assert client("iam").list_roles()["Roles"] == []
    assert client("logs").describe_log_groups()["logGroups"] == []
    assert client("cloudtrail").describe_trails()["trailList"] == []
    assert client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert client("sqs").list_queues().get("QueueUrls", []) == []
    assert client("sns").list_topics()["Topics"] == []
    assert client("lambda").list_functions()["Functions"] == []
    own = [{"Name": "vpc-id", "Values": [outputs["vpc_id"]]}]
    assert client("ec2").describe_vpcs(Filters=own)["Vpcs"] == []
