"""The roles of the processor and of deployments beside the calls that are really made."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bootstrap.deployment import deploy_permissions
from bootstrap.names import boundary_arn
from cli.processing import process_file
from cli.stack import REGION, EmulatedStack
from components.context import AwsContext
from tests.integration.work import idle, new_processes, notification
from tests.support.iam.evaluation import Policies, decide
from tests.support.iam.request import Request, aws
from tests.support.waiting import until

Client = Callable[[str], Any]
ROOT = Path(__file__).parents[2]

FUNCTIONS = "000000000000"
"""The key id under which the emulator's functions come."""
ACTIONS = {
    # The processor always names a version.
    "s3.amazonaws.com GetObject": "s3:GetObjectVersion",
    "s3.amazonaws.com HeadObject": "s3:GetObject",
    "s3.amazonaws.com PutObject": "s3:PutObject",
}
NOT_CALLED = {
    "dynamodb:UpdateItem": "lets go of a file whose processing failed midway",
    "s3:AbortMultipartUpload": "takes back a large upload that failed midway",
    "s3:ListBucket": "is no call of its own: S3 asks it to tell a missing object from a forbidden one",
    "kms:Decrypt": "is called by S3, DynamoDB, SQS and Lambda in the role's name",
    "kms:GenerateDataKey": "is called by S3 in the role's name",
    "sqs:ReceiveMessage": "is called by the event source",
    "sqs:DeleteMessage": "is called by the event source",
    "sqs:GetQueueAttributes": "is called by the event source",
    "logs:CreateLogStream": "is called by Lambda",
    "logs:PutLogEvents": "is called by Lambda",
    "xray:PutTraceSegments": "is called by Lambda",
    "xray:PutTelemetryRecords": "is called by Lambda",
    "ec2:CreateNetworkInterface": "is called by Lambda, and denied to the function's own code",
    "ec2:DeleteNetworkInterface": "is called by Lambda, and denied to the function's own code",
    "ec2:DescribeNetworkInterfaces": "is called by Lambda, and denied to the function's own code",
    "ec2:DescribeSubnets": "is called by Lambda, and denied to the function's own code",
    "ec2:AssignPrivateIpAddresses": "is called by Lambda, and denied to the function's own code",
    "ec2:UnassignPrivateIpAddresses": "is called by Lambda, and denied to the function's own code",
}


@contextmanager
def recording(stack: EmulatedStack) -> Iterator[None]:
    stack.client("cloudtrail").describe_trails()  # what is to be switched on has to be loaded
    for wanted in ("true", "false"):
        body = json.dumps({"cloudtrail._recording_enabled": wanted}).encode()
        request = urllib.request.Request(f"{stack.endpoint}/_ministack/config", data=body, method="POST")
        with urllib.request.urlopen(request) as answer:
            assert "applied" in json.load(answer)
        if wanted == "true":
            yield


def calls(client: Client) -> set[tuple[str, str]]:
    """Return the actions that functions called, each with the last resource that the emulator tells of it."""
    found = set()
    attributes = [{"AttributeKey": "Username", "AttributeValue": FUNCTIONS}]
    for event in client("cloudtrail").lookup_events(LookupAttributes=attributes)["Events"]:
        told = f"{event['EventSource']} {event['EventName']}"
        action = ACTIONS.get(told, f"{event['EventSource'].partition('.')[0]}:{event['EventName']}")
        found.add((action, "/".join(one["ResourceName"] for one in event["Resources"])))
    return found


def test_the_processors_role_allows_what_it_calls_and_nothing_that_nobody_calls(
    stack: EmulatedStack, outputs: dict[str, Any], client: Client
) -> None:
    with recording(stack), new_processes(outputs, client):
        process_file(stack, ROOT / "samples" / "rejects.csv")
        manifest = process_file(stack, ROOT / "samples" / "duplicate-column.csv")
        # Delivered again: the processor asks what became of it.
        body = notification(manifest["bucket"], manifest["key"], manifest["version_id"])
        client("sqs").send_message(QueueUrl=outputs["work_queue_url"], MessageBody=body)
        assert until(lambda: idle(outputs, client))
    made = calls(client)

    iam, role = client("iam"), outputs["processor_function"]
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    account = outputs["trail_arn"].split(":")[4]
    table = f"arn:aws:dynamodb:us-east-1:{account}:table/{outputs['transactions_table']}"
    for action, resource in made:
        arn = {"s3": f"arn:aws:s3:::{resource}", "dynamodb": table, "kms": outputs["key_arns"]["tokens"]}
        asked = Request(
            aws(f"arn:aws:iam::{account}:role/{role}", "x"), action, arn[action.partition(":")[0]], account=account
        )
        key = json.loads(client("kms").get_key_policy(KeyId=arn["kms"], PolicyName="default")["Policy"])
        policies = Policies(identity=[document], key=key if action.startswith("kms:") else None)
        assert decide(asked, policies).allowed, (action, resource)

    granted = {
        action
        for one in document["Statement"]
        if one["Effect"] == "Allow"
        for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
    }
    assert granted - {action for action, _ in made} == set(NOT_CALLED)


SERVICES = {"CloudWatch Logs": "logs", "CloudWatch": "cloudwatch", "Route 53": "route53", "EC2": "ec2"}
"""IAM's names of services, where they are not the SDK's in lower case."""
CALLS = {
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:GetBucketAccelerateConfiguration": "s3:GetAccelerateConfiguration",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:PutBucketNotificationConfiguration": "s3:PutBucketNotification",
    "s3:PutObjectLockConfiguration": "s3:PutBucketObjectLockConfiguration",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "lambda:Invoke": "lambda:InvokeFunction",
}
"""Actions whose names differ from those of the calls (https://docs.aws.amazon.com/service-authorization/latest/reference/)."""
NOT_AUTHORISED = {
    "sts:GetCallerIdentity": "needs no permission",
    "iam:GetUser": "is tried first to learn the account, and the provider continues without an answer",
    "iam:ListRoles": "is tried to learn the account, and the provider continues without an answer",
}


@pytest.fixture
def context(outputs: dict[str, Any]) -> AwsContext:
    account = outputs["trail_arn"].split(":")[4]
    return AwsContext(partition="aws", region=REGION, account_id=account, prefix="strongroom-local")


def arns_of(stack: EmulatedStack, context: AwsContext) -> set[str]:
    """Return the ARNs of the stack's resources, and those under which AWS authorises a new one."""
    found = {one["outputs"].get("arn") for one in stack.resources() if one.get("outputs")} - {None}
    new = {
        context.arn("ec2", f"{kind}/*") for kind in ("vpc", "subnet", "route-table", "security-group", "vpc-endpoint")
    }
    dashboard = f"arn:aws:cloudwatch::{context.account_id}:dashboard/{context.prefix}"
    return {*found, *new, dashboard, "*"}


def test_the_deploy_role_allows_every_call_of_the_provider_on_the_stacks_resources(
    stack: EmulatedStack, provider_calls: set[tuple[str, str]], context: AwsContext
) -> None:
    state, key = "arn:aws:s3:::state", context.arn("kms", "key/state")
    identity = list(deploy_permissions(context, state, key).values())
    tags = {
        f"aws:{kind}Tag/{name}": value
        for kind in ("Resource", "Request")
        for name, value in (("project", "strongroom"), ("stack", "local"))
    }
    conditions = {
        **tags,
        "iam:PermissionsBoundary": boundary_arn(context),
        "lambda:FunctionArn": context.arn("lambda", f"function:{context.name('processor')}"),
    }
    arns = arns_of(stack, context)
    everything: dict[str, Any] = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{context.account_id}:root"},
                "Action": "kms:*",
                "Resource": "*",
            }
        ],
    }

    by_identity, with_key = Policies(identity=identity), Policies(identity=identity, key=everything)

    def allowed(action: str, arn: str) -> bool:
        is_key = action.startswith("kms:") and ":key/" in arn
        account = context.account_id if arn.split(":")[4:5] == [""] else None
        role = aws(context.iam_arn("role/strongroom-deploy"), "x")
        request = Request(role, action, arn, account=account, context=conditions)
        return decide(request, with_key if is_key else by_identity).allowed

    assert len(provider_calls) > 80
    actions = {f"{SERVICES.get(service, service.lower())}:{method}" for service, method in provider_calls} - set(
        NOT_AUTHORISED
    )
    wanted = {CALLS.get(action, action) for action in actions}
    denied = {
        action
        for action in wanted
        if not any(allowed(action, arn) for arn in arns if arn == "*" or arn.split(":")[2] == action.partition(":")[0])
    }
    assert denied == set()
