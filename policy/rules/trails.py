"""Trail rules: who touched which data is recorded, and the record can be trusted."""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import cast

from policy.iam.patterns import covers_everything
from policy.model import (
    Block,
    Finding,
    NotApplicable,
    Outcome,
    Parameters,
    Resource,
    Severity,
    UnknownRead,
    as_far_as_known,
    rule,
)
from policy.rules._helpers.parameter_types import texts
from policy.rules._helpers.resource_types import (
    BUCKET,
    BUCKET_LOGGING,
    TRAIL,
)
from policy.rules._helpers.tags import tag
from policy.rules.retention import CLASSIFICATION

_RECORDS = ("PCI-DSS-4.0:10.2.1", "NIST-800-53r5:AU-2", "NIST-800-53r5:AU-12")


@rule(
    name="trail-is-validated",
    on=TRAIL,
    severity=Severity.HIGH,
    controls=(
        "PCI-DSS-4.0:10.3.4",
        "NIST-800-53r5:AU-9(3)",
        "NIST-800-53r5:AU-10",
        "CIS-AWS-3.0:3.2",
        "SEC-17a-4:(f)(2)(i)",
    ),
    remedy="Set enable_log_file_validation, and leave enable_logging on.",
)
def trail_is_validated(trail: Resource) -> Iterator[Outcome]:
    """Let a trail sign its files, so that a change of them is seen."""
    if not trail.is_true("enableLogFileValidation"):
        yield Finding("does not sign its files (enableLogFileValidation)")
    if trail.was_switched_off("enableLogging"):
        yield Finding("is switched off (enableLogging)")


@rule(
    name="trail-covers-all-regions",
    on=TRAIL,
    severity=Severity.MEDIUM,
    controls=("PCI-DSS-4.0:10.2.1", "NIST-800-53r5:AU-12", "CIS-AWS-3.0:3.1"),
    remedy="Set is_multi_region_trail, and leave include_global_service_events on.",
)
def trail_covers_all_regions(trail: Resource) -> Iterator[Outcome]:
    """Record what happens in every region, where nobody looks too, and in the services that have none.

    Where another trail of the account does, which no stack tells, the rule is waived with that reason.
    """
    yield from as_far_as_known(_all_regions(trail))
    if trail.was_switched_off("includeGlobalServiceEvents"):
        yield Finding("leaves out the services that have no region (includeGlobalServiceEvents)")


def _all_regions(trail: Resource) -> Iterator[Outcome]:
    if not trail.is_true("isMultiRegionTrail"):
        yield Finding("records one region only (isMultiRegionTrail)")


@rule(
    name="trail-covers-control-planes",
    on=TRAIL,
    severity=Severity.MEDIUM,
    controls=("PCI-DSS-4.0:10.2.1.2", "NIST-800-53r5:AU-2", "NIST-800-53r5:AU-12", "CIS-AWS-3.0:3.1"),
    remedy="Select management events, reads and writes; a trail that selects nothing records them by itself.",
)
def trail_covers_control_planes(trail: Resource) -> Iterator[Outcome]:
    """Record every call that changes or reads what a stack is made of, beside those for its data.

    Where another trail of the account records them, which no stack tells, the rule is waived with that reason.
    """
    advanced, basic = trail.blocks("advancedEventSelectors"), trail.blocks("eventSelectors")
    if (advanced and not any(map(_selects_management, advanced))) or (basic and not any(map(_has_management, basic))):
        yield Finding("does not record all management events (advancedEventSelectors or eventSelectors)")


def _selects_management(selector: Block) -> bool:
    fields = _fields(selector)
    return fields["eventCategory"].texts("equals") == ["Management"] and "readOnly" not in fields


def _has_management(selector: Block) -> bool:
    left_out = selector.has("includeManagementEvents") and not selector.is_true("includeManagementEvents")
    return not left_out and selector.text("readWriteType") in ("", "All")


def _fields(selector: Block) -> Mapping[str, Block]:
    """Return what an advanced selector says, by field; it has to name a category."""
    return {"eventCategory": Block({}), **{one.text("field"): one for one in selector.blocks("fieldSelectors")}}


@rule(
    name="trail-covers-data-buckets",
    on=BUCKET,
    severity=Severity.HIGH,
    controls=(
        "PCI-DSS-4.0:10.2.1.1",
        "NIST-800-53r5:AU-2",
        "NIST-800-53r5:AU-12",
        "CIS-AWS-3.0:3.8",
        "CIS-AWS-3.0:3.9",
    ),
    remedy="Add the bucket to the trail's data events: reads and writes of AWS::S3::Object below its ARN.",
    parameters={"classes": texts(f"Values of the tag {CLASSIFICATION} whose buckets are watched", ["restricted"])},
    whole_stack=True,
)
def trail_covers_data_buckets(bucket: Resource, parameters: Parameters) -> Iterator[Outcome]:
    """Record every read and write of an object with data."""
    trails = bucket.stack.of(TRAIL)
    if not trails:
        raise NotApplicable("the stack has no trail of its own")
    if tag(bucket, CLASSIFICATION) not in cast("Sequence[str]", parameters["classes"]):
        raise NotApplicable("the bucket holds no data of the classes that are watched")
    doubt: UnknownRead | None = None
    for trail in trails:
        try:
            if _covers(trail, bucket):
                return
        except UnknownRead as unknown:
            doubt = doubt or UnknownRead(f"{unknown.path} of {trail.logical_name}")
    if doubt is not None:
        raise doubt
    yield Finding("has no data events in a trail")


def _covers(trail: Resource, bucket: Resource) -> bool:
    for selector in trail.blocks("eventSelectors"):
        if selector.text("readWriteType") not in ("", "All"):
            continue
        for data in selector.blocks("dataResources"):
            if data.text("type") == "AWS::S3::Object" and _names(trail, data, "values", bucket, "eventSelectors"):
                return True
    return any(_advanced_covers(trail, advanced, bucket) for advanced in trail.blocks("advancedEventSelectors"))


def _advanced_covers(trail: Resource, selector: Block, bucket: Resource) -> bool:
    fields = _fields(selector)
    kind = fields.get("resources.type")
    if fields["eventCategory"].texts("equals") != ["Data"]:
        return False
    if kind is None or "AWS::S3::Object" not in kind.texts("equals"):
        return False
    if any(name in fields for name in ("readOnly", "eventName")):
        return False  # some of what happens is left out
    arn = fields.get("resources.ARN")
    if arn is None:
        return True
    for operator in ("startsWiths", "startsWith", "equals"):
        if arn.has(operator) and _names(trail, arn, operator, bucket, "advancedEventSelectors"):
            return True
    if arn.has("notStartsWiths") or arn.has("notStartsWith"):
        key = "notStartsWiths" if arn.has("notStartsWiths") else "notStartsWith"
        return not _names(trail, arn, key, bucket, "advancedEventSelectors")
    return False


def _names(trail: Resource, block: Block, key: str, bucket: Resource, outermost: str) -> bool:
    """Tell whether a list of ARN prefixes has the bucket's objects in it; in a preview by what it was made from."""
    prefixes, complete = trail.stack.once(("prefixes", trail.urn, block.path, key), lambda: _prefixes(block, key))
    arns = {f"arn:aws:s3:::{name}/" for name in bucket.identities if ":" not in name}
    if prefixes & {*_EVERY_OBJECT, *arns}:
        return True
    if bucket.urn in trail.origins(outermost):
        return not complete
    if bucket.is_yet_unnamed or (not complete and not trail.origins(outermost)):
        raise UnknownRead(f"{block.path}{key}")
    return False


_EVERY_OBJECT = ("*", "arn:aws:s3", "arn:aws:s3:::")


def _prefixes(block: Block, key: str) -> tuple[Set[str], bool]:
    """Return the prefixes that are known, of whatever partition as if of `aws`, and whether these are all."""
    known, unknown = block.texts_as_far_as_known(key)
    neutral = {re.sub(r"^arn:[^:]*:", "arn:aws:", one) for one in known}
    return {"*" if covers_everything(one) else one for one in neutral}, not unknown


@rule(
    name="bucket-logs-access",
    on=BUCKET,
    severity=Severity.LOW,
    controls=(*_RECORDS, "NIST-800-53r5:AU-3"),
    remedy="Add a BucketLogging to a bucket that takes access logs.",
    whole_stack=True,
)
def bucket_logs_access(bucket: Resource) -> Iterator[Outcome]:
    """Log the requests to a bucket, as a second record beside the trail's.

    A bucket that takes such logs needs none of its own: they would be about the logs.
    """
    sides = bucket.attached(*BUCKET_LOGGING, by="bucket", inline=("logging", "loggings"))
    inline = [one for one in bucket.blocks("logging", "loggings") if one.has("targetBucket")]
    if not sides and not inline:
        if bucket.is_named_by(*BUCKET_LOGGING, key="targetBucket"):
            raise NotApplicable("the bucket takes S3 access logs")
        yield Finding("does not log its requests")
    for side in sides:
        yield from as_far_as_known(_own_target(side, bucket))


def _own_target(side: Resource, bucket: Resource) -> Iterator[Outcome]:
    target = side.target("targetBucket", *BUCKET)
    if target is bucket:
        yield Finding(f"logs its requests into itself ({side.name}): every log is then a request")
