"""The engine on the deployed stack: nothing to do, drift found and mended, the pack satisfied, other stacks previewed."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.engine import read_engine
from cli.stack import EmulatedStack

Client = Callable[[str], Any]
ROOT = Path(__file__).parents[2]
PACK = ["--policy-pack", str(ROOT / "policy")]


def test_a_second_up_changes_nothing_and_no_secret_is_in_the_state(stack: EmulatedStack) -> None:
    shown = read_engine(stack.command("preview", "--expect-no-changes"), stack.environment)
    assert "unchanged" in shown
    kept = stack.read("stack", "export")
    assert '"__terraform": {' in kept
    assert '\\"private\\"' not in kept


def test_a_refresh_changes_nothing(stack: EmulatedStack) -> None:
    shown = read_engine(stack.command("preview", "--refresh", "--expect-no-changes"), stack.environment)
    assert "unchanged" in shown


def test_drift_made_by_hand_is_found_by_a_preview_with_refresh_and_mended_by_an_up(
    stack: EmulatedStack, outputs: dict[str, Any], client: Client
) -> None:
    s3, kms, logs, dynamodb = client("s3"), client("kms"), client("logs"), client("dynamodb")
    group = outputs["log_group_names"]["processor"]
    s3.put_bucket_versioning(Bucket=outputs["artifact_bucket"], VersioningConfiguration={"Status": "Suspended"})
    s3.delete_public_access_block(Bucket=outputs["input_bucket"])
    s3.delete_bucket_policy(Bucket=outputs["output_bucket"])
    kms.disable_key_rotation(KeyId=outputs["key_arns"]["records"])
    logs.put_retention_policy(logGroupName=group, retentionInDays=1)
    dynamodb.update_table(TableName=outputs["transactions_table"], DeletionProtectionEnabled=False)

    steps = json.loads(read_engine(stack.command("preview", "--refresh", "--json"), stack.environment))["steps"]
    changed = {step["urn"].rpartition("$")[2] for step in steps if step["op"] not in ("same", "refresh")}
    assert changed >= {
        "aws:s3/bucketVersioning:BucketVersioning::data-artifacts",
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock::data-input",
        "aws:s3/bucketPolicy:BucketPolicy::data-output",
        "aws:kms/key:Key::keys-records",
        "aws:cloudwatch/logGroup:LogGroup::processor",
        "aws:dynamodb/table:Table::data-transactions",
    }

    stack.run("up", "--refresh", "--yes", "--skip-preview", *PACK)
    assert s3.get_bucket_versioning(Bucket=outputs["artifact_bucket"])["Status"] == "Enabled"
    blocks = s3.get_public_access_block(Bucket=outputs["input_bucket"])["PublicAccessBlockConfiguration"]
    assert set(blocks.values()) == {True}
    assert "DenyDeletion" in s3.get_bucket_policy(Bucket=outputs["output_bucket"])["Policy"]
    assert kms.get_key_rotation_status(KeyId=outputs["key_arns"]["records"])["KeyRotationEnabled"] is True
    (found,) = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert found["retentionInDays"] == 3653
    table = dynamodb.describe_table(TableName=outputs["transactions_table"])["Table"]
    assert table["DeletionProtectionEnabled"] is True


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_other_stacks_preview_cleanly_under_the_pack_with_their_own_settings(
    stack: EmulatedStack, name: str, tmp_path: Path
) -> None:
    # The committed settings of prod name nobody to page, which the program refuses.
    pages = {"page_subscriptions": ["arn:aws:sqs:eu-central-1:000000000000:pages"]}
    other = EmulatedStack(folder=tmp_path, endpoint=stack.endpoint, overrides=pages, name=name)
    other.ensure()
    shown = read_engine(other.command("preview", *PACK), other.environment)
    assert f"strongroom-{name}" in shown
    assert "[mandatory]" not in shown


def test_the_deployed_state_keeps_the_policy_packs_rules_and_leaves_none_undecided(stack: EmulatedStack) -> None:
    judged = subprocess.run(
        [sys.executable, "-m", "policy", "check", "--state", "-", "--format", "json"],
        cwd=ROOT, input=stack.read("stack", "export"), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert judged.returncode == 0, judged.stdout + judged.stderr
    results = json.loads(judged.stdout)["results"]
    verdicts = {one["verdict"] for one in results}
    assert "pass" in verdicts
    assert "unknown" not in verdicts
    waived = {(one["rule"], one["urn"].rpartition("::")[2]) for one in results if one["verdict"] == "waived"}
    assert waived == {
        ("bucket-uses-customer-key", "data-access-logs"),
        ("function-runs-in-vpc", "attestor"),
        ("function-runs-in-vpc", "redrive"),
        ("function-has-failure-destination", "redrive"),
        ("function-has-failure-destination", "attestor"),
        ("function-has-failure-destination", "reconciler"),
        ("policy-has-no-wildcard-resource", "attestor"),
    }
