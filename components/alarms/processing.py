"""Alarms of the way of a file: function, queue, and what becomes of files and records."""

from components.alarms.record import NAMESPACE, Alarm, Command, Composite, Expression, Metric, Threshold
from components.alarms.shared import SWEEP, ask_processor, ask_sweep, of_processor, of_sweep

_AREA = "processing"

_REDRIVE = (
    "Mend the cause, then put the messages back: aws sqs start-message-move-task with the dead-letter queue's ARN. "
    "What is processed twice gives the same result."
)


def _own(name: str) -> Metric:
    return Metric(namespace=NAMESPACE, name=name, dimensions=of_processor)


def _lambda(name: str) -> Metric:
    return Metric(namespace="AWS/Lambda", name=name, dimensions=of_processor)


ALARMS = (
    Alarm(
        name="processor-errors",
        title="The processor breaks off",
        area=_AREA,
        source=_lambda("Errors"),
        threshold=Threshold(
            value=0,
            unit="errors in 5 minutes",
            reason="trouble with a file is answered and no error: an error is a time-out, lack of memory or code that "
            "does not start",
        ),
        severity="ticket",
        means="An invocation of the processor ended without an answer; its message comes again.",
        look=ask_processor('type like "platform" or level in ["ERROR", "FATAL"]', "error, record.status, errorMessage"),
        do="Time-out or memory: raise function_timeout or function_memory. Code: roll back to the last release.",
        false="A single error with no dead letter after it: the message was processed when it came again.",
        panel="trouble",
    ),
    Alarm(
        name="deliveries-failed",
        title="Files fail and come again",
        area=_AREA,
        source=_own("MessagesFailed"),
        periods=3,
        datapoints=3,
        threshold=Threshold(
            value=2,
            unit="failed deliveries in each of three periods of 5 minutes",
            reason="one that fails comes again by itself; a lasting cause fails on and on",
        ),
        severity="ticket",
        means="The processor answered for some messages that it could not process them; Lambda counts no error for that.",
        look=ask_processor('event in ["file failed", "message failed"]', "receives, error"),
        do="The error names what AWS refused. Access denied or a disabled key: restore it, the files come again. A "
        "defect: roll back.",
        false="Several deliveries of one large file while it is still being processed: the error is Busy.",
        panel="trouble",
    ),
    Alarm(
        name="files-failed",
        title="A file is given up",
        area=_AREA,
        source=_own("FilesFailed"),
        threshold=Threshold(value=0, unit="files in 5 minutes", reason="no file may be given up unnoticed"),
        severity="ticket",
        means="The manifest of a file says FAILED: it was tried to the end, its version is gone, or its key is too long.",
        look=ask_processor('event = "file processed" and status = "FAILED"', "error"),
        do="The error says why. Tell whoever sent the file, or mend the cause and put the message back from the "
        "dead-letter queue: FAILED is not final.",
        false="The sender deleted the file on purpose before it was processed.",
        panel="flow",
        is_event=True,
    ),
    Alarm(
        name="files-quarantined",
        title="A whole file is refused",
        area=_AREA,
        source=_own("FilesQuarantined"),
        threshold=Threshold(value=0, unit="files in 5 minutes", reason="whoever sent it takes it for delivered"),
        severity="ticket",
        means="A file could not be read as records at all: its ending, header, compression or lack of bytes.",
        look=ask_processor('event = "file processed" and status = "QUARANTINED"', "error"),
        do="Send the error to whoever delivers the files; a mended file is a new upload.",
        false="A file that was never meant as records, such as a checksum beside it.",
        panel="flow",
        is_event=True,
    ),
    Alarm(
        name="rejected-share",
        title="Many records are rejected",
        area=_AREA,
        source=Expression(
            text="IF(read>=100,100*rejected/read,0)",
            metrics={"read": _own("RecordsRead"), "rejected": _own("RecordsRejected")},
        ),
        period=3600,
        threshold=Threshold(
            value=20,
            unit="% of an hour's records, of at least 100",
            reason="single typing mistakes stay far below; a changed export format goes far above",
        ),
        severity="ticket",
        means="The sender's format has changed, or a rule of validation is wrong.",
        look=ask_processor(
            'event = "file processed" and RecordsRejected > 0', "RecordsRead, RecordsRejected, rejected_by"
        ),
        do="rejected_by counts by field. The quarantine bucket has each record, masked, with its reasons. Tell the "
        "sender; a mended file is a new upload.",
        false="A file of test data, or one of old records that were bad then too.",
        panel="flow",
        is_event=True,
    ),
    Alarm(
        name="control-total-mismatch",
        title="Control totals do not balance",
        area=_AREA,
        source=_own("ControlTotalMismatch"),
        period=60,
        threshold=Threshold(
            value=0, unit="files in a minute", reason="records in are accepted or rejected, without exception"
        ),
        severity="page",
        means="Of a file, records read are not accepted plus rejected: a record was lost on the way. Nothing of it was published.",
        look=ask_processor("ControlTotalMismatch > 0", "RecordsRead, RecordsAccepted, RecordsRejected, error"),
        do="Stop new deployments. It is a defect of the processor: keep the input version, roll back, put the message "
        "back, and compare the totals with the sender's.",
        false="Never.",
        panel="flow",
        is_event=True,
    ),
    Alarm(
        name="processor-throttles",
        title="The processor is throttled",
        area=_AREA,
        source=_lambda("Throttles"),
        periods=3,
        datapoints=3,
        threshold=Threshold(
            value=0,
            unit="throttles in each of three periods of 5 minutes",
            reason="the queue's bound keeps below the function's limit, so throttles that last mean that the account's is used up",
        ),
        severity="ticket",
        means="Lambda refuses invocations; messages wait, and each refusal counts as a delivery.",
        look=Command(text="aws lambda get-account-settings --query AccountLimit"),
        do="Find who uses the account's concurrency, ask AWS for more, or set function_reserved.",
        false="A burst of all functions of the account that ends by itself.",
        panel="trouble",
    ),
    Alarm(
        name="processor-duration",
        title="The processor nears its time-out",
        area=_AREA,
        source=_lambda("Duration"),
        statistic="Maximum",
        threshold=Threshold(
            value=80,
            unit="% of the function's time-out",
            reason="at the time-out a file goes back and can never be finished; the longest run counts, as one in ten "
            "says nothing at low traffic",
            scale=lambda watched: watched.processing.timeout * 10,
        ),
        severity="ticket",
        means="A file took almost all the time that there is; a larger one will not be finished.",
        look=ask_processor('event = "file processed" and RecordsRead > 0', "RecordsRead, status"),
        do="Raise function_timeout or function_memory, or let the sender split its files.",
        false="AWS was slow once, and the next files are as fast as before.",
        panel="trouble",
    ),
    Alarm(
        name="processor-concurrency",
        title="All workers are busy",
        area=_AREA,
        source=_lambda("ConcurrentExecutions"),
        statistic="Maximum",
        period=60,
        periods=15,
        datapoints=15,
        comparison=">=",
        threshold=Threshold(
            value=100,
            unit="% of function_concurrency for 15 minutes",
            reason="a shorter burst is what the queue is for",
            scale=lambda watched: watched.processing.concurrency / 100,
        ),
        severity="ticket",
        means="As many files are processed at once as may be; others wait.",
        look=Command(
            text='aws sqs get-queue-attributes --queue-url "$(pulumi stack output work_queue_url)" --attribute-names '
            "ApproximateNumberOfMessages ApproximateNumberOfMessagesNotVisible"
        ),
        do="If the queue grows, raise function_concurrency.",
        false="A large delivery that was announced.",
        panel="trouble",
    ),
    Alarm(
        name="work-age",
        title="Files wait",
        area=_AREA,
        source=Metric(
            namespace="AWS/SQS",
            name="ApproximateAgeOfOldestMessage",
            dimensions=lambda watched: {"QueueName": watched.processing.queue},
        ),
        statistic="Maximum",
        threshold=Threshold(
            value=9,
            unit="times the function's time-out, in seconds",
            reason="a message that failed once comes again after six of them; one and a half times that is no single failure",
            scale=lambda watched: watched.processing.timeout,
        ),
        severity="ticket",
        means="A file waits for far longer than one attempt takes: nobody takes it, or it fails again and again.",
        look=ask_processor('event in ["file failed", "message failed", "file processed"]', "receives, status, error"),
        do="Nothing in the log: look at the event source mapping (aws lambda list-event-source-mappings), it must be "
        "Enabled. Failures: as for deliveries-failed.",
        false="A backlog after a long interruption, which shrinks.",
        panel="flow",
        missing_reason="SQS writes nothing for a queue that was not used for hours",
    ),
    Alarm(
        name="dead-letters",
        title="Files are set aside",
        area=_AREA,
        source=Metric(
            namespace="AWS/SQS",
            name="ApproximateNumberOfMessagesVisible",
            dimensions=lambda watched: {"QueueName": watched.processing.dead_letters},
        ),
        statistic="Maximum",
        period=60,
        threshold=Threshold(value=0, unit="messages", reason="each is a file that was not processed"),
        severity="ticket",
        means="A file could not be processed after all attempts; its message waits in the dead-letter queue, for 14 days "
        "from when it first came.",
        look=Command(
            text='aws sqs receive-message --queue-url "$(pulumi stack output dead_letter_queue_url)" '
            "--max-number-of-messages 10 --visibility-timeout 5"
        ),
        do=_REDRIVE,
        false="A message that somebody put there by hand.",
        panel="flow",
        missing_reason="SQS writes nothing for a queue that was not used for hours",
    ),
    Alarm(
        name="files-without-manifest",
        title="A file has no result",
        area=_AREA,
        source=Metric(namespace=NAMESPACE, name="FilesWithoutManifest", dimensions=of_sweep),
        statistic="Maximum",
        period=3600,
        threshold=Threshold(
            value=0, unit="files", reason="the sweep counts a file only when all its attempts are over"
        ),
        severity="ticket",
        means="A file is in the input bucket, and no manifest says what became of it: its notification or its message was lost.",
        look=ask_sweep('level != "INFO"', "file_id", "key"),
        do="The log names file and key. Copy the object onto itself: a new version notifies again. Then look at the "
        "bucket's notification and the queue's policy.",
        false="A file that was uploaded in an interruption of which it is still being processed.",
        panel="flow",
        missing="ignore",
        missing_reason="what the last sweep found counts until the next; that it is silent is an alarm of its own",
        needs=(SWEEP,),
    ),
    Alarm(
        name="overrun-leases",
        title="A file is stuck in PROCESSING",
        area=_AREA,
        source=Metric(namespace=NAMESPACE, name="OverrunLeases", dimensions=of_sweep),
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
        means="Whoever worked on a file is gone, and nobody has taken it over.",
        look=Command(
            text='aws dynamodb query --table-name "$(pulumi stack output transactions_table)" --index-name by_status '
            '--key-condition-expression \'manifest_status = :s\' --expression-attribute-values \'{":s": {"S": "PROCESSING"}}\''
        ),
        do="Look for the file's message in the dead-letter queue and put it back; if it is not there, copy the object onto itself.",
        false="Deliveries that wait for a queue's backlog.",
        panel="flow",
        missing="ignore",
        missing_reason="what the last sweep found counts until the next; that it is silent is an alarm of its own",
        needs=(SWEEP,),
    ),
    Alarm(
        name="sweep-silent",
        title="The sweep does not run",
        area=_AREA,
        source=Metric(namespace=NAMESPACE, name="Sweeps", dimensions=of_sweep),
        period=3600,
        periods=3,
        datapoints=3,
        comparison="<",
        threshold=Threshold(value=1, unit="runs in each of three hours", reason="it runs every hour; one may fail"),
        severity="ticket",
        means="Files that get lost are not noticed: the sweep fails or is not started.",
        look=ask_sweep("ispresent(event)", "level", "error"),
        do="Failures: the log has the reason. No runs: the schedule is disabled or may not invoke the function.",
        false="The first hours of a new stack.",
        panel="trouble",
        missing="breaching",
        missing_reason="silence is what it is for",
        needs=(SWEEP,),
    ),
)

UNHEALTHY = Composite(
    name="pipeline-unhealthy",
    title="Files are not processed",
    area=_AREA,
    children=(
        "processor-errors",
        "deliveries-failed",
        "processor-throttles",
        "work-age",
        "dead-letters",
        "files-without-manifest",
        "overrun-leases",
        "table-write-throttles",
        "table-system-errors",
    ),
    severity="page",
    means="At least one of the alarms that mean unprocessed files is on; each of them has made a ticket, and this is the one call for all.",
    look=Command(
        text="aws cloudwatch describe-alarms --state-value ALARM --alarm-types MetricAlarm "
        "--query 'MetricAlarms[].[AlarmName,StateReason]' --output text"
    ),
    do="Start with the ticket that came first: what comes later often follows from it. Its runbook says what to do.",
    false="When the child's runbook says so.",
)
