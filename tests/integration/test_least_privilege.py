"""The processor's role beside the calls that it really makes, as the emulator records them."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cli.processing import process_file
from cli.stack import EmulatedStack
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
