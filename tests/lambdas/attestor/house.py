"""A small deployment, made with boto3, and the expected state that it fulfils."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from lambdas.attestor.controls import KINDS
from lambdas.attestor.controls.control import STATED_BY_COMPONENT

REGION = "us-east-1"
ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/worker"
AUDIT = "house-audit"
BLOCKED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)

TRUSTED = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
CONDITION = {
    "metric": "Sum of n m() in 60 s", "evaluation": "1 of 1 periods",
    "threshold": "GreaterThanThreshold 1", "missing_data": "notBreaching",
}  # fmt: skip
"""What the alarm house-dead watches."""
SELECTORS = [
    {"Name": "Control planes", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]},
    {
        "Name": "Objects",
        "FieldSelectors": [
            {"Field": "resources.ARN", "StartsWith": ["arn:b/", "arn:a/"]},
            {"Field": "eventCategory", "Equals": ["Data"]},
        ],
    },
]


def policy(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def deny_plain_http(resource: str, action: str) -> dict[str, Any]:
    return {
        "Sid": "DenyPlainHttp", "Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }  # fmt: skip


def statement(sid: str, effect: str, action: str = "s3:GetObject") -> dict[str, Any]:
    return {"Sid": sid, "Effect": effect, "Action": action, "Resource": "*"}


def code(text: str) -> bytes:
    """Return a zip of one module; the same text gives the same bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo("module.py", (2026, 1, 1, 0, 0, 0)), text)
    return content.getvalue()


@dataclass
class House:
    """A resource of each kind that the attestor reads, and a key without rotation."""

    client: Callable[[str], Any]
    resources: list[dict[str, Any]] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)

    def expect(self, kind: str, identity: str, **expected: Any) -> None:
        """Add the expected state of a resource; `_` stands for the `-` of a control's id.

        Controls with a constant expected value need not be given.
        """
        constants = {
            control.id: control.expected for control in KINDS[kind] if control.expected is not STATED_BY_COMPONENT
        }
        values = constants | {name.replace("_", "-"): value for name, value in expected.items()}
        self.resources.append({"kind": kind, "id": identity, "expected": values})
        self.ids.setdefault(kind, identity)

    def resources_of(self, kind: str, identity: str) -> dict[str, Any]:
        """Return the expected values of a resource, by control."""
        (expected,) = [
            entry["expected"] for entry in self.resources if (entry["kind"], entry["id"]) == (kind, identity)
        ]
        values: dict[str, Any] = expected
        return values

    def content(self) -> bytes:
        return json.dumps({"schema": 1, "resources": self.resources}).encode()

    def build(self) -> "House":
        key = self._keys()
        self._bucket(key)
        self._table(key)
        queue = self._queues(key)
        self._topic(key, queue)
        self._group(key)
        self._alarms()
        self._role()
        self._function(key)
        self._invocations(queue)
        self._network()
        self._trail(key)
        return self

    def _keys(self) -> str:
        kms = self.client("kms")
        root = {
            "Sid": "Root",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "kms:*",
            "Resource": "*",
        }
        key: str = kms.create_key(Policy=json.dumps(policy(root)))["KeyMetadata"]["Arn"]
        kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=365)
        # The same, written differently.
        same = {**root, "Principal": {"AWS": ACCOUNT}, "Action": ["KMS:*"]}
        self.expect("key", key, kms_enabled="Enabled", kms_rotation=365, kms_policy=policy(same))
        mac = kms.create_key(KeyUsage="GENERATE_VERIFY_MAC", KeySpec="HMAC_256", Policy=json.dumps(policy(root)))
        self.expect("key", mac["KeyMetadata"]["Arn"], kms_enabled="Enabled", kms_rotation=None, kms_policy=policy(root))
        return key

    def _bucket(self, key: str) -> None:
        s3 = self.client("s3")
        name, log = "house-records", "house-access-log"
        document = policy(deny_plain_http(f"arn:aws:s3:::{name}/*", "s3:*"))
        s3.create_bucket(Bucket=log)
        s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=encryption("aws:kms", key))
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=BLOCKED)
        s3.put_bucket_ownership_controls(
            Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        )
        s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=lock("COMPLIANCE", 10))
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration=lifecycle(90))
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps(document))
        s3.put_bucket_logging(
            Bucket=name, BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": log, "TargetPrefix": "r/"}}
        )
        self.expect(
            "bucket", name,
            s3_default_encryption={"algorithm": "aws:kms", "key": key}, s3_bucket_key=True, s3_versioning="Enabled",
            s3_public_access_block=BLOCKED, s3_ownership="BucketOwnerEnforced",
            s3_object_lock={"mode": "COMPLIANCE", "years": 10},
            s3_lifecycle=["expire after 90 days", "abort uploads after 7 days"],
            s3_policy=document, s3_access_log=log,
        )  # fmt: skip

    def _table(self, key: str) -> None:
        dynamodb = self.client("dynamodb")
        dynamodb.create_table(
            TableName="house-table", BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}, DeletionProtectionEnabled=True,
        )  # fmt: skip
        recover(dynamodb, on=True)
        arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/house-table"
        document = policy(
            {"Sid": "Use", "Effect": "Deny", "Principal": "*", "Action": "dynamodb:Query", "Resource": arn}
        )
        dynamodb.put_resource_policy(ResourceArn=arn, Policy=json.dumps(document))
        self.expect(
            "table", "house-table", dynamodb_policy=document,
            dynamodb_encryption=key, dynamodb_point_in_time_recovery=True, dynamodb_deletion_protection=True,
        )  # fmt: skip

    def _queues(self, key: str) -> str:
        sqs = self.client("sqs")
        arns = {name: f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}" for name in ("house-work", "house-dead")}
        sqs.create_queue(QueueName="house-dead")
        redrive = {"deadLetterTargetArn": arns["house-dead"], "maxReceiveCount": 5}
        document = policy(deny_plain_http(arns["house-work"], "sqs:*"))
        attributes = {"KmsMasterKeyId": key, "RedrivePolicy": json.dumps(redrive), "Policy": json.dumps(document)}
        url = sqs.create_queue(QueueName="house-work", Attributes=attributes)["QueueUrl"]
        self.expect(
            "queue", url,
            sqs_encryption=key, sqs_redrive={"target": arns["house-dead"], "receives": 5}, sqs_policy=document,
        )  # fmt: skip
        return arns["house-work"]

    def _topic(self, key: str, queue: str) -> None:
        sns = self.client("sns")
        arn = f"arn:aws:sns:{REGION}:{ACCOUNT}:house-page"
        document = policy(deny_plain_http(arn, "sns:Publish"))
        sns.create_topic(Name="house-page", Attributes={"KmsMasterKeyId": key, "Policy": json.dumps(document)})
        sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue)
        self.expect(
            "topic", arn, sns_encryption=key, sns_policy=document, sns_subscriptions={f"sqs {queue}": "confirmed"}
        )

    def _group(self, key: str) -> None:
        logs = self.client("logs")
        for name in ("/house", "/house/other"):
            logs.create_log_group(logGroupName=name, kmsKeyId=key)
        logs.put_retention_policy(logGroupName="/house", retentionInDays=3653)
        self.expect("log-group", "/house", logs_retention=3653, logs_encryption=key)
        put_filter(logs)
        self.expect(
            "metric-filter", "/house:house-deletions",
            logs_metric_filter={"pattern": '{$.eventName="DeleteTrail"}', "metrics": ["house deletions 1"]},
        )  # fmt: skip

    def _alarms(self) -> None:
        cloudwatch = self.client("cloudwatch")
        actions = [f"arn:aws:sns:{REGION}:{ACCOUNT}:house-page", f"arn:aws:sns:{REGION}:{ACCOUNT}:house-ticket"]
        put_alarm(cloudwatch, actions)
        cloudwatch.put_composite_alarm(
            AlarmName="house-unhealthy", AlarmRule='ALARM("house-dead")', AlarmActions=actions
        )
        conditions = {
            "house-unhealthy": {"rule": 'ALARM("house-dead")'},
            "house-dead": CONDITION,
        }
        for name, condition in conditions.items():
            self.expect(
                "alarm",
                name,
                alarm_actions_enabled=True,
                alarm_actions=actions[::-1],
                alarm_condition=condition,
                alarm_expression=None,
            )

    def _role(self) -> None:
        iam = self.client("iam")
        trust, reading, denying = policy(TRUSTED), statement("Read", "Allow"), statement("Keep", "Deny")
        arns = {
            name: iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(policy(reading)))["Policy"]["Arn"]
            for name in ("house-bound", "house-extra")
        }
        iam.create_role(
            RoleName="worker", AssumeRolePolicyDocument=json.dumps(trust), PermissionsBoundary=arns["house-bound"]
        )
        # The expected document may be spread over several inline policies.
        for name, entry in (("first", denying), ("second", reading)):
            iam.put_role_policy(RoleName="worker", PolicyName=name, PolicyDocument=json.dumps(policy(entry)))
        iam.attach_role_policy(RoleName="worker", PolicyArn=arns["house-extra"])
        self.expect(
            "role", "worker",
            iam_role_policy=policy(reading, denying), iam_role_trust=trust,
            iam_role_managed_policies=[arns["house-extra"]], iam_role_boundary=arns["house-bound"],
        )  # fmt: skip

    def _function(self, key: str) -> None:
        ec2 = self.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
        subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.1.{n}.0/24")["Subnet"]["SubnetId"] for n in (0, 1)]
        group = ec2.create_security_group(GroupName="function", Description="function", VpcId=vpc)["GroupId"]
        functions = self.client("lambda")
        made = {
            name: functions.create_function(
                FunctionName=name, Runtime="python3.13", Handler="module.handle", Role=ROLE, Publish=name == "house-released",
                Code={"ZipFile": code("expected = True")}, KMSKeyArn=key, Environment={"Variables": {"A": "b"}},
                VpcConfig={"SubnetIds": subnets, "SecurityGroupIds": [group]},
            )
            for name in ("house-function", "house-released")
        }  # fmt: skip
        functions.create_alias(FunctionName="house-released", Name="live", FunctionVersion="1")
        live = {"live": {"version": "1", "other_versions": {}}}
        for name, aliases in {"house-function": {}, "house-released:live": live}.items():
            self.expect(
                "function", name,
                lambda_code=made[name.partition(":")[0]]["CodeSha256"],
                lambda_network={"subnets": subnets[::-1], "security_groups": [group]},
                lambda_environment_key=key, lambda_role=ROLE, lambda_alias=aliases,
            )  # fmt: skip

    def _invocations(self, queue: str) -> None:
        """Let a queue and a schedule invoke the function, and a bucket notify the queue."""
        function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:house-function"
        mapping = self.client("lambda").create_event_source_mapping(
            EventSourceArn=queue, FunctionName="house-function", ScalingConfig={"MaximumConcurrency": 5},
            FunctionResponseTypes=["ReportBatchItemFailures"],
        )  # fmt: skip
        self.expect(
            "event-source", mapping["UUID"],
            lambda_event_source={
                "state": "Enabled", "source": queue, "function": function, "concurrency": 5, "reports": ["ReportBatchItemFailures"],
            },
        )  # fmt: skip
        notify(self.client("s3"), queue)
        copy(self.client("s3"))
        rule = {
            "scope": "all objects", "destination": "arn:aws:s3:::house-copies", "account": None, "key": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/copies",
            "storage_class": None, "encrypted_objects": "Enabled", "delete_markers": "Disabled", "replica_modifications": "Disabled",
            "minutes": 15, "metrics": "Enabled",
        }  # fmt: skip
        self.expect("replication", "house-records", s3_replication={"role": ROLE, "rules": [rule]})
        self.expect("notification", "house-records", s3_notification=[f"s3:ObjectCreated:* to {queue}"])
        scheduler = self.client("scheduler")
        scheduler.create_schedule_group(Name="house")
        scheduler.create_schedule(**schedule(function))
        self.expect(
            "schedule", "house/daily",
            scheduler_schedule={"state": "ENABLED", "expression": "rate(1 day)", "target": function, "role": ROLE},
        )  # fmt: skip

    def _network(self) -> None:
        ec2 = self.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        group = default_group(ec2, vpc)
        ec2.revoke_security_group_egress(GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"])
        ec2.create_security_group(GroupName="open", Description="not the default one", VpcId=vpc)
        closed = ec2.create_security_group(GroupName="closed", Description="from another group", VpcId=vpc)["GroupId"]
        egress = ec2.describe_security_groups(GroupIds=[closed])["SecurityGroups"][0]["IpPermissionsEgress"]
        ec2.revoke_security_group_egress(GroupId=closed, IpPermissions=egress)
        ec2.authorize_security_group_ingress(GroupId=closed, IpPermissions=[https_from(group["GroupId"])])
        self.expect("security-group", closed, ec2_security_group=[f"in, tcp 443-443: {group['GroupId']}"])
        log_flows(ec2, vpc)
        self.expect(
            "vpc", vpc,
            vpc_internet_gateways=[], vpc_nat_gateways=[], vpc_routes=[], vpc_default_group=[],
            vpc_flow_logs=["ALL to arn:aws:s3:::house-flows"],
        )  # fmt: skip

    def _trail(self, key: str) -> None:
        cloudtrail = self.client("cloudtrail")
        self.client("s3").create_bucket(Bucket="house-trail")
        made = cloudtrail.create_trail(
            Name="house", S3BucketName="house-trail", EnableLogFileValidation=True, KmsKeyId=key
        )
        cloudtrail.put_event_selectors(TrailName="house", AdvancedEventSelectors=SELECTORS)
        cloudtrail.start_logging(Name="house")
        self.expect(
            "trail", made["TrailARN"],
            cloudtrail_logging=True, cloudtrail_validation=True, cloudtrail_encryption=key,
            cloudtrail_destination="house-trail", cloudtrail_log_group=None, cloudtrail_delivery="delivered",
            cloudtrail_event_selectors={
                "Objects": {"eventCategory Equals": ["Data"], "resources.ARN StartsWith": ["arn:a/", "arn:b/"]},
                "Control planes": {"eventCategory Equals": ["Management"]},
            },
        )  # fmt: skip


def encryption(algorithm: str, key: str | None = None, *, bucket_key: bool = True) -> dict[str, Any]:
    default = {"SSEAlgorithm": algorithm} | ({"KMSMasterKeyID": key} if key else {})
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": bucket_key}]}


def schedule(function: str, **changes: Any) -> dict[str, Any]:
    """Return the parameters of the schedule of a function."""
    return {
        "Name": "daily", "GroupName": "house", "ScheduleExpression": "rate(1 day)", "State": "ENABLED",
        "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": {"Arn": function, "RoleArn": ROLE}, **changes,
    }  # fmt: skip


def lock(mode: str, years: int) -> dict[str, Any]:
    return {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": mode, "Years": years}}}


def lifecycle(days: int) -> dict[str, Any]:
    rules: list[dict[str, Any]] = [
        {"ID": "aborted", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}},
        {"ID": "expire", "Expiration": {"Days": days}},
        {"ID": "off", "Expiration": {"Days": 1}, "Status": "Disabled"},
    ]
    return {"Rules": [{"Status": "Enabled", "Filter": {}, **rule} for rule in rules]}


def recover(dynamodb: Any, *, on: bool) -> None:
    dynamodb.update_continuous_backups(
        TableName="house-table", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": on}
    )


def put_alarm(cloudwatch: Any, actions: list[str], threshold: float = 1) -> None:
    cloudwatch.put_metric_alarm(
        AlarmName="house-dead", Namespace="n", MetricName="m", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=threshold,
        ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching", AlarmActions=actions,
    )  # fmt: skip


def put_filter(logs: Any, pattern: str = '{$.eventName="DeleteTrail"}', metric: str = "deletions") -> None:
    logs.put_metric_filter(
        logGroupName="/house", filterName="house-deletions", filterPattern=pattern,
        metricTransformations=[{"metricNamespace": "house", "metricName": metric, "metricValue": "1"}],
    )  # fmt: skip


def copy(s3: Any, minutes: int = 15) -> None:
    """Replicate the bucket with records to a bucket of copies."""
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket="house-copies")
    s3.put_bucket_versioning(Bucket="house-copies", VersioningConfiguration={"Status": "Enabled"})
    rule = {
        "ID": "replica", "Priority": 1, "Filter": {"Prefix": ""}, "Status": "Enabled", "DeleteMarkerReplication": {"Status": "Disabled"},
        "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
        "Destination": {
            "Bucket": "arn:aws:s3:::house-copies", "EncryptionConfiguration": {"ReplicaKmsKeyID": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/copies"},
            "ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": minutes}},
            "Metrics": {"Status": "Enabled", "EventThreshold": {"Minutes": 15}},
        },
    }  # fmt: skip
    s3.put_bucket_replication(Bucket="house-records", ReplicationConfiguration={"Role": ROLE, "Rules": [rule]})


def notify(s3: Any, *queues: str) -> None:
    configurations = [{"QueueArn": queue, "Events": ["s3:ObjectCreated:*"]} for queue in queues]
    s3.put_bucket_notification_configuration(
        Bucket="house-records", NotificationConfiguration={"QueueConfigurations": configurations}
    )


def default_group(ec2: Any, vpc: str) -> dict[str, Any]:
    chosen = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    (group,) = ec2.describe_security_groups(Filters=chosen)["SecurityGroups"]
    found: dict[str, Any] = group
    return found


def https_from(group: str) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": group}]}


def main_table(ec2: Any, vpc: str) -> str:
    (table,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    return str(table["RouteTableId"])


def log_flows(ec2: Any, vpc: str) -> None:
    ec2.create_flow_logs(
        ResourceIds=[vpc],
        ResourceType="VPC",
        TrafficType="ALL",
        LogDestinationType="s3",
        LogDestination="arn:aws:s3:::house-flows",
    )


def pointer(s3: Any, content: bytes, key: str = "attestation/house/expected-state.json") -> dict[str, str]:
    """Store an expected state; return the reference that an invocation names."""
    version = s3.put_object(Bucket=AUDIT, Key=key, Body=content)["VersionId"]
    return {"key": key, "version_id": version, "sha256": hashlib.sha256(content).hexdigest()}
