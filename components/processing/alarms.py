"""Alarms of the processor and its queues, and the composite alarm that pages for all of them."""

from collections.abc import Sequence

from components.shared.alarms.changes import changed_outside_deployment
from components.shared.alarms.conditions import equals
from components.shared.alarms.record import Alarm, Command, Composite, Metric, Step, Threshold
from components.shared.alarms.responses import ASK_WHY, REDRIVE, REPLAY, RESTORE, SCAN_AGAIN
from components.shared.alarms.sources import processor_dimensions, processor_metric, query_processor, query_trail
from components.shared.alarms.targets import MonitoringTargets

_AREA = "processing"


def _lambda(name: str) -> Metric:
    return Metric(namespace="AWS/Lambda", name=name, dimensions=processor_dimensions)


def _queues_changed(targets: MonitoringTargets[str]) -> Sequence[str]:
    queues = (targets.processing.queue, targets.processing.dead_letter_queue)
    return [
        equals("$.eventSource", "sqs.amazonaws.com"),
        equals("$.eventName", "SetQueueAttributes", "AddPermission", "RemovePermission", "PurgeQueue", "DeleteQueue"),
        equals("$.requestParameters.queueUrl", *(f"*/{queue}" for queue in queues)),
    ]


ALARMS = (
    Alarm(
        name="processor-errors",
        title="The processor crashes or times out",
        area=_AREA,
        source=_lambda("Errors"),
        threshold=Threshold(
            value=0,
            unit="errors in 5 minutes",
            reason="a problem with a file is no error; an error is a timeout, lack of memory or code that does not start",
        ),
        severity="ticket",
        meaning="An invocation of the processor ended without a result.",
        impact="The file's message returns to the queue and is retried up to five times.",
        investigation=query_processor(
            'type like "platform" or level in ["ERROR", "FATAL"]', "error, record.status, errorMessage"
        ),
        response=(
            Step(
                "After a timeout or lack of memory, raise function_timeout or function_memory and deploy.",
                by="deployer",
            ),
            Step("After an error of the code, deploy the last release again.", by="deployer"),
            REDRIVE,
        ),
        false_positives="A single error without a dead letter: the retry succeeded. Or a new version failed the canary: the "
        "deployment ended with the error, and files are processed as before.",
        panel="trouble",
    ),
    Alarm(
        name="messages-failed",
        title="Messages fail repeatedly",
        area=_AREA,
        source=processor_metric("MessagesFailed"),
        periods=3,
        datapoints=3,
        threshold=Threshold(
            value=2,
            unit="failed messages in each of three periods of 5 minutes",
            reason="a single failure is retried; a persistent cause fails again and again",
        ),
        severity="ticket",
        meaning="The processor reported messages that it could not process. Lambda counts no error for them.",
        impact="Their files wait, and become dead letters after five attempts.",
        investigation=query_processor('event in ["file failed", "message failed"]', "receives, error"),
        response=(
            Step("If AWS denied access or a key is disabled, restore the permission or the key.", by="deployer"),
            Step(
                "If the error is an OSError or a database error, the temporary storage may be full: raise function_storage and "
                "deploy.",
                by="deployer",
            ),
            Step("If the processor has a defect, deploy the last release again.", by="deployer"),
            REDRIVE,
        ),
        false_positives="Several deliveries of one large file while it is being processed: the error is Busy.",
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
            unit="throttled invocations in each of three periods of 5 minutes",
            reason="the queue stays below the function's limit, so persistent throttling means that the account's limit is reached",
        ),
        severity="ticket",
        meaning="Lambda rejects invocations of the processor.",
        impact="Messages wait, and each rejected invocation counts as one of their attempts.",
        investigation=Command(
            text="aws lambda get-account-settings --query AccountLimit", actions=("lambda:GetAccountSettings",)
        ),
        response=(
            Step(
                "Find the function that uses the account's concurrency.",
                by="operator",
                actions=("cloudwatch:GetMetricData",),
            ),
            Step("Ask AWS for a higher limit, or set function_reserved and deploy.", by="deployer"),
        ),
        false_positives="A short burst of all functions of the account.",
        panel="trouble",
    ),
    Alarm(
        name="processor-duration",
        title="The processor nears its timeout",
        area=_AREA,
        source=_lambda("Duration"),
        statistic="Maximum",
        threshold=Threshold(
            value=80,
            unit="% of the function's timeout",
            reason="a file that reaches the timeout never completes; the maximum counts, since a percentile says nothing "
            "at low traffic",
            scale=lambda targets: targets.processing.timeout * 10,
        ),
        severity="ticket",
        meaning="A file took almost the whole timeout.",
        impact="A larger file will not complete.",
        investigation=query_processor('event = "file processed" and RecordsRead > 0', "RecordsRead, status"),
        response=(
            Step("Raise function_timeout or function_memory and deploy.", by="deployer"),
            Step("Or ask the sender to split its files.", by="operator"),
        ),
        false_positives="AWS was slow once, and the next files are as fast as before.",
        panel="trouble",
    ),
    Alarm(
        name="processor-concurrency",
        title="The processor works at its concurrency limit",
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
            reason="the queue absorbs a shorter burst",
            scale=lambda targets: targets.processing.concurrency / 100,
        ),
        severity="ticket",
        meaning="The processor handles as many files at the same time as function_concurrency allows.",
        impact="Other files wait in the queue.",
        investigation=Command(
            text='aws sqs get-queue-attributes --queue-url "$(pulumi stack output work_queue_url)" --attribute-names '
            "ApproximateNumberOfMessages ApproximateNumberOfMessagesNotVisible",
            actions=("sqs:GetQueueAttributes",),
        ),
        response=(Step("If the backlog grows, raise function_concurrency and deploy.", by="deployer"),),
        false_positives="An announced large delivery.",
        panel="trouble",
    ),
    Alarm(
        name="queue-backlog-age",
        title="Files wait too long",
        area=_AREA,
        source=Metric(
            namespace="AWS/SQS",
            name="ApproximateAgeOfOldestMessage",
            dimensions=lambda targets: {"QueueName": targets.processing.queue},
        ),
        statistic="Maximum",
        threshold=Threshold(
            value=9,
            unit="times the function's timeout, in seconds",
            reason="a message is retried after six timeouts; one and a half times that is more than a single failure",
            scale=lambda targets: targets.processing.timeout,
        ),
        severity="ticket",
        meaning="The oldest message is far older than one attempt takes: nothing consumes the queue, or the file fails repeatedly.",
        impact="Results are late.",
        investigation=query_processor(
            'event in ["file failed", "message failed", "file processed"]', "receives, status, error"
        ),
        response=(
            Step(
                "If the log has no entries, check that aws lambda list-event-source-mappings says Enabled.",
                by="operator",
                actions=("lambda:ListEventSourceMappings",),
            ),
            Step("If files fail, follow the runbook messages-failed.", by="operator"),
        ),
        false_positives="A backlog after a long outage that is shrinking.",
        panel="flow",
        missing_data_reason="SQS writes nothing for a queue that was not used for hours",
    ),
    Alarm(
        name="dead-letters",
        title="Files are in the dead-letter queue",
        area=_AREA,
        source=Metric(
            namespace="AWS/SQS",
            name="ApproximateNumberOfMessagesVisible",
            dimensions=lambda targets: {"QueueName": targets.processing.dead_letter_queue},
        ),
        statistic="Maximum",
        period=60,
        threshold=Threshold(value=0, unit="messages", reason="each message is a file that was not processed"),
        severity="ticket",
        meaning="A file could not be processed in five attempts, and its message is in the dead-letter queue.",
        impact="The file has no result. SQS deletes the message 14 days after it was first sent.",
        investigation=query_processor(
            'event in ["file failed", "message failed"] and receives >= 5', "version_id, error"
        ),
        response=(
            Step("Find the file's error in the processor's log, and fix its cause.", by="deployer"),
            SCAN_AGAIN,
            REDRIVE,
        ),
        false_positives="A message that someone sent by hand.",
        panel="flow",
        missing_data_reason="SQS writes nothing for a queue that was not used for hours",
    ),
    changed_outside_deployment(
        name="queues",
        title="A queue was changed or purged outside a deployment",
        area=_AREA,
        subject="queues",
        changes=_queues_changed,
        meaning="Someone other than a deploy principal changed a queue's policy or settings, purged it, or tried to.",
        impact="Files could be lost, or notifications could come from elsewhere.",
        investigation=query_trail(
            'eventSource = "sqs.amazonaws.com" and readOnly = 0', "requestParameters.queueUrl", "errorCode"
        ),
        response=(
            ASK_WHY,
            RESTORE,
            Step("After a purge, the reconciler names the files without a manifest.", by="auditor"),
            REPLAY,
        ),
    ),
)

UNHEALTHY = Composite(
    name="pipeline-unhealthy",
    title="Files are not being processed",
    area=_AREA,
    children=(
        "processor-errors",
        "messages-failed",
        "processor-throttles",
        "queue-backlog-age",
        "dead-letters",
        "malware-scans-failed",
        "files-without-manifest",
        "expired-leases",
        "table-write-throttles",
        "dynamodb-server-errors",
    ),
    severity="page",
    meaning="At least one alarm about unprocessed files is in ALARM. Each has opened a ticket; this is the one page for all.",
    impact="Results are late or missing.",
    investigation=Command(
        text="aws cloudwatch describe-alarms --state-value ALARM --alarm-types MetricAlarm "
        "--query 'MetricAlarms[].[AlarmName,StateReason]' --output text",
        actions=("cloudwatch:DescribeAlarms",),
    ),
    response=(
        Step("Start with the oldest ticket: later ones often follow from it. Follow its runbook.", by="operator"),
    ),
    false_positives="See the runbook of the alarm that fired.",
)
