"""The pack inside the real engine: a stack that breaks it does not get past its preview."""

from pathlib import Path

import pytest

from localcloud.emulator import Emulator
from localcloud.paths import ROOT
from tests.project import Project

TAGS = {
    "environment": "dev", "owner": "o", "cost-centre": "c", "data-classification": "internal",
    "project": "p", "stack": "s", "managed-by": "pulumi", "repository": "r",
}  # fmt: skip
PROGRAM = """
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
def project(aws: Emulator, tmp_path: Path) -> Project:
    return Project(aws, tmp_path)


def preview(project: Project, **values: object) -> tuple[int, str]:
    project.program(PROGRAM.format(**values))
    return project.run("preview", "--stack", "sample", "--policy-pack", str(ROOT / "policy"), check=False)


def test_a_stack_that_breaks_encryption_tagging_and_retention_fails_its_preview(project: Project) -> None:
    code, shown = preview(project, tags=TAGS, encrypted=False, queue_tags={**TAGS, "environment": "moon"}, days=30)
    assert code != 0, shown
    for rule in ("bucket-uses-customer-key", "resource-is-tagged", "log-group-is-retained"):
        assert rule in shown
    assert "mandatory" in shown


def test_a_stack_that_keeps_the_rules_passes_its_preview(project: Project) -> None:
    code, shown = preview(project, tags=TAGS, encrypted=True, queue_tags=TAGS, days=3653)
    assert code == 0, shown
    assert "mandatory" not in shown
