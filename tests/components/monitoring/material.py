"""The monitoring targets of a sample stack, and events in the form that CloudTrail documents."""

from dataclasses import replace
from typing import Any

from components.context import AwsContext
from components.data.buckets import BUCKETS
from components.monitoring.catalogue import all_alarms
from components.monitoring.rendering import filter_pattern
from components.principals import Principals
from components.shared.alarms.record import Alarm, Filter
from components.shared.alarms.targets import (
    DnsFirewallTargets,
    FunctionTargets,
    MalwareScanTargets,
    MonitoringTargets,
    NetworkTargets,
    ProcessingTargets,
    StorageTargets,
    TrailTargets,
)
from tests.support.filters.pattern import compile_pattern

ACCOUNT, REGION = "123456789012", "eu-central-1"
CONTEXT = AwsContext(partition="aws", region=REGION, account_id=ACCOUNT, prefix="strongroom-test")


def role(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def function(name: str) -> FunctionTargets[str]:
    full_name = CONTEXT.name(name)
    return FunctionTargets(name=full_name, log_group=f"/aws/lambda/{full_name}", role_arn=role(full_name))


KEY_ID = "0f1c3a52-6d1f-4a0e-9c55-6f0f3b1d2e4a"
DEPLOY, READER, AUDITOR, OPERATOR = role("ci/deploy"), role("analyst"), role("auditor"), role("quarantine")
PRINCIPALS = Principals(
    deploy=(DEPLOY,),
    break_glass=(role("break-glass"),),
    uploaders=(role("uploader"),),
    readers=(READER, f"arn:aws:iam::{ACCOUNT}:user/reporting/*"),
    quarantine_operators=(OPERATOR,),
    auditors=(AUDITOR,),
)
TARGETS = MonitoringTargets(
    context=CONTEXT,
    processing=ProcessingTargets(
        processor=function("processor"),
        timeout=300,
        concurrency=10,
        queue="work-1",
        dead_letter_queue="work-1-dead",
    ),
    storage=StorageTargets(
        buckets={bucket: f"data-{bucket}-1" for bucket in BUCKETS},
        table="transactions-1",
        index="by_status",
        replicas={name: f"replica-{name}-1" for name in ("output", "audit", "access-logs")},
        are_replicas_own=True,
        request_metrics=True,
    ),
    network=NetworkTargets(
        vpc_id="vpc-0a1",
        route_table_id="rtb-0a1",
        subnet_ids=("subnet-0a1", "subnet-0a2"),
        security_group_ids=("sg-0a1", "sg-0a2"),
        endpoint_ids=("vpce-0a1", "vpce-0a2"),
        dns_firewall=DnsFirewallTargets(
            log_group="/aws/route53/strongroom-test-dns",
            rule_group_id="rslvr-frg-0a1",
            association_id="rslvr-frgassoc-0a1",
            domain_list_ids=("rslvr-fdl-0a1", "rslvr-fdl-0a2"),
            query_log_id="rqlc-0a1",
        ),
    ),
    key_arns=(f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{KEY_ID}",),
    log_groups=("/strongroom-test/flow",),
    reconciler=function("reconciler"),
    redrive=function("redrive"),
    attestor=function("attestor"),
    malware_scan=MalwareScanTargets(plan_id="b8c5b1a4f3", role_arn=role("strongroom-test-malware-scan")),
    trail=TrailTargets(
        arn=f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/strongroom-test", log_group="/aws/cloudtrail/strongroom-test"
    ),
    principals=PRINCIPALS,
)
ALARMS = {alarm.full_name: alarm for alarm in all_alarms(PRINCIPALS)}
FILTERS = {name: alarm for name, alarm in ALARMS.items() if isinstance(alarm.source, Filter)}


def pattern_of(alarm: Alarm, targets: MonitoringTargets[str] = TARGETS) -> str:
    assert isinstance(alarm.source, Filter)
    return filter_pattern(alarm, alarm.source, targets)


def matches(name: str, event: dict[str, Any], principals: Principals = PRINCIPALS) -> bool:
    """Return whether the filter of an alarm counts an event."""
    return compile_pattern(pattern_of(ALARMS[name], replace(TARGETS, principals=principals))).matches(event)


# Values of `userIdentity`, in the form of the CloudTrail User Guide.


def assumed(arn: str, **more: Any) -> dict[str, Any]:
    """Return the identity of a session of a role."""
    name = arn.rpartition("/")[2]
    return {
        "type": "AssumedRole",
        "principalId": "AROAEXAMPLE:session",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/session",
        "accountId": ACCOUNT,
        "sessionContext": {
            "sessionIssuer": {"type": "Role", "principalId": "AROAEXAMPLE", "arn": arn, "accountId": ACCOUNT, "userName": name},
            "attributes": {"creationDate": "2026-01-01T00:00:00Z", "mfaAuthenticated": "false"},
        },
        **more,
    }  # fmt: skip


def user(path: str) -> dict[str, Any]:
    return {
        "type": "IAMUser",
        "principalId": "AIDAEXAMPLE",
        "arn": f"arn:aws:iam::{ACCOUNT}:user/{path}",
        "accountId": ACCOUNT,
        "userName": path.rpartition("/")[2],
    }


ROOT = {"type": "Root", "principalId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT}
STRANGER = assumed(role("stranger"))
FOREIGN = {"type": "AWSAccount", "principalId": "AROAFOREIGN:session", "accountId": "999999999999"}
ANONYMOUS = {"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"}
SERVICE = {"type": "AWSService", "invokedBy": "delivery.logs.amazonaws.com"}
CONFIG = assumed(
    f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig",
    invokedBy="config.amazonaws.com",
)
"""The service-linked role of AWS Config."""


# Events, with the fields that every event has.


def event(source: str, name: str, who: dict[str, Any], **more: Any) -> dict[str, Any]:
    # KMS records the use of a key as read-only; source: KMS Developer Guide, "Examples of AWS KMS log entries".
    read_only = name.startswith(
        ("Get", "List", "Describe", "Head", "Query", "Scan", "Select", "Decrypt", "Generate", "Verify")
    )
    return {
        "eventVersion": "1.11",
        "userIdentity": who,
        "eventTime": "2026-01-01T00:00:00Z",
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "awsRegion": REGION,
        "sourceIPAddress": "192.0.2.1",
        "userAgent": "aws-cli",
        "requestParameters": None,
        "responseElements": None,
        "requestID": "R",
        "eventID": "E",
        "readOnly": read_only,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
        **more,
    }


def on_object(
    name: str, who: dict[str, Any], bucket: str = "data-output-1", *, error: str | None = None, **parameters: Any
) -> dict[str, Any]:
    """Return a data event of S3."""
    resources = [
        {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{bucket}/key"},
        {"accountId": ACCOUNT, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"},
    ]
    return event(
        "s3", name, who, managementEvent=False, eventCategory="Data", resources=resources,
        requestParameters={"bucketName": bucket, "Host": f"{bucket}.s3.amazonaws.com", "key": "key", **parameters},
        **({"errorCode": error, "errorMessage": "Access Denied"} if error else {}),
    )  # fmt: skip


def on_item(name: str, who: dict[str, Any], table: str = "transactions-1", **more: Any) -> dict[str, Any]:
    """Return a data event of DynamoDB. The event of a batch operation names the table only in its resources."""
    parameters: dict[str, Any] = {"requestItems": {table: {}}} if name.startswith("Batch") else {"tableName": table}
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}"
    return event(
        "dynamodb", name, who, requestParameters=parameters,
        resources=[{"accountId": ACCOUNT, "type": "AWS::DynamoDB::Table", "ARN": arn}],
        **{"managementEvent": False, "eventCategory": "Data", **more},
    )  # fmt: skip


def on_key(name: str, who: dict[str, Any], key_id: str = KEY_ID, **more: Any) -> dict[str, Any]:
    arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key_id}"
    return event(
        "kms", name, who, requestParameters={"keyId": key_id},
        resources=[{"accountId": ACCOUNT, "type": "AWS::KMS::Key", "ARN": arn}], **more,
    )  # fmt: skip
