"""Alarms of the table: throttling, errors of DynamoDB, and use or changes by unexpected principals."""

from collections.abc import Sequence

from components.shared.alarms.changes import changed_outside_deployment
from components.shared.alarms.conditions import (
    absent,
    called_directly_or_through,
    equals,
    pattern_excluding,
)
from components.shared.alarms.record import Alarm, Command, Expression, Metric, Step, Threshold
from components.shared.alarms.responses import ASK_WHY, REDRIVE, REMOVE_PERMISSION, RESTORE
from components.shared.alarms.sources import TRAIL, in_trail, query_trail
from components.shared.alarms.targets import MonitoringTargets

_AREA = "table"
_DYNAMODB = equals("$.eventSource", "dynamodb.amazonaws.com")
OPERATIONS = ("PutItem", "GetItem", "UpdateItem", "BatchWriteItem", "BatchGetItem", "Query")
"""Operations that the processor and the reconciler call."""
_PERSISTENT = "throttled requests in each of three periods of 5 minutes"
_BACKOFF = "the processor retries with backoff, so only persistent throttling delays files"
_DESCRIBE_TABLE = 'aws dynamodb describe-table --table-name "$(pulumi stack output transactions_table)"'


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


def _system_errors(operation: str) -> Metric:
    return Metric(
        namespace="AWS/DynamoDB",
        name="SystemErrors",
        dimensions=lambda targets: {"TableName": targets.storage.table, "Operation": operation},
    )


def _changed(targets: MonitoringTargets[str]) -> Sequence[str]:
    return [
        _DYNAMODB,
        equals("$.eventCategory", "Management"),
        "$.readOnly IS FALSE",
        # A request names the table by name or ARN, and a copy names it as its source.
        equals("$.requestParameters.*", f"*{targets.storage.table}*"),
    ]


def _unauthorised_use(targets: MonitoringTargets[str]) -> str:
    functions = (targets.processing.processor, targets.reconciler)
    roles = [function.role_arn for function in functions if function is not None]
    return pattern_excluding(
        roles,
        _DYNAMODB,
        equals("$.eventCategory", "Data"),
        equals("$.resources[0].ARN", f"*:table/{targets.storage.table}*"),
        absent("$.errorCode"),
        called_directly_or_through("athena"),
    )


ALARMS = (
    Alarm(
        name="table-read-throttles",
        title="Reads from the table are throttled",
        area=_AREA,
        source=_table("ReadThrottleEvents"),
        periods=3,
        datapoints=3,
        threshold=Threshold(value=10, unit=_PERSISTENT, reason=_BACKOFF),
        severity="ticket",
        meaning="DynamoDB accepts fewer reads than the clients send: a partition is hot, or a limit of the table is reached.",
        impact="Files and reports take longer.",
        investigation=Command(
            text='aws dynamodb describe-contributor-insights --table-name "$(pulumi stack output transactions_table)"',
            actions=("dynamodb:DescribeContributorInsights",),
        ),
        response=(
            Step("Find out who reads. The processor reads one item for each file.", by="auditor"),
            Step("Ask whoever scans the table to read the output bucket instead.", by="operator"),
        ),
        false_positives="A new on-demand table, which grows to its load within minutes.",
        panel="trouble",
    ),
    Alarm(
        name="table-write-throttles",
        title="Writes to the table are throttled",
        area=_AREA,
        source=_table("WriteThrottleEvents"),
        periods=3,
        datapoints=3,
        threshold=Threshold(value=10, unit=_PERSISTENT, reason=_BACKOFF),
        severity="ticket",
        meaning="DynamoDB accepts fewer writes than the processor sends.",
        impact="Files take longer, and finally return to the queue.",
        investigation=Command(text=_DESCRIBE_TABLE, actions=("dynamodb:DescribeTable",)),
        response=(
            Step(
                "A new table accepts 4,000 writes a second. Raise that with aws dynamodb update-table --warm-throughput.",
                by="deployer",
            ),
            Step("Or lower function_concurrency until the table has grown, and deploy.", by="deployer"),
        ),
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
        threshold=Threshold(value=10, unit=_PERSISTENT, reason=_BACKOFF),
        severity="ticket",
        meaning="Too many manifests have the same status at the same time, so one partition of the index is full.",
        impact="A full partition of an index throttles writes to the whole table, and files take longer.",
        investigation=Command(
            text=f"{_DESCRIBE_TABLE} --query Table.GlobalSecondaryIndexes", actions=("dynamodb:DescribeTable",)
        ),
        response=(
            Step("Lower function_concurrency to below 1,000 manifests a second, the partition's limit.", by="deployer"),
        ),
        false_positives="A burst of very many small files.",
        panel="trouble",
    ),
    Alarm(
        name="dynamodb-server-errors",
        title="DynamoDB answers with server errors",
        area=_AREA,
        source=Expression(
            text="+".join(f"FILL({operation.lower()},0)" for operation in OPERATIONS),
            metrics={operation.lower(): _system_errors(operation) for operation in OPERATIONS},
        ),
        periods=3,
        datapoints=2,
        threshold=Threshold(
            value=5,
            unit="errors in two of three periods of 5 minutes",
            reason="clients retry single errors, which are normal for DynamoDB",
        ),
        severity="ticket",
        meaning="DynamoDB answered requests to the table with errors of its own (5xx).",
        impact="Files take longer. Failed messages return to the queue and are retried.",
        investigation=Command(
            text="aws health describe-events --filter services=DYNAMODB,eventStatusCodes=open",
            actions=("health:DescribeEvents",),
        ),
        response=(
            Step("Wait until DynamoDB recovers; the queue retries the files.", by="operator"),
            REDRIVE,
        ),
        false_positives="None. The fault is on AWS's side; there is nothing to repair in the stack.",
        panel="trouble",
    ),
    changed_outside_deployment(
        name="table",
        title="The table was changed outside a deployment",
        area=_AREA,
        subject="the table",
        changes=_changed,
        meaning="Someone other than a deploy principal changed the table's protection, recovery, expiry or policy, copied it, or "
        "tried to.",
        impact="Metadata could be lost or disclosed. Results and manifests in the output bucket are not affected.",
        investigation=query_trail(
            'eventSource = "dynamodb.amazonaws.com" and eventCategory = "Management" and readOnly = 0', "errorCode"
        ),
        response=(
            ASK_WHY,
            RESTORE,
            Step("Delete an unknown copy, and treat it as a disclosure until it is explained.", by="deployer"),
        ),
    ),
    Alarm(
        name="unauthorised-table-use",
        title="An unexpected principal used the table",
        area=_AREA,
        source=in_trail(_unauthorised_use),
        threshold=Threshold(
            value=0, unit="requests in 5 minutes", reason="only the functions use the table, whose policy denies others"
        ),
        severity="page",
        meaning="A principal that is not a function of the stack read or wrote items of the table: break-glass, or somebody whom "
        "a changed table policy allows.",
        impact="The table holds account tokens and amounts. Treat the read as a disclosure until it is explained.",
        investigation=query_trail(
            'eventSource = "dynamodb.amazonaws.com" and eventCategory = "Data" and not ispresent(errorCode)',
            "resources.0.ARN",
        ),
        response=(
            Step("Identify the principal, and the policy that allowed the request.", by="auditor"),
            REMOVE_PERMISSION,
            Step("If items were written, compare the table with the manifests in the output bucket.", by="auditor"),
        ),
        false_positives="Announced work by break-glass principals, such as a rebuild of the table.",
        panel="security",
        is_event=True,
        requires=(TRAIL,),
    ),
)
