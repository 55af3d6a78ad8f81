"""Alarms of the buckets: who reads, who is denied, what is deleted, what is changed."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from components.data.buckets import BUCKETS, BucketRow
from components.shared.alarms.changes import ANNOUNCED_EMERGENCY, changed_outside_deployment
from components.shared.alarms.conditions import (
    BUCKET,
    CALLED_DIRECTLY,
    absent,
    all_of,
    any_of,
    called_by,
    called_directly_or_through,
    equals,
    not_called_by,
    pattern,
    pattern_excluding,
)
from components.shared.alarms.record import Alarm, Command, Expression, Metric, Requirement, Step, Threshold
from components.shared.alarms.responses import CHECK_CONTROLS, DENY_PRINCIPAL, RESTORE
from components.shared.alarms.sources import REQUEST_METRICS, TRAIL, in_trail, query_trail
from components.shared.alarms.targets import MonitoringTargets

_AREA = "storage"
_S3 = equals("$.eventSource", "s3.amazonaws.com")
ALL_OBJECTS = "all-objects"
"""Name of the request metrics of all objects in a bucket: the value of their dimension FilterId."""
_RECORD_BUCKETS = [name for name, row in BUCKETS.items() if row.holds_records]
_RESULT_BUCKETS = [name for name in _RECORD_BUCKETS if BUCKETS[name].named_readers]
"""Buckets with records that people read in their daily work."""


def _names(targets: MonitoringTargets[str], select: Callable[[BucketRow], bool]) -> list[str]:
    return [name for bucket, row in BUCKETS.items() if select(row) for name in targets.storage.names(bucket)]


def _server_errors(bucket: str) -> Metric:
    return Metric(
        namespace="AWS/S3",
        name="5xxErrors",
        dimensions=lambda targets: {"BucketName": targets.storage.buckets[bucket], "FilterId": ALL_OBJECTS},
    )


def _reads(*buckets: str) -> str:
    """Return the condition that objects are read; CopyObject names its target, and its source in a header."""
    return any_of(
        [
            all_of([equals(BUCKET, *buckets), equals("$.eventName", "GetObject*", "SelectObjectContent")]),
            equals("$.requestParameters.x-amz-copy-source", *(f"*{bucket}/*" for bucket in buckets)),
        ]
    )


def _denied(targets: MonitoringTargets[str]) -> str:
    return pattern(
        _S3,
        equals("$.errorCode", "AccessDenied"),
        equals("$.eventName", "GetObject*", "HeadObject", "List*", "SelectObjectContent", "CopyObject"),
        equals(BUCKET, *_names(targets, lambda row: row.holds_records)),
        CALLED_DIRECTLY,
    )


def _deleted(targets: MonitoringTargets[str]) -> str:
    return pattern(
        _S3,
        equals(
            "$.eventName", "DeleteObject", "DeleteObjects", "DeleteBucket", "PutObjectRetention", "PutObjectLegalHold"
        ),
        equals(BUCKET, *_names(targets, lambda row: row.holds_records or row.holds_evidence)),
        called_directly_or_through("cloudformation"),
    )


def _named(bucket: str, principals: Any) -> Iterable[str]:
    return (pattern for group in BUCKETS[bucket].named_readers for pattern in getattr(principals, group))


_OWN_COPIES = Requirement(
    text="a second copy in the account",
    is_met=lambda targets: targets.storage.replicas is not None and targets.storage.are_replicas_own,
)


def _unauthorised_reads(bucket: str, *, copy: bool = False) -> Alarm:
    row = BUCKETS[bucket]
    readers = " and ".join(["the processor", *(group.replace("_", " ") for group in row.named_readers)])

    def reads(targets: MonitoringTargets[str]) -> str:
        scanners = [targets.malware_scan.role_arn] if row.scanned and targets.malware_scan else []
        named = [*_named(bucket, targets.principals), *targets.principals.services, *scanners]
        return pattern_excluding(
            [targets.processing.processor.role_arn, *named],
            _S3,
            absent("$.errorCode"),
            _reads(targets.storage.names(bucket)[-1] if copy else targets.storage.buckets[bucket]),
            called_directly_or_through("athena"),
        )

    named = Requirement(
        text=f"named {' or '.join(group.replace('_', ' ') for group in row.named_readers)}",
        is_met=lambda targets: any(_named(bucket, targets.principals)),
    )
    return Alarm(
        name=f"unauthorised-{bucket}-reads",
        instance="copy" if copy else "",
        title=f"An unexpected principal read the {bucket} bucket",
        area=_AREA,
        source=in_trail(reads),
        period=60,
        threshold=Threshold(value=0, unit="reads in a minute", reason=f"only {readers} read this bucket"),
        severity="page",
        meaning=f"A principal other than {readers} read or copied objects of the {bucket} bucket"
        f"{' or of its second copy' if row.replicated else ''}.",
        impact=f"The bucket holds {row.content}. Treat the read as a disclosure until it is explained.",
        investigation=query_trail(
            'eventSource = "s3.amazonaws.com" and (eventName like /GetObject|SelectObject/ or '
            "ispresent(`requestParameters.x-amz-copy-source`))",
            "requestParameters.bucketName",
            "requestParameters.key",
        ),
        response=(
            Step("Identify the principal, and the policy that allowed the read.", by="auditor"),
            DENY_PRINCIPAL,
            Step("List the objects that were read, and report a disclosure.", by="auditor"),
        ),
        false_positives="Announced work by break-glass principals, or a reader that the stack's settings do not name yet.",
        panel="security",
        is_event=True,
        requires=(TRAIL, *((named,) if row.named_readers else ()), *((_OWN_COPIES,) if copy else ())),
    )


def _changes(select: Callable[[BucketRow], bool]) -> Callable[[MonitoringTargets[str]], Sequence[str]]:
    # PutBucket… and DeleteBucket… cover policy, lifecycle, lock, versioning, encryption, public access and replication.
    return lambda targets: [
        _S3,
        equals("$.eventName", "PutBucket*", "DeleteBucket*"),
        equals(BUCKET, *_names(targets, select)),
    ]


def _changed(
    name: str,
    content: str,
    impact: str,
    select: Callable[[BucketRow], bool],
    false_positives: str = ANNOUNCED_EMERGENCY,
) -> Alarm:
    return changed_outside_deployment(
        name=name,
        title=f"A bucket of {content} was changed outside a deployment",
        area=_AREA,
        subject="buckets",
        changes=_changes(select),
        meaning=f"Someone other than a deploy principal changed the settings of a bucket of {content}, or tried to: policy, "
        "lifecycle, object lock, versioning, encryption, public access, replication, notification or logging.",
        impact=impact,
        investigation=query_trail(
            'eventSource = "s3.amazonaws.com" and eventName like /^(Put|Delete)Bucket/',
            "requestParameters.bucketName",
            "errorCode",
        ),
        response=(
            Step("Identify the principal, and ask why. Remove the permission if nobody can explain it.", by="auditor"),
            RESTORE,
            CHECK_CONTROLS,
        ),
        false_positives=false_positives,
    )


ALARMS = (
    Alarm(
        name="s3-server-errors",
        title="S3 answers with server errors",
        area=_AREA,
        source=Expression(
            text="+".join(f"FILL({bucket.replace('-', '_')},0)" for bucket in _RECORD_BUCKETS),
            metrics={bucket.replace("-", "_"): _server_errors(bucket) for bucket in _RECORD_BUCKETS},
        ),
        periods=3,
        datapoints=2,
        threshold=Threshold(
            value=5,
            unit="errors in two of three periods of 5 minutes",
            reason="clients retry single errors, which are normal for S3",
        ),
        severity="ticket",
        meaning="S3 answered requests to the buckets with records with errors of its own (5xx).",
        impact="Files take longer. Failed messages return to the queue and are retried.",
        investigation=Command(
            text="aws health describe-events --filter services=S3,eventStatusCodes=open",
            actions=("health:DescribeEvents",),
        ),
        response=(
            Step("Wait until S3 recovers; the queue retries the files.", by="operator"),
            Step("If the errors are 503 Slow Down, lower function_concurrency and deploy.", by="deployer"),
        ),
        false_positives="None. The fault is on AWS's side; there is nothing to repair in the stack.",
        panel="trouble",
        requires=(REQUEST_METRICS,),
    ),
    Alarm(
        name="denied-reads",
        title="Reads of records were denied",
        area=_AREA,
        source=in_trail(_denied),
        threshold=Threshold(
            value=2, unit="denied reads in 5 minutes", reason="one or two are a mistake; more is someone looking around"
        ),
        severity="page",
        meaning="An unauthorised principal tried to read or list records, and S3 denied it.",
        impact="No record was disclosed. The principal may try other ways.",
        investigation=query_trail(
            'eventSource = "s3.amazonaws.com" and errorCode = "AccessDenied"',
            "requestParameters.bucketName",
            "requestParameters.key",
            "errorMessage",
        ),
        response=(
            Step("Identify the principal, and what else it called.", by="auditor"),
            Step(
                f"If nobody knows the principal: {DENY_PRINCIPAL.text}",
                by="break-glass",
                actions=DENY_PRINCIPAL.actions,
            ),
            Step("If it is a colleague who needs access, name it in the settings and deploy.", by="deployer"),
        ),
        false_positives="A new client before its role is named in the settings, or a scanner: give it no permission to list.",
        panel="security",
        is_event=True,
        requires=(TRAIL,),
    ),
    *map(_unauthorised_reads, _RECORD_BUCKETS),
    *(_unauthorised_reads(bucket, copy=True) for bucket in _RECORD_BUCKETS if BUCKETS[bucket].replicated),
    Alarm(
        name="objects-deleted",
        title="Records or evidence were deleted",
        area=_AREA,
        source=in_trail(_deleted),
        period=60,
        threshold=Threshold(
            value=0,
            unit="attempts in a minute",
            reason="lifecycle rules delete without an event in the trail, and nobody else deletes",
        ),
        severity="page",
        meaning="Someone deleted records or evidence, changed their retention or legal hold, or tried to.",
        impact="Versions remain: a deleted object has a delete marker, and a locked version cannot be deleted.",
        investigation=query_trail(
            'eventSource = "s3.amazonaws.com" and eventName in ["DeleteObject", "DeleteObjects", "DeleteBucket", '
            '"PutObjectRetention", "PutObjectLegalHold"]',
            "requestParameters.bucketName",
            "requestParameters.key",
            "errorCode",
        ),
        response=(
            Step("Identify the principal.", by="auditor"),
            DENY_PRINCIPAL,
            Step("Delete the delete marker, which restores the object.", by="break-glass"),
        ),
        false_positives="A stack that is destroyed on purpose, or an ordered legal hold.",
        panel="security",
        is_event=True,
        requires=(TRAIL,),
    ),
    _changed(
        "record-buckets",
        "records",
        "Records could be disclosed, lost or kept too long.",
        lambda row: row.holds_records,
        f"{ANNOUNCED_EMERGENCY} When a stack gets a malware scan, GuardDuty may call PutBucketNotification through the scan's role.",
    ),
    _changed(
        "other-buckets",
        "evidence, code or access logs",
        "Evidence could be lost, or functions could run other code.",
        lambda row: not row.holds_records,
    ),
)


def read_volume(reader: str | None) -> Alarm:
    """Return the alarm on how much a principal reads.

    Parameters
    ----------
    reader
        Pattern of the reader's ARN; None for everybody but the processor.
    """

    def reads(targets: MonitoringTargets[str]) -> str:
        caller = called_by(reader) if reader else not_called_by(targets.processing.processor.role_arn)
        buckets = [name for bucket in _RESULT_BUCKETS for name in targets.storage.names(bucket)]
        return pattern(_S3, absent("$.errorCode"), _reads(*buckets), caller)

    return Alarm(
        name="read-volume",
        instance=_slug(reader) if reader else "",
        title="A principal reads unusually much",
        area=_AREA,
        source=in_trail(reads),
        period=3600,
        threshold=Threshold(
            value=1000,
            unit="objects an hour",
            reason="the result of a file is two objects; a thousand is more than an hour's work",
        ),
        severity="page",
        meaning="An authorised reader reads far more than usual. There is one such alarm for each named reader, and one for "
        "everybody if no reader is named.",
        impact="The reader's credentials may be stolen, and records may be leaving the firm.",
        investigation=query_trail(
            'eventSource = "s3.amazonaws.com" and eventName like /GetObject|Copy/',
            "requestParameters.bucketName",
            "requestParameters.key",
        ),
        response=(
            Step("Ask the owner of the principal. If they expect the reads, close the page.", by="auditor"),
            Step(
                f"Otherwise: {DENY_PRINCIPAL.text}",
                by="break-glass",
                actions=DENY_PRINCIPAL.actions,
            ),
            Step("List the objects that were read, and report a disclosure.", by="auditor"),
        ),
        false_positives="An announced export for an examiner. A new consumer that reads all past results once, or many readers behind "
        "one pattern: raise the threshold.",
        panel="security",
        is_event=True,
        requires=(TRAIL,),
    )


def _slug(principal: str) -> str:
    """Return a name for a principal: `role/app/Reader*` becomes `role-app-reader-any`."""
    name = principal.split(":", 5)[-1].lower().replace("*", "-any-").replace("?", "-one-")
    words = "".join(letter if letter.isalnum() else "-" for letter in name).split("-")
    return "-".join(word for word in words if word)
