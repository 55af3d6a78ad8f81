"""What the metric filters count and what they do not, on events as CloudTrail writes them."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.alarms.material import (
    ACCOUNT,
    ANONYMOUS,
    AUDITOR,
    CONFIG,
    DEPLOY,
    FILTERS,
    FOREIGN,
    OPERATOR,
    PRINCIPALS,
    READER,
    REGION,
    ROOT,
    SERVICE,
    STRANGER,
    WATCHED,
    assumed,
    event,
    matches,
    on_item,
    on_key,
    on_object,
    role,
    user,
)

PROCESSOR = assumed(WATCHED.processing.processor.role_arn)
DEPLOYER, BREAK_GLASS = assumed(DEPLOY), assumed(role("break-glass"))
REPORTER = user("reporting/nightly")
TABLE_ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/transactions-1"
SUBSCRIPTION = f"arn:aws:sns:{REGION}:{ACCOUNT}:strongroom-test-page:4f1c"


def bucket(name: str, who: dict[str, Any], of: str = "data-output-1", **more: Any) -> dict[str, Any]:
    return event("s3", name, who, requestParameters={"bucketName": of}, **more)


def call(
    source: str, operation: str, who: dict[str, Any], error: str | None = None, /, **parameters: Any
) -> dict[str, Any]:
    return event(source, operation, who, requestParameters=parameters, **({"errorCode": error} if error else {}))


def through(service: str, who: str = "stranger") -> dict[str, Any]:
    return assumed(role(who), invokedBy=f"{service}.amazonaws.com")


COPY = {"x-amz-copy-source": "data-output-1/part-00000.jsonl.gz"}
REFUSED = {"errorCode": "VpceAccessDenied", "eventCategory": "NetworkActivity", "eventType": "AwsVpceEvent"}

CASES: list[tuple[str, bool, dict[str, Any]]] = [
    # Reads by those who are not named: bucket by bucket.
    ("input-read-by-others", True, on_object("GetObject", STRANGER, "data-input-1")),
    ("input-read-by-others", True, on_object("GetObject", assumed(READER), "data-input-1")),
    ("input-read-by-others", True, on_object("GetObject", BREAK_GLASS, "data-input-1")),
    ("input-read-by-others", True, on_object("GetObject", DEPLOYER, "data-input-1")),
    ("input-read-by-others", False, on_object("GetObject", PROCESSOR, "data-input-1")),
    ("input-read-by-others", False, on_object("PutObject", assumed(role("uploader")), "data-input-1")),
    ("input-read-by-others", False, on_object("GetObject", STRANGER, "data-output-1")),
    ("output-read-by-others", True, on_object("GetObject", STRANGER)),
    ("output-read-by-others", True, on_object("GetObject", user("nobody"))),
    ("output-read-by-others", True, on_object("GetObject", ROOT)),
    ("output-read-by-others", True, on_object("GetObject", FOREIGN)),
    ("output-read-by-others", True, on_object("GetObject", ANONYMOUS)),
    ("output-read-by-others", True, on_object("SelectObjectContent", STRANGER)),
    ("output-read-by-others", True, on_object("CopyObject", STRANGER, "elsewhere", **COPY)),
    ("output-read-by-others", True, on_object("UploadPartCopy", STRANGER, "elsewhere", **COPY)),
    ("output-read-by-others", True, on_object("GetObject", through("athena"))),
    ("output-read-by-others", True, on_object("GetObject", assumed(role("analyst-2")))),
    ("output-read-by-others", False, on_object("GetObject", assumed(READER))),
    ("output-read-by-others", False, on_object("GetObject", assumed(AUDITOR))),
    ("output-read-by-others", False, on_object("GetObject", REPORTER)),
    ("output-read-by-others", False, on_object("GetObject", PROCESSOR)),
    ("output-read-by-others", False, on_object("GetObject", SERVICE)),
    ("output-read-by-others", False, on_object("GetObject", CONFIG)),
    ("output-read-by-others", False, on_object("GetObject", STRANGER, "data-output-12")),
    ("output-read-by-others", False, on_object("GetObject", STRANGER, error="AccessDenied")),
    ("output-read-by-others", False, on_object("PutObject", STRANGER)),
    ("output-read-by-others", False, on_object("CopyObject", STRANGER, "elsewhere", **{"x-amz-copy-source": "x/y"})),
    ("quarantine-read-by-others", True, on_object("GetObject", assumed(READER), "data-quarantine-1")),
    ("quarantine-read-by-others", False, on_object("GetObject", assumed(OPERATOR), "data-quarantine-1")),
    # Reads that are denied.
    ("denied-reads", True, on_object("GetObject", STRANGER, error="AccessDenied")),
    ("denied-reads", True, on_object("GetObject", FOREIGN, "data-input-1", error="AccessDenied")),
    ("denied-reads", True, on_object("ListObjects", user("nobody"), "data-quarantine-1", error="AccessDenied")),
    ("denied-reads", True, on_object("HeadObject", assumed(READER), error="AccessDenied")),
    ("denied-reads", False, on_object("GetObject", STRANGER)),
    ("denied-reads", False, on_object("GetObject", STRANGER, error="NoSuchKey")),
    ("denied-reads", False, on_object("PutObject", STRANGER, error="AccessDenied")),
    ("denied-reads", False, on_object("GetObject", STRANGER, "elsewhere", error="AccessDenied")),
    ("denied-reads", False, on_object("GetObject", CONFIG, error="AccessDenied")),
    ("denied-reads", False, on_object("GetObject", SERVICE, error="AccessDenied")),
    # How much a reader reads.
    ("read-volume-role-analyst", True, on_object("GetObject", assumed(READER))),
    ("read-volume-role-analyst", True, on_object("GetObject", assumed(READER), "data-quarantine-1")),
    ("read-volume-role-analyst", False, on_object("GetObject", REPORTER)),
    ("read-volume-role-analyst", False, on_object("GetObject", assumed(READER), error="AccessDenied")),
    ("read-volume-role-analyst", False, on_object("GetObject", assumed(READER), "elsewhere")),
    ("read-volume-user-reporting-any", True, on_object("GetObject", REPORTER)),
    ("read-volume-user-reporting-any", False, on_object("GetObject", assumed(READER))),
    # Deletes, retention and lock, whoever does it.
    ("objects-deleted", True, on_object("DeleteObject", STRANGER)),
    ("objects-deleted", True, on_object("DeleteObjects", DEPLOYER, "data-input-1")),
    ("objects-deleted", True, on_object("DeleteObject", BREAK_GLASS, "data-audit-1", error="AccessDenied")),
    ("objects-deleted", True, on_object("PutObjectRetention", ROOT, "data-audit-1")),
    ("objects-deleted", True, on_object("PutObjectLegalHold", STRANGER, "data-audit-1")),
    ("objects-deleted", True, bucket("DeleteBucket", STRANGER)),
    ("objects-deleted", True, on_object("DeleteObject", through("cloudformation"))),
    ("objects-deleted", False, on_object("DeleteObject", STRANGER, "elsewhere")),
    ("objects-deleted", False, on_object("PutObject", STRANGER)),
    ("objects-deleted", False, on_object("DeleteObject", SERVICE)),
    # Settings of buckets.
    *(
        ("records-storage-changed-by-others", True, bucket(name, STRANGER))
        for name in (
            "PutBucketPolicy", "DeleteBucketPolicy", "PutBucketLifecycle", "PutBucketObjectLockConfiguration",
            "PutBucketVersioning", "PutBucketEncryption", "DeleteBucketEncryption", "PutBucketPublicAccessBlock",
            "DeleteBucketPublicAccessBlock", "PutBucketReplication", "PutBucketNotification", "PutBucketLogging",
            "PutBucketAcl", "PutBucketOwnershipControls",
        )
    ),
    ("records-storage-changed-by-others", True, bucket("PutBucketPolicy", BREAK_GLASS)),
    ("records-storage-changed-by-others", True, bucket("PutBucketPolicy", user("nobody"), errorCode="AccessDenied")),
    ("records-storage-changed-by-others", True, bucket("PutBucketPolicy", ROOT)),
    ("records-storage-changed-by-others", True, bucket("PutBucketPolicy", through("cloudformation"))),
    ("records-storage-changed-by-others", False, bucket("PutBucketPolicy", DEPLOYER)),
    ("records-storage-changed-by-others", False, bucket("GetBucketPolicy", STRANGER)),
    ("records-storage-changed-by-others", False, bucket("PutBucketPolicy", STRANGER, "elsewhere")),
    ("records-storage-changed-by-others", False, bucket("PutBucketPolicy", STRANGER, "data-audit-1")),
    ("records-storage-changed-by-others", False, bucket("PutBucketPolicy", CONFIG)),
    ("guarded-storage-changed-by-others", True, bucket("PutBucketLifecycle", STRANGER, "data-audit-1")),
    ("guarded-storage-changed-by-others", True, bucket("PutBucketPolicy", STRANGER, "data-artifacts-1")),
    ("guarded-storage-changed-by-others", False, bucket("PutBucketPolicy", DEPLOYER, "data-audit-1")),
    # The table.
    ("table-changed-by-others", True, call("dynamodb", "UpdateTable", STRANGER, tableName="transactions-1")),
    ("table-changed-by-others", True, call("dynamodb", "DeleteTable", STRANGER, "AccessDenied", tableName=TABLE_ARN)),
    ("table-changed-by-others", True, call("dynamodb", "UpdateContinuousBackups", STRANGER, tableName="transactions-1")),
    ("table-changed-by-others", True, call("dynamodb", "ExportTableToPointInTime", STRANGER, tableArn=TABLE_ARN)),
    ("table-changed-by-others", True, call("dynamodb", "PutResourcePolicy", STRANGER, resourceArn=TABLE_ARN)),
    (
        "table-changed-by-others", True,
        call("dynamodb", "RestoreTableToPointInTime", STRANGER, sourceTableName="transactions-1", targetTableName="x"),
    ),
    ("table-changed-by-others", False, call("dynamodb", "UpdateTable", DEPLOYER, tableName="transactions-1")),
    ("table-changed-by-others", False, call("dynamodb", "UpdateTable", STRANGER, tableName="elsewhere")),
    ("table-changed-by-others", False, call("dynamodb", "DescribeTable", STRANGER, tableName="transactions-1")),
    ("table-changed-by-others", False, on_item("PutItem", PROCESSOR)),
    ("table-used-by-others", True, on_item("GetItem", STRANGER)),
    ("table-used-by-others", True, on_item("Query", DEPLOYER)),
    ("table-used-by-others", True, on_item("BatchGetItem", user("nobody"))),
    ("table-used-by-others", True, on_item("DeleteItem", STRANGER)),
    ("table-used-by-others", False, on_item("PutItem", PROCESSOR)),
    ("table-used-by-others", False, on_item("Query", assumed(role("strongroom-test-sweep")))),
    ("table-used-by-others", False, on_item("GetItem", assumed(READER))),
    ("table-used-by-others", False, on_item("GetItem", STRANGER, errorCode="AccessDenied")),
    ("table-used-by-others", False, on_item("GetItem", STRANGER, "elsewhere")),
    ("table-used-by-others", False, on_item("DescribeTable", STRANGER, eventCategory="Management")),
    # Keys.
    ("key-ended", True, on_key("ScheduleKeyDeletion", DEPLOYER)),
    ("key-ended", True, on_key("DisableKey", ROOT)),
    ("key-ended", True, on_key("ScheduleKeyDeletion", STRANGER, errorCode="AccessDenied")),
    ("key-ended", False, on_key("ScheduleKeyDeletion", STRANGER, "11111111-6d1f-4a0e-9c55-6f0f3b1d2e4a")),
    ("key-ended", False, on_key("Decrypt", STRANGER)),
    ("key-ended", False, on_key("CancelKeyDeletion", STRANGER)),
    ("key-changed-by-others", True, on_key("PutKeyPolicy", STRANGER)),
    ("key-changed-by-others", True, on_key("CreateGrant", user("nobody"))),
    ("key-changed-by-others", True, on_key("DisableKeyRotation", BREAK_GLASS)),
    ("key-changed-by-others", True, on_key("UpdateAlias", STRANGER)),
    ("key-changed-by-others", False, on_key("PutKeyPolicy", DEPLOYER)),
    ("key-changed-by-others", False, on_key("CreateGrant", through("dynamodb"))),
    ("key-changed-by-others", False, on_key("CreateGrant", STRANGER, "11111111-6d1f-4a0e-9c55-6f0f3b1d2e4a")),
    ("key-changed-by-others", False, on_key("GenerateDataKey", STRANGER)),
    # The trail and its log group.
    ("trail-stopped", True, call("cloudtrail", "StopLogging", DEPLOYER, name="strongroom-test")),
    ("trail-stopped", True, call("cloudtrail", "DeleteTrail", STRANGER, "AccessDenied", name=WATCHED.trail.arn if WATCHED.trail else "")),
    ("trail-stopped", True, call("logs", "DeleteLogGroup", ROOT, logGroupName="/aws/cloudtrail/strongroom-test")),
    ("trail-stopped", False, call("cloudtrail", "StopLogging", STRANGER, name="elsewhere")),
    ("trail-stopped", False, call("logs", "DeleteLogGroup", STRANGER, logGroupName="elsewhere")),
    ("trail-stopped", False, call("cloudtrail", "StartLogging", STRANGER, name="strongroom-test")),
    ("trail-changed-by-others", True, call("cloudtrail", "UpdateTrail", STRANGER, name="strongroom-test")),
    ("trail-changed-by-others", True, call("cloudtrail", "PutEventSelectors", STRANGER, trailName="strongroom-test")),
    *(
        ("logs-changed-by-others", True, call("logs", name, STRANGER, logGroupName="/aws/cloudtrail/strongroom-test"))
        for name in (
            "PutRetentionPolicy", "DeleteRetentionPolicy", "DisassociateKmsKey", "DeleteMetricFilter", "PutMetricFilter",
            "PutSubscriptionFilter", "DeleteSubscriptionFilter", "DeleteLogStream", "PutTransformer",
        )
    ),
    ("trail-changed-by-others", False, call("cloudtrail", "UpdateTrail", DEPLOYER, name="strongroom-test")),
    ("trail-changed-by-others", False, call("cloudtrail", "UpdateTrail", STRANGER, name="elsewhere")),
    ("logs-changed-by-others", False, call("logs", "PutRetentionPolicy", STRANGER, logGroupName="elsewhere")),
    ("logs-changed-by-others", False, call("logs", "CreateLogStream", PROCESSOR, logGroupName="/aws/lambda/strongroom-test-processor")),
    # The network.
    ("endpoint-denials", True, event("s3", "GetObject", FOREIGN, vpcEndpointId="vpce-0a1", **REFUSED)),
    ("endpoint-denials", True, event("kms", "Decrypt", PROCESSOR, vpcEndpointId="vpce-0a2", **REFUSED)),
    ("endpoint-denials", False, event("s3", "GetObject", FOREIGN, vpcEndpointId="vpce-0b1", **REFUSED)),
    ("endpoint-denials", False, on_object("GetObject", PROCESSOR, error="AccessDenied") | {"vpcEndpointId": "vpce-0a1"}),
    ("network-changed-by-others", True, call("ec2", "CreateRoute", STRANGER, routeTableId="rtb-0a1", gatewayId="igw-1")),
    ("network-changed-by-others", True, call("ec2", "AttachInternetGateway", STRANGER, vpcId="vpc-0a1")),
    ("network-changed-by-others", True, call("ec2", "AuthorizeSecurityGroupEgress", STRANGER, groupId="sg-0a1")),
    ("network-changed-by-others", True, call("ec2", "CreateNatGateway", user("nobody"), subnetId="subnet-0a1")),
    (
        "network-changed-by-others", True,
        call("ec2", "ModifyVpcEndpoint", STRANGER, ModifyVpcEndpointRequest={"VpcEndpointId": "vpce-0a1"}),
    ),
    ("network-changed-by-others", True, call("ec2", "CreateRoute", STRANGER, "Client.UnauthorizedOperation", routeTableId="rtb-0a1")),
    ("network-changed-by-others", False, call("ec2", "CreateRoute", DEPLOYER, routeTableId="rtb-0a1")),
    ("network-changed-by-others", False, call("ec2", "CreateRoute", STRANGER, routeTableId="rtb-0b1")),
    ("network-changed-by-others", False, call("ec2", "DescribeSecurityGroups", STRANGER, groupId="sg-0a1")),
    ("network-changed-by-others", False, call("ec2", "CreateNetworkInterface", through("lambda"), subnetId="subnet-0a1")),
    # Roles, code and queues.
    ("roles-changed-by-others", True, call("iam", "PutRolePolicy", STRANGER, roleName="strongroom-test-processor")),
    ("roles-changed-by-others", True, call("iam", "AttachRolePolicy", user("nobody"), roleName="strongroom-test-sweep")),
    ("roles-changed-by-others", True, call("iam", "UpdateAssumeRolePolicy", ROOT, roleName="strongroom-test-trail")),
    ("roles-changed-by-others", True, call("iam", "DeleteRolePermissionsBoundary", STRANGER, roleName="strongroom-test-attestor")),
    ("roles-changed-by-others", False, call("iam", "PutRolePolicy", DEPLOYER, roleName="strongroom-test-processor")),
    ("roles-changed-by-others", False, call("iam", "PutRolePolicy", STRANGER, roleName="elsewhere")),
    ("roles-changed-by-others", False, call("iam", "GetRolePolicy", STRANGER, roleName="strongroom-test-processor")),
    ("code-changed-by-others", True, call("lambda", "UpdateFunctionCode20150331v2", STRANGER, functionName="strongroom-test-processor")),
    (
        "code-changed-by-others", True,
        call("lambda", "AddPermission20150331v2", STRANGER, functionName=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:strongroom-test-sweep"),
    ),
    (
        "code-changed-by-others", True,
        event(
            "lambda", "UpdateEventSourceMapping20150331", STRANGER, requestParameters={"uUID": "u", "enabled": False},
            responseElements={"functionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:strongroom-test-processor"},
        ),
    ),
    ("code-changed-by-others", False, call("lambda", "UpdateFunctionCode20150331v2", DEPLOYER, functionName="strongroom-test-processor")),
    ("code-changed-by-others", False, call("lambda", "UpdateFunctionCode20150331v2", STRANGER, functionName="elsewhere")),
    ("code-changed-by-others", False, call("lambda", "GetFunction20150331v2", STRANGER, functionName="strongroom-test-processor")),
    (
        "code-changed-by-others", False,
        call("lambda", "Invoke", STRANGER, functionName="strongroom-test-processor") | {"eventCategory": "Data"},
    ),
    ("queues-changed-by-others", True, call("sqs", "PurgeQueue", STRANGER, queueUrl=f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/work-1")),
    ("queues-changed-by-others", True, call("sqs", "SetQueueAttributes", STRANGER, queueUrl=f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/work-1-dead")),
    ("queues-changed-by-others", False, call("sqs", "PurgeQueue", STRANGER, queueUrl=f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/elsewhere")),
    ("queues-changed-by-others", False, call("sqs", "SetQueueAttributes", DEPLOYER, queueUrl=f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/work-1")),
    # Alarms, topics and subscriptions.
    ("alarms-changed-by-others", True, call("monitoring", "DeleteAlarms", STRANGER, alarmNames=["x", "strongroom-test-dead-letters"])),
    ("alarms-changed-by-others", True, call("monitoring", "DisableAlarmActions", STRANGER, alarmNames=["strongroom-test-dead-letters"])),
    ("alarms-changed-by-others", True, call("monitoring", "PutMetricAlarm", STRANGER, alarmName="strongroom-test-dead-letters")),
    ("alarms-changed-by-others", True, call("monitoring", "SetAlarmState", BREAK_GLASS, alarmName="strongroom-test-dead-letters")),
    ("alarms-changed-by-others", True, call("sns", "Subscribe", STRANGER, topicArn=f"arn:aws:sns:{REGION}:{ACCOUNT}:strongroom-test-page")),
    ("alarms-changed-by-others", True, call("sns", "Unsubscribe", ANONYMOUS, subscriptionArn=SUBSCRIPTION)),
    ("alarms-changed-by-others", True, call("sns", "SetSubscriptionAttributes", STRANGER, subscriptionArn=SUBSCRIPTION)),
    ("alarms-changed-by-others", True, call("sns", "DeleteTopic", STRANGER, topicArn=f"arn:aws:sns:{REGION}:{ACCOUNT}:strongroom-test-ticket")),
    ("alarms-changed-by-others", False, call("monitoring", "PutMetricAlarm", DEPLOYER, alarmName="strongroom-test-dead-letters")),
    ("alarms-changed-by-others", False, call("monitoring", "PutMetricAlarm", STRANGER, alarmName="elsewhere")),
    ("alarms-changed-by-others", False, call("monitoring", "DescribeAlarms", STRANGER, alarmNames=["strongroom-test-dead-letters"])),
    ("alarms-changed-by-others", False, call("sns", "Subscribe", STRANGER, topicArn=f"arn:aws:sns:{REGION}:{ACCOUNT}:elsewhere")),
    ("alarms-changed-by-others", False, call("sns", "ListSubscriptionsByTopic", STRANGER, topicArn=f"arn:aws:sns:{REGION}:{ACCOUNT}:strongroom-test-page")),
    # Deployments.
    ("guards-changed-by-deploy", True, bucket("PutBucketPolicy", DEPLOYER)),
    ("guards-changed-by-deploy", True, call("iam", "PutRolePolicy", DEPLOYER, roleName="r")),
    ("guards-changed-by-deploy", True, call("ec2", "CreateRoute", DEPLOYER, routeTableId="rtb-0a1")),
    ("guards-changed-by-deploy", False, bucket("PutBucketPolicy", STRANGER)),
    ("guards-changed-by-deploy", False, bucket("GetBucketPolicy", DEPLOYER)),
    ("guards-changed-by-deploy", False, on_object("PutObject", DEPLOYER)),
    ("guards-changed-by-deploy", False, bucket("PutBucketPolicy", assumed(role("deploy")))),
    # Questions for names: lines of the resolver's query log.
    ("dns-blocks", True, {"version": "1.1", "query_name": "x.example.", "rcode": "NOERROR", "firewall_rule_action": "BLOCK"}),
    ("dns-blocks", False, {"version": "1.1", "query_name": "s3.example.", "rcode": "NOERROR", "firewall_rule_action": "ALLOW"}),
    ("dns-blocks", False, {"version": "1.1", "query_name": "s3.example.", "rcode": "NOERROR"}),
    # What the same conditions mean in the other buckets, tables, functions and services.
    ("input-read-by-others", True, on_object("SelectObjectContent", STRANGER, "data-input-1")),
    ("input-read-by-others", True, on_object("CopyObject", STRANGER, "elsewhere", **{"x-amz-copy-source": "/data-input-1/k"})),
    ("input-read-by-others", False, on_object("GetObject", STRANGER, "data-input-1", error="AccessDenied")),
    ("quarantine-read-by-others", True, on_object("SelectObjectContent", STRANGER, "data-quarantine-1")),
    ("quarantine-read-by-others", True, on_object("CopyObject", STRANGER, "x", **{"x-amz-copy-source": "data-quarantine-1/k"})),
    ("quarantine-read-by-others", False, on_object("GetObject", STRANGER, "data-quarantine-1", error="AccessDenied")),
    ("quarantine-read-by-others", False, on_object("PutObject", STRANGER, "data-quarantine-1")),
    ("quarantine-read-by-others", False, on_object("GetObject", STRANGER)),
    ("denied-reads", True, on_object("SelectObjectContent", STRANGER, error="AccessDenied")),
    ("denied-reads", True, on_object("CopyObject", STRANGER, error="AccessDenied")),
    *(
        case
        for reader, who in (
            ("role-analyst", assumed(READER)), ("user-reporting-any", REPORTER), ("role-auditor", assumed(AUDITOR)),
            ("role-quarantine", assumed(OPERATOR)),
        )
        for case in (
            (f"read-volume-{reader}", True, on_object("GetObject", who)),
            (f"read-volume-{reader}", True, on_object("GetObject", who, "data-quarantine-1")),
            (f"read-volume-{reader}", True, on_object("SelectObjectContent", who)),
            (f"read-volume-{reader}", True, on_object("SelectObjectContent", who, "data-quarantine-1")),
            (f"read-volume-{reader}", True, on_object("CopyObject", who, "x", **COPY)),
            (f"read-volume-{reader}", True, on_object("CopyObject", who, "x", **{"x-amz-copy-source": "data-quarantine-1/k"})),
            (f"read-volume-{reader}", False, on_object("PutObject", who)),
            (f"read-volume-{reader}", False, on_object("PutObject", who, "data-quarantine-1")),
            (f"read-volume-{reader}", False, on_object("GetObject", who, "elsewhere")),
            (f"read-volume-{reader}", False, on_object("GetObject", who, error="AccessDenied")),
        )
    ),
    ("objects-deleted", True, on_object("DeleteObject", STRANGER, "data-quarantine-1")),
    ("records-storage-changed-by-others", True, bucket("PutBucketPolicy", STRANGER, "data-input-1")),
    ("records-storage-changed-by-others", True, bucket("PutBucketPolicy", STRANGER, "data-quarantine-1")),
    ("guarded-storage-changed-by-others", True, bucket("DeleteBucketPolicy", STRANGER, "data-access-logs-1")),
    ("guarded-storage-changed-by-others", False, bucket("GetBucketPolicy", STRANGER, "data-audit-1")),
    ("guarded-storage-changed-by-others", False, bucket("PutBucketPolicy", STRANGER, "elsewhere")),
    ("key-ended", True, on_key("DeleteImportedKeyMaterial", STRANGER)),
    ("key-changed-by-others", True, on_key("RevokeGrant", STRANGER)),
    ("trail-stopped", False, call("logs", "PutRetentionPolicy", STRANGER, logGroupName="/aws/cloudtrail/strongroom-test")),
    ("trail-stopped", False, call("logs", "DeleteTrail", STRANGER, name="strongroom-test")),
    ("trail-stopped", False, call("cloudtrail", "DeleteLogGroup", STRANGER, name="/aws/cloudtrail/strongroom-test")),
    ("trail-changed-by-others", False, call("cloudtrail", "GetTrailStatus", STRANGER, name="strongroom-test")),
    ("trail-changed-by-others", False, call("s3", "PutObject", STRANGER, name="strongroom-test")),
    ("trail-changed-by-others", False, call("logs", "PutRetentionPolicy", STRANGER, logGroupName="/aws/cloudtrail/strongroom-test-2")),
    ("logs-changed-by-others", False, call("logs", "DescribeLogStreams", STRANGER, logGroupName="/aws/cloudtrail/strongroom-test")),
    *(
        case
        for group in (
            "/aws/lambda/strongroom-test-processor", "/aws/lambda/strongroom-test-sweep", "/aws/lambda/strongroom-test-attestor",
            "/aws/route53/strongroom-test-dns", "/strongroom-test/flow",
        )
        for case in (
            ("logs-changed-by-others", True, call("logs", "PutRetentionPolicy", STRANGER, logGroupName=group)),
            ("trail-stopped", True, call("logs", "DeleteLogGroup", DEPLOYER, logGroupName=group)),
        )
    ),
    ("endpoint-denials", False, event("s3", "GetObject", FOREIGN, vpcEndpointId="vpce-0a1", eventCategory="NetworkActivity")),
    ("code-changed-by-others", True, call("lambda", "UpdateFunctionConfiguration20150331v2", STRANGER, functionName="strongroom-test-attestor")),
    *(
        (
            "code-changed-by-others", True,
            event(
                "lambda", "DeleteEventSourceMapping20150331", STRANGER, requestParameters={"uUID": "u"},
                responseElements={"functionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:strongroom-test-{name}"},
            ),
        )
        for name in ("sweep", "attestor")
    ),
    *(
        ("queues-changed-by-others", name != "SendMessage", call("sqs", name, STRANGER, queueUrl=f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/work-1"))
        for name in ("AddPermission", "RemovePermission", "DeleteQueue", "SendMessage")
    ),
    *(
        ("guards-changed-by-deploy", service != "ecs", call(service, "PutIt", DEPLOYER))
        for service in ("s3", "iam", "ec2", "kms", "cloudtrail", "dynamodb", "sns", "monitoring", "logs", "lambda", "ecs")
    ),
    *(
        ("alarms-changed-by-others", name != "TagResource", call("sns", name, STRANGER, topicArn=f"arn:aws:sns:{REGION}:{ACCOUNT}:strongroom-test-page"))
        for name in ("AddPermission", "PutDataProtectionPolicy", "SetTopicAttributes", "TagResource")
    ),
    ("alarms-changed-by-others", False, call("sns", "TagResource", STRANGER, alarmName="strongroom-test-dead-letters")),
    ("alarms-changed-by-others", False, call("ecs", "Subscribe", STRANGER, topicArn=f"arn:aws:sns:{REGION}:{ACCOUNT}:strongroom-test-page")),
]  # fmt: skip


@pytest.mark.parametrize(("alarm", "counted", "happening"), CASES)
def test_a_filter_counts_what_its_alarm_is_for_and_nothing_else(
    alarm: str, counted: bool, happening: dict[str, Any]
) -> None:
    assert matches(alarm, happening) is counted, json.dumps(happening)


def test_every_filter_has_cases_of_both_kinds() -> None:
    for kind in (True, False):
        assert {name for name, counted, _ in CASES if counted is kind} == set(FILTERS)


def first(alarm: str) -> dict[str, Any]:
    """Return an event that an alarm counts."""
    return next(happening for name, counted, happening in CASES if name == alarm and counted)


@pytest.mark.parametrize("alarm", sorted(set(FILTERS) - {"dns-blocks", "endpoint-denials"}))
def test_a_call_to_another_service_is_not_counted(alarm: str) -> None:
    assert not matches(alarm, first(alarm) | {"eventSource": "elsewhere.amazonaws.com"})


CHANGES = sorted(name for name, one in FILTERS.items() if one.outside_deployment)
ON_BEHALF = {"key-changed-by-others", "network-changed-by-others"}
"""Where services act in the name of whoever calls them: DynamoDB takes grants, Lambda makes network interfaces."""


@pytest.mark.parametrize("alarm", CHANGES)
def test_changes_count_by_anybody_but_the_deploy_principals_and_services(alarm: str) -> None:
    def counted(who: dict[str, Any]) -> bool:
        return matches(alarm, first(alarm) | {"userIdentity": who})

    for who in (STRANGER, BREAK_GLASS, REPORTER, ROOT, FOREIGN, ANONYMOUS, assumed(role("deploy")), PROCESSOR):
        assert counted(who)
    for who in (DEPLOYER, SERVICE, CONFIG, through("lambda")):
        assert not counted(who)
    assert counted(through("cloudformation")) is (alarm not in ON_BEHALF)


@pytest.mark.parametrize("alarm", CHANGES)
def test_changes_count_by_anybody_where_no_deploy_principal_is_named(alarm: str) -> None:
    assert matches(alarm, first(alarm) | {"userIdentity": DEPLOYER}, replace(PRINCIPALS, deploy=()))


NAMED = {
    "input-read-by-others": [PROCESSOR],
    "output-read-by-others": [PROCESSOR, assumed(READER), REPORTER, assumed(AUDITOR)],
    "quarantine-read-by-others": [PROCESSOR, assumed(OPERATOR)],
    "table-used-by-others": [PROCESSOR, assumed(role("strongroom-test-sweep")), assumed(READER), REPORTER, assumed(AUDITOR)],
}  # fmt: skip


@pytest.mark.parametrize(("alarm", "named"), NAMED.items())
def test_uses_count_by_anybody_but_those_who_are_named_for_them(alarm: str, named: list[dict[str, Any]]) -> None:
    def counted(who: dict[str, Any]) -> bool:
        return matches(alarm, first(alarm) | {"userIdentity": who})

    everybody = [
        PROCESSOR,
        assumed(READER),
        REPORTER,
        assumed(AUDITOR),
        assumed(OPERATOR),
        assumed(role("strongroom-test-sweep")),
    ]
    for who in [
        *everybody,
        STRANGER,
        DEPLOYER,
        BREAK_GLASS,
        user("nobody"),
        ROOT,
        FOREIGN,
        ANONYMOUS,
        through("athena"),
    ]:
        assert counted(who) is (who not in named)
    assert not counted(SERVICE)
    assert not counted(CONFIG)
