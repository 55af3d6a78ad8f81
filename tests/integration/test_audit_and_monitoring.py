"""Logs, trail and alarms: kept for ten years under a customer key, recording, and heard."""

from collections.abc import Callable
from typing import Any

Client = Callable[[str], Any]


def test_every_log_group_is_kept_for_ten_years_under_the_key_of_its_class(
    outputs: dict[str, Any], client: Client
) -> None:
    groups = {one["logGroupName"]: one for one in client("logs").describe_log_groups()["logGroups"]}
    assert set(groups) == set(outputs["log_group_names"].values())
    for use, name in outputs["log_group_names"].items():
        key = outputs["key_arns"]["audit" if use == "trail" else "logs"]
        assert (groups[name]["retentionInDays"], groups[name]["kmsKeyId"]) == (3653, key)


def test_the_trail_records_with_signed_files_under_the_audit_key(outputs: dict[str, Any], client: Client) -> None:
    trails = client("cloudtrail")
    trail = trails.get_trail(Name=outputs["trail_arn"])["Trail"]
    assert trail["S3BucketName"] == outputs["audit_bucket"]
    assert trail["KmsKeyId"] == outputs["key_arns"]["audit"]
    assert trail["LogFileValidationEnabled"] is True
    assert trail["IsMultiRegionTrail"] is True
    assert trails.get_trail_status(Name=outputs["trail_arn"])["IsLogging"] is True


def test_the_trail_records_every_use_of_records_and_every_end_of_evidence(
    outputs: dict[str, Any], client: Client
) -> None:
    selectors = client("cloudtrail").get_event_selectors(TrailName=outputs["trail_arn"])["AdvancedEventSelectors"]
    fields = [
        {one["Field"]: one.get("Equals") or one.get("StartsWith") for one in selector["FieldSelectors"]}
        for selector in selectors
    ]
    objects = next(one for one in fields if len(one.get("resources.ARN", [])) == 3)
    records = [outputs[name] for name in ("input_bucket", "output_bucket", "quarantine_bucket")]
    assert objects["resources.ARN"] == [f"arn:aws:s3:::{name}/" for name in records]
    ends = next(one for one in fields if "eventName" in one)
    assert ends["resources.ARN"] == [f"arn:aws:s3:::{outputs['audit_bucket']}/"]
    tables = next(one for one in fields if one.get("resources.type") == ["AWS::DynamoDB::Table"])
    assert tables["resources.ARN"][0].endswith(f":table/{outputs['transactions_table']}")
    endpoints = [one["eventSource"][0] for one in fields if one["eventCategory"] == ["NetworkActivity"]]
    assert {one.partition(".")[0] for one in endpoints} == set(outputs["vpc_endpoint_ids"])


def test_every_alarm_notifies_a_topic_of_ours(outputs: dict[str, Any], client: Client) -> None:
    alarms = client("cloudwatch").describe_alarms(AlarmNames=outputs["alarm_names"])["MetricAlarms"]
    assert {one["AlarmName"] for one in alarms} == set(outputs["alarm_names"])
    for alarm in alarms:
        assert alarm["ActionsEnabled"] is True
        assert set(alarm["AlarmActions"]) <= set(outputs["topic_arns"].values())
        assert alarm["AlarmActions"]


def test_topics_are_under_the_key_of_logs(outputs: dict[str, Any], client: Client) -> None:
    for arn in outputs["topic_arns"].values():
        attributes = client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]
        assert attributes["KmsMasterKeyId"] == outputs["key_arns"]["logs"]
