"""Requests to the deployed stack, and which group's requests are answered.

The people and pipelines are administrators as far as IAM goes: what denies a request is a document of the stack.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from cli.settings import read_settings
from tests.support.iam.conditions import ContextValue

_CONFIG = read_settings("prod")["config"]
GROUPS: Mapping[str, str] = {
    group: _CONFIG[f"strongroom:{setting}"][0].removeprefix("role/")
    for group, setting in {
        "deploy": "deploy_principals",
        "break_glass": "break_glass_principals",
        "uploaders": "uploaders",
        "readers": "readers",
        "quarantine_operators": "quarantine_operators",
        "auditors": "auditors",
    }.items()
}
"""The role of each group, as `Pulumi.prod.yaml` names it."""
NOBODY = "administrator"
"""An administrator who is in no group."""
FOREIGN = "foreign"
"""An administrator of another account."""
PRINCIPALS = (*GROUPS, NOBODY, FOREIGN)

HOME_ADMINISTRATORS = (*GROUPS, NOBODY)
LOCK = "the lock of the version, which the emulator and S3 check after the policies"


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request, as an operation of boto3 and as IAM sees it. Texts in braces are names from the deployed stack.

    Attributes
    ----------
    action, resource
        IAM's names, the resource as an ARN.
    method
        Service and operation of boto3, such as `s3.get_object`.
    arguments
        Arguments of the operation.
    allowed
        Groups and functions whose requests are answered; all others are denied.
    keys
        Condition keys that the request has beyond those of its principal and connection.
    not_only_policies
        What else denies a request that the policies allow; empty if policies decide alone.
    undo
        Operations that put back what an answered request changed, each with its arguments.
    """

    action: str
    resource: str
    method: str
    arguments: Mapping[str, Any]
    allowed: Collection[str]
    keys: Mapping[str, ContextValue | list[str]] = field(default_factory=dict)
    not_only_policies: str = ""
    undo: tuple[tuple[str, Mapping[str, Any]], ...] = ()


def _get(bucket: str, key: str, allowed: Collection[str]) -> Call:
    return Call(
        action="s3:GetObject",
        resource=f"arn:aws:s3:::{bucket}/{key}",
        method="s3.get_object",
        arguments={"Bucket": bucket, "Key": key},
        allowed=allowed,
    )


def _put(bucket: str, key: str, allowed: Collection[str], **headers: str) -> Call:
    keys = {"ServerSideEncryption": "s3:x-amz-server-side-encryption"}
    return Call(
        action="s3:PutObject",
        resource=f"arn:aws:s3:::{bucket}/{key}",
        method="s3.put_object",
        arguments={"Bucket": bucket, "Key": key, "Body": "", "ChecksumAlgorithm": "SHA256", **headers},
        allowed=allowed,
        keys={keys[name]: value for name, value in headers.items()},
    )


def _list(bucket: str, allowed: Collection[str]) -> Call:
    return Call(
        action="s3:ListBucket",
        resource=f"arn:aws:s3:::{bucket}",
        method="s3.list_objects_v2",
        arguments={"Bucket": bucket},
        allowed=allowed,
    )


def _delete(bucket: str, allowed: Collection[str]) -> Call:
    return Call(
        action="s3:DeleteObject",
        resource=f"arn:aws:s3:::{bucket}/absent",
        method="s3.delete_object",
        arguments={"Bucket": bucket, "Key": "absent"},
        allowed=allowed,
    )


def _guardrail(bucket: str) -> list[Call]:
    """Return changes of a bucket's protection, each to what it is."""
    arn = f"arn:aws:s3:::{bucket}"
    return [
        Call(
            action="s3:PutBucketVersioning",
            resource=arn,
            method="s3.put_bucket_versioning",
            arguments={"Bucket": bucket, "VersioningConfiguration": {"Status": "Enabled"}},
            allowed=("deploy", "break_glass"),
        ),
        Call(
            action="s3:PutBucketPublicAccessBlock",
            resource=arn,
            method="s3.put_public_access_block",
            arguments={
                "Bucket": bucket,
                "PublicAccessBlockConfiguration": dict.fromkeys(
                    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
                ),
            },
            allowed=("deploy", "break_glass"),
        ),
    ]


def _key(action: str, key: str, allowed: Collection[str], undo: Collection[str] = (), **arguments: Any) -> Call:
    """Return an operation on a key; boto3's name is IAM's in another case."""
    method = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in action).lstrip("_")
    return Call(
        action=f"kms:{action}",
        resource=key,
        method=f"kms.{method}",
        arguments={"KeyId": key, **arguments},
        allowed=allowed,
        undo=tuple((f"kms.{name}", {"KeyId": key}) for name in undo),
    )


_OUTSIDE_NETWORK = tuple(GROUPS)
"""With the perimeter enforced, the groups that reach objects from outside the network, if their bucket allows them."""

GROUP_CALLS: Mapping[str, Call] = {
    "upload a file": _put("{input_bucket}", "uploaded.txt", ("uploaders", "break_glass")),
    "upload a file under S3's own key": _put("{input_bucket}", "own-key.txt", (), ServerSideEncryption="AES256"),
    "read an uploaded file": _get("{input_bucket}", "{input_key}", ("break_glass",)),
    "list the input": _list("{input_bucket}", _OUTSIDE_NETWORK),
    "read a result": _get("{output_bucket}", "{result_key}", ("readers", "auditors", "break_glass")),
    "list the results": _list("{output_bucket}", _OUTSIDE_NETWORK),
    "write a result": _put("{output_bucket}", "forged.txt", ()),
    "hide a result": _delete("{output_bucket}", ("break_glass",)),
    "delete a locked result": Call(
        action="s3:DeleteObjectVersion",
        resource="arn:aws:s3:::{output_bucket}/{result_key}",
        method="s3.delete_object",
        arguments={"Bucket": "{output_bucket}", "Key": "{result_key}", "VersionId": "{result_version}"},
        allowed=("break_glass",),
        not_only_policies=LOCK,
    ),
    "read a rejected record": _get("{quarantine_bucket}", "{reject_key}", ("quarantine_operators", "break_glass")),
    "write a rejected record": _put("{quarantine_bucket}", "forged.txt", ()),
    "read evidence": _get("{audit_bucket}", "{evidence_key}", ("auditors", "deploy", "break_glass")),
    "write evidence": _put("{audit_bucket}", "enforcement.txt", ("deploy", "break_glass")),
    "hide evidence": _delete("{audit_bucket}", ("break_glass",)),
    "read an access log": _get("{access_log_bucket}", "absent", ("auditors", "break_glass")),
    "read the code": _get("{artifact_bucket}", "functions/processor.zip", ("deploy", "break_glass")),
    "write code": _put("{artifact_bucket}", "enforcement.txt", ("deploy",)),
    **{
        f"{call.method.removeprefix('s3.')} of the {name} bucket": call
        for name in ("input", "output", "quarantine", "artifact", "audit", "access_log")
        for call in _guardrail(f"{{{name}_bucket}}")
    },
    "encrypt under the records key": _key("Encrypt", "{records_key}", HOME_ADMINISTRATORS, Plaintext="x"),
    "decrypt under the records key": _key(
        "Decrypt", "{records_key}", [name for name in HOME_ADMINISTRATORS if name != "deploy"], CiphertextBlob="x"
    ),
    "derive a token": _key(
        "GenerateMac",
        "{tokens_key}",
        [name for name in HOME_ADMINISTRATORS if name != "deploy"],
        Message="x",
        MacAlgorithm="HMAC_SHA_256",
    ),
    "schedule the deletion of the records key": _key(
        "ScheduleKeyDeletion", "{records_key}", ("break_glass",), undo=("cancel_key_deletion", "enable_key")
    ),
    "disable the audit key": _key("DisableKey", "{audit_key}", ("break_glass",), undo=("enable_key",)),
    "describe a key anew": _key(
        "UpdateKeyDescription", "{logs_key}", ("deploy", "break_glass"), Description="Strongroom: logs"
    ),
    "look at a key": _key("DescribeKey", "{records_key}", HOME_ADMINISTRATORS),
    "receive from the work queue": Call(
        action="sqs:ReceiveMessage",
        resource="{work_queue_arn}",
        method="sqs.receive_message",
        arguments={"QueueUrl": "{work_queue_url}", "VisibilityTimeout": 0, "WaitTimeSeconds": 0},
        allowed=HOME_ADMINISTRATORS,
    ),
    "publish to the topic of pages": Call(
        action="sns:Publish",
        resource="{page_topic}",
        method="sns.publish",
        arguments={"TopicArn": "{page_topic}", "Message": "enforcement"},
        allowed=HOME_ADMINISTRATORS,
    ),
    **{
        f"assume the role of the {name}": Call(
            action="sts:AssumeRole",
            resource=f"{{{name}_role}}",
            method="sts.assume_role",
            arguments={"RoleArn": f"{{{name}_role}}", "RoleSessionName": "enforcement"},
            allowed=(),
        )
        for name in ("processor", "reconciler", "attestor")
    },
}
"""What people and pipelines ask for."""

FUNCTIONS: Mapping[str, tuple[str, bool]] = {
    "processor": ("processor", True),
    "reconciler": ("reconciler", True),
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
    "read an uploaded file": _get("{input_bucket}", "{input_key}", ("processor",)),
    "write to the input": _put("{input_bucket}", "forged.txt", ()),
    "list the versions of the input": Call(
        action="s3:ListBucketVersions",
        resource="arn:aws:s3:::{input_bucket}",
        method="s3.list_object_versions",
        arguments={"Bucket": "{input_bucket}"},
        allowed=("reconciler",),
    ),
    "write a result": _put("{output_bucket}", "enforcement/part.txt", ("processor",)),
    "read a manifest": _get("{output_bucket}", "{manifest_key}", ("processor",)),
    "read a result": _get("{output_bucket}", "{result_key}", ()),
    "list the results": _list("{output_bucket}", ("processor",)),
    "hide a result": _delete("{output_bucket}", ()),
    "write a rejected record": _put("{quarantine_bucket}", "enforcement/part.txt", ("processor",)),
    "read a rejected record": _get("{quarantine_bucket}", "{reject_key}", ()),
    "read evidence": _get("{audit_bucket}", "{evidence_key}", ("attestor",)),
    "write evidence": _put("{audit_bucket}", "attestation/{attestor_function}/evidence/0.json", ("attestor",)),
    "write beside the evidence": _put("{audit_bucket}", "AWSLogs/forged.json", ()),
    "read the code": _get("{artifact_bucket}", "functions/processor.zip", ()),
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
    "derive a token": _key("GenerateMac", "{tokens_key}", _BY_PROCESSOR, Message="x", MacAlgorithm="HMAC_SHA_256"),
    # In the network, the endpoint of KMS lets nobody use the key of records directly.
    "decrypt under the records key": _key(
        "Decrypt", "{records_key}", ("processor outside the network",), CiphertextBlob="x"
    ),
    "look at a key": _key("DescribeKey", "{records_key}", ("attestor",)),
    "disable a key": _key("DisableKey", "{records_key}", ()),
    "receive from the work queue": Call(
        action="sqs:ReceiveMessage",
        resource="{work_queue_arn}",
        method="sqs.receive_message",
        arguments={"QueueUrl": "{work_queue_url}", "VisibilityTimeout": 0, "WaitTimeSeconds": 0},
        allowed=_BY_PROCESSOR,
    ),
    "send to the work queue": Call(
        action="sqs:SendMessage",
        resource="{work_queue_arn}",
        method="sqs.send_message",
        arguments={"QueueUrl": "{work_queue_url}", "MessageBody": "{{}}"},
        allowed=(),
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
