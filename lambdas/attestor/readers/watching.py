"""Reads log groups and alarms, by name, and trails, by ARN."""

from typing import Any

from lambdas.attestor.reading import Awaited, Missing, Reading

DELIVERED = "delivered"


def _group(aws: Reading, name: str) -> dict[str, Any]:
    groups = aws.ask("logs", "describe_log_groups", logGroupNamePrefix=name).get("logGroups", [])
    for group in groups:
        if group["logGroupName"] == name:
            found: dict[str, Any] = group
            return found
    raise Missing(f"there is no log group {name}")


def _retention(aws: Reading, name: str) -> object:
    return _group(aws, name).get("retentionInDays")


def _log_key(aws: Reading, name: str) -> object:
    return _group(aws, name).get("kmsKeyId")


def _alarm(aws: Reading, name: str) -> dict[str, Any]:
    answer = aws.ask("cloudwatch", "describe_alarms", AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    for alarm in (*answer.get("MetricAlarms", []), *answer.get("CompositeAlarms", [])):
        found: dict[str, Any] = alarm
        return found
    raise Missing(f"there is no alarm {name}")


def _actions_enabled(aws: Reading, name: str) -> object:
    return _alarm(aws, name)["ActionsEnabled"]


def _actions(aws: Reading, name: str) -> object:
    return _alarm(aws, name).get("AlarmActions", [])


def _trail(aws: Reading, arn: str) -> dict[str, Any]:
    trail: dict[str, Any] = aws.ask("cloudtrail", "get_trail", Name=arn)["Trail"]
    return trail


def _status(aws: Reading, arn: str) -> dict[str, Any]:
    return aws.ask("cloudtrail", "get_trail_status", Name=arn)


def _logging(aws: Reading, arn: str) -> object:
    return _status(aws, arn)["IsLogging"]


def _validation(aws: Reading, arn: str) -> object:
    return _trail(aws, arn)["LogFileValidationEnabled"]


def _trail_key(aws: Reading, arn: str) -> object:
    return _trail(aws, arn).get("KmsKeyId")


def _destination(aws: Reading, arn: str) -> object:
    return _trail(aws, arn)["S3BucketName"]


def _delivery(aws: Reading, arn: str) -> object:
    status = _status(aws, arn)
    if error := status.get("LatestDeliveryError"):
        return f"delivery failed: {error}"
    if status.get("LatestDeliveryTime"):
        return DELIVERED
    # The first file comes some minutes after the trail was started, and only from one that records.
    return Awaited("nothing delivered yet", later=DELIVERED) if status["IsLogging"] else "nothing delivered"


def _selectors(aws: Reading, arn: str) -> object:
    """Return by a selector's name what each of its fields is tested for; basic selectors as they are, by no name."""
    answer = aws.ask("cloudtrail", "get_event_selectors", TrailName=arn)
    if basic := answer.get("EventSelectors"):
        return {"basic selectors": basic}
    found: dict[str, dict[str, list[str]]] = {}
    for position, selector in enumerate(answer.get("AdvancedEventSelectors", []), start=1):
        name = selector.get("Name") or f"selector {position}"
        found[name if name not in found else f"{name} ({position})"] = {
            f"{field['Field']} {test}": values
            for field in selector["FieldSelectors"]
            for test, values in field.items()
            if test != "Field" and values
        }
    return found


READERS = {
    "logs-retention": _retention,
    "logs-encryption": _log_key,
    "alarm-actions-enabled": _actions_enabled,
    "alarm-actions": _actions,
    "cloudtrail-logging": _logging,
    "cloudtrail-validation": _validation,
    "cloudtrail-encryption": _trail_key,
    "cloudtrail-destination": _destination,
    "cloudtrail-delivery": _delivery,
    "cloudtrail-event-selectors": _selectors,
}
