"""The component in a program of somebody else's, under the real engine: what stops a deployment and what does not."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.attestation import attest, summary
from cli.paths import ROOT
from cli.stack import EmulatedStack
from offline.emulator import Emulator
from tests.lambdas.attestor.house import AUDIT
from tests.offline.project import Project

PROGRAM = f"""
import json
import sys
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
from components.attestation.tier import Attestation, AttestationArgs
from components.audit.expected import expected_trail
from components.context import AwsContext
from components.retention import ObjectLock, Retention
from components.shared.expected import expected_log_group

# With less time the attestor waits less for what was just deployed: for seconds, not for a minute.
def hurry(args):
    timeout = {{"timeout": 30}} if isinstance(args.resource, aws.lambda_.Function) else {{}}
    return pulumi.ResourceTransformationResult({{**args.props, **timeout}}, args.opts)
pulumi.runtime.register_stack_transformation(hurry)

key = aws.kms.Key("key", deletion_window_in_days=7)
group = aws.cloudwatch.LogGroup("group", name="/house", retention_in_days=3653, kms_key_id=key.arn)
selectors = [{{"name": "Control planes", "field_selectors": [{{"field": "eventCategory", "equals": ["Management"]}}]}}]
trail = aws.cloudtrail.Trail(
    "trail", name="house", s3_bucket_name={AUDIT!r}, kms_key_id=key.arn, enable_log_file_validation=True,
    advanced_event_selectors=selectors,
)
attestation = Attestation("attestor", AttestationArgs(
    context=AwsContext(partition="aws", region="us-east-1", account_id="000000000000", prefix="sample-sample"),
    expected_state=[
        expected_log_group(name=group.name, key_arn=key.arn, retention_days=int(pulumi.Config().get("days") or 3653)),
        expected_trail(arn=trail.arn, key_arn=key.arn, bucket={AUDIT!r}, log_group_arn=None, event_selectors=json.dumps(selectors)),
    ],
    audit_bucket={AUDIT!r}, audit_bucket_arn="arn:aws:s3:::{AUDIT}", audit_key_arn=key.arn, artifact_bucket={AUDIT!r},
    key_arn=key.arn, architecture="x86_64",
    not_attested=(), retention=Retention(raw_days=90, log_days=3653, lock=ObjectLock(mode="COMPLIANCE", years=10), protection=False),
), pulumi.ResourceOptions(depends_on=[key, group, trail]))
pulumi.export("summary", attestation.summary)
pulumi.export("function", attestation.function.function_name)
"""
UP = ("up", "-s", "sample", "--yes", "--skip-preview")


@dataclass(frozen=True)
class Deployed(EmulatedStack):
    """A stack of somebody else's, with the output that the attestor is found by."""

    function: str = ""

    def outputs(self) -> dict[str, Any]:
        return {"attestor_function": self.function}


@pytest.fixture
def project(own_aws: Emulator, tmp_path: Path) -> Project:
    project = Project(own_aws, tmp_path)
    project.program(PROGRAM)
    return project


def evidence(client: Callable[[str], Any]) -> list[dict[str, Any]]:
    listed = client("s3").list_objects_v2(Bucket=AUDIT, Prefix="attestation/sample-sample-attestor/evidence/")
    return [
        json.loads(client("s3").get_object(Bucket=AUDIT, Key=entry["Key"])["Body"].read())
        for entry in listed.get("Contents", [])
    ]


def test_a_deployment_is_attested_fails_on_drift_and_can_be_destroyed(
    project: Project, client: Callable[[str], Any], own_aws: Emulator
) -> None:
    project.run(*UP)
    outputs = json.loads(project.run("stack", "output", "-s", "sample", "--json")[1])
    # Nothing is delivered in an emulator: that is pending, and stops nothing.
    assert json.loads(outputs["summary"]) == {"summary": {"pass": 20, "fail": 0, "pending": 1}}
    assert [entry["run"]["trigger"] for entry in evidence(client)] == ["create"]

    project.run(*UP, "--expect-no-changes")
    assert len(evidence(client)) == 1

    # Whoever asks by hand, as the daily schedule does, is told, and nothing fails.
    client("logs").put_retention_policy(logGroupName="/house", retentionInDays=30)
    asked = attest(Deployed(folder=project.folder, endpoint=own_aws.endpoint, function=outputs["function"]))
    assert asked["summary"]["fail"] == 1
    assert "FAIL    logs-retention of log-group /house: expected 3653, found 30" in summary(asked)
    kept = client("s3").get_object(Bucket=asked["stored"]["bucket"], Key=asked["stored"]["key"])["Body"].read()
    assert json.loads(kept)["run"] == asked["run"]

    # A deployment waits for what it has just made, which may not be visible yet, and then it fails.
    stack = project.folder / "Pulumi.sample.yaml"
    settings = yaml.safe_load(stack.read_text())
    settings["config"]["sample:days"] = "2557"
    stack.write_text(yaml.safe_dump(settings))
    code, shown = project.run(*UP, check=False)
    assert code != 0
    assert "logs-retention of log-group /house: expected 2557, found 30" in shown
    assert [entry["run"]["trigger"] for entry in evidence(client)] == ["create", "request", "update"]

    project.run("destroy", "-s", "sample", "--yes", "--skip-preview")
    assert len(evidence(client)) == 3
    listed = client("s3").list_object_versions(
        Bucket=AUDIT, Prefix="attestation/sample-sample-attestor/expected-state.json"
    )
    assert "Versions" not in listed
