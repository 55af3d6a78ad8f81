"""Controls of CloudTrail trails, which are read by ARN."""

from typing import Any

from lambdas.attestor.controls.control import controls_of
from lambdas.attestor.reading import PendingValue, Reading

_TRAIL = ("PCI-DSS-4.0.1:10.2.1", "NIST-800-53r5:AU-12", "SEC-17a-4:(f)(2)(i)(A)")
_ALARMS = ("trail-changed-outside-deployment",)
_DELIVERED = "delivered"

_DELIVERY_ERRORS = {
    "log files": "LatestDeliveryError",
    "digest files": "LatestDigestDeliveryError",
    "events to CloudWatch Logs": "LatestCloudWatchLogsDeliveryError",
}

control = controls_of("trail")


def _trail(aws: Reading, arn: str) -> Any:
    return aws.call("cloudtrail", "get_trail", Name=arn)["Trail"]


def _status(aws: Reading, arn: str) -> dict[str, Any]:
    return aws.call("cloudtrail", "get_trail_status", Name=arn)


@control(
    "cloudtrail-logging",
    requirement="The trail records events.",
    references=_TRAIL,
    rules=("trail-validates-log-files",),
    alarms=("trail-stopped", "trail-silent"),
    actions=("cloudtrail:GetTrailStatus",),
    expected=True,
)
def logging(aws: Reading, arn: str) -> object:
    """Return whether the trail records events."""
    return _status(aws, arn)["IsLogging"]


@control(
    "cloudtrail-validation",
    requirement="Log files are signed, so that a change or a gap can be detected.",
    references=("PCI-DSS-4.0.1:10.3.4", "NIST-800-53r5:AU-9(3)", "SEC-17a-4:(f)(2)(i)(A)"),
    rules=("trail-validates-log-files",),
    alarms=_ALARMS,
    actions=("cloudtrail:GetTrail",),
    expected=True,
)
def log_file_validation(aws: Reading, arn: str) -> object:
    """Return whether log-file validation is on."""
    return _trail(aws, arn)["LogFileValidationEnabled"]


@control(
    "cloudtrail-encryption",
    requirement="Log files are encrypted with the expected key.",
    references=("PCI-DSS-4.0.1:10.3.1", "NIST-800-53r5:AU-9(3)"),
    rules=("trail-uses-customer-key", "data-class-has-one-key"),
    alarms=_ALARMS,
    actions=("cloudtrail:GetTrail",),
)
def encryption(aws: Reading, arn: str) -> object:
    """Return the customer key."""
    return _trail(aws, arn).get("KmsKeyId")


@control(
    "cloudtrail-destination",
    requirement="Log files are delivered to the expected bucket.",
    references=_TRAIL,
    no_rule="Any bucket may be right; rules check how the bucket is protected.",
    alarms=_ALARMS,
    actions=("cloudtrail:GetTrail",),
)
def destination(aws: Reading, arn: str) -> object:
    """Return the bucket of the log files."""
    return _trail(aws, arn)["S3BucketName"]


@control(
    "cloudtrail-log-group",
    requirement="Events are delivered to the expected log group, which the alarms read.",
    references=(*_TRAIL, "NIST-800-53r5:SI-4"),
    no_rule="Any log group may be right.",
    alarms=_ALARMS,
    actions=("cloudtrail:GetTrail",),
)
def log_group(aws: Reading, arn: str) -> object:
    """Return the ARN of the log group."""
    return _trail(aws, arn).get("CloudWatchLogsLogGroupArn", "").removesuffix(":*") or None


@control(
    "cloudtrail-delivery",
    requirement="Log files, their digests and the events of the log group are delivered without errors.",
    references=(*_TRAIL, "NIST-800-53r5:AU-5"),
    no_rule="Delivery can only be observed after the deployment.",
    alarms=("trail-silent",),
    actions=("cloudtrail:GetTrailStatus",),
    expected=_DELIVERED,
)
def delivery(aws: Reading, arn: str) -> object:
    """Return the state of the delivery; of a trail that has just started recording it is a pending value."""
    status = _status(aws, arn)
    for what, name in _DELIVERY_ERRORS.items():
        if error := status.get(name):
            return f"delivery of {what} failed: {error}"
    if status.get("LatestDeliveryTime"):
        return _DELIVERED
    # The first delivery comes some minutes after the trail starts recording.
    return PendingValue("nothing delivered yet", later=_DELIVERED) if status["IsLogging"] else "nothing delivered"


@control(
    "cloudtrail-event-selectors",
    requirement="The trail records exactly the expected events.",
    references=(*_TRAIL, "PCI-DSS-4.0.1:10.2.1.1"),
    rules=("trail-records-bucket-data-events", "trail-records-management-events"),
    alarms=_ALARMS,
    actions=("cloudtrail:GetEventSelectors",),
)
def event_selectors(aws: Reading, arn: str) -> object:
    """Return the tests of each advanced selector, by its name; basic selectors are returned unchanged."""
    response = aws.call("cloudtrail", "get_event_selectors", TrailName=arn)
    if basic := response.get("EventSelectors"):
        return {"basic selectors": basic}
    selectors: dict[str, dict[str, list[str]]] = {}
    for position, selector in enumerate(response.get("AdvancedEventSelectors", []), start=1):
        name = selector.get("Name") or f"selector {position}"
        selectors[name if name not in selectors else f"{name} ({position})"] = {
            f"{field['Field']} {test}": values
            for field in selector["FieldSelectors"]
            for test, values in field.items()
            if test != "Field" and values
        }
    return selectors
