"""Events that each metric filter counts, and events that it does not count: alarm, counted or not, event."""

from typing import Any

from components.data.buckets import BUCKETS
from tests.components.monitoring.material import (
    ACCOUNT,
    ANONYMOUS,
    AUDITOR,
    CONFIG,
    DEPLOY,
    FOREIGN,
    KEY_ID,
    OPERATOR,
    READER,
    REGION,
    ROOT,
    SERVICE,
    STRANGER,
    TARGETS,
    assumed,
    event,
    on_item,
    on_key,
    on_object,
    role,
    user,
)

PROCESSOR = assumed(TARGETS.processing.processor.role_arn)
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


def generate_mac(name: str, who: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the event that AWS documents for GenerateMac and VerifyMac: read-only, with the key's id and its ARN."""
    parameters = {"macAlgorithm": "HMAC_SHA_256", "keyId": KEY_ID}
    return on_key(name, who, **more) | {"requestParameters": parameters, "readOnly": True}


def nested(operation: str, who: dict[str, Any] = STRANGER, /, **members: Any) -> dict[str, Any]:
    """Return an event of one of EC2's newer operations."""
    return event("ec2", operation, who, requestParameters={f"{operation}Request": members})


COPY = {"x-amz-copy-source": "data-output-1/part-00000.jsonl.gz"}
COPY_OF_COPY = {"x-amz-copy-source": "replica-output-1/part-00000.jsonl.gz"}
REFUSED = {"errorCode": "VpceAccessDenied", "eventCategory": "NetworkActivity", "eventType": "AwsVpceEvent"}

CASES: list[tuple[str, bool, dict[str, Any]]] = [
    # Reads by unauthorised principals, bucket by bucket.
    *(
        (f"unauthorised-{bucket}-reads", counted, on_object("GetObject", who, f"data-{bucket}-1"))
        for bucket, row in BUCKETS.items()
        if row.holds_records
        for counted, who in ((True, STRANGER), (False, PROCESSOR))
    ),
    ("unauthorised-input-reads", True, on_object("GetObject", assumed(READER), "data-input-1")),
    ("unauthorised-input-reads", True, on_object("GetObject", BREAK_GLASS, "data-input-1")),
    ("unauthorised-input-reads", True, on_object("GetObject", DEPLOYER, "data-input-1")),
    ("unauthorised-input-reads", False, on_object("PutObject", assumed(role("uploader")), "data-input-1")),
    ("unauthorised-input-reads", False, on_object("GetObject", STRANGER, "data-output-1")),
    ("unauthorised-output-reads", True, on_object("GetObject", user("nobody"))),
    ("unauthorised-output-reads", True, on_object("GetObject", ROOT)),
    ("unauthorised-output-reads", True, on_object("GetObject", FOREIGN)),
    ("unauthorised-output-reads", True, on_object("GetObject", ANONYMOUS)),
    ("unauthorised-output-reads", True, on_object("SelectObjectContent", STRANGER)),
    ("unauthorised-output-reads", True, on_object("CopyObject", STRANGER, "elsewhere", **COPY)),
    ("unauthorised-output-reads", True, on_object("UploadPartCopy", STRANGER, "elsewhere", **COPY)),
    ("unauthorised-output-reads", True, on_object("GetObject", through("athena"))),
    ("unauthorised-output-reads", True, on_object("GetObject", assumed(role("analyst-2")))),
    ("unauthorised-output-reads", False, on_object("GetObject", assumed(READER))),
    ("unauthorised-output-reads", False, on_object("GetObject", assumed(AUDITOR))),
    ("unauthorised-output-reads", False, on_object("GetObject", REPORTER)),
    ("unauthorised-output-reads", False, on_object("GetObject", SERVICE)),
    ("unauthorised-output-reads", False, on_object("GetObject", CONFIG)),
    ("unauthorised-output-reads", False, on_object("GetObject", STRANGER, "data-output-12")),
    ("unauthorised-output-reads", False, on_object("GetObject", STRANGER, error="AccessDenied")),
    ("unauthorised-output-reads", False, on_object("PutObject", STRANGER)),
    ("unauthorised-output-reads", False, on_object("CopyObject", STRANGER, "elsewhere", **{"x-amz-copy-source": "x/y"})),
    ("unauthorised-output-reads-copy", True, on_object("GetObject", STRANGER, "replica-output-1")),
    ("unauthorised-output-reads-copy", True, on_object("CopyObject", STRANGER, "elsewhere", **COPY_OF_COPY)),
    ("unauthorised-output-reads-copy", False, on_object("GetObject", assumed(READER), "replica-output-1")),
    ("unauthorised-output-reads-copy", False, on_object("GetObject", STRANGER, "data-output-1")),
    ("unauthorised-quarantine-reads", True, on_object("GetObject", assumed(READER), "data-quarantine-1")),
    ("unauthorised-quarantine-reads", False, on_object("GetObject", assumed(OPERATOR), "data-quarantine-1")),
    # Reads that are denied.
    ("denied-reads", True, on_object("GetObject", STRANGER, error="AccessDenied")),
    ("denied-reads", True, on_object("GetObject", FOREIGN, "data-input-1", error="AccessDenied")),
    ("denied-reads", True, on_object("ListObjects", user("nobody"), "data-quarantine-1", error="AccessDenied")),
    ("denied-reads", True, on_object("HeadObject", assumed(READER), error="AccessDenied")),
    ("denied-reads", True, on_object("GetObject", STRANGER, "replica-output-1", error="AccessDenied")),
    ("denied-reads", False, on_object("GetObject", STRANGER)),
    ("denied-reads", False, on_object("GetObject", STRANGER, error="NoSuchKey")),
    ("denied-reads", False, on_object("PutObject", STRANGER, error="AccessDenied")),
    ("denied-reads", False, on_object("GetObject", STRANGER, "elsewhere", error="AccessDenied")),
    ("denied-reads", False, on_object("GetObject", CONFIG, error="AccessDenied")),
    ("denied-reads", False, on_object("GetObject", SERVICE, error="AccessDenied")),
    # The volume that a reader reads.
    ("read-volume-role-analyst", True, on_object("GetObject", assumed(READER))),
    ("read-volume-role-analyst", True, on_object("GetObject", assumed(READER), "data-quarantine-1")),
    ("read-volume-role-analyst", False, on_object("GetObject", REPORTER)),
    ("read-volume-role-analyst", False, on_object("GetObject", assumed(READER), error="AccessDenied")),
    ("read-volume-role-analyst", False, on_object("GetObject", assumed(READER), "elsewhere")),
    ("read-volume-user-reporting-any", True, on_object("GetObject", REPORTER)),
    ("read-volume-user-reporting-any", False, on_object("GetObject", assumed(READER))),
    # Deletion, retention and object lock, by any principal.
    ("objects-deleted", True, on_object("DeleteObject", STRANGER)),
    ("objects-deleted", True, on_object("DeleteObject", STRANGER, "replica-audit-1")),
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
        ("record-buckets-changed-outside-deployment", True, bucket(name, STRANGER))
        for name in (
            "PutBucketPolicy", "DeleteBucketPolicy", "PutBucketLifecycle", "PutBucketObjectLockConfiguration",
            "PutBucketVersioning", "PutBucketEncryption", "DeleteBucketEncryption", "PutBucketPublicAccessBlock",
            "DeleteBucketPublicAccessBlock", "PutBucketReplication", "PutBucketNotification", "PutBucketLogging",
            "PutBucketAcl", "PutBucketOwnershipControls",
        )
    ),
    ("record-buckets-changed-outside-deployment", True, bucket("PutBucketPolicy", BREAK_GLASS)),
    ("record-buckets-changed-outside-deployment", True, bucket("PutBucketPolicy", user("nobody"), errorCode="AccessDenied")),
    ("record-buckets-changed-outside-deployment", True, bucket("PutBucketPolicy", ROOT)),
    ("record-buckets-changed-outside-deployment", True, bucket("PutBucketPolicy", through("cloudformation"))),
    ("record-buckets-changed-outside-deployment", False, bucket("PutBucketPolicy", DEPLOYER)),
    ("record-buckets-changed-outside-deployment", False, bucket("GetBucketPolicy", STRANGER)),
    ("record-buckets-changed-outside-deployment", False, bucket("PutBucketPolicy", STRANGER, "elsewhere")),
    ("record-buckets-changed-outside-deployment", False, bucket("PutBucketPolicy", STRANGER, "data-audit-1")),
    ("record-buckets-changed-outside-deployment", False, bucket("PutBucketPolicy", CONFIG)),
    ("other-buckets-changed-outside-deployment", True, bucket("PutBucketLifecycle", STRANGER, "data-audit-1")),
    ("other-buckets-changed-outside-deployment", True, bucket("PutBucketPolicy", STRANGER, "data-artifacts-1")),
    ("other-buckets-changed-outside-deployment", False, bucket("PutBucketPolicy", DEPLOYER, "data-audit-1")),
    # The table.
    ("table-changed-outside-deployment", True, call("dynamodb", "UpdateTable", STRANGER, tableName="transactions-1")),
    ("table-changed-outside-deployment", True, call("dynamodb", "DeleteTable", STRANGER, "AccessDenied", tableName=TABLE_ARN)),
    ("table-changed-outside-deployment", True, call("dynamodb", "UpdateContinuousBackups", STRANGER, tableName="transactions-1")),
    ("table-changed-outside-deployment", True, call("dynamodb", "ExportTableToPointInTime", STRANGER, tableArn=TABLE_ARN)),
    ("table-changed-outside-deployment", True, call("dynamodb", "PutResourcePolicy", STRANGER, resourceArn=TABLE_ARN)),
    (
        "table-changed-outside-deployment", True,
        call("dynamodb", "RestoreTableToPointInTime", STRANGER, sourceTableName="transactions-1", targetTableName="x"),
    ),
    ("table-changed-outside-deployment", False, call("dynamodb", "UpdateTable", DEPLOYER, tableName="transactions-1")),
    ("table-changed-outside-deployment", False, call("dynamodb", "UpdateTable", STRANGER, tableName="elsewhere")),
    ("table-changed-outside-deployment", False, call("dynamodb", "DescribeTable", STRANGER, tableName="transactions-1")),
    ("table-changed-outside-deployment", False, on_item("PutItem", PROCESSOR)),
    ("unauthorised-table-use", True, on_item("GetItem", STRANGER)),
    ("unauthorised-table-use", True, on_item("Query", DEPLOYER)),
    ("unauthorised-table-use", True, on_item("BatchGetItem", user("nobody"))),
    ("unauthorised-table-use", True, on_item("DeleteItem", STRANGER)),
    ("unauthorised-table-use", False, on_item("PutItem", PROCESSOR)),
    ("unauthorised-table-use", False, on_item("Query", assumed(role("strongroom-test-reconciler")))),
    ("unauthorised-table-use", True, on_item("GetItem", assumed(READER))),
    ("unauthorised-table-use", False, on_item("GetItem", STRANGER, errorCode="AccessDenied")),
    ("unauthorised-table-use", False, on_item("GetItem", STRANGER, "elsewhere")),
    ("unauthorised-table-use", False, on_item("DescribeTable", STRANGER, eventCategory="Management")),
    # Keys.
    ("key-disabled-or-deleted", True, on_key("ScheduleKeyDeletion", DEPLOYER)),
    ("key-disabled-or-deleted", True, on_key("DisableKey", ROOT)),
    ("key-disabled-or-deleted", True, on_key("ScheduleKeyDeletion", STRANGER, errorCode="AccessDenied")),
    ("key-disabled-or-deleted", False, on_key("ScheduleKeyDeletion", STRANGER, "11111111-6d1f-4a0e-9c55-6f0f3b1d2e4a")),
    ("key-disabled-or-deleted", False, on_key("Decrypt", STRANGER)),
    ("key-disabled-or-deleted", False, on_key("CancelKeyDeletion", STRANGER)),
    # AWS KMS Developer Guide, GenerateMac and VerifyMac:
    # https://docs.aws.amazon.com/kms/latest/developerguide/ct-generatemac.html
    ("token-key-used-by-others", False, generate_mac("GenerateMac", PROCESSOR)),
    *(
        ("token-key-used-by-others", True, generate_mac(operation, who))
        for operation in ("GenerateMac", "VerifyMac")
        for who in (STRANGER, BREAK_GLASS, DEPLOYER, user("nobody"), ROOT, FOREIGN)
    ),
    ("token-key-used-by-others", True, generate_mac("VerifyMac", PROCESSOR)),
    ("token-key-used-by-others", True, generate_mac("GenerateMac", STRANGER, errorCode="AccessDenied")),
    (
        "token-key-used-by-others", True,
        event("kms", "GenerateMac", STRANGER, errorCode="AccessDenied", errorMessage=(
            "User: arn:aws:sts::123456789012:assumed-role/stranger/session is not authorized to perform: kms:GenerateMac on "
            f"resource: arn:aws:kms:eu-central-1:123456789012:key/{KEY_ID} with an explicit deny in a resource-based policy"
        )),
    ),
    ("token-key-used-by-others", False, on_key("GenerateMac", STRANGER, "11111111-6d1f-4a0e-9c55-6f0f3b1d2e4a")),
    ("token-key-used-by-others", False, on_key("Decrypt", STRANGER)),
    *(("key-policy-changed", True, on_key("PutKeyPolicy", who)) for who in (DEPLOYER, BREAK_GLASS, STRANGER, ROOT)),
    ("key-policy-changed", True, on_key("PutKeyPolicy", DEPLOYER, errorCode="AccessDenied")),
    ("key-policy-changed", False, on_key("GetKeyPolicy", DEPLOYER)),
    ("key-policy-changed", False, on_key("PutKeyPolicy", DEPLOYER, "11111111-6d1f-4a0e-9c55-6f0f3b1d2e4a")),
    ("key-changed-outside-deployment", True, on_key("PutKeyPolicy", STRANGER)),
    ("key-changed-outside-deployment", True, on_key("CreateGrant", user("nobody"))),
    ("key-changed-outside-deployment", True, on_key("DisableKeyRotation", BREAK_GLASS)),
    # A call about an alias names the alias first, and then the key.
    *(
        ("key-changed-outside-deployment", ours, event(
            "kms", "UpdateAlias", STRANGER, requestParameters={"aliasName": f"alias/{alias}", "targetKeyId": KEY_ID},
            resources=[{"accountId": ACCOUNT, "type": "AWS::KMS::Key", "ARN": f"arn:aws:kms:{REGION}:{ACCOUNT}:{name}"} for name in (f"alias/{alias}", f"key/{KEY_ID}")],
        ))
        for ours, alias in ((True, "strongroom-test-records"), (False, "elsewhere"))
    ),
    ("key-changed-outside-deployment", False, on_key("PutKeyPolicy", DEPLOYER)),
    ("key-changed-outside-deployment", False, on_key("CreateGrant", through("dynamodb"))),
    ("key-changed-outside-deployment", False, on_key("CreateGrant", STRANGER, "11111111-6d1f-4a0e-9c55-6f0f3b1d2e4a")),
    ("key-changed-outside-deployment", False, on_key("GenerateDataKey", STRANGER)),
    # The trail and its log group.
    ("trail-stopped", True, call("cloudtrail", "StopLogging", DEPLOYER, name="strongroom-test")),
    ("trail-stopped", True, call("cloudtrail", "DeleteTrail", STRANGER, "AccessDenied", name=TARGETS.trail.arn if TARGETS.trail else "")),
    ("trail-stopped", True, call("logs", "DeleteLogGroup", ROOT, logGroupName="/aws/cloudtrail/strongroom-test")),
    ("trail-stopped", False, call("cloudtrail", "StopLogging", STRANGER, name="elsewhere")),
    ("trail-stopped", False, call("logs", "DeleteLogGroup", STRANGER, logGroupName="elsewhere")),
    ("trail-stopped", False, call("cloudtrail", "StartLogging", STRANGER, name="strongroom-test")),
    ("trail-changed-outside-deployment", True, call("cloudtrail", "UpdateTrail", STRANGER, name="strongroom-test")),
    ("trail-changed-outside-deployment", True, call("cloudtrail", "PutEventSelectors", STRANGER, trailName="strongroom-test")),
    *(
        ("logs-changed-outside-deployment", True, call("logs", name, STRANGER, logGroupName="/aws/cloudtrail/strongroom-test"))
        for name in (
            "PutRetentionPolicy", "DeleteRetentionPolicy", "DisassociateKmsKey", "DeleteMetricFilter", "PutMetricFilter",
            "PutSubscriptionFilter", "DeleteSubscriptionFilter", "DeleteLogStream",
        )
    ),
    ("logs-changed-outside-deployment", True, call("logs", "PutTransformer", STRANGER, logGroupIdentifier="/aws/cloudtrail/strongroom-test")),
    (
        "logs-changed-outside-deployment", True,
        call("logs", "AssociateKmsKey", STRANGER, resourceIdentifier=f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/cloudtrail/strongroom-test"),
    ),
    ("logs-changed-outside-deployment", False, call("logs", "PutTransformer", STRANGER, logGroupIdentifier="elsewhere")),
    ("trail-changed-outside-deployment", False, call("cloudtrail", "UpdateTrail", DEPLOYER, name="strongroom-test")),
    ("trail-changed-outside-deployment", False, call("cloudtrail", "UpdateTrail", STRANGER, name="elsewhere")),
    ("logs-changed-outside-deployment", False, call("logs", "PutRetentionPolicy", STRANGER, logGroupName="elsewhere")),
    ("logs-changed-outside-deployment", False, call("logs", "CreateLogStream", PROCESSOR, logGroupName="/aws/lambda/strongroom-test-processor")),
    # The malware scan.
    *(
        ("malware-scan-changed-outside-deployment", counted, call("guardduty", name, who, *error, malwareProtectionPlanId=plan))
        for name in ("UpdateMalwareProtectionPlan", "DeleteMalwareProtectionPlan")
        for who, error, plan, counted in (
            (STRANGER, (), "b8c5b1a4f3", True),
            (BREAK_GLASS, (), "b8c5b1a4f3", True),
            (STRANGER, ("AccessDenied",), "b8c5b1a4f3", True),
            (DEPLOYER, (), "b8c5b1a4f3", False),
            (STRANGER, (), "another", False),
        )
    ),
    ("malware-scan-changed-outside-deployment", False, call("guardduty", "GetMalwareProtectionPlan", STRANGER, malwareProtectionPlanId="b8c5b1a4f3")),
    ("unauthorised-input-reads", False, on_object("GetObject", assumed(role("strongroom-test-malware-scan")), "data-input-1")),
    ("unauthorised-output-reads", True, on_object("GetObject", assumed(role("strongroom-test-malware-scan")), "data-output-1")),
    # The network.
    ("endpoint-requests-denied", True, event("s3", "GetObject", FOREIGN, vpcEndpointId="vpce-0a1", **REFUSED)),
    ("endpoint-requests-denied", True, event("kms", "Decrypt", PROCESSOR, vpcEndpointId="vpce-0a2", **REFUSED)),
    ("endpoint-requests-denied", False, event("s3", "GetObject", FOREIGN, vpcEndpointId="vpce-0b1", **REFUSED)),
    ("endpoint-requests-denied", False, on_object("GetObject", PROCESSOR, error="AccessDenied") | {"vpcEndpointId": "vpce-0a1"}),
    ("network-changed-outside-deployment", True, call("ec2", "CreateRoute", STRANGER, routeTableId="rtb-0a1", gatewayId="igw-1")),
    ("network-changed-outside-deployment", True, call("ec2", "AttachInternetGateway", STRANGER, vpcId="vpc-0a1")),
    ("network-changed-outside-deployment", True, call("ec2", "AuthorizeSecurityGroupEgress", STRANGER, groupId="sg-0a1")),
    ("network-changed-outside-deployment", True, call("ec2", "RevokeSecurityGroupEgress", user("nobody"), groupId="sg-0a2")),
    (
        "network-changed-outside-deployment", True,
        call("ec2", "ModifyVpcEndpoint", STRANGER, ModifyVpcEndpointRequest={"VpcEndpointId": "vpce-0a1"}),
    ),
    ("network-changed-outside-deployment", True, call("ec2", "CreateRoute", STRANGER, "Client.UnauthorizedOperation", routeTableId="rtb-0a1")),
    ("network-changed-outside-deployment", False, call("ec2", "CreateRoute", DEPLOYER, routeTableId="rtb-0a1")),
    ("network-changed-outside-deployment", False, call("ec2", "CreateRoute", STRANGER, routeTableId="rtb-0b1")),
    ("network-changed-outside-deployment", False, call("ec2", "DescribeVpcAttribute", STRANGER, vpcId="vpc-0a1")),
    ("network-changed-outside-deployment", False, call("ec2", "CreateSecurityGroup", through("lambda"), vpcId="vpc-0a1")),
    # Newer operations of EC2: one parameter, named after the request. A list is one object, or several.
    ("network-changed-outside-deployment", True, nested("ModifySecurityGroupRules", GroupId="sg-0a1", SecurityGroupRule={"SecurityGroupRuleId": "sgr-1", "tag": 1})),
    ("network-changed-outside-deployment", True, nested("DeleteFlowLogs", FlowLogId={"content": "fl-0a1", "tag": 1})),
    ("network-changed-outside-deployment", True, nested("DeleteFlowLogs", FlowLogId=[{"content": "fl-0a1", "tag": 1}, {"content": "fl-0a2", "tag": 2}])),
    ("network-changed-outside-deployment", True, nested("DeleteVpcEndpoints", VpcEndpointId={"content": "vpce-0a1", "tag": 1})),
    ("network-changed-outside-deployment", True, nested("ModifyVpcEndpoint", VpcEndpointId="vpce-0a1", ResetPolicy=True)),
    ("network-changed-outside-deployment", False, nested("ModifySecurityGroupRules", GroupId="sg-0b1")),
    ("network-changed-outside-deployment", False, nested("DeleteFlowLogs", DEPLOYER, FlowLogId={"content": "fl-0a1", "tag": 1})),
    ("subnets-changed-outside-deployment", True, call("ec2", "CreateNetworkInterface", STRANGER, subnetId="subnet-0a2")),
    ("subnets-changed-outside-deployment", True, call("ec2", "RunInstances", STRANGER, "Client.UnauthorizedOperation", subnetId="subnet-0a1")),
    (
        "subnets-changed-outside-deployment", True,
        event(
            "ec2", "RunInstances", STRANGER, requestParameters={"networkInterfaceSet": {"items": [{"deviceIndex": 0, "subnetId": "subnet-0a1"}]}},
            responseElements={"instancesSet": {"items": [{"instanceId": "i-1", "subnetId": "subnet-0a1", "vpcId": "vpc-0a1"}]}},
        ),
    ),
    ("subnets-changed-outside-deployment", True, nested("CreateNatGateway", AllocationId="eipalloc-1", SubnetId="subnet-0a1")),
    ("subnets-changed-outside-deployment", True, nested("CreateInstanceConnectEndpoint", SubnetId="subnet-0a2")),
    (
        "subnets-changed-outside-deployment", True,
        nested("CreateTransitGatewayVpcAttachment", VpcId="vpc-0a1", TransitGatewayId="tgw-1", SubnetIds={"content": "subnet-0a1", "tag": 1}),
    ),
    ("subnets-changed-outside-deployment", False, nested("CreateNatGateway", SubnetId="subnet-0b1")),
    ("subnets-changed-outside-deployment", False, nested("CreateNatGateway", DEPLOYER, SubnetId="subnet-0a1")),
    ("subnets-changed-outside-deployment", False, nested("CreateTransitGatewayVpcAttachment", VpcId="vpc-0b1", TransitGatewayId="tgw-1")),
    ("subnets-changed-outside-deployment", False, call("ec2", "CreateNetworkInterface", through("lambda"), subnetId="subnet-0a1")),
    ("subnets-changed-outside-deployment", False, call("ec2", "RunInstances", STRANGER, subnetId="subnet-0b1")),
    # The DNS firewall.
    ("dns-firewall-changed-outside-deployment", True, call("route53resolver", "UpdateFirewallDomains", STRANGER, firewallDomainListId="rslvr-fdl-0a2", operation="ADD", domains=["x.example"])),
    ("dns-firewall-changed-outside-deployment", True, call("route53resolver", "UpdateFirewallRule", STRANGER, firewallRuleGroupId="rslvr-frg-0a1", firewallDomainListId="rslvr-fdl-0a1", action="ALLOW")),
    ("dns-firewall-changed-outside-deployment", True, call("route53resolver", "DisassociateFirewallRuleGroup", STRANGER, firewallRuleGroupAssociationId="rslvr-frgassoc-0a1")),
    ("dns-firewall-changed-outside-deployment", True, call("route53resolver", "AssociateFirewallRuleGroup", STRANGER, firewallRuleGroupId="rslvr-frg-0b1", vpcId="vpc-0a1", priority=102)),
    ("dns-firewall-changed-outside-deployment", True, call("route53resolver", "UpdateFirewallConfig", ROOT, resourceId="vpc-0a1", firewallFailOpen="ENABLED")),
    ("dns-firewall-changed-outside-deployment", True, call("route53resolver", "DeleteResolverQueryLogConfig", STRANGER, resolverQueryLogConfigId="rqlc-0a1")),
    ("dns-firewall-changed-outside-deployment", True, call("route53resolver", "DisassociateResolverQueryLogConfig", STRANGER, "AccessDeniedException", resolverQueryLogConfigId="rqlc-0b1", resourceId="vpc-0a1")),
    ("dns-firewall-changed-outside-deployment", False, call("route53resolver", "UpdateFirewallDomains", DEPLOYER, firewallDomainListId="rslvr-fdl-0a2")),
    ("dns-firewall-changed-outside-deployment", False, call("route53resolver", "UpdateFirewallDomains", STRANGER, firewallDomainListId="rslvr-fdl-0b1")),
    ("dns-firewall-changed-outside-deployment", False, call("route53resolver", "GetFirewallRuleGroup", STRANGER, firewallRuleGroupId="rslvr-frg-0a1")),
    # Roles, code and queues.
    ("roles-changed-outside-deployment", True, call("iam", "PutRolePolicy", STRANGER, roleName="strongroom-test-processor")),
    ("roles-changed-outside-deployment", True, call("iam", "AttachRolePolicy", user("nobody"), roleName="strongroom-test-reconciler")),
    ("roles-changed-outside-deployment", True, call("iam", "UpdateAssumeRolePolicy", ROOT, roleName="strongroom-test-trail")),
    ("roles-changed-outside-deployment", True, call("iam", "DeleteRolePermissionsBoundary", STRANGER, roleName="strongroom-test-attestor")),
    ("roles-changed-outside-deployment", False, call("iam", "PutRolePolicy", DEPLOYER, roleName="strongroom-test-processor")),
    ("roles-changed-outside-deployment", False, call("iam", "PutRolePolicy", STRANGER, roleName="elsewhere")),
    ("roles-changed-outside-deployment", False, call("iam", "GetRolePolicy", STRANGER, roleName="strongroom-test-processor")),
    ("code-changed-outside-deployment", True, call("lambda", "UpdateFunctionCode20150331v2", STRANGER, functionName="strongroom-test-processor")),
    (
        "code-changed-outside-deployment", True,
        call("lambda", "AddPermission20150331v2", STRANGER, functionName=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:strongroom-test-reconciler"),
    ),
    (
        "code-changed-outside-deployment", True,
        event(
            "lambda", "UpdateEventSourceMapping20150331", STRANGER, requestParameters={"uUID": "u", "enabled": False},
            responseElements={"functionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:strongroom-test-processor"},
        ),
    ),
    ("code-changed-outside-deployment", True, call("lambda", "UpdateAlias20150331", STRANGER, functionName="strongroom-test-processor", name="live")),
    (
        "code-changed-outside-deployment", True,
        event(
            "lambda", "UpdateEventSourceMapping20150331", STRANGER, requestParameters={"uUID": "u", "enabled": False},
            responseElements={"functionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:strongroom-test-processor:live"},
        ),
    ),
    (
        "code-changed-outside-deployment", True,
        call("lambda", "AddPermission20150331v2", STRANGER, functionName=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:strongroom-test-processor:live"),
    ),
    ("code-changed-outside-deployment", False, call("lambda", "UpdateFunctionCode20150331v2", DEPLOYER, functionName="strongroom-test-processor")),
    ("code-changed-outside-deployment", False, call("lambda", "UpdateFunctionCode20150331v2", STRANGER, functionName="elsewhere")),
    ("code-changed-outside-deployment", False, call("lambda", "GetFunction20150331v2", STRANGER, functionName="strongroom-test-processor")),
    (
        "code-changed-outside-deployment", False,
        call("lambda", "Invoke", STRANGER, functionName="strongroom-test-processor") | {"eventCategory": "Data"},
    ),
    ("queues-changed-outside-deployment", True, call("sqs", "PurgeQueue", STRANGER, queueUrl=f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/work-1")),
    ("queues-changed-outside-deployment", True, call("sqs", "SetQueueAttributes", STRANGER, queueUrl=f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/work-1-dead")),
    ("queues-changed-outside-deployment", False, call("sqs", "PurgeQueue", STRANGER, queueUrl=f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/elsewhere")),
    ("queues-changed-outside-deployment", False, call("sqs", "SetQueueAttributes", DEPLOYER, queueUrl=f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/work-1")),
    # Alarms, topics and subscriptions.
    ("alarms-changed-outside-deployment", True, call("monitoring", "DeleteAlarms", STRANGER, alarmNames=["x", "strongroom-test-dead-letters"])),
    ("alarms-changed-outside-deployment", True, call("monitoring", "DisableAlarmActions", STRANGER, alarmNames=["strongroom-test-dead-letters"])),
    ("alarms-changed-outside-deployment", True, call("monitoring", "PutMetricAlarm", STRANGER, alarmName="strongroom-test-dead-letters")),
    ("alarms-changed-outside-deployment", True, call("monitoring", "SetAlarmState", BREAK_GLASS, alarmName="strongroom-test-dead-letters")),
    ("alarms-changed-outside-deployment", True, call("sns", "Subscribe", STRANGER, topicArn=f"arn:aws:sns:{REGION}:{ACCOUNT}:strongroom-test-page")),
    ("alarms-changed-outside-deployment", True, call("sns", "Unsubscribe", ANONYMOUS, subscriptionArn=SUBSCRIPTION)),
    ("alarms-changed-outside-deployment", True, call("sns", "SetSubscriptionAttributes", STRANGER, subscriptionArn=SUBSCRIPTION)),
    ("alarms-changed-outside-deployment", True, call("sns", "DeleteTopic", STRANGER, topicArn=f"arn:aws:sns:{REGION}:{ACCOUNT}:strongroom-test-ticket")),
    ("alarms-changed-outside-deployment", False, call("monitoring", "PutMetricAlarm", DEPLOYER, alarmName="strongroom-test-dead-letters")),
    ("alarms-changed-outside-deployment", False, call("monitoring", "PutMetricAlarm", STRANGER, alarmName="elsewhere")),
    ("alarms-changed-outside-deployment", False, call("monitoring", "DescribeAlarms", STRANGER, alarmNames=["strongroom-test-dead-letters"])),
    ("alarms-changed-outside-deployment", False, call("sns", "Subscribe", STRANGER, topicArn=f"arn:aws:sns:{REGION}:{ACCOUNT}:elsewhere")),
    ("alarms-changed-outside-deployment", False, call("sns", "ListSubscriptionsByTopic", STRANGER, topicArn=f"arn:aws:sns:{REGION}:{ACCOUNT}:strongroom-test-page")),
    # Deployments.
    ("deployment-changed-guardrails", True, bucket("PutBucketPolicy", DEPLOYER)),
    ("deployment-changed-guardrails", True, call("iam", "PutRolePolicy", DEPLOYER, roleName="r")),
    ("deployment-changed-guardrails", True, call("ec2", "CreateRoute", DEPLOYER, routeTableId="rtb-0a1")),
    ("deployment-changed-guardrails", False, bucket("PutBucketPolicy", STRANGER)),
    ("deployment-changed-guardrails", False, bucket("GetBucketPolicy", DEPLOYER)),
    ("deployment-changed-guardrails", False, on_object("PutObject", DEPLOYER)),
    ("deployment-changed-guardrails", False, bucket("PutBucketPolicy", assumed(role("deploy")))),
    # DNS queries: lines of the resolver's query log.
    ("dns-queries-blocked", True, {"version": "1.1", "query_name": "x.example.", "rcode": "NOERROR", "firewall_rule_action": "BLOCK"}),
    ("dns-queries-blocked", False, {"version": "1.1", "query_name": "s3.example.", "rcode": "NOERROR", "firewall_rule_action": "ALLOW"}),
    ("dns-queries-blocked", False, {"version": "1.1", "query_name": "s3.example.", "rcode": "NOERROR"}),
    # The same conditions on further buckets, tables, functions and services.
    ("unauthorised-input-reads", True, on_object("SelectObjectContent", STRANGER, "data-input-1")),
    ("unauthorised-input-reads", True, on_object("CopyObject", STRANGER, "elsewhere", **{"x-amz-copy-source": "/data-input-1/k"})),
    ("unauthorised-input-reads", False, on_object("GetObject", STRANGER, "data-input-1", error="AccessDenied")),
    ("unauthorised-quarantine-reads", True, on_object("SelectObjectContent", STRANGER, "data-quarantine-1")),
    ("unauthorised-quarantine-reads", True, on_object("CopyObject", STRANGER, "x", **{"x-amz-copy-source": "data-quarantine-1/k"})),
    ("unauthorised-quarantine-reads", False, on_object("GetObject", STRANGER, "data-quarantine-1", error="AccessDenied")),
    ("unauthorised-quarantine-reads", False, on_object("PutObject", STRANGER, "data-quarantine-1")),
    ("unauthorised-quarantine-reads", False, on_object("GetObject", STRANGER)),
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
    ("record-buckets-changed-outside-deployment", True, bucket("PutBucketPolicy", STRANGER, "data-input-1")),
    ("record-buckets-changed-outside-deployment", True, bucket("PutBucketPolicy", STRANGER, "data-quarantine-1")),
    ("other-buckets-changed-outside-deployment", True, bucket("DeleteBucketPolicy", STRANGER, "data-access-logs-1")),
    ("other-buckets-changed-outside-deployment", False, bucket("GetBucketPolicy", STRANGER, "data-audit-1")),
    ("other-buckets-changed-outside-deployment", False, bucket("PutBucketPolicy", STRANGER, "elsewhere")),
    ("key-disabled-or-deleted", True, on_key("DeleteImportedKeyMaterial", STRANGER)),
    ("key-changed-outside-deployment", True, on_key("RevokeGrant", STRANGER)),
    ("trail-stopped", False, call("logs", "PutRetentionPolicy", STRANGER, logGroupName="/aws/cloudtrail/strongroom-test")),
    ("trail-stopped", False, call("logs", "DeleteDestination", STRANGER, destinationName="strongroom-test")),
    ("trail-stopped", False, call("cloudtrail", "DeleteChannel", STRANGER, channel="/aws/cloudtrail/strongroom-test")),
    ("trail-changed-outside-deployment", False, call("cloudtrail", "GetTrailStatus", STRANGER, name="strongroom-test")),
    ("trail-changed-outside-deployment", False, call("events", "DisableRule", STRANGER, name="strongroom-test")),
    ("trail-changed-outside-deployment", False, call("logs", "PutRetentionPolicy", STRANGER, logGroupName="/aws/cloudtrail/strongroom-test-2")),
    ("logs-changed-outside-deployment", False, call("logs", "DescribeLogStreams", STRANGER, logGroupName="/aws/cloudtrail/strongroom-test")),
    *(
        case
        for group in (
            "/aws/lambda/strongroom-test-processor", "/aws/lambda/strongroom-test-reconciler", "/aws/lambda/strongroom-test-attestor",
            "/aws/route53/strongroom-test-dns", "/strongroom-test/flow",
        )
        for case in (
            ("logs-changed-outside-deployment", True, call("logs", "PutRetentionPolicy", STRANGER, logGroupName=group)),
            ("trail-stopped", True, call("logs", "DeleteLogGroup", DEPLOYER, logGroupName=group)),
        )
    ),
    ("endpoint-requests-denied", False, event("s3", "GetObject", FOREIGN, vpcEndpointId="vpce-0a1", eventCategory="NetworkActivity")),
    ("code-changed-outside-deployment", True, call("lambda", "UpdateFunctionConfiguration20150331v2", STRANGER, functionName="strongroom-test-attestor")),
    *(
        (
            "code-changed-outside-deployment", True,
            event(
                "lambda", "DeleteEventSourceMapping20150331", STRANGER, requestParameters={"uUID": "u"},
                responseElements={"functionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:strongroom-test-{name}"},
            ),
        )
        for name in ("reconciler", "attestor")
    ),
    *(
        ("queues-changed-outside-deployment", name != "SendMessage", call("sqs", name, STRANGER, queueUrl=f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/work-1"))
        for name in ("AddPermission", "RemovePermission", "DeleteQueue", "SendMessage")
    ),
    *(
        ("deployment-changed-guardrails", service != "ecs", call(service, name, DEPLOYER))
        for service, name in (
            ("s3", "CreateBucket"), ("iam", "CreateRole"), ("ec2", "CreateVpc"), ("kms", "CreateKey"), ("cloudtrail", "UpdateTrail"),
            ("dynamodb", "UpdateTable"), ("sns", "CreateTopic"), ("monitoring", "PutMetricAlarm"), ("logs", "PutMetricFilter"),
            ("lambda", "CreateFunction20150331"), ("route53resolver", "UpdateFirewallConfig"), ("ecs", "CreateCluster"),
        )
    ),
    *(
        ("alarms-changed-outside-deployment", True, call("sns", name, STRANGER, topicArn=f"arn:aws:sns:{REGION}:{ACCOUNT}:strongroom-test-page"))
        for name in ("AddPermission", "SetTopicAttributes")
    ),
    ("alarms-changed-outside-deployment", True, call("sns", "PutDataProtectionPolicy", STRANGER, resourceArn=f"arn:aws:sns:{REGION}:{ACCOUNT}:strongroom-test-page")),
    ("alarms-changed-outside-deployment", False, call("sns", "TagResource", STRANGER, resourceArn=f"arn:aws:sns:{REGION}:{ACCOUNT}:strongroom-test-page")),
    ("alarms-changed-outside-deployment", False, call("events", "PutRule", STRANGER, name="strongroom-test-page")),
]  # fmt: skip
