"""Logs, trail and alarms: kept for ten years under a customer key, recording, and heard."""

from collections.abc import Callable
from typing import Any

from tests.support.waiting import until

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


def alarms(outputs: dict[str, Any], client: Client) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    pages = client("cloudwatch").get_paginator("describe_alarms")
    for page in pages.paginate(AlarmNames=outputs["alarm_names"], AlarmTypes=["MetricAlarm", "CompositeAlarm"]):
        found |= {one["AlarmName"]: one for one in (*page["MetricAlarms"], *page["CompositeAlarms"])}
    return found


def test_every_alarm_notifies_a_topic_of_ours_and_tells_what_it_means(outputs: dict[str, Any], client: Client) -> None:
    found = alarms(outputs, client)
    assert set(found) == set(outputs["alarm_names"])
    for alarm in found.values():
        assert alarm["ActionsEnabled"] is True
        assert set(alarm["AlarmActions"]) <= set(outputs["topic_arns"].values())
        assert alarm["AlarmActions"]
        assert alarm["AlarmDescription"]


def test_dead_letters_make_a_ticket_and_the_alarm_over_them_pages(outputs: dict[str, Any], client: Client) -> None:
    found = alarms(outputs, client)
    dead, unhealthy = found["strongroom-local-dead-letters"], found["strongroom-local-pipeline-unhealthy"]
    assert dead["AlarmActions"] == [outputs["topic_arns"]["ticket"]]
    assert unhealthy["AlarmActions"] == [outputs["topic_arns"]["page"]]
    assert f'ALARM("{dead["AlarmName"]}")' in unhealthy["AlarmRule"]


def test_every_filter_counts_into_a_metric_that_an_alarm_watches(outputs: dict[str, Any], client: Client) -> None:
    counted = {
        (one["metricNamespace"], one["metricName"])
        for each in client("logs").describe_metric_filters()["metricFilters"]
        for one in each["metricTransformations"]
    }
    watched = {(one.get("Namespace"), one.get("MetricName")) for one in alarms(outputs, client).values()}
    assert len(counted) > 15
    assert counted <= watched


def test_an_alarm_reaches_a_subscriber_from_a_datapoint_on(outputs: dict[str, Any], client: Client) -> None:
    sqs, sns, cloudwatch = client("sqs"), client("sns"), client("cloudwatch")
    url = sqs.create_queue(QueueName="subscriber")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    name = "strongroom-local-control-total-mismatch"
    alarm = alarms(outputs, client)[name]
    (topic,) = alarm["AlarmActions"]
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)["SubscriptionArn"]
    try:
        # As the processor does, by a line in its log that CloudWatch makes a datapoint of.
        cloudwatch.put_metric_data(
            Namespace=alarm["Namespace"],
            MetricData=[{"MetricName": alarm["MetricName"], "Dimensions": alarm["Dimensions"], "Value": 1}],
        )

        def heard() -> bool:
            messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            return any(name in one["Body"] and "ALARM" in one["Body"] for one in messages)

        assert until(heard, seconds=90)
    finally:
        sns.unsubscribe(SubscriptionArn=subscription)
        sqs.delete_queue(QueueUrl=url)


def test_topics_are_under_the_key_of_logs(outputs: dict[str, Any], client: Client) -> None:
    for arn in outputs["topic_arns"].values():
        attributes = client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]
        assert attributes["KmsMasterKeyId"] == outputs["key_arns"]["logs"]
