"""Alarms of what becomes of files and records: by their control totals, and by the sweep, which looks for those that got lost."""

from components.shared.alarms.record import Alarm, Command, Expression, Threshold
from components.shared.alarms.sources import RECONCILER, ask_processor, ask_reconciler, from_processor, from_reconciler

_AREA = "files"


ALARMS = (
    Alarm(
        name="files-failed",
        title="A file is given up",
        area=_AREA,
        source=from_processor("FilesFailed"),
        threshold=Threshold(value=0, unit="files in 5 minutes", reason="no file may be given up unnoticed"),
        severity="ticket",
        meaning="The manifest of a file says FAILED: it was tried to the end, its version is gone, or its key is too long.",
        investigation=ask_processor('event = "file processed" and status = "FAILED"', "error"),
        response="The error says why. Tell whoever sent the file, or mend the cause and put the message back from the "
        "dead-letter queue: FAILED is not final.",
        false_positives="The sender deleted the file on purpose before it was processed.",
        panel="flow",
        is_event=True,
    ),
    Alarm(
        name="files-quarantined",
        title="A whole file is refused",
        area=_AREA,
        source=from_processor("FilesQuarantined"),
        threshold=Threshold(value=0, unit="files in 5 minutes", reason="whoever sent it takes it for delivered"),
        severity="ticket",
        meaning="A file could not be read as records at all: its ending, header, compression or lack of bytes.",
        investigation=ask_processor('event = "file processed" and status = "QUARANTINED"', "error"),
        response="Send the error to whoever delivers the files; a mended file is a new upload.",
        false_positives="A file that was never meant as records, such as a checksum beside it.",
        panel="flow",
        is_event=True,
    ),
    Alarm(
        name="rejected-share",
        title="Many records are rejected",
        area=_AREA,
        source=Expression(
            text="IF(read>=100,100*rejected/read,0)",
            metrics={"read": from_processor("RecordsRead"), "rejected": from_processor("RecordsRejected")},
        ),
        period=3600,
        threshold=Threshold(
            value=20,
            unit="% of an hour's records, of at least 100",
            reason="single typing mistakes stay far below; a changed export format goes far above",
        ),
        severity="ticket",
        meaning="The sender's format has changed, or a rule of validation is wrong.",
        investigation=ask_processor(
            'event = "file processed" and RecordsRejected > 0', "RecordsRead, RecordsRejected, rejected_by"
        ),
        response="rejected_by counts by field. The quarantine bucket has each record, masked, with its reasons. Tell the "
        "sender; a mended file is a new upload.",
        false_positives="A file of test data, or one of old records that were bad then too.",
        panel="flow",
        is_event=True,
    ),
    Alarm(
        name="control-total-mismatch",
        title="Control totals do not balance",
        area=_AREA,
        source=from_processor("ControlTotalMismatch"),
        period=60,
        threshold=Threshold(
            value=0, unit="files in a minute", reason="records in are accepted or rejected, without exception"
        ),
        severity="page",
        meaning="Of a file, records read are not accepted plus rejected: a record was lost on the way. Nothing of it was published.",
        investigation=ask_processor("ControlTotalMismatch > 0", "RecordsRead, RecordsAccepted, RecordsRejected, error"),
        response="Stop new deployments. It is a defect of the processor: keep the input version, roll back, put the message "
        "back, and compare the totals with the sender's.",
        false_positives="Never.",
        panel="flow",
        is_event=True,
    ),
    Alarm(
        name="files-without-manifest",
        title="A file has no result",
        area=_AREA,
        source=from_reconciler("FilesWithoutManifest"),
        statistic="Maximum",
        period=3600,
        threshold=Threshold(
            value=0, unit="files", reason="the sweep counts a file only when all its attempts are over"
        ),
        severity="ticket",
        meaning="A file is in the input bucket, and no manifest says what became of it: its notification or its message was lost.",
        investigation=ask_reconciler('level != "INFO"', "file_id", "key"),
        response="The log names file and key. Copy the object onto itself: a new version notifies again. Then look at the "
        "bucket's notification and the queue's policy.",
        false_positives="A file that was uploaded in an interruption of which it is still being processed.",
        panel="flow",
        missing="ignore",
        missing_reason="what the last sweep found counts until the next; that it is silent is an alarm of its own",
        needs=(RECONCILER,),
    ),
    Alarm(
        name="overrun-leases",
        title="A file is stuck in PROCESSING",
        area=_AREA,
        source=from_reconciler("OverrunLeases"),
        statistic="Maximum",
        period=3600,
        periods=2,
        datapoints=2,
        threshold=Threshold(
            value=0,
            unit="files in two sweeps, one after the other",
            reason="the next delivery frees a lease; an hour later none may be left",
        ),
        severity="ticket",
        meaning="Whoever worked on a file is gone, and nobody has taken it over.",
        investigation=Command(
            text='aws dynamodb query --table-name "$(pulumi stack output transactions_table)" --index-name by_status '
            '--key-condition-expression \'manifest_status = :s\' --expression-attribute-values \'{":s": {"S": "PROCESSING"}}\''
        ),
        response="Look for the file's message in the dead-letter queue and put it back; if it is not there, copy the object onto itself.",
        false_positives="Deliveries that wait for a queue's backlog.",
        panel="flow",
        missing="ignore",
        missing_reason="what the last sweep found counts until the next; that it is silent is an alarm of its own",
        needs=(RECONCILER,),
    ),
    Alarm(
        name="sweep-silent",
        title="The sweep does not run",
        area=_AREA,
        source=from_reconciler("Reconciliations"),
        period=3600,
        periods=3,
        datapoints=3,
        comparison="<",
        threshold=Threshold(value=1, unit="runs in each of three hours", reason="it runs every hour; one may fail"),
        severity="ticket",
        meaning="Files that get lost are not noticed: the sweep fails or is not started.",
        investigation=ask_reconciler("ispresent(event)", "level", "error"),
        response="Failures: the log has the reason. No runs: the schedule is disabled or may not invoke the function.",
        false_positives="The first hours of a new stack.",
        panel="trouble",
        missing="breaching",
        missing_reason="silence is what it is for",
        needs=(RECONCILER,),
    ),
)
