"""Stacks dev and prod, deployed and at work under their own roles and policies."""

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.examination.export import export_period
from cli.examination.index import Contents
from cli.examination.period import parse_period
from cli.paths import ROOT
from components.emulation import NOT_ATTESTED
from lambdas.attestor.controls import KINDS
from offline.terminal import UserError
from tests.enforcement.account import Account
from tests.enforcement.conftest import SPARE
from tests.enforcement.deployment import Deployment
from tests.enforcement.groups import GROUPS, NOBODY
from tests.integration.work import changed_environment
from tests.support.waiting import until


def invoke(stack: Deployment, function: str) -> dict[str, Any]:
    answer = stack.account.client("lambda", NOBODY).invoke(FunctionName=function, Payload=b"{}")
    found: dict[str, Any] = json.load(answer["Payload"])
    assert "FunctionError" not in answer, found
    return found


def buckets(s3: Any, prefix: str) -> list[str]:
    return [bucket["Name"] for bucket in s3.list_buckets()["Buckets"] if bucket["Name"].startswith(f"{prefix}-")]


def evidence_of(stack: Deployment) -> str:
    """Return the key of some evidence in the audit bucket."""
    prefix = f"attestation/{stack.outputs['attestor_function']}/evidence/"
    listed = stack.account.client("s3", GROUPS["auditors"]).list_objects_v2(
        Bucket=stack.outputs["audit_bucket"], Prefix=prefix
    )
    key: str = listed["Contents"][0]["Key"]
    return key


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_a_stack_as_committed_is_deployed_from_a_clean_copy_by_a_role(stacks: dict[str, Deployment], name: str) -> None:
    deployed = stacks[name]
    assert deployed.outputs["processor_function"] == f"strongroom-{name}-processor"
    judged = subprocess.run(
        [sys.executable, "-m", "policy", "check", "--state", "-", "--config", str(deployed.pack)],
        cwd=ROOT, input=deployed.state, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert judged.returncode == 0, judged.stdout + judged.stderr


def test_a_file_of_an_uploader_reaches_the_readers(manifest: Mapping[str, Any]) -> None:
    assert (manifest["manifest_status"], manifest["records_read"], manifest["records_accepted"]) == ("COMPLETED", 15, 2)


def test_an_auditor_exports_for_an_examiner_and_nobody_else_does(
    stack: Deployment, manifest: Mapping[str, Any], tmp_path: Path
) -> None:
    day = datetime.fromisoformat(manifest["finished_at"]).date()
    period = parse_period(f"{day}", f"{day + timedelta(days=1)}")

    def export(group: str) -> Contents:
        s3 = stack.account.client("s3", GROUPS.get(group, group))
        return export_period(
            s3, stack=stack.name, period=period, path=tmp_path / f"{group}.zip", clock=lambda: datetime.now(UTC)
        )

    contents = export("auditors")
    assert [row["key"] for row in contents.rows] == [manifest["key"]]
    assert contents.audit_trail["attestation"] >= 1
    assert contents.problems == []
    for group in sorted({*GROUPS, NOBODY} - {"auditors", "break_glass"}):
        with pytest.raises(UserError, match="AccessDenied"):
            export(group)
    assert [file.name for file in tmp_path.iterdir()] == ["auditors.zip"]


def test_results_and_evidence_have_a_copy_in_another_region(stack: Deployment, manifest: Mapping[str, Any]) -> None:
    s3 = stack.account.client("s3", GROUPS["auditors"])
    for purpose, key in (("output", f"{manifest['output_prefix']}manifest.json"), ("audit", evidence_of(stack))):
        (copy,) = buckets(s3, f"strongroom-prod-replica-{purpose}")
        original = s3.head_object(Bucket=stack.outputs[f"{purpose}_bucket"], Key=key)
        assert original["ReplicationStatus"] == "COMPLETED"
        assert s3.head_object(Bucket=copy, Key=key)["ReplicationStatus"] == "REPLICA"
        with pytest.raises(ClientError, match="AccessDenied"):
            stack.account.client("s3", NOBODY).put_object(Bucket=copy, Key="forged", Body=b"")


def test_evidence_has_a_copy_in_another_account_which_the_attestor_reads(
    stacks: dict[str, Deployment], accounts: dict[str, Account]
) -> None:
    dev, spare = stacks["dev"], accounts[SPARE]
    evidence = invoke(dev, dev.outputs["attestor_function"])
    assert [control for control in evidence["controls"] if control["verdict"] == "fail"] == []
    attested = {control["resource"] for control in evidence["controls"]}
    s3 = spare.client("s3", GROUPS["auditors"])
    copies = {name for purpose in ("output", "audit") for name in buckets(s3, f"strongroom-dev-replica-{purpose}")}
    assert len(copies) == 2
    assert copies <= attested
    head = dev.account.client("s3", GROUPS["auditors"]).head_object(
        Bucket=dev.outputs["audit_bucket"], Key=evidence["stored"]["key"]
    )
    assert head["ReplicationStatus"] == "COMPLETED"


@pytest.mark.usefixtures("manifest")
def test_the_reconciler_checks_every_file(stack: Deployment) -> None:
    name = stack.outputs["processor_function"].replace("-processor", "-reconciler")

    def client(service: str) -> Any:
        return stack.account.client(service, NOBODY)

    # As if the file were old enough to need a manifest.
    with changed_environment(client, name, ALLOWED_SECONDS="1"):
        assert until(lambda: invoke(stack, name)["files"] >= 1)
        assert invoke(stack, name)["without_manifest"] == 0


def test_the_attestor_reads_every_control(stack: Deployment) -> None:
    evidence = invoke(stack, stack.outputs["attestor_function"])
    failed = [control for control in evidence["controls"] if control["verdict"] == "fail"]
    assert failed == []
    attested = {control["control"] for control in evidence["controls"]}
    lacked = {*NOT_ATTESTED, "dns-firewall", "malware-scan"}  # the switches for the emulator leave these out
    assert attested == {
        control.id for kind, controls in KINDS.items() for control in controls if not {kind, control.id} & lacked
    }


def test_the_deployer_can_refresh_and_change_nothing_with_the_perimeter_enforced(stack: Deployment) -> None:
    shown = stack.engine("preview", "--refresh", "--expect-no-changes", "--non-interactive")
    assert "unchanged" in shown
