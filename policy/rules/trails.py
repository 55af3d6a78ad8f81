"""Trail rules: access to data is recorded, and the records are protected from tampering."""

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
    rule,
    stop_at_unknown,
)
from policy.rules._helpers.parameter_types import text_list_parameter
from policy.rules._helpers.resource_types import BUCKET, BUCKET_LOGGING, TRAIL
from policy.rules._helpers.tags import CLASSIFICATION, tag_value

_RECORDS = ("PCI-DSS-4.0.1:10.2.1", "NIST-800-53r5:AU-2", "NIST-800-53r5:AU-12")


@rule(
    name="trail-validates-log-files",
    on=TRAIL,
    severity=Severity.HIGH,
    controls=(
        "PCI-DSS-4.0.1:10.3.4",
        "NIST-800-53r5:AU-9(3)",
        "CIS-AWS-3.0:3.2",
        "SEC-17a-4:(f)(2)(i)(A)",
    ),
    remedy="Set enable_log_file_validation, and do not disable enable_logging.",
)
def trail_validates_log_files(trail: Resource) -> Iterator[Outcome]:
    """A trail validates its log files: CloudTrail signs them, so that a change is detected."""
    if not trail.is_true("enableLogFileValidation"):
        yield Finding("has no log file validation (enableLogFileValidation)")
    if trail.is_disabled_by_program("enableLogging"):
        yield Finding("is disabled (enableLogging)")


@rule(
    name="trail-covers-all-regions",
    on=TRAIL,
    severity=Severity.MEDIUM,
    controls=("PCI-DSS-4.0.1:10.2.1", "NIST-800-53r5:AU-12", "CIS-AWS-3.0:3.1"),
    remedy="Set is_multi_region_trail, and do not disable include_global_service_events.",
)
def trail_covers_all_regions(trail: Resource) -> Iterator[Outcome]:
    """A trail records events of all regions, including unused ones, and of global services.

    If another trail of the account does this, which a stack cannot show, waive the rule with that reason.
    """
    yield from stop_at_unknown(_all_regions(trail))
    if trail.is_disabled_by_program("includeGlobalServiceEvents"):
        yield Finding("does not record events of global services (includeGlobalServiceEvents)")


def _all_regions(trail: Resource) -> Iterator[Outcome]:
    if not trail.is_true("isMultiRegionTrail"):
        yield Finding("records events of only one region (isMultiRegionTrail)")


@rule(
    name="trail-records-management-events",
    on=TRAIL,
    severity=Severity.MEDIUM,
    controls=("PCI-DSS-4.0.1:10.2.1.2", "NIST-800-53r5:AU-2", "NIST-800-53r5:AU-12", "CIS-AWS-3.0:3.1"),
    remedy="Select management events, both read and write. A trail without event selectors records them by default.",
)
def trail_records_management_events(trail: Resource) -> Iterator[Outcome]:
    """A trail records all management events: the calls that read or change resources, as opposed to their data.

    If another trail of the account does this, which a stack cannot show, waive the rule with that reason.
    """
    advanced, basic = trail.blocks("advancedEventSelectors"), trail.blocks("eventSelectors")
    if (advanced and not any(map(_selects_management, advanced))) or (basic and not any(map(_has_management, basic))):
        yield Finding("does not record all management events (advancedEventSelectors or eventSelectors)")


def _selects_management(selector: Block) -> bool:
    fields = _fields(selector)
    return fields["eventCategory"].texts("equals") == ["Management"] and "readOnly" not in fields


def _has_management(selector: Block) -> bool:
    excluded = selector.has("includeManagementEvents") and not selector.is_true("includeManagementEvents")
    return not excluded and selector.text("readWriteType") in ("", "All")


def _fields(selector: Block) -> Mapping[str, Block]:
    """Return the field selectors of an advanced event selector by field; an eventCategory is always among them."""
    return {"eventCategory": Block({}), **{field.text("field"): field for field in selector.blocks("fieldSelectors")}}


@rule(
    name="trail-records-bucket-data-events",
    on=BUCKET,
    severity=Severity.HIGH,
    controls=(
        "PCI-DSS-4.0.1:10.2.1.1",
        "NIST-800-53r5:AU-2",
        "NIST-800-53r5:AU-12",
        "CIS-AWS-3.0:3.8",
        "CIS-AWS-3.0:3.9",
    ),
    remedy="Add the bucket to the trail's data events: AWS::S3::Object under the bucket's ARN, both read and write.",
    parameters={
        "classes": text_list_parameter(
            f"Values of the tag {CLASSIFICATION} whose buckets need data events", ["restricted"]
        )
    },
    whole_stack=True,
)
def trail_records_bucket_data_events(bucket: Resource, parameters: Parameters) -> Iterator[Outcome]:
    """A trail of the stack records every read and write of an object in a data bucket."""
    trails = bucket.stack.of_type(TRAIL)
    if not trails:
        raise NotApplicable("the stack has no trail")
    if tag_value(bucket, CLASSIFICATION) not in cast("Sequence[str]", parameters["classes"]):
        raise NotApplicable("the bucket holds no data whose access has to be recorded")
    undecided: UnknownRead | None = None
    for trail in trails:
        try:
            if _records_objects_of(trail, bucket):
                return
        except UnknownRead as unknown:
            undecided = undecided or UnknownRead(f"{unknown.path} of {trail.logical_name}")
    if undecided is not None:
        raise undecided
    yield Finding("has no data events in a trail")


def _records_objects_of(trail: Resource, bucket: Resource) -> bool:
    for selector in trail.blocks("eventSelectors"):
        if selector.text("readWriteType") not in ("", "All"):
            continue
        for data in selector.blocks("dataResources"):
            if data.text("type") == "AWS::S3::Object" and _includes(trail, data, "values", bucket, "eventSelectors"):
                return True
    return any(
        _advanced_selector_records(trail, advanced, bucket) for advanced in trail.blocks("advancedEventSelectors")
    )


def _advanced_selector_records(trail: Resource, selector: Block, bucket: Resource) -> bool:
    fields = _fields(selector)
    kind = fields.get("resources.type")
    if fields["eventCategory"].texts("equals") != ["Data"]:
        return False
    if kind is None or "AWS::S3::Object" not in kind.texts("equals"):
        return False
    if any(name in fields for name in ("readOnly", "eventName")):
        return False  # it excludes some events
    arn = fields.get("resources.ARN")
    if arn is None:
        return True
    for operator in ("startsWiths", "startsWith", "equals"):
        if arn.has(operator) and _includes(trail, arn, operator, bucket, "advancedEventSelectors"):
            return True
    if arn.has("notStartsWiths") or arn.has("notStartsWith"):
        key = "notStartsWiths" if arn.has("notStartsWiths") else "notStartsWith"
        return not _includes(trail, arn, key, bucket, "advancedEventSelectors")
    return False


def _includes(trail: Resource, block: Block, key: str, bucket: Resource, top_level: str) -> bool:
    """Tell whether a list of ARN prefixes includes the bucket's objects; in a preview, the list's dependencies decide."""
    prefixes, complete = trail.stack.cached(("prefixes", trail.urn, block.path, key), lambda: _prefixes(block, key))
    arns = {f"arn:aws:s3:::{name}/" for name in bucket.identities if ":" not in name}
    if prefixes & {*_ALL_OBJECTS, *arns}:
        return True
    if bucket.urn in trail.dependency_urns(top_level):
        return not complete
    if bucket.has_unknown_name or (not complete and not trail.dependency_urns(top_level)):
        raise UnknownRead(f"{block.path}{key}")
    return False


_ALL_OBJECTS = ("*", "arn:aws:s3", "arn:aws:s3:::")


def _prefixes(block: Block, key: str) -> tuple[Set[str], bool]:
    """Return the known prefixes, all with the partition `aws`, and whether these are all prefixes."""
    known, unknown = block.known_texts(key)
    prefixes = {re.sub(r"^arn:[^:]*:", "arn:aws:", prefix) for prefix in known}
    return {"*" if covers_everything(prefix) else prefix for prefix in prefixes}, not unknown


@rule(
    name="bucket-logs-access",
    on=BUCKET,
    severity=Severity.LOW,
    controls=(*_RECORDS, "NIST-800-53r5:AU-3"),
    remedy="Create a BucketLogging whose target is a bucket for access logs.",
    whole_stack=True,
)
def bucket_logs_access(bucket: Resource) -> Iterator[Outcome]:
    """A bucket has server access logging, as a second record next to the trail.

    A bucket for access logs does not need it: its logs would be about logs.
    """
    sides = bucket.attached(*BUCKET_LOGGING, by="bucket", inline=("logging", "loggings"))
    inline = [block for block in bucket.blocks("logging", "loggings") if block.has("targetBucket")]
    if not sides and not inline:
        if bucket.is_named_by(*BUCKET_LOGGING, key="targetBucket"):
            raise NotApplicable("the bucket is for S3 access logs")
        yield Finding("has no server access logging")
    for side in sides:
        yield from stop_at_unknown(_logs_into_itself(side, bucket))


def _logs_into_itself(side: Resource, bucket: Resource) -> Iterator[Outcome]:
    target = side.target("targetBucket", *BUCKET)
    if target is bucket:
        yield Finding(f"delivers its access logs to itself ({side.name}), so that every delivery causes another log")
