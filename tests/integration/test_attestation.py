"""The attestor on the deployed stack: every control passes, and a control that is broken by hand is named."""

from collections.abc import Callable
from typing import Any

from cli.attestation import attest
from cli.stack import EmulatedStack
from components.emulation import NOT_ATTESTED
from lambdas.attestor.controls import KINDS

Client = Callable[[str], Any]
LOCAL_STACK_LACKS = (*NOT_ATTESTED, "dns-firewall", "malware-scan", "replication")
"""Kinds of resources, and controls, that the local stack does not attest or does not have."""


def verdicts(evidence: dict[str, Any]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {"pass": [], "fail": [], "pending": []}
    for one in evidence["controls"]:
        found[one["verdict"]].append((one["control"], one["resource"]))
    return found


def test_every_control_of_every_kind_passes_and_the_evidence_is_locked(
    stack: EmulatedStack, outputs: dict[str, Any], client: Client
) -> None:
    evidence = attest(stack)
    found = verdicts(evidence)
    assert found["fail"] == []
    # The trail's first file is still to come, and no emulator delivers one.
    assert {control for control, _ in found["pending"]} <= {"cloudtrail-delivery"}
    attested = {control for control, _ in (*found["pass"], *found["pending"])}
    assert attested == {
        control.id
        for kind, controls in KINDS.items()
        for control in controls
        if not {kind, control.id} & set(LOCAL_STACK_LACKS)
    }
    stored = client("s3").head_object(Bucket=outputs["audit_bucket"], Key=evidence["stored"]["key"])
    assert stored["ObjectLockMode"] == "GOVERNANCE"


def test_a_control_that_is_broken_by_hand_is_the_one_that_the_next_run_names(
    stack: EmulatedStack, outputs: dict[str, Any], client: Client
) -> None:
    logs, group = client("logs"), outputs["log_group_names"]["flow"]
    logs.put_retention_policy(logGroupName=group, retentionInDays=30)
    try:
        evidence = attest(stack)
    finally:
        logs.put_retention_policy(logGroupName=group, retentionInDays=3653)
    (failed,) = [one for one in evidence["controls"] if one["verdict"] == "fail"]
    assert (failed["control"], failed["resource"]) == ("logs-retention", group)
    assert (failed["expected"], failed["found"]) == (3653, 30)
    assert verdicts(attest(stack))["fail"] == []
