"""What no emulator can show: answers of AWS's that are made up here, and the policy of an endpoint on another one."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from lambdas.attestor.controls import BY_ID
from lambdas.attestor.policy_documents import canonical
from lambdas.attestor.reading import PendingValue, Reading


class Answers:
    """A client that answers each operation with what it was given."""

    def __init__(self, **answers: object) -> None:
        self._answers = answers
        self.asked: list[str] = []

    def can_paginate(self, operation: str) -> bool:
        return False

    def __getattr__(self, operation: str) -> Any:
        def call(**_: object) -> object:
            self.asked.append(operation)
            answer = self._answers[operation]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


def read(control: str, **answers: object) -> object:
    return BY_ID[control].read(Reading(lambda *_: Answers(**answers)), "it")


def subscription(arn: str, endpoint: str) -> dict[str, str]:
    return {"SubscriptionArn": arn, "Protocol": "email", "Endpoint": endpoint}


def test_an_unconfirmed_subscription_is_pending() -> None:
    found = read(
        "sns-subscriptions",
        list_subscriptions_by_topic={
            "Subscriptions": [
                subscription("PendingConfirmation", "a@b.cc"),
                subscription("arn:1", "d@e.ff"),
                subscription("Deleted", "g@h.ii"),
            ]
        },
    )
    assert found == PendingValue(
        {"email a@b.cc": "PendingConfirmation", "email d@e.ff": "confirmed", "email g@h.ii": "Deleted"},
        later={"email a@b.cc": "confirmed", "email d@e.ff": "confirmed", "email g@h.ii": "Deleted"},
    )


def test_every_selector_of_a_trail_is_read_with_or_without_a_name() -> None:
    data = {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"], "StartsWith": []}]}
    answer = {"AdvancedEventSelectors": [data, {"Name": "N", **data}, {"Name": "N", "FieldSelectors": []}]}
    assert read("cloudtrail-event-selectors", get_event_selectors=answer) == {
        "selector 1": {"eventCategory Equals": ["Data"]},
        "N": {"eventCategory Equals": ["Data"]},
        "N (3)": {},
    }


def test_basic_selectors_of_a_trail_are_read() -> None:
    basic = [{"ReadWriteType": "All"}]
    found = read("cloudtrail-event-selectors", get_event_selectors={"EventSelectors": basic})
    assert found == {"basic selectors": basic}
    assert read("cloudtrail-event-selectors", get_event_selectors={}) == {}


def test_a_role_without_inline_policies_or_boundary_has_none() -> None:
    assert read("iam-role-policy", list_role_policies={"PolicyNames": []}) is None
    assert read("iam-role-boundary", get_role={"Role": {"AssumeRolePolicyDocument": {}}}) is None


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"IsLogging": True, "LatestDeliveryTime": "2026-01-01"}, "delivered"),
        ({"IsLogging": True}, PendingValue("nothing delivered yet", later="delivered")),
        ({"IsLogging": False}, "nothing delivered"),
        ({"IsLogging": True, "LatestDeliveryTime": "2026-01-01", "LatestDeliveryError": "AccessDenied"}, "delivery of log files failed: AccessDenied"),
        ({"IsLogging": True, "LatestDeliveryTime": "2026-01-01", "LatestDigestDeliveryError": "AccessDenied"}, "delivery of digest files failed: AccessDenied"),
        ({"IsLogging": True, "LatestDeliveryTime": "2026-01-01", "LatestCloudWatchLogsDeliveryError": "AccessDenied"}, "delivery of events to CloudWatch Logs failed: AccessDenied"),
    ],
)  # fmt: skip
def test_the_first_delivery_of_a_trail_is_pending_and_a_failed_one_is_not(
    status: dict[str, object], expected: object
) -> None:
    assert read("cloudtrail-delivery", get_trail_status=status) == expected


def test_the_log_group_of_a_trail_is_read_without_its_wildcard() -> None:
    arn = "arn:aws:logs:eu-central-1:111122223333:log-group:trail"
    assert read("cloudtrail-log-group", get_trail={"Trail": {"CloudWatchLogsLogGroupArn": f"{arn}:*"}}) == arn
    assert read("cloudtrail-log-group", get_trail={"Trail": {}}) is None


# The members are those of Route 53 Resolver's API reference.
ASSOCIATIONS = {
    "FirewallRuleGroupAssociations": [{"FirewallRuleGroupId": "rslvr-frg-1", "VpcId": "it", "Priority": 101}]
}
RULES = {
    "FirewallRules": [
        {"FirewallRuleGroupId": "rslvr-frg-1", "FirewallDomainListId": "rslvr-fdl-1", "Priority": 100, "Action": "ALLOW"},
        {"FirewallRuleGroupId": "rslvr-frg-1", "FirewallThreatProtectionId": "rslvr-ftp-1", "Priority": 150, "Action": "BLOCK"},
    ]
}  # fmt: skip


def test_the_rules_of_a_dns_firewall_are_read_with_their_domains() -> None:
    found = read(
        "dns-firewall-rules", list_firewall_rule_group_associations=ASSOCIATIONS, list_firewall_rules=RULES,
        list_firewall_domains={"Domains": ["s3.eu-central-1.amazonaws.com."]},
    )  # fmt: skip
    assert found == {
        "101.100 ALLOW": ["s3.eu-central-1.amazonaws.com"],
        "101.150 BLOCK": "queries that DNS Firewall Advanced detects",
    }


def test_a_vpc_without_rule_group_has_no_rules() -> None:
    assert read("dns-firewall-rules", list_firewall_rule_group_associations={"FirewallRuleGroupAssociations": []}) == {}


@pytest.mark.parametrize("state", ["ENABLED", "DISABLED"])
def test_whether_a_dns_firewall_fails_open_is_read(state: str) -> None:
    found = read("dns-firewall-fails-closed", get_firewall_config={"FirewallConfig": {"FirewallFailOpen": state}})
    assert found == state


@pytest.mark.parametrize(("status", "expected"), [("ACTIVE", "arn:group"), ("FAILED", "arn:group (FAILED)")])
def test_the_destination_of_a_query_log_is_read_with_its_state(status: str, expected: str) -> None:
    association = {"ResolverQueryLogConfigId": "rqlc-1", "ResourceId": "it", "Status": status}
    found = read(
        "dns-query-log",
        list_resolver_query_log_config_associations={"ResolverQueryLogConfigAssociations": [association]},
        get_resolver_query_log_config={"ResolverQueryLogConfig": {"DestinationArn": "arn:group:*"}},
    )
    assert found == [expected]


def test_notifications_to_every_kind_of_target_are_read() -> None:
    suffix = {"Key": {"FilterRules": [{"Name": "Suffix", "Value": ".csv"}]}}
    answer = {
        "QueueConfigurations": [{"QueueArn": "arn:q", "Events": ["s3:ObjectCreated:*"], "Filter": suffix}],
        "TopicConfigurations": [{"TopicArn": "arn:t", "Events": ["s3:ObjectRemoved:*", "s3:ObjectCreated:*"]}],
        "LambdaFunctionConfigurations": [{"LambdaFunctionArn": "arn:f", "Events": ["s3:ObjectCreated:Put"]}],
        "EventBridgeConfiguration": {},
    }
    assert read("s3-notification", get_bucket_notification_configuration=answer) == [
        "s3:ObjectCreated:* to arn:q, suffix .csv",
        "s3:ObjectCreated:*, s3:ObjectRemoved:* to arn:t",
        "s3:ObjectCreated:Put to arn:f",
        "every event to EventBridge",
    ]


def test_an_event_source_that_is_being_enabled_is_pending() -> None:
    mapping = {"State": "Enabling", "EventSourceArn": "arn:q", "FunctionArn": "arn:f"}
    found = read("lambda-event-source", get_event_source_mapping=mapping)
    assert isinstance(found, PendingValue)
    assert (found.found["state"], found.later["state"]) == ("Enabling", "Enabled")  # type: ignore[index]


def test_an_alarm_on_metric_math_is_read_with_its_queries() -> None:
    stat = {
        "Metric": {"Namespace": "AWS/S3", "MetricName": "5xxErrors", "Dimensions": [{"Name": "B", "Value": "x"}]},
        "Period": 60,
        "Stat": "Sum",
    }
    alarm = {
        "Metrics": [{"Id": "watched", "Expression": "FILL(a,0)", "ReturnData": True}, {"Id": "a", "MetricStat": stat, "ReturnData": False}],
        "EvaluationPeriods": 3, "DatapointsToAlarm": 2, "ComparisonOperator": "GreaterThanThreshold", "Threshold": 5.0,
    }  # fmt: skip
    answer = {"MetricAlarms": [alarm]}
    assert read("alarm-expression", describe_alarms=answer) == [
        "watched: FILL(a,0) (watched)",
        "a: Sum of AWS/S3 5xxErrors(B=x) in 60 s",
    ]
    assert read("alarm-condition", describe_alarms=answer) == {
        "metric": None,
        "evaluation": "2 of 3 periods",
        "threshold": "GreaterThanThreshold 5",
        "missing_data": "missing",
    }


def test_the_rotation_of_an_hmac_key_is_not_read() -> None:
    assert read("kms-rotation", describe_key={"KeyMetadata": {"KeySpec": "HMAC_256"}}) is None


@pytest.mark.parametrize(
    ("route", "out"),
    [
        ({"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}, []),
        ({"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1"}, []),
        ({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}, ["0.0.0.0/0 to igw-1 in rtb-1"]),
        ({"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1"}, ["::/0 to eigw-1 in rtb-1"]),
        ({"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "blackhole"}, ["0.0.0.0/0 to nat-1 in rtb-1"]),
        ({"DestinationCidrBlock": "10.9.0.0/16", "VpcPeeringConnectionId": "pcx-1"}, ["10.9.0.0/16 to pcx-1 in rtb-1"]),
        ({"DestinationCidrBlock": "10.9.0.0/16", "SomethingNew": "x"}, ["10.9.0.0/16 to nothing in rtb-1"]),
    ],
)  # fmt: skip
def test_a_route_out_of_the_vpc_is_found_for_any_destination(route: dict[str, str], out: list[str]) -> None:
    tables = {"RouteTables": [{"RouteTableId": "rtb-1", "Routes": [route]}]}
    assert read("vpc-routes", describe_vpcs={}, describe_route_tables=tables) == out


@pytest.mark.parametrize("state", ["available", "pending"])
def test_a_nat_gateway_counts_until_it_is_deleted(state: str) -> None:
    gateways = {
        "NatGateways": [{"NatGatewayId": "nat-1", "State": state}, {"NatGatewayId": "nat-2", "State": "deleted"}]
    }
    assert read("vpc-nat-gateways", describe_vpcs={}, describe_nat_gateways=gateways) == ["nat-1"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "ALL to arn:group"),
        ({"FlowLogStatus": "INACTIVE"}, "ALL to arn:group (INACTIVE)"),
        ({"DeliverLogsErrorMessage": "Access error"}, "ALL to arn:group (Access error)"),
        ({"TrafficType": "REJECT"}, "REJECT to arn:group"),
    ],
)
def test_a_flow_log_has_traffic_destination_and_delivery_errors(changes: dict[str, str], expected: str) -> None:
    log = {"TrafficType": "ALL", "LogDestination": "arn:group:*", "FlowLogStatus": "ACTIVE", **changes}
    assert read("vpc-flow-logs", describe_vpcs={}, describe_flow_logs={"FlowLogs": [log]}) == [expected]


@pytest.mark.parametrize(
    ("rule", "effects"),
    [
        ({"Expiration": {"Days": 1}, "Filter": {"Prefix": "logs/"}}, ["expire after 1 days, Prefix logs/"]),
        ({"Expiration": {"Days": 1}, "Prefix": "logs/"}, ["expire after 1 days, Prefix logs/"]),
        ({"Expiration": {"Date": "2030-01-01"}}, ["expire on 2030-01-01"]),
        ({"Expiration": {"ExpiredObjectDeleteMarker": True}}, ["remove lone delete markers"]),
        ({"NoncurrentVersionExpiration": {"NoncurrentDays": 3}}, ["expire noncurrent versions after 3 days"]),
        ({"NoncurrentVersionExpiration": {"NoncurrentDays": 3, "NewerNoncurrentVersions": 2}}, ["expire noncurrent versions beyond the newest 2 after 3 days"]),
        ({"Transitions": [{"StorageClass": "GLACIER", "Days": 9}]}, ["move no objects below 128 KB", "move to GLACIER after 9 days"]),
        (
            {"NoncurrentVersionTransitions": [{"StorageClass": "GLACIER", "NoncurrentDays": 9}]},
            ["move no objects below 128 KB", "move noncurrent versions to GLACIER after 9 days"],
        ),
    ],
)  # fmt: skip
def test_every_effect_of_a_lifecycle_rule_is_read(rule: dict[str, Any], effects: list[str]) -> None:
    answer = {
        "Rules": [{"Status": "Enabled", **rule}],
        "TransitionDefaultMinimumObjectSize": "all_storage_classes_128K",
    }
    assert read("s3-lifecycle", get_bucket_lifecycle_configuration=answer) == effects


@pytest.mark.parametrize("minimum", ["varies_by_storage_class", None])
def test_a_bucket_that_moves_small_objects_differs_from_one_that_does_not(minimum: str | None) -> None:
    moves = {"Status": "Enabled", "Transitions": [{"StorageClass": "GLACIER", "Days": 9}]}
    answer = {"Rules": [moves], **({"TransitionDefaultMinimumObjectSize": minimum} if minimum else {})}
    effects = read("s3-lifecycle", get_bucket_lifecycle_configuration=answer)
    assert effects == [f"move objects by the minimum size {minimum}", "move to GLACIER after 9 days"]


def test_a_bucket_without_default_encryption_has_no_key() -> None:
    gone = ClientError({"Error": {"Code": "ServerSideEncryptionConfigurationNotFoundError"}}, "GetBucketEncryption")
    assert read("s3-default-encryption", get_bucket_encryption=gone) is None
    assert read("s3-bucket-key", get_bucket_encryption=gone) is False


def test_access_denied_is_not_an_absent_setting() -> None:
    denied = ClientError({"Error": {"Code": "AccessDenied"}}, "GetBucketPolicy")
    with pytest.raises(ClientError, match="AccessDenied"):
        read("s3-policy", get_bucket_policy=denied)


def test_in_a_round_the_same_call_is_made_once() -> None:
    client = Answers(get_function_configuration={"CodeSha256": "x", "Role": "r"})
    reading = Reading(lambda *_: client)
    assert (BY_ID["lambda-code"].read(reading, "f"), BY_ID["lambda-role"].read(reading, "f")) == ("x", "r")
    assert client.asked == ["get_function_configuration"]


@pytest.fixture
def ec2(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield boto3.client("ec2", region_name="us-east-1")


def test_the_policy_of_an_endpoint_is_read(ec2: Any) -> None:
    meant = {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "Own", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}],
    }
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3", PolicyDocument=json.dumps(meant)
    )
    endpoint = made["VpcEndpoint"]["VpcEndpointId"]
    assert BY_ID["vpc-endpoint-policy"].read(Reading(lambda *_: ec2), endpoint) == canonical(meant)
    meant["Statement"][0]["Action"] = "*"  # type: ignore[index]
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, PolicyDocument=json.dumps(meant))
    assert BY_ID["vpc-endpoint-policy"].read(Reading(lambda *_: ec2), endpoint) == canonical(meant)


def test_a_deleted_endpoint_is_an_error(ec2: Any) -> None:
    with pytest.raises(ClientError, match="NotFound"):
        BY_ID["vpc-endpoint-policy"].read(Reading(lambda *_: ec2), "vpce-0123456789abcdef0")


PLAN = {
    "Arn": "arn:aws:guardduty:eu-central-1:123456789012:malware-protection-plan/b8c5b1a4f3",
    "Role": "arn:aws:iam::123456789012:role/scan",
    "ProtectedResource": {"S3Bucket": {"BucketName": "input"}},
    "Actions": {"Tagging": {"Status": "ENABLED"}},
    "Status": "ACTIVE",
}
"""In the form of GetMalwareProtectionPlan in botocore's model of GuardDuty."""
SCANS_ALL = {
    "status": "ACTIVE",
    "bucket": "input",
    "prefixes": [],
    "tagging": "ENABLED",
    "role": "arn:aws:iam::123456789012:role/scan",
}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, {}),
        ({"Status": "WARNING"}, {"status": "WARNING"}),
        ({"Status": "ERROR"}, {"status": "ERROR"}),
        ({"Actions": {"Tagging": {"Status": "DISABLED"}}}, {"tagging": "DISABLED"}),
        ({"Actions": {}}, {"tagging": None}),
        ({"ProtectedResource": {"S3Bucket": {"BucketName": "other"}}}, {"bucket": "other"}),
        ({"ProtectedResource": {"S3Bucket": {"BucketName": "input", "ObjectPrefixes": ["a/"]}}}, {"prefixes": ["a/"]}),
        ({"Role": "arn:aws:iam::123456789012:role/other"}, {"role": "arn:aws:iam::123456789012:role/other"}),
    ],
)
def test_a_malware_scan_is_its_status_bucket_prefixes_tagging_and_role(
    change: dict[str, Any], found: dict[str, Any]
) -> None:
    assert read("guardduty-malware-scan", get_malware_protection_plan={**PLAN, **change}) == {**SCANS_ALL, **found}


def test_the_malware_scan_of_a_deleted_plan_is_none() -> None:
    gone = ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetMalwareProtectionPlan")
    assert read("guardduty-malware-scan", get_malware_protection_plan=gone) is None
