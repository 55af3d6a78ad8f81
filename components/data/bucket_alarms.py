"""Alarms of the buckets: who reads, who is refused, what is deleted, what is changed."""

from collections.abc import Callable, Iterable

from components.shared.alarms.conditions import (
    BUCKET,
    NOT_BY_A_SERVICE,
    by,
    by_itself,
    by_none_of,
    either,
    equals,
    every,
    missing,
    outside_deployment,
    pattern,
)
from components.shared.alarms.record import Alarm, Command, Expression, Metric, Need, Threshold
from components.shared.alarms.sources import OPERATORS_NAMED, READERS_NAMED, REQUEST_METRICS, TRAIL, ask_trail, in_trail
from components.shared.alarms.targets import MonitoringTargets

_AREA = "storage"
_S3 = equals("$.eventSource", "s3.amazonaws.com")
ALL_OBJECTS = "all-objects"
"""Name of the request metrics of a bucket's objects, all of them: the value of their dimension FilterId."""
_BUCKETS = ("input", "output", "quarantine")


def _failures(bucket: str) -> Metric:
    return Metric(
        namespace="AWS/S3",
        name="5xxErrors",
        dimensions=lambda targets: {"BucketName": getattr(targets.storage, bucket), "FilterId": ALL_OBJECTS},
    )


def _read_of(bucket: str) -> str:
    """Return the condition that objects of a bucket are read; a copy names the bucket that it goes to, and its source."""
    return either(
        [
            every([equals(BUCKET, bucket), equals("$.eventName", "GetObject*", "SelectObjectContent")]),
            equals("$.requestParameters.x-amz-copy-source", f"*{bucket}/*"),
        ]
    )


def _read_by_others(
    bucket: str, named: Callable[[MonitoringTargets[str]], Iterable[str]]
) -> Callable[[MonitoringTargets[str]], str]:
    return lambda targets: pattern(
        _S3,
        missing("$.errorCode"),
        _read_of(getattr(targets.storage, bucket)),
        by_itself("athena"),
        by_none_of(*named(targets)),
    )


def _outsiders(
    bucket: str,
    holds: str,
    readers: str,
    named: Callable[[MonitoringTargets[str]], Iterable[str]],
    needs: tuple[Need, ...],
) -> Alarm:
    return Alarm(
        name=f"{bucket}-read-by-others",
        title=f"Somebody not named read {bucket}",
        area=_AREA,
        source=in_trail(_read_by_others(bucket, named)),
        period=60,
        threshold=Threshold(value=0, unit="reads in a minute", reason=f"only {readers} may read there"),
        severity="page",
        meaning=f"A principal that is not named has read objects of the {bucket} bucket, or copied them: {holds}.",
        investigation=ask_trail(
            'eventSource = "s3.amazonaws.com" and (eventName like /GetObject|SelectObject/ or '
            "ispresent(`requestParameters.x-amz-copy-source`))",
            "requestParameters.bucketName",
            "requestParameters.key",
        ),
        response="Find out who, and by which policy. Take the right away, list what was read, and treat it as a disclosure "
        "until it is explained.",
        false_positives="Break-glass that was announced, or a principal that should be named in the stack's configuration.",
        panel="security",
        is_event=True,
        needs=(TRAIL, *needs),
    )


def _denied(targets: MonitoringTargets[str]) -> str:
    return pattern(
        _S3,
        equals("$.errorCode", "AccessDenied"),
        equals("$.eventName", "GetObject*", "HeadObject", "List*", "SelectObjectContent", "CopyObject"),
        equals(BUCKET, *targets.storage.records),
        NOT_BY_A_SERVICE,
    )


def _deleted(targets: MonitoringTargets[str]) -> str:
    guarded = [*targets.storage.records, *([targets.storage.evidence] if targets.storage.evidence else [])]
    return pattern(
        _S3,
        equals(
            "$.eventName", "DeleteObject", "DeleteObjects", "DeleteBucket", "PutObjectRetention", "PutObjectLegalHold"
        ),
        equals(BUCKET, *guarded),
        by_itself("cloudformation"),
    )


def _changed(buckets: Callable[[MonitoringTargets[str]], Iterable[str]]) -> Callable[[MonitoringTargets[str]], str]:
    # PutBucket… and DeleteBucket… are policy, lifecycle, lock, versions, encryption, public access, replication and more.
    return lambda targets: pattern(
        _S3,
        equals("$.eventName", "PutBucket*", "DeleteBucket*"),
        equals(BUCKET, *buckets(targets)),
        by_itself("cloudformation"),
        outside_deployment(*targets.principals.deploy),
    )


def _changed_by_others(
    name: str, title: str, which: str, buckets: Callable[[MonitoringTargets[str]], Iterable[str]]
) -> Alarm:
    return Alarm(
        name=name,
        title=title,
        area=_AREA,
        source=in_trail(_changed(buckets)),
        period=60,
        threshold=Threshold(value=0, unit="attempts in a minute", reason="only the deploy principals change buckets"),
        severity="page",
        meaning=f"Somebody else changed {which}, or tried to: policy, lifecycle, retention, lock, versions, encryption, "
        "public access, replication, notification or logging.",
        investigation=ask_trail(
            'eventSource = "s3.amazonaws.com" and eventName like /^(Put|Delete)Bucket/',
            "requestParameters.bucketName",
            "errorCode",
        ),
        response="Find out who, and why. Deploy again to restore the settings; the attestor then says whether all is as it was meant.",
        false_positives="Work under break-glass that was announced.",
        panel="security",
        is_event=True,
        needs=(TRAIL,),
        outside_deployment=True,
    )


ALARMS = (
    Alarm(
        name="storage-failures",
        title="S3 fails",
        area=_AREA,
        source=Expression(
            text="+".join(f"FILL({bucket},0)" for bucket in _BUCKETS),
            metrics={bucket: _failures(bucket) for bucket in _BUCKETS},
        ),
        periods=3,
        datapoints=2,
        threshold=Threshold(
            value=5,
            unit="errors in two of three periods of 5 minutes",
            reason="single ones are retried and belong to it",
        ),
        severity="ticket",
        meaning="AWS answers requests on the buckets of records with errors of its own (5xx).",
        investigation=Command(text="aws health describe-events --filter services=S3,eventStatusCodes=open"),
        response="Wait: files go back to the queue and come again. 503 Slow Down alone: lower function_concurrency.",
        false_positives="Never; but there is nothing to mend here.",
        panel="trouble",
        needs=(REQUEST_METRICS,),
    ),
    Alarm(
        name="denied-reads",
        title="Reads are denied",
        area=_AREA,
        source=in_trail(_denied),
        threshold=Threshold(
            value=2, unit="denied reads in 5 minutes", reason="one or two are a slip; more is somebody who looks around"
        ),
        severity="page",
        meaning="Somebody who may not has tried to read or list records, and was refused.",
        investigation=ask_trail(
            'eventSource = "s3.amazonaws.com" and errorCode = "AccessDenied"',
            "requestParameters.bucketName",
            "requestParameters.key",
            "errorMessage",
        ),
        response="Find out who it is. One of ours: tell them, or name them in the configuration. Nobody we know: disable the "
        "credentials, and look what else they did.",
        false_positives="A new client before its role is named, or a scanner: give it no right to list.",
        panel="security",
        is_event=True,
        needs=(TRAIL,),
    ),
    _outsiders(
        "input",
        "whole account numbers",
        "the processor",
        lambda targets: [targets.processing.processor.role_arn],
        (),
    ),
    _outsiders(
        "output",
        "tokens with their records",
        "readers, auditors and the processor",
        lambda targets: [
            targets.processing.processor.role_arn,
            *targets.principals.readers,
            *targets.principals.auditors,
        ],
        (READERS_NAMED,),
    ),
    _outsiders(
        "quarantine",
        "masked records with their reasons",
        "quarantine operators and the processor",
        lambda targets: [targets.processing.processor.role_arn, *targets.principals.quarantine_operators],
        (OPERATORS_NAMED,),
    ),
    Alarm(
        name="objects-deleted",
        title="Records or evidence are deleted",
        area=_AREA,
        source=in_trail(_deleted),
        period=60,
        threshold=Threshold(
            value=0,
            unit="attempts in a minute",
            reason="lifecycle rules delete, and they stand in no trail; nobody else does",
        ),
        severity="page",
        meaning="Somebody deleted objects of records or evidence, changed their retention or legal hold, or tried to.",
        investigation=ask_trail(
            'eventSource = "s3.amazonaws.com" and eventName in ["DeleteObject", "DeleteObjects", "DeleteBucket", '
            '"PutObjectRetention", "PutObjectLegalHold"]',
            "requestParameters.bucketName",
            "requestParameters.key",
            "errorCode",
        ),
        response="Versions stay: remove the delete marker to bring an object back. Then find out who, and take the right away.",
        false_positives="A stack that is destroyed on purpose, or a legal hold that was ordered.",
        panel="security",
        is_event=True,
        needs=(TRAIL,),
    ),
    _changed_by_others(
        "records-storage-changed-by-others",
        "A bucket of records was changed by hand",
        "the settings of a bucket of records",
        lambda targets: targets.storage.records,
    ),
    _changed_by_others(
        "guarded-storage-changed-by-others",
        "A bucket of evidence or code was changed by hand",
        "the settings of a bucket of evidence, code or access logs",
        lambda targets: targets.storage.guarded,
    ),
)


def reads_of(reader: str | None) -> Alarm:
    """Return the alarm of how much somebody reads.

    Parameters
    ----------
    reader
        Pattern of a reader's ARN; none for all but the processor together.
    """

    def read(targets: MonitoringTargets[str]) -> str:
        who = by(reader) if reader else outside_deployment(targets.processing.processor.role_arn)
        results = [targets.storage.output, targets.storage.quarantine]
        return pattern(_S3, missing("$.errorCode"), either(map(_read_of, results)), who)

    return Alarm(
        name="read-volume",
        instance=_slug(reader) if reader else "",
        title="Somebody reads much",
        area=_AREA,
        source=in_trail(read),
        period=3600,
        threshold=Threshold(
            value=1000,
            unit="objects an hour",
            reason="a file's result is two objects; who reads a thousand takes more than the work of an hour",
        ),
        severity="page",
        meaning="A reader who may read reads far more than usual: its credentials may be in other hands. There is one such "
        "alarm for each principal that may read, and one for all where no reader is named.",
        investigation=ask_trail(
            'eventSource = "s3.amazonaws.com" and eventName like /GetObject|Copy/',
            "requestParameters.bucketName",
            "requestParameters.key",
        ),
        response="Ask who it is. If nobody knows of it: deny the role, end its sessions, and list what was read.",
        false_positives="A new consumer that reads its past once, or many readers behind one pattern: raise the threshold.",
        panel="security",
        is_event=True,
        needs=(TRAIL,),
    )


def _slug(principal: str) -> str:
    """Return a name for a principal: `role/app/Reader*` is `role-app-reader-any`."""
    name = principal.split(":", 5)[-1].lower().replace("*", "-any-").replace("?", "-one-")
    return "-".join(part for part in "".join(one if one.isalnum() else "-" for one in name).split("-") if part)
