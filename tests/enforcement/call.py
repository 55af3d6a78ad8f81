"""Requests to the deployed stack, each as an operation of boto3 and as IAM sees it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tests.support.iam.conditions import ContextValue

PLAIN_HTTP: Mapping[str, ContextValue | list[str]] = {"aws:SecureTransport": False}
"""Condition keys of a request without TLS."""


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


def get(bucket: str, key: str, allowed: Collection[str]) -> Call:
    return Call(
        action="s3:GetObject",
        resource=f"arn:aws:s3:::{bucket}/{key}",
        method="s3.get_object",
        arguments={"Bucket": bucket, "Key": key},
        allowed=allowed,
    )


def put(bucket: str, key: str, allowed: Collection[str], **headers: str) -> Call:
    keys = {"ServerSideEncryption": "s3:x-amz-server-side-encryption"}
    return Call(
        action="s3:PutObject",
        resource=f"arn:aws:s3:::{bucket}/{key}",
        method="s3.put_object",
        arguments={"Bucket": bucket, "Key": key, "Body": "", "ChecksumAlgorithm": "SHA256", **headers},
        allowed=allowed,
        keys={keys[name]: value for name, value in headers.items()},
    )


def list_objects(bucket: str, allowed: Collection[str]) -> Call:
    return Call(
        action="s3:ListBucket",
        resource=f"arn:aws:s3:::{bucket}",
        method="s3.list_objects_v2",
        arguments={"Bucket": bucket},
        allowed=allowed,
    )


def delete(bucket: str, allowed: Collection[str]) -> Call:
    return Call(
        action="s3:DeleteObject",
        resource=f"arn:aws:s3:::{bucket}/absent",
        method="s3.delete_object",
        arguments={"Bucket": bucket, "Key": "absent"},
        allowed=allowed,
    )


def use_key(action: str, key: str, allowed: Collection[str], undo: Collection[str] = (), **arguments: Any) -> Call:
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


RECEIVE = Call(
    action="sqs:ReceiveMessage",
    resource="{work_queue_arn}",
    method="sqs.receive_message",
    arguments={"QueueUrl": "{work_queue_url}", "VisibilityTimeout": 0, "WaitTimeSeconds": 0},
    allowed=(),
)
"""An operation on a queue; whose requests are answered differs between groups and functions."""
RECEIVE_DEAD_LETTERS = replace(
    RECEIVE,
    resource="{dead_letter_queue_arn}",
    arguments={**RECEIVE.arguments, "QueueUrl": "{dead_letter_queue_url}"},
)
