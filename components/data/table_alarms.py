"""Alarms of the table: throttles, trouble of AWS's, and changes by hand."""

from components.shared.alarms.conditions import (
    absent,
    called_directly_or_through,
    equals,
    not_called_by,
    not_called_by_any,
    pattern,
)
from components.shared.alarms.record import Alarm, Command, Expression, Metric, Step, Threshold
from components.shared.alarms.sources import READERS_NAMED, TRAIL, in_trail, query_trail
from components.shared.alarms.targets import MonitoringTargets

_AREA = "table"
OPERATIONS = ("PutItem", "GetItem", "UpdateItem", "BatchWriteItem", "BatchGetItem", "Query")
"""What processor and sweep ask of the table."""
_CONTINUED = "each of three periods of 5 minutes"
_RETRIES = "the processor tries again with growing waits, so only throttles that last delay files"


def _table(name: str) -> Metric:
    return Metric(namespace="AWS/DynamoDB", name=name, dimensions=lambda targets: {"TableName": targets.storage.table})


def _index(name: str) -> Metric:
    return Metric(
        namespace="AWS/DynamoDB",
        name=name,
        dimensions=lambda targets: {
            "TableName": targets.storage.table,
            "GlobalSecondaryIndexName": targets.storage.index,
        },
    )


def _operation(name: str, operation: str) -> Metric:
    return Metric(
        namespace="AWS/DynamoDB",
        name=name,
        dimensions=lambda targets: {"TableName": targets.storage.table, "Operation": operation},
    )


def _changed_by_others(targets: MonitoringTargets[str]) -> str:
    return pattern(
        equals("$.eventSource", "dynamodb.amazonaws.com"),
        equals("$.eventCategory", "Management"),
        "$.readOnly IS FALSE",
        # Its name or its ARN, of the table itself, or of the source of a copy.
        equals("$.requestParameters.*", f"*{targets.storage.table}*"),
        called_directly_or_through("cloudformation"),
        not_called_by(*targets.principals.deploy),
    )


def _used_by_others(targets: MonitoringTargets[str]) -> str:
    own = (one.role_arn for one in (targets.processing.processor, targets.reconciler) if one is not None)
    return pattern(
        equals("$.eventSource", "dynamodb.amazonaws.com"),
        equals("$.eventCategory", "Data"),
        equals("$.resources[0].ARN", f"*:table/{targets.storage.table}*"),
        absent("$.errorCode"),
        called_directly_or_through("athena"),
        not_called_by_any(*own, *targets.principals.readers, *targets.principals.auditors),
    )


ALARMS = (
    Alarm(
        name="table-read-throttles",
        title="Reads of the table are throttled",
        area=_AREA,
        source=_table("ReadThrottleEvents"),
        periods=3,
        datapoints=3,
        threshold=Threshold(value=10, unit=f"throttles in {_CONTINUED}", reason=_RETRIES),
        severity="ticket",
        meaning="The table takes fewer reads than are asked: a partition is hot, or its limit is reached.",
        investigation=Command(
            text='aws dynamodb describe-contributor-insights --table-name "$(pulumi stack output transactions_table)"'
        ),
        response=(
            Step(
                "Find who reads: the processor reads one item a file. Anybody who scans should read the output bucket instead.",
                by="deployer",
            ),
        ),
        impact="",
        false_positives="A new table on demand, which grows to its load within minutes.",
        panel="trouble",
    ),
    Alarm(
        name="table-write-throttles",
        title="Writes to the table are throttled",
        area=_AREA,
        source=_table("WriteThrottleEvents"),
        periods=3,
        datapoints=3,
        threshold=Threshold(value=10, unit=f"throttles in {_CONTINUED}", reason=_RETRIES),
        severity="ticket",
        meaning="The table takes fewer writes than are asked; files take longer, and at last go back to the queue.",
        investigation=Command(
            text='aws dynamodb describe-table --table-name "$(pulumi stack output transactions_table)"'
        ),
        response=(
            Step(
                "A new table takes 4,000 writes a second: warm it up (aws dynamodb update-table --warm-throughput), or lower "
                "function_concurrency until it has grown.",
                by="deployer",
            ),
        ),
        impact="",
        false_positives="The first large delivery to a new table.",
        panel="trouble",
    ),
    Alarm(
        name="index-throttles",
        title="The index by status is throttled",
        area=_AREA,
        source=Expression(
            text="FILL(read,0)+FILL(write,0)",
            metrics={"read": _index("ReadThrottleEvents"), "write": _index("WriteThrottleEvents")},
        ),
        periods=3,
        datapoints=3,
        threshold=Threshold(value=10, unit=f"throttles in {_CONTINUED}", reason=_RETRIES),
        severity="ticket",
        meaning="Too many manifests of one status at once: an index whose partition is full throttles the whole table.",
        investigation=Command(
            text='aws dynamodb describe-table --table-name "$(pulumi stack output transactions_table)" '
            "--query Table.GlobalSecondaryIndexes"
        ),
        response=(Step("1,000 manifests a second is the limit: lower function_concurrency.", by="deployer"),),
        impact="",
        false_positives="A burst of very many small files.",
        panel="trouble",
    ),
    Alarm(
        name="dynamodb-server-errors",
        title="DynamoDB fails",
        area=_AREA,
        source=Expression(
            text="+".join(f"FILL({one.lower()},0)" for one in OPERATIONS),
            metrics={one.lower(): _operation("SystemErrors", one) for one in OPERATIONS},
        ),
        periods=3,
        datapoints=2,
        threshold=Threshold(
            value=5,
            unit="errors in two of three periods of 5 minutes",
            reason="single ones are retried and belong to it",
        ),
        severity="ticket",
        meaning="AWS answers requests on the table with errors of its own (5xx).",
        investigation=Command(text="aws health describe-events --filter services=DYNAMODB,eventStatusCodes=open"),
        response=(
            Step(
                "Wait: files go back to the queue and come again. Put dead letters back when AWS is well again.",
                by="deployer",
            ),
        ),
        impact="",
        false_positives="Never; but there is nothing to mend here.",
        panel="trouble",
    ),
    Alarm(
        name="table-changed-outside-deployment",
        title="The table was changed by hand",
        area=_AREA,
        source=in_trail(_changed_by_others),
        period=60,
        threshold=Threshold(value=0, unit="attempts in a minute", reason="only the deploy principals change the table"),
        severity="page",
        meaning="Somebody else changed protection, recovery, expiry or policy of the table, copied it, or tried to.",
        investigation=query_trail(
            'eventSource = "dynamodb.amazonaws.com" and eventCategory = "Management" and readOnly = 0', "errorCode"
        ),
        response=(
            Step(
                "Find out who, and why. Deploy again to restore the settings. A copy: delete it, and treat it as a "
                "disclosure until it is explained.",
                by="deployer",
            ),
        ),
        impact="",
        false_positives="Work under break-glass that was announced.",
        panel="security",
        is_event=True,
        requires=(TRAIL,),
        outside_deployment=True,
    ),
    Alarm(
        name="unauthorised-table-use",
        title="The table was used by somebody not named",
        area=_AREA,
        source=in_trail(_used_by_others),
        threshold=Threshold(
            value=0, unit="uses in 5 minutes", reason="whoever may read is named, and only functions write"
        ),
        severity="page",
        meaning="A principal that is no role of the stack, reader or auditor has read or written items of the table.",
        investigation=query_trail(
            'eventSource = "dynamodb.amazonaws.com" and eventCategory = "Data" and not ispresent(errorCode)',
            "resources.0.ARN",
        ),
        response=(
            Step(
                "Find out who, and by which policy. Take the right away, and treat it as a disclosure until it is explained.",
                by="deployer",
            ),
        ),
        impact="",
        false_positives="A principal that should be named: add it to readers or auditors.",
        panel="security",
        is_event=True,
        requires=(TRAIL, READERS_NAMED),
    ),
)
