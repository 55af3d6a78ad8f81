"""Each control is broken by hand in a house that is well: the next run names it, and nothing else."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from lambdas.attestor.controls import CONTROLS
from lambdas.attestor.handler import handle
from tests.lambdas.attestor import house as made
from tests.lambdas.attestor.conftest import context
from tests.lambdas.attestor.house import House

Break = Callable[[House], object]
OPEN = {"Sid": "Open", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "*", "Resource": "*"}


def attest(house: House) -> dict[str, Any]:
    pointer = made.pointer(house.client("s3"), house.content())
    return handle({"expected_state": pointer, "trigger": "schedule"}, context())


def of(evidence: dict[str, Any], verdict: str) -> list[str]:
    return [one["control"] for one in evidence["controls"] if one["verdict"] == verdict]


def bucket(operation: str, **parameters: Any) -> Break:
    return lambda house: getattr(house.client("s3"), operation)(Bucket=house.ids["bucket"], **parameters)


def queue(name: str, value: object) -> Break:
    return lambda house: house.client("sqs").set_queue_attributes(
        QueueUrl=house.ids["queue"], Attributes={name: value if isinstance(value, str) else json.dumps(value)}
    )


def topic(name: str, value: str) -> Break:
    return lambda house: house.client("sns").set_topic_attributes(
        TopicArn=house.ids["topic"], AttributeName=name, AttributeValue=value
    )


def function(operation: str, **parameters: Any) -> Break:
    return lambda house: getattr(house.client("lambda"), operation)(FunctionName="house-function", **parameters)


def ec2(change: Callable[[Any, str], object]) -> Break:
    return lambda house: change(house.client("ec2"), house.ids["vpc"])


def trail(**parameters: Any) -> Break:
    return lambda house: house.client("cloudtrail").update_trail(Name="house", **parameters)


def selectors(**parameters: Any) -> Break:
    return lambda house: house.client("cloudtrail").put_event_selectors(TrailName="house", **parameters)


def role(operation: str, **parameters: Any) -> Break:
    return lambda house: getattr(house.client("iam"), operation)(RoleName="worker", **parameters)


def inline(name: str, *statements: dict[str, Any]) -> Break:
    return role("put_role_policy", PolicyName=name, PolicyDocument=json.dumps(made.policy(*statements)))


def delete_role(house: House) -> None:
    iam = house.client("iam")
    for name in ("first", "second"):
        iam.delete_role_policy(RoleName="worker", PolicyName=name)
    iam.detach_role_policy(RoleName="worker", PolicyArn=f"arn:aws:iam::{made.ACCOUNT}:policy/house-extra")
    iam.delete_role(RoleName="worker")


def attach_gateway(client: Any, vpc: str) -> None:
    gateway = client.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    client.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)


def attach_egress_gateway(client: Any, vpc: str) -> None:
    client.create_egress_only_internet_gateway(VpcId=vpc)


def add_nat(client: Any, vpc: str) -> None:
    subnet = client.create_subnet(VpcId=vpc, CidrBlock="10.0.9.0/24")["Subnet"]["SubnetId"]
    client.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")


def add_route(block: str) -> Callable[[Any, str], None]:
    def change(client: Any, vpc: str) -> None:
        table = made.main_table(client, vpc)
        client.create_route(RouteTableId=table, DestinationCidrBlock=block, TransitGatewayId="tgw-0123456789abcdef0")

    return change


def open_default_group(client: Any, vpc: str) -> None:
    group = made.default_group(client, vpc)["GroupId"]
    client.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0")


def stop_flow_logs(client: Any, vpc: str) -> None:
    logs = client.describe_flow_logs(Filter=[{"Name": "resource-id", "Values": [vpc]}])["FlowLogs"]
    client.delete_flow_logs(FlowLogIds=[one["FlowLogId"] for one in logs])


def delete_vpc(client: Any, vpc: str) -> None:
    for group in client.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]:
        if group["GroupName"] != "default":
            client.delete_security_group(GroupId=group["GroupId"])
    client.delete_vpc(VpcId=vpc)


def weaken_deny(house: House) -> None:
    """Keep the statement's name and effect, and take away what it catches."""
    weak = {
        **made.deny_plain_http("arn:aws:s3:::house-records/*", "s3:*"),
        "Condition": {"Bool": {"aws:SecureTransport": "true"}},
    }
    house.client("s3").put_bucket_policy(Bucket=house.ids["bucket"], Policy=json.dumps(made.policy(weak)))


def recreate_group(house: House) -> None:
    """Do what a function does that may create log groups, and finds none."""
    logs = house.client("logs")
    logs.delete_log_group(logGroupName="/house")
    logs.create_log_group(logGroupName="/house")
    logs.put_retention_policy(logGroupName="/house", retentionInDays=3653)


def replace_code(house: House) -> None:
    house.client("lambda").update_function_code(FunctionName="house-function", ZipFile=made.code("meant = False"))


BREAKS: list[tuple[str, Break, str]] = [
    ("s3-default-encryption", bucket("put_bucket_encryption", ServerSideEncryptionConfiguration=made.encryption("AES256")), "AES256"),
    ("s3-bucket-key", lambda house: bucket("put_bucket_encryption", ServerSideEncryptionConfiguration=made.encryption("aws:kms", house.ids["key"], bucket_key=False))(house), "false"),
    ("s3-versioning", bucket("put_bucket_versioning", VersioningConfiguration={"Status": "Suspended"}), "Suspended"),
    ("s3-public-access-block", bucket("put_public_access_block", PublicAccessBlockConfiguration={**made.BLOCKED, "BlockPublicPolicy": False}), '"BlockPublicPolicy": false'),
    ("s3-public-access-block", bucket("delete_public_access_block"), "null"),
    ("s3-ownership", bucket("put_bucket_ownership_controls", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}), "ObjectWriter"),
    ("s3-object-lock", bucket("put_object_lock_configuration", ObjectLockConfiguration=made.lock("GOVERNANCE", 10)), "GOVERNANCE"),
    ("s3-object-lock", bucket("put_object_lock_configuration", ObjectLockConfiguration=made.lock("COMPLIANCE", 1)), '"years": 1'),
    ("s3-lifecycle", bucket("put_bucket_lifecycle_configuration", LifecycleConfiguration=made.lifecycle(30)), "expire after 30 days"),
    ("s3-lifecycle", bucket("delete_bucket_lifecycle"), "[]"),
    ("s3-policy", bucket("delete_bucket_policy"), "null"),
    ("s3-policy", bucket("put_bucket_policy", Policy=json.dumps(made.policy(OPEN))), "111122223333"),
    ("s3-policy", weaken_deny, '"true"'),
    ("s3-access-log", bucket("put_bucket_logging", BucketLoggingStatus={}), "null"),
    ("kms-enabled", lambda house: house.client("kms").disable_key(KeyId=house.resources[1]["id"]), "Disabled"),
    ("kms-enabled", lambda house: house.client("kms").schedule_key_deletion(KeyId=house.resources[1]["id"]), "PendingDeletion"),
    ("kms-rotation", lambda house: house.client("kms").disable_key_rotation(KeyId=house.ids["key"]), "null"),
    ("kms-rotation", lambda house: house.client("kms").enable_key_rotation(KeyId=house.ids["key"], RotationPeriodInDays=2560), "2560"),
    ("kms-policy", lambda house: house.client("kms").put_key_policy(KeyId=house.ids["key"], Policy=json.dumps(made.policy(OPEN))), "111122223333"),
    ("dynamodb-encryption", lambda house: house.client("dynamodb").update_table(TableName="house-table", SSESpecification={"Enabled": False}), "null"),
    ("dynamodb-point-in-time-recovery", lambda house: made.recover(house.client("dynamodb"), on=False), "false"),
    ("dynamodb-deletion-protection", lambda house: house.client("dynamodb").update_table(TableName="house-table", DeletionProtectionEnabled=False), "false"),
    ("sqs-encryption", queue("KmsMasterKeyId", "alias/aws/sqs"), "alias/aws/sqs"),
    ("sqs-redrive", queue("RedrivePolicy", {"deadLetterTargetArn": f"arn:aws:sqs:{made.REGION}:{made.ACCOUNT}:house-dead", "maxReceiveCount": 900}), "900"),
    ("sqs-policy", queue("Policy", made.policy({**OPEN, "Action": "sqs:*"})), "111122223333"),
    ("sns-encryption", topic("KmsMasterKeyId", "alias/aws/sns"), "alias/aws/sns"),
    ("sns-policy", topic("Policy", json.dumps(made.policy({**OPEN, "Action": "sns:Publish"}))), "111122223333"),
    ("sns-subscriptions", lambda house: house.client("sns").subscribe(TopicArn=house.ids["topic"], Protocol="email", Endpoint="thief@example.com"), "email thief@example.com"),
    ("sns-subscriptions", lambda house: house.client("sns").unsubscribe(SubscriptionArn=house.client("sns").list_subscriptions()["Subscriptions"][0]["SubscriptionArn"]), "{}"),
    ("logs-retention", lambda house: house.client("logs").put_retention_policy(logGroupName="/house", retentionInDays=30), "30"),
    ("logs-retention", lambda house: house.client("logs").delete_retention_policy(logGroupName="/house"), "null"),
    ("logs-encryption", recreate_group, "null"),
    ("alarm-actions-enabled", lambda house: house.client("cloudwatch").disable_alarm_actions(AlarmNames=["house-dead"]), "false"),
    ("alarm-actions", lambda house: made.put_alarm(house.client("cloudwatch"), []), "[]"),
    ("lambda-code", replace_code, ""),
    ("lambda-network", function("update_function_configuration", VpcConfig={"SubnetIds": [], "SecurityGroupIds": []}), "null"),
    ("lambda-environment-key", function("update_function_configuration", KMSKeyArn=""), "null"),
    ("lambda-role", function("update_function_configuration", Role=f"arn:aws:iam::{made.ACCOUNT}:role/other"), "role/other"),
    ("iam-role-policy", inline("third", made.statement("More", "Allow", "s3:*")), "s3:*"),
    ("iam-role-policy", inline("second", made.statement("Read", "Allow", "s3:*")), "s3:*"),
    ("iam-role-policy", role("delete_role_policy", PolicyName="first"), '"Read"'),
    ("iam-role-trust", role("update_assume_role_policy", PolicyDocument=json.dumps(made.policy(made.TRUSTED, {**made.TRUSTED, "Principal": {"AWS": "111122223333"}}))), "111122223333"),
    ("iam-role-trust", role("update_assume_role_policy", PolicyDocument=json.dumps(made.policy({**made.TRUSTED, "Action": "sts:*"}))), "sts:*"),
    ("iam-role-managed-policies", role("attach_role_policy", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"), "AdministratorAccess"),
    ("iam-role-managed-policies", role("detach_role_policy", PolicyArn=f"arn:aws:iam::{made.ACCOUNT}:policy/house-extra"), "[]"),
    ("iam-role-boundary", role("delete_role_permissions_boundary"), "null"),
    ("iam-role-boundary", role("put_role_permissions_boundary", PermissionsBoundary=f"arn:aws:iam::{made.ACCOUNT}:policy/house-extra"), "house-extra"),
    ("vpc-internet-gateways", ec2(attach_gateway), "igw-"),
    ("vpc-internet-gateways", ec2(attach_egress_gateway), "eigw-"),
    ("vpc-nat-gateways", ec2(add_nat), "nat-"),
    ("vpc-routes", ec2(add_route("0.0.0.0/0")), "0.0.0.0/0 to tgw-"),
    ("vpc-routes", ec2(add_route("128.0.0.0/1")), "128.0.0.0/1 to tgw-"),
    ("vpc-default-group", ec2(open_default_group), "in, tcp 22-22: 0.0.0.0/0"),
    ("vpc-flow-logs", ec2(stop_flow_logs), "[]"),
    ("cloudtrail-validation", trail(EnableLogFileValidation=False), "false"),
    ("cloudtrail-encryption", trail(KmsKeyId=""), "null"),
    ("cloudtrail-event-selectors", selectors(AdvancedEventSelectors=made.SELECTORS[:1]), '{"Control planes"'),
    ("cloudtrail-event-selectors", selectors(AdvancedEventSelectors=[made.SELECTORS[0], {**made.SELECTORS[1], "FieldSelectors": [{"Field": "resources.ARN", "StartsWith": ["arn:a/"]}, {"Field": "eventCategory", "Equals": ["Data"]}]}]), '["arn:a/"]'),
    ("cloudtrail-event-selectors", selectors(EventSelectors=[{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]), "WriteOnly"),
    ("cloudtrail-destination", trail(S3BucketName="house-access-log"), "house-access-log"),
]  # fmt: skip


def test_in_a_house_that_is_well_everything_passes_but_what_is_waited_for(client: Callable[[str], Any]) -> None:
    evidence = attest(House(client).build())
    assert (of(evidence, "fail"), of(evidence, "pending")) == ([], ["cloudtrail-delivery"])
    assert len(of(evidence, "pass")) > len(CONTROLS)


@pytest.mark.parametrize(
    ("control", "breaking", "shown"), BREAKS, ids=[f"{one[0]}-{n}" for n, one in enumerate(BREAKS)]
)
def test_what_is_broken_by_hand_is_named_with_expected_and_found(
    control: str, breaking: Break, shown: str, client: Callable[[str], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    house = House(client).build()
    breaking(house)
    evidence = attest(house)
    assert of(evidence, "fail") == [control]
    (entry,) = [one for one in evidence["controls"] if one["verdict"] == "fail"]
    assert shown in json.dumps(entry["found"])
    assert entry["expected"] != entry["found"]
    (line,) = [one for one in capsys.readouterr().out.splitlines() if '"control fail"' in one]
    assert {"control": control, "resource": entry["resource"]}.items() <= json.loads(line).items()


def test_a_stopped_trail_neither_records_nor_will_it_deliver(client: Callable[[str], Any]) -> None:
    house = House(client).build()
    house.client("cloudtrail").stop_logging(Name="house")
    assert of(attest(house), "fail") == ["cloudtrail-logging", "cloudtrail-delivery"]


def test_every_control_that_the_emulator_can_break_is_broken_here() -> None:
    # The policy of an endpoint, which the emulator forgets, is read in test_readers.py.
    others = {"cloudtrail-logging", "cloudtrail-delivery", "vpc-endpoint-policy"}
    assert {control.id for control in CONTROLS} - others == {one[0] for one in BREAKS}


GONE: list[tuple[str, Break]] = [
    ("bucket", bucket("delete_bucket")),
    ("table", lambda house: (house.client("dynamodb").update_table(TableName="house-table", DeletionProtectionEnabled=False), house.client("dynamodb").delete_table(TableName="house-table"))),
    ("queue", lambda house: house.client("sqs").delete_queue(QueueUrl=house.ids["queue"])),
    ("topic", lambda house: house.client("sns").delete_topic(TopicArn=house.ids["topic"])),
    ("log-group", lambda house: house.client("logs").delete_log_group(logGroupName="/house")),
    ("alarm", lambda house: house.client("cloudwatch").delete_alarms(AlarmNames=["house-unhealthy"])),
    ("function", function("delete_function")),
    ("role", delete_role),
    ("trail", lambda house: house.client("cloudtrail").delete_trail(Name="house")),
    ("vpc", ec2(delete_vpc)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "deleting"), GONE, ids=[one[0] for one in GONE])
def test_of_a_resource_that_is_gone_every_control_fails_and_says_why(
    kind: str, deleting: Break, client: Callable[[str], Any]
) -> None:
    house = House(client).build()
    deleting(house)
    failed = [one for one in attest(house)["controls"] if one["verdict"] == "fail"]
    assert {one["control"] for one in failed} == {control.id for control in CONTROLS if control.kind == kind}
    assert {one["resource"] for one in failed} == {house.ids[kind]}
    assert all("could not be read: " in one["reason"] for one in failed)
