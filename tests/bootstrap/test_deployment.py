"""The bootstrap program deployed on an emulator, and judged by the policy pack."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from bootstrap.groups import GROUPS
from bootstrap.names import BOUNDARY, DEPLOY_ROLE, PREVIEW_ROLE
from cli.paths import PULUMI
from tests.bootstrap.conftest import Bootstrapped

ROOT = Path(__file__).parents[2]


def test_the_policy_pack_accepts_the_deployed_state_with_reasons_for_what_is_waived(bootstrapped: Bootstrapped) -> None:
    judged = subprocess.run(
        [sys.executable, "-m", "policy", "check", "--state", "-", "--format", "json", "--config", "bootstrap/policy.yaml"],
        cwd=ROOT, input=json.dumps(bootstrapped.state), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert judged.returncode == 0, judged.stdout + judged.stderr
    report = json.loads(judged.stdout)
    waived = {(one["rule"], one["urn"].rpartition("::")[2]) for one in report["results"] if one["verdict"] == "waived"}
    waivers = yaml.safe_load((ROOT / "bootstrap" / "policy.yaml").read_text("utf-8"))["waivers"]
    assert waived == {(waiver["rule"], waiver["resource"].rpartition("::")[2]) for waiver in waivers}
    assert not [one for one in report["results"] if one["verdict"] == "unknown"]


def test_the_state_bucket_is_versioned_encrypted_locked_and_private(bootstrapped: Bootstrapped) -> None:
    s3 = bootstrapped.stack.client("s3")
    bucket = bootstrapped.outputs["backend_url"].removeprefix("s3://").partition("?")[0]
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    lock = s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
    assert lock["Rule"]["DefaultRetention"] == {"Mode": "GOVERNANCE", "Years": 1}
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    assert "DenyPlainHttp" in s3.get_bucket_policy(Bucket=bucket)["Policy"]


def test_state_bucket_and_key_stay_when_the_program_is_destroyed(bootstrapped: Bootstrapped) -> None:
    kept = {one["type"] for one in bootstrapped.state["deployment"]["resources"] if one.get("protect")}
    assert kept == {"aws:s3/bucket:Bucket", "aws:kms/key:Key"}


def test_the_secrets_key_is_rotated_and_has_the_alias_of_the_secrets_provider(bootstrapped: Bootstrapped) -> None:
    kms = bootstrapped.stack.client("kms")
    alias = bootstrapped.outputs["secrets_provider"].removeprefix("awskms://").partition("?")[0]
    key = kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"]
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True


@pytest.mark.parametrize("name", [DEPLOY_ROLE, PREVIEW_ROLE, *(group.name for group in GROUPS)])
def test_a_role_exists_for_pipelines_and_for_each_group_with_sessions_of_one_hour(
    bootstrapped: Bootstrapped, name: str
) -> None:
    assert bootstrapped.stack.client("iam").get_role(RoleName=name)["Role"]["MaxSessionDuration"] == 3600


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_settings_of_a_stack_name_the_roles_and_the_boundary_that_exist(stack: str) -> None:
    settings: dict[str, Any] = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text("utf-8"))["config"]
    assert settings["strongroom:deploy_principals"] == [f"role/{DEPLOY_ROLE}"]
    assert settings["strongroom:permissions_boundary"] == f"policy/{BOUNDARY}"
    for group in GROUPS:
        assert settings[f"strongroom:{group.group}"] == [f"role/{group.name}"]


def test_a_stack_keeps_its_state_in_the_bucket_and_its_secrets_under_the_key_without_any_passphrase(
    bootstrapped: Bootstrapped, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    shutil.copy(ROOT / "Pulumi.yaml", project)
    shutil.copy(ROOT / "Pulumi.dev.yaml", project)
    endpoint, outputs = bootstrapped.stack.endpoint, bootstrapped.outputs
    environment = {
        **{name: value for name, value in bootstrapped.stack.environment.items() if "PASSPHRASE" not in name},
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL": endpoint,
        "PULUMI_BACKEND_URL": f"{outputs['backend_url']}&endpoint={endpoint}&s3ForcePathStyle=true",
        "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true",
    }

    def pulumi(*arguments: str) -> str:
        done = subprocess.run(
            [PULUMI, *arguments, "--non-interactive"],
            cwd=project, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def settings() -> dict[str, Any]:
        written: dict[str, Any] = yaml.safe_load((project / "Pulumi.dev.yaml").read_text("utf-8"))
        return written

    pulumi("stack", "select", "dev", "--create", "--secrets-provider", outputs["secrets_provider"])
    written = settings()
    assert written["secretsprovider"] == outputs["secrets_provider"]
    assert written["encryptedkey"]
    assert "encryptionsalt" not in written
    bucket = outputs["backend_url"].removeprefix("s3://").partition("?")[0]
    keys = {one["Key"] for one in bootstrapped.stack.client("s3").list_objects_v2(Bucket=bucket)["Contents"]}
    assert ".pulumi/stacks/strongroom/dev.json" in keys

    # A checkout in which nobody committed what the command wrote: the state knows the data key.
    shutil.copy(ROOT / "Pulumi.dev.yaml", project)
    pulumi("stack", "select", "dev", "--create", "--secrets-provider", outputs["secrets_provider"])
    pulumi("config", "set", "--secret", "example", "x")
    assert settings()["encryptedkey"] == written["encryptedkey"]
