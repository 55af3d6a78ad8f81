"""Measures the policy pack: the time of a check compared with checkov, and the pack's share of a preview."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench._tools import tool
from cli.paths import PULUMI, ROOT, VENV
from cli.stack import EmulatedStack

CHECKOV = "3.3.30"
UNITS = 100
"""The number of buckets, each with four side resources."""
_ROUNDS = 3
_MINIMUM_RATIO = 20
_MAXIMUM_SHARE = 0.25
_KEY = "arn:aws:kms:eu-central-1:111122223333:key/0f1c3a52-6d1f-4a0e-9c55-6f0f3b1d2e4a"
_BLOCK = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")

_PROGRAM = f"""
import pulumi_aws as aws
for index in range({UNITS}):
    bucket = aws.s3.Bucket(f"b{{index}}")
    aws.s3.BucketVersioning(f"b{{index}}", bucket=bucket.id, versioning_configuration={{"status": "Enabled"}})
    aws.s3.BucketPublicAccessBlock(f"b{{index}}", bucket=bucket.id, {", ".join(f"{key}=True" for key in _BLOCK)})
    aws.s3.BucketPolicy(f"b{{index}}", bucket=bucket.id, policy=bucket.arn.apply(str))
    aws.s3.BucketServerSideEncryptionConfiguration(f"b{{index}}", bucket=bucket.id, rules=[
        {{"apply_server_side_encryption_by_default": {{"sse_algorithm": "aws:kms", "kms_master_key_id": "{_KEY}"}}}}])
"""
_EMPTY_PACK = """
from pulumi_policy import PolicyPack, ResourceValidationPolicy
PolicyPack("empty", [ResourceValidationPolicy("nothing", "Reports nothing.", lambda args, report: None)])
"""
_CONFIG = """
config:
  aws:region: us-east-1
  aws:accessKey: test
  aws:secretKey: test
  aws:skipCredentialsValidation: "true"
  aws:skipMetadataApiCheck: "true"
  aws:skipRequestingAccountId: "true"
  aws:defaultTags:
    tags: {environment: dev, owner: ledger, cost-centre: "1", data-classification: internal, project: ledger, stack: dev, managed-by: pulumi, repository: ledger}
"""


def main() -> int:
    """Print both measurements. Return 1 if one of them misses its limit."""
    with tempfile.TemporaryDirectory() as folder:
        return max(_compare_with_checkov(Path(folder)), _share_of_preview(Path(folder)))


def _compare_with_checkov(folder: Path) -> int:
    ours = 0.0
    for units in (UNITS, 4 * UNITS):
        seconds = _check(_written(folder / "state.json", _state(units)))
        print(f"policy check of a state with {5 * units} resources: {seconds:.2f} s")
        if units == UNITS:
            ours = seconds
    checkov = tool("checkov", CHECKOV)
    if checkov is None:
        print(f"checkov {CHECKOV} is not available here: no comparison")
        return 0
    plan = _written(folder / "plan.json", _plan(UNITS))
    checkov_seconds = _timed(
        [str(checkov), "--quiet", "--compact", "--framework", "terraform_plan", "--file", str(plan)], {0, 1}
    )
    print(
        f"checkov {CHECKOV} of a plan with the same {5 * UNITS} resources: {checkov_seconds:.2f} s, {checkov_seconds / ours:.0f} times as long"
    )
    return int(checkov_seconds / ours < _MINIMUM_RATIO)


def _check(state: Path) -> float:
    return _timed([sys.executable, "-m", "policy", "check", "--state", str(state), "--format", "json"], {0, 1})


def _share_of_preview(folder: Path) -> int:
    project = folder / "project"
    project.mkdir()
    (folder / "state").mkdir()
    (project / "Pulumi.yaml").write_text(f"name: bench\nruntime: {{name: python, options: {{virtualenv: {VENV}}}}}\n")
    (project / "Pulumi.local.yaml").write_text(_CONFIG)
    (project / "__main__.py").write_text(_PROGRAM)
    environment = EmulatedStack(folder=folder).environment
    _timed([PULUMI, "stack", "init", "local"], {0}, project, environment, rounds=1)
    preview = [PULUMI, "preview", "--stack", "local", "--json"]
    bare = _timed(preview, {0}, project, environment)
    empty = folder / "empty"
    empty.mkdir()
    (empty / "PulumiPolicy.yaml").write_text(
        f"version: 0.0.1\nruntime: {{name: python, options: {{virtualenv: {VENV}}}}}\n"
    )
    (empty / "__main__.py").write_text(_EMPTY_PACK)
    empty_pack = _timed([*preview, "--policy-pack", str(empty)], {0}, project, environment)
    full_pack = _timed([*preview, "--policy-pack", str(ROOT / "policy")], {0, 1, 255}, project, environment)
    share = (full_pack - empty_pack) / full_pack
    print(
        f"preview of {5 * UNITS} resources: {bare:.1f} s; with an empty pack {empty_pack:.1f} s, with this pack {full_pack:.1f} s: "
        f"its rules take {share:.0%}, with the start of a pack {(full_pack - bare) / full_pack:.0%}"
    )
    return int(share > _MAXIMUM_SHARE)


def _timed(
    command: list[str],
    codes: set[int],
    directory: Path = ROOT,
    environment: Mapping[str, str] = os.environ,
    rounds: int = _ROUNDS,
) -> float:
    """Return the shortest time of a few runs, in seconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
        times.append(time.perf_counter() - start)
        if done.returncode not in codes:
            raise RuntimeError(f"{' '.join(command)} ended with exit code {done.returncode}: {done.stderr[-1000:]}")
    return min(times)


def _written(file: Path, content: Mapping[str, Any]) -> Path:
    file.write_text(json.dumps(content))
    return file


def _state(units: int) -> dict[str, Any]:
    return {
        "version": 3,
        "deployment": {"resources": [resource for index in range(units) for resource in _unit(index)]},
    }


def _unit(index: int) -> list[dict[str, Any]]:
    name = f"ledger-{index}"
    default = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": _KEY}}
    bucket = _resource("bucket", "Bucket", name, {"bucket": name})
    side = {"bucket": name}
    dependencies = {"propertyDependencies": {"bucket": [bucket["urn"]]}}
    camel = {
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }
    encryption = "ServerSideEncryptionConfiguration"
    sides = [
        _resource(
            "bucketVersioning", "BucketVersioning", name, {**side, "versioningConfiguration": {"status": "Enabled"}}
        ),
        _resource("bucketPublicAccessBlock", "BucketPublicAccessBlock", name, {**side, **camel}),
        _resource("bucketPolicy", "BucketPolicy", name, {**side, "policy": _document(name)}),
        _resource(f"bucket{encryption}", f"Bucket{encryption}", name, {**side, "rules": [default]}),
    ]
    return [bucket, *({**side, **dependencies} for side in sides)]


def _resource(module: str, kind: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    token = f"aws:s3/{module}:{kind}"
    return {
        "urn": f"urn:pulumi:bench::ledger::{token}::{name}",
        "type": token,
        "custom": True,
        "id": name,
        "inputs": inputs,
    }


def _document(name: str) -> str:
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [deny]})


def _plan(units: int) -> dict[str, Any]:
    """Return the same resources as `terraform show -json` prints a plan."""
    resources = []
    for index in range(units):
        name = f"ledger-{index}"
        default = [{"sse_algorithm": "aws:kms", "kms_master_key_id": _KEY}]
        values: dict[str, dict[str, Any]] = {
            "aws_s3_bucket": {},
            "aws_s3_bucket_versioning": {"versioning_configuration": [{"status": "Enabled"}]},
            "aws_s3_bucket_public_access_block": dict.fromkeys(_BLOCK, True),
            "aws_s3_bucket_policy": {"policy": _document(name)},
            "aws_s3_bucket_server_side_encryption_configuration": {
                "rule": [{"apply_server_side_encryption_by_default": default}]
            },
        }
        for kind, given in values.items():
            resources.append(
                {
                    "address": f"{kind}.b{index}",
                    "mode": "managed",
                    "type": kind,
                    "name": f"b{index}",
                    "provider_name": "registry.terraform.io/hashicorp/aws",
                    "values": {"bucket": name, **given},
                }
            )
    changes = [
        {
            **{key: resource[key] for key in ("address", "mode", "type", "name")},
            "change": {"actions": ["create"], "before": None, "after": resource["values"]},
        }
        for resource in resources
    ]
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"resources": resources}},
        "resource_changes": changes,
        "configuration": {"root_module": {}},
    }
