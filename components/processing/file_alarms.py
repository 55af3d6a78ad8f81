"""Alarms of files and records: from their control totals, and from the reconciler."""

from components.shared.alarms.record import Alarm, Expression, Step, Threshold
from components.shared.alarms.responses import REDRIVE, REPLAY
from components.shared.alarms.sources import (
    RECONCILER,
    processor_metric,
    query_processor,
    query_reconciler,
    reconciler_metric,
)

_AREA = "files"
_LATEST_RUN_COUNTS = "the result of the latest run counts until the next; reconciler-silent reports missing runs"


ALARMS = (
    Alarm(
        name="files-failed",
        title="A file failed for good",
        area=_AREA,
        source=processor_metric("FilesFailed"),
        threshold=Threshold(value=0, unit="files in 5 minutes", reason="no file may fail unnoticed"),
        severity="ticket",
        meaning="The manifest of a file is FAILED: all attempts failed, the object's version is gone, or its key is too long.",
        impact="The file has no result.",
        investigation=query_processor('event = "file processed" and status = "FAILED"', "error"),
        response=(
            Step("Read the error. If the file is at fault, tell its sender.", by="operator"),
            Step("Otherwise fix the cause and deploy. FAILED is not final.", by="deployer"),
            REDRIVE,
        ),
        false_positives="The sender deleted the file on purpose before it was processed.",
        panel="flow",
        is_event=True,
    ),
    Alarm(
        name="files-quarantined",
        title="A whole file was rejected",
        area=_AREA,
        source=processor_metric("FilesQuarantined"),
        threshold=Threshold(
            value=0, unit="files in 5 minutes", reason="the sender believes that the file was accepted"
        ),
        severity="ticket",
        meaning="The processor could not read a file as records: its ending, header or compression is wrong, or it is empty. "
        "Or the malware scan found threats, or could not scan it.",
        impact="None of its records were processed.",
        investigation=query_processor('event = "file processed" and status = "QUARANTINED"', "error"),
        response=(Step("Send the error to the sender, who uploads a corrected file.", by="operator"),),
        false_positives="A file that was never meant to hold records, such as a checksum, or the object "
        "malware-protection-resource-validation-object, which GuardDuty writes when a stack gets a malware scan.",
        panel="flow",
        is_event=True,
    ),
    Alarm(
        name="rejection-rate",
        title="Many records are rejected",
        area=_AREA,
        source=Expression(
            text="IF(read>=100,100*rejected/read,0)",
            metrics={"read": processor_metric("RecordsRead"), "rejected": processor_metric("RecordsRejected")},
        ),
        period=3600,
        threshold=Threshold(
            value=20,
            unit="% of an hour's records, of at least 100",
            reason="typing mistakes stay far below; a changed export format goes far above",
        ),
        severity="ticket",
        meaning="The sender's format has changed, or a validation rule is wrong.",
        impact="The rejected records are in quarantine and have no result.",
        investigation=query_processor(
            'event = "file processed" and RecordsRejected > 0', "RecordsRead, RecordsRejected, rejected_by"
        ),
        response=(
            Step("Find the field with the most rejects in rejected_by.", by="operator"),
            Step("Read the masked records and their reasons in the quarantine bucket.", by="quarantine operator"),
            Step("Tell the sender, who uploads a corrected file.", by="operator"),
        ),
        false_positives="A file of test data, or of old records that were invalid then, too.",
        panel="flow",
        is_event=True,
    ),
    Alarm(
        name="control-total-mismatch",
        title="Control totals do not balance",
        area=_AREA,
        source=processor_metric("ControlTotalMismatch"),
        period=60,
        threshold=Threshold(
            value=0, unit="files in a minute", reason="every record is accepted or rejected, without exception"
        ),
        severity="page",
        meaning="Records read do not equal records accepted plus rejected: the processor lost a record.",
        impact="The file is FAILED, and none of its results were published.",
        investigation=query_processor(
            "ControlTotalMismatch > 0", "RecordsRead, RecordsAccepted, RecordsRejected, error"
        ),
        response=(
            Step("Stop deployments, and deploy the last release that had no mismatch.", by="deployer"),
            Step(
                "Keep the version of the input object, and reproduce the defect with python -m lambdas.processor.",
                by="operator",
            ),
            REDRIVE,
            Step("Compare the new totals with the sender's.", by="auditor"),
        ),
        false_positives="None.",
        panel="flow",
        is_event=True,
    ),
    Alarm(
        name="files-without-manifest",
        title="A file was never processed",
        area=_AREA,
        source=reconciler_metric("FilesWithoutManifest"),
        statistic="Maximum",
        period=3600,
        threshold=Threshold(
            value=0, unit="files", reason="the reconciler counts a file only after all its attempts are over"
        ),
        severity="ticket",
        meaning="The reconciler found a file in the input bucket with no manifest: its notification or its message was lost.",
        impact="The file has no result.",
        investigation=query_reconciler('level != "INFO"', "file_id", "key"),
        response=(
            REPLAY,
            Step(
                "Check the bucket's notification and the queue's policy. Deploy with a refresh to restore them.",
                by="deployer",
            ),
        ),
        false_positives="Uploaded during an outage; the backlog is still draining.",
        panel="flow",
        missing_data="ignore",
        missing_data_reason=_LATEST_RUN_COUNTS,
        requires=(RECONCILER,),
    ),
    Alarm(
        name="expired-leases",
        title="A file is stuck in PROCESSING",
        area=_AREA,
        source=reconciler_metric("OverrunLeases"),
        statistic="Maximum",
        period=3600,
        periods=2,
        datapoints=2,
        threshold=Threshold(
            value=0,
            unit="files in two consecutive runs of the reconciler",
            reason="the next delivery takes over an expired lease, so none should be left an hour later",
        ),
        severity="ticket",
        meaning="The invocation that processed a file ended without releasing its lease, and no other has taken over.",
        impact="The file has no result.",
        investigation=query_reconciler('event = "lease overrun"', "file_id", "key", "started_at"),
        response=(
            Step(
                f"If the file's message is in the dead-letter queue: {REDRIVE.text}",
                by="operator",
                actions=REDRIVE.actions,
            ),
            Step(f"Otherwise: {REPLAY.text}", by="operator", actions=REPLAY.actions),
        ),
        false_positives="A delivery that still waits in the backlog.",
        panel="flow",
        missing_data="ignore",
        missing_data_reason=_LATEST_RUN_COUNTS,
        requires=(RECONCILER,),
    ),
    Alarm(
        name="reconciler-silent",
        title="The reconciler does not run",
        area=_AREA,
        source=reconciler_metric("Reconciliations"),
        period=3600,
        periods=3,
        datapoints=3,
        comparison="<",
        threshold=Threshold(value=1, unit="runs in each of three hours", reason="it runs hourly, and one run may fail"),
        severity="ticket",
        meaning="The reconciler fails, or its schedule does not invoke it.",
        impact="Nobody notices files that are lost.",
        investigation=query_reconciler("ispresent(event)", "level", "error"),
        response=(
            Step("If runs fail, the log gives the reason. Fix it and deploy.", by="deployer"),
            Step("If there are no runs, deploy with a refresh, which restores schedule and role.", by="deployer"),
        ),
        false_positives="The first hours of a new stack.",
        panel="trouble",
        missing_data="breaching",
        missing_data_reason="the alarm exists to report silence",
        requires=(RECONCILER,),
    ),
)
