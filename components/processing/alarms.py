"""Alarms of the way of a file: function and queue, and the one that pages for all of them."""

from components.shared.alarms.record import Alarm, Command, Composite, Metric, Step, Threshold
from components.shared.alarms.sources import processor_dimensions, processor_metric, query_processor

_AREA = "processing"


def _lambda(name: str) -> Metric:
    return Metric(namespace="AWS/Lambda", name=name, dimensions=processor_dimensions)


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
        meaning="An invocation of the processor ended without an answer; its message comes again.",
        investigation=query_processor(
            'type like "platform" or level in ["ERROR", "FATAL"]', "error, record.status, errorMessage"
        ),
        response=(
            Step(
                "Time-out or memory: raise function_timeout or function_memory. Code: roll back to the last release.",
                by="deployer",
            ),
        ),
        impact="",
        false_positives="A single error with no dead letter after it: the message was processed when it came again.",
        panel="trouble",
    ),
    Alarm(
        name="messages-failed",
        title="Files fail and come again",
        area=_AREA,
        source=processor_metric("MessagesFailed"),
        periods=3,
        datapoints=3,
        threshold=Threshold(
            value=2,
            unit="failed deliveries in each of three periods of 5 minutes",
            reason="one that fails comes again by itself; a lasting cause fails on and on",
        ),
        severity="ticket",
        meaning="The processor answered for some messages that it could not process them; Lambda counts no error for that.",
        investigation=query_processor('event in ["file failed", "message failed"]', "receives, error"),
        response=(
            Step(
                "The error names what AWS refused. Access denied or a disabled key: restore it, the files come again. A "
                "defect: roll back.",
                by="deployer",
            ),
        ),
        impact="",
        false_positives="Several deliveries of one large file while it is still being processed: the error is Busy.",
        panel="trouble",
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
        meaning="Lambda refuses invocations; messages wait, and each refusal counts as a delivery.",
        investigation=Command(text="aws lambda get-account-settings --query AccountLimit"),
        response=(
            Step("Find who uses the account's concurrency, ask AWS for more, or set function_reserved.", by="deployer"),
        ),
        impact="",
        false_positives="A burst of all functions of the account that ends by itself.",
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
            scale=lambda targets: targets.processing.timeout * 10,
        ),
        severity="ticket",
        meaning="A file took almost all the time that there is; a larger one will not be finished.",
        investigation=query_processor('event = "file processed" and RecordsRead > 0', "RecordsRead, status"),
        response=(
            Step("Raise function_timeout or function_memory, or let the sender split its files.", by="deployer"),
        ),
        impact="",
        false_positives="AWS was slow once, and the next files are as fast as before.",
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
            scale=lambda targets: targets.processing.concurrency / 100,
        ),
        severity="ticket",
        meaning="As many files are processed at once as may be; others wait.",
        investigation=Command(
            text='aws sqs get-queue-attributes --queue-url "$(pulumi stack output work_queue_url)" --attribute-names '
            "ApproximateNumberOfMessages ApproximateNumberOfMessagesNotVisible"
        ),
        response=(Step("If the queue grows, raise function_concurrency.", by="deployer"),),
        impact="",
        false_positives="A large delivery that was announced.",
        panel="trouble",
    ),
    Alarm(
        name="queue-backlog-age",
        title="Files wait",
        area=_AREA,
        source=Metric(
            namespace="AWS/SQS",
            name="ApproximateAgeOfOldestMessage",
            dimensions=lambda targets: {"QueueName": targets.processing.queue},
        ),
        statistic="Maximum",
        threshold=Threshold(
            value=9,
            unit="times the function's time-out, in seconds",
            reason="a message that failed once comes again after six of them; one and a half times that is no single failure",
            scale=lambda targets: targets.processing.timeout,
        ),
        severity="ticket",
        meaning="A file waits for far longer than one attempt takes: nobody takes it, or it fails again and again.",
        investigation=query_processor(
            'event in ["file failed", "message failed", "file processed"]', "receives, status, error"
        ),
        response=(
            Step(
                "Nothing in the log: look at the event source mapping (aws lambda list-event-source-mappings), it must be "
                "Enabled. Failures: as for messages-failed.",
                by="deployer",
            ),
        ),
        impact="",
        false_positives="A backlog after a long interruption, which shrinks.",
        panel="flow",
        missing_data_reason="SQS writes nothing for a queue that was not used for hours",
    ),
    Alarm(
        name="dead-letters",
        title="Files are set aside",
        area=_AREA,
        source=Metric(
            namespace="AWS/SQS",
            name="ApproximateNumberOfMessagesVisible",
            dimensions=lambda targets: {"QueueName": targets.processing.dead_letter_queue},
        ),
        statistic="Maximum",
        period=60,
        threshold=Threshold(value=0, unit="messages", reason="each is a file that was not processed"),
        severity="ticket",
        meaning="A file could not be processed after all attempts; its message waits in the dead-letter queue, for 14 days "
        "from when it first came.",
        investigation=Command(
            text='aws sqs receive-message --queue-url "$(pulumi stack output dead_letter_queue_url)" '
            "--max-number-of-messages 10 --visibility-timeout 5"
        ),
        response=(
            Step(
                "Mend the cause, then put the messages back: aws sqs start-message-move-task with the dead-letter queue's ARN. "
                "What is processed twice gives the same result.",
                by="deployer",
            ),
        ),
        impact="",
        false_positives="A message that somebody put there by hand.",
        panel="flow",
        missing_data_reason="SQS writes nothing for a queue that was not used for hours",
    ),
)

UNHEALTHY = Composite(
    name="pipeline-unhealthy",
    title="Files are not processed",
    area=_AREA,
    children=(
        "processor-errors",
        "messages-failed",
        "processor-throttles",
        "queue-backlog-age",
        "dead-letters",
        "files-without-manifest",
        "expired-leases",
        "table-write-throttles",
        "dynamodb-server-errors",
    ),
    severity="page",
    meaning="At least one of the alarms that mean unprocessed files is on; each of them has made a ticket, and this is the one call for all.",
    investigation=Command(
        text="aws cloudwatch describe-alarms --state-value ALARM --alarm-types MetricAlarm "
        "--query 'MetricAlarms[].[AlarmName,StateReason]' --output text"
    ),
    response=(
        Step(
            "Start with the ticket that came first: what comes later often follows from it. Its runbook says what to do.",
            by="deployer",
        ),
    ),
    impact="",
    false_positives="When the child's runbook says so.",
)
