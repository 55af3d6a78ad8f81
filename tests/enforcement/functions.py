"""What the functions' roles ask for, and which function's requests are answered."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from tests.enforcement.call import RECEIVE, RECEIVE_DEAD_LETTERS, Call, delete, get, list_objects, put, use_key

FUNCTIONS: Mapping[str, tuple[str, bool]] = {
    "processor": ("processor", True),
    "reconciler": ("reconciler", True),
    "redrive": ("redrive", False),
    "attestor": ("attestor", False),
    "processor outside the network": ("processor", False),
}
"""The role of a function, and whether the function is in the network."""
_BY_PROCESSOR = ("processor", "processor outside the network")


def _item(action: str, method: str, allowed: Collection[str], index: str = "", **arguments: Any) -> Call:
    return Call(
        action=f"dynamodb:{action}",
        resource=f"{{table_arn}}{index}",
        method=f"dynamodb.{method}",
        arguments={"TableName": "{transactions_table}", **arguments},
        allowed=allowed,
    )


def _look_up(kind: str, allowed: Collection[str]) -> Call:
    key = f"{kind}#enforcement"
    return Call(
        action="dynamodb:BatchGetItem",
        resource="{table_arn}",
        method="dynamodb.batch_get_item",
        arguments={"RequestItems": {"{transactions_table}": {"Keys": [{"pk": {"S": key}, "sk": {"S": "manifest"}}]}}},
        allowed=allowed,
        keys={"dynamodb:LeadingKeys": [key]},
    )


_KEY = {"pk": {"S": "file#enforcement"}, "sk": {"S": "manifest"}}
FUNCTION_CALLS: Mapping[str, Call] = {
    "read an uploaded file": get("{input_bucket}", "{input_key}", ("processor",)),
    "write to the input": put("{input_bucket}", "forged.txt", ()),
    "list the versions of the input": Call(
        action="s3:ListBucketVersions",
        resource="arn:aws:s3:::{input_bucket}",
        method="s3.list_object_versions",
        arguments={"Bucket": "{input_bucket}"},
        allowed=("reconciler", "redrive"),
    ),
    "write a result": put("{output_bucket}", "enforcement/part.txt", ("processor",)),
    "read a manifest": get("{output_bucket}", "{manifest_key}", ("processor",)),
    "read a result": get("{output_bucket}", "{result_key}", ()),
    "list the results": list_objects("{output_bucket}", ("processor",)),
    "hide a result": delete("{output_bucket}", ()),
    "write a rejected record": put("{quarantine_bucket}", "enforcement/part.txt", ("processor",)),
    "read a rejected record": get("{quarantine_bucket}", "{reject_key}", ()),
    "read evidence": get("{audit_bucket}", "{evidence_key}", ("attestor",)),
    "write evidence": put("{audit_bucket}", "attestation/{attestor_function}/evidence/0.json", ("attestor",)),
    "write beside the evidence": put("{audit_bucket}", "AWSLogs/forged.json", ()),
    "read the code": get("{artifact_bucket}", "functions/processor.zip", ()),
    "read an item": _item("GetItem", "get_item", _BY_PROCESSOR, Key=_KEY),
    "write an item": _item("PutItem", "put_item", _BY_PROCESSOR, Item=_KEY),
    "delete an item": _item("DeleteItem", "delete_item", (), Key=_KEY),
    "scan the table": _item("Scan", "scan", ()),
    "find files by status": _item(
        "Query",
        "query",
        ("reconciler",),
        index="/index/by_status",
        IndexName="by_status",
        KeyConditionExpression="manifest_status = :status",
        ExpressionAttributeValues={":status": {"S": "PROCESSING"}},
    ),
    "look up a manifest": _look_up("file", ("reconciler",)),
    "look up a transaction": _look_up("transaction", ()),
    "derive a token": use_key("GenerateMac", "{tokens_key}", _BY_PROCESSOR, Message="x", MacAlgorithm="HMAC_SHA_256"),
    # In the network, the endpoint of KMS lets nobody use the key of records directly.
    "decrypt under the records key": use_key(
        "Decrypt", "{records_key}", ("processor outside the network",), CiphertextBlob="x"
    ),
    "look at a key": use_key("DescribeKey", "{records_key}", ("attestor",)),
    "disable a key": use_key("DisableKey", "{records_key}", ()),
    "receive from the work queue": replace(RECEIVE, allowed=_BY_PROCESSOR),
    "receive from the dead-letter queue": replace(RECEIVE_DEAD_LETTERS, allowed=("redrive",)),
    "send to the work queue": Call(
        action="sqs:SendMessage",
        resource="{work_queue_arn}",
        method="sqs.send_message",
        arguments={"QueueUrl": "{work_queue_url}", "MessageBody": "{{}}"},
        allowed=("redrive",),
    ),
    "list log groups": Call(
        action="logs:DescribeLogGroups",
        resource="{log_groups}",
        method="logs.describe_log_groups",
        arguments={},
        allowed=("attestor",),
    ),
    "invoke a function": Call(
        action="lambda:InvokeFunction",
        resource="{processor_arn}",
        method="lambda.invoke",
        arguments={"FunctionName": "{processor_function}"},
        allowed=(),
    ),
    "stop the trail": Call(
        action="cloudtrail:StopLogging",
        resource="{trail_arn}",
        method="cloudtrail.stop_logging",
        arguments={"Name": "{trail_arn}"},
        allowed=(),
    ),
}
"""What the functions' roles ask for."""
