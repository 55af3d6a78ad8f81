"""The pack inside the real engine: a stack that breaks it does not get past its preview."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from localcloud.emulator import Emulator
from localcloud.paths import ROOT, VENV
from localcloud.stack import LocalStack

TAGS = {
    "environment": "dev", "owner": "o", "cost-centre": "c", "data-classification": "internal",
    "project": "p", "stack": "s", "managed-by": "pulumi", "repository": "r",
}  # fmt: skip
PROGRAM = """
import pulumi
import pulumi_aws as aws

tags = {tags!r}
key = aws.kms.Key("key", tags=tags)
bucket = aws.s3.Bucket("bucket", tags=tags)
if {encrypted}:
    aws.s3.BucketServerSideEncryptionConfiguration("bucket", bucket=bucket.id, rules=[{{
        "apply_server_side_encryption_by_default": {{"sse_algorithm": "aws:kms", "kms_master_key_id": key.arn}},
        "bucket_key_enabled": True,
    }}])
aws.sqs.Queue("queue", kms_master_key_id=key.arn, tags={queue_tags!r})
aws.cloudwatch.LogGroup("logs", kms_key_id=key.arn, retention_in_days={days}, tags=tags)
"""


@pytest.fixture
def preview(aws: Emulator, tmp_path: Path) -> "Preview":
    return Preview(aws, tmp_path)


class Preview:
    def __init__(self, aws: Emulator, folder: Path) -> None:
        self._folder = folder
        config = yaml.safe_load((ROOT / "Pulumi.local.yaml").read_text())["config"]
        config = {name: value for name, value in config.items() if name.startswith("aws:")}
        config["aws:endpoints"] = [dict.fromkeys(config["aws:endpoints"][0], aws.endpoint)]
        (folder / "Pulumi.yaml").write_text(
            f"name: sample\nruntime: {{name: python, options: {{virtualenv: {VENV}}}}}\n"
        )
        (folder / "Pulumi.sample.yaml").write_text(yaml.safe_dump({"config": config}))

    def run(self, **values: object) -> tuple[int, str]:
        (self._folder / "__main__.py").write_text(PROGRAM.format(**values))
        (self._folder / "state").mkdir(exist_ok=True)
        environment = LocalStack(folder=self._folder).environment | {"PULUMI_HOME": os.fspath(self._folder / "home")}
        pulumi = [str(VENV / "bin" / "pulumi")]
        subprocess.run(
            [*pulumi, "stack", "init", "sample"], cwd=self._folder, env=environment, check=True, capture_output=True
        )
        answer = subprocess.run(
            [*pulumi, "preview", "--stack", "sample", "--policy-pack", str(ROOT / "policy")],
            cwd=self._folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return answer.returncode, answer.stdout + answer.stderr


def test_a_stack_that_breaks_encryption_tagging_and_retention_fails_its_preview(preview: Preview) -> None:
    code, shown = preview.run(tags=TAGS, encrypted=False, queue_tags={**TAGS, "environment": "moon"}, days=30)
    assert code != 0, shown
    for rule in ("bucket-uses-customer-key", "resource-is-tagged", "log-group-is-retained"):
        assert rule in shown
    assert "mandatory" in shown


def test_a_stack_that_keeps_the_rules_passes_its_preview(preview: Preview) -> None:
    code, shown = preview.run(tags=TAGS, encrypted=True, queue_tags=TAGS, days=3653)
    assert code == 0, shown
    assert "mandatory" not in shown
