"""Alarms of the malware scan.

Source of the metrics and their dimensions: docs/aws-behaviour.md.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from components.shared.alarms.changes import changed_outside_deployment
from components.shared.alarms.conditions import equals
from components.shared.alarms.record import Alarm, Expression, Metric, Step, Threshold
from components.shared.alarms.responses import ASK_WHY, CHECK_CONTROLS, DENY_PRINCIPAL, REDRIVE, RESTORE, SCAN_AGAIN
from components.shared.alarms.sources import MALWARE_SCAN, query_processor, query_trail
from components.shared.alarms.targets import MonitoringTargets

_AREA = "malware"
_SKIPPED_REASONS = ("Unsupported", "MissingPermissions")


def _scan(name: str, reason: str | None = None) -> Metric:
    """Return a metric of the plan; skipped scans are counted by their reason."""

    def dimensions(targets: MonitoringTargets[Any]) -> Mapping[str, Any]:
        scan = targets.malware_scan
        return {
            "Malware Protection Plan Id": scan.plan_id if scan else "",
            "Resource Name": targets.storage.buckets["input"],
            **({"Skipped Reason": reason} if reason else {}),
        }

    return Metric(namespace="AWS/GuardDuty/MalwareProtection", name=name, dimensions=dimensions)


def _plan_changed(targets: MonitoringTargets[str]) -> Sequence[str]:
    plan = targets.malware_scan.plan_id if targets.malware_scan else ""
    return [
        equals("$.eventSource", "guardduty.amazonaws.com"),
        equals("$.eventName", "UpdateMalwareProtectionPlan", "DeleteMalwareProtectionPlan"),
        equals("$.requestParameters.malwareProtectionPlanId", plan),
    ]


_NOT_COMPLETED = {
    "failed": _scan("FailedScanCount"),
    **{reason.lower(): _scan("SkippedScanCount", reason) for reason in _SKIPPED_REASONS},
}
ALARMS = (
    Alarm(
        name="malware-found",
        title="An uploaded file is infected",
        area=_AREA,
        source=_scan("InfectedScanCount"),
        threshold=Threshold(value=0, unit="files in 5 minutes", reason="senders of records send no malware"),
        severity="page",
        meaning="GuardDuty found threats in a file of the input bucket.",
        impact="The file is QUARANTINED. The processor read nothing of it, and published nothing. The sender, or whoever has its "
        "credentials, may send more.",
        investigation=query_processor('event = "file processed" and error like "malware scan"', "error"),
        response=(
            Step("Identify the principal that uploaded the file, in the trail's events of PutObject.", by="auditor"),
            Step("Call the sender, and ask whether the file and the credentials are theirs.", by="operator"),
            Step(
                f"If the credentials are stolen: {DENY_PRINCIPAL.text}",
                by="break-glass",
                actions=DENY_PRINCIPAL.actions,
            ),
            Step(
                "Delete the version of the file once nobody needs it as evidence. Until then the bucket policy lets nobody but "
                "break-glass principals and named services read it.",
                by="break-glass",
            ),
        ),
        false_positives="A test file such as EICAR's that somebody announced.",
        panel="security",
        is_event=True,
        requires=(MALWARE_SCAN,),
    ),
    Alarm(
        name="malware-scans-failed",
        title="Files could not be scanned for malware",
        area=_AREA,
        source=Expression(text="+".join(f"FILL({name},0)" for name in _NOT_COMPLETED), metrics=_NOT_COMPLETED),
        threshold=Threshold(value=0, unit="files in 5 minutes", reason="a file that is not scanned is not processed"),
        severity="ticket",
        meaning="GuardDuty failed to scan a file, or skipped it: its role lacks a permission, or the file has a password or exceeds "
        "a quota.",
        impact="The file is QUARANTINED and has no result.",
        investigation=query_processor('event = "file processed" and error like "malware scan"', "error"),
        response=(
            Step(
                "After ACCESS_DENIED, deploy with a refresh, which restores role, key and bucket policy.", by="deployer"
            ),
            Step("After UNSUPPORTED, ask the sender for a smaller file without a password.", by="operator"),
            Step("After FAILED or a repaired permission, ask the sender to upload the file again.", by="operator"),
        ),
        false_positives="None: the file has no result until it is uploaded again.",
        panel="security",
        requires=(MALWARE_SCAN,),
    ),
    changed_outside_deployment(
        name="malware-scan",
        title="The malware scan was changed outside a deployment",
        area=_AREA,
        subject="the malware protection plan",
        changes=_plan_changed,
        meaning="Someone other than a deploy principal changed or deleted the malware protection plan, or tried to.",
        impact="Files without a verdict are not processed; they become dead letters.",
        investigation=query_trail(
            'eventSource = "guardduty.amazonaws.com" and readOnly = 0',
            "requestParameters.malwareProtectionPlanId",
            "errorCode",
        ),
        response=(
            ASK_WHY,
            RESTORE,
            CHECK_CONTROLS,
            SCAN_AGAIN,
            REDRIVE,
        ),
        requires=(MALWARE_SCAN,),
    ),
)
