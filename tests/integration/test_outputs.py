"""The stack's outputs: what clients and tests rely on, each as AWS knows it."""

from collections.abc import Callable
from typing import Any

Client = Callable[[str], Any]


def test_every_output_names_something_that_is_there(outputs: dict[str, Any], client: Client) -> None:
    ec2, sqs = client("ec2"), client("sqs")
    assert ec2.describe_vpcs(VpcIds=[outputs["vpc_id"]])["Vpcs"]
    assert len(ec2.describe_subnets(SubnetIds=outputs["private_subnet_ids"])["Subnets"]) == 3
    groups = list(outputs["security_group_ids"].values())
    assert len(ec2.describe_security_groups(GroupIds=groups)["SecurityGroups"]) == len(groups)
    endpoints = list(outputs["vpc_endpoint_ids"].values())
    assert len(ec2.describe_vpc_endpoints(VpcEndpointIds=endpoints)["VpcEndpoints"]) == len(endpoints)
    for name, value in outputs.items():
        if name.endswith("_bucket"):
            client("s3").head_bucket(Bucket=value)
        if name.endswith("_queue_url"):
            sqs.get_queue_attributes(QueueUrl=value, AttributeNames=["QueueArn"])
        if name.endswith("_function"):
            client("lambda").get_function(FunctionName=value)
    client("dynamodb").describe_table(TableName=outputs["transactions_table"])
    client("cloudtrail").get_trail(Name=outputs["trail_arn"])
    client("cloudwatch").get_dashboard(DashboardName=outputs["dashboard_name"])
    for arn in outputs["key_arns"].values():
        client("kms").describe_key(KeyId=arn)
    for arn in outputs["topic_arns"].values():
        client("sns").get_topic_attributes(TopicArn=arn)
    for name in outputs["log_group_names"].values():
        assert client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]


def test_outputs_are_complete_and_of_the_promised_kinds(outputs: dict[str, Any]) -> None:
    kinds: dict[type, set[str]] = {
        str: {
            "vpc_id", "input_bucket", "output_bucket", "quarantine_bucket", "artifact_bucket", "audit_bucket",
            "access_log_bucket", "transactions_table", "work_queue_url", "dead_letter_queue_url", "processor_function", "redrive_function",
            "trail_arn", "attestor_function", "dashboard_name",
        },
        list: {"private_subnet_ids", "alarm_names"},
        dict: {"security_group_ids", "vpc_endpoint_ids", "key_arns", "topic_arns", "log_group_names"},
    }  # fmt: skip
    for kind, names in kinds.items():
        assert {name for name, value in outputs.items() if isinstance(value, kind)} == names
    assert set(outputs["key_arns"]) == {"records", "logs", "audit", "tokens"}
    assert set(outputs["topic_arns"]) == {"page", "ticket"}
    assert set(outputs["vpc_endpoint_ids"]) == {"s3", "dynamodb", "kms"}
