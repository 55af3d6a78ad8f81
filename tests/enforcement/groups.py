"""What people and pipelines ask for, and which group's requests are answered.

They are administrators as far as IAM goes: what denies a request is a document of the stack.
"""

from collections.abc import Mapping
from dataclasses import replace

from cli.settings import read_settings
from tests.enforcement.call import (
    PLAIN_HTTP,
    RECEIVE,
    RECEIVE_DEAD_LETTERS,
    Call,
    delete,
    get,
    list_objects,
    put,
    use_key,
)

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
        "operators": "operators",
    }.items()
}
"""The role of each group, as `Pulumi.prod.yaml` names it."""
NOBODY = "administrator"
"""An administrator who is in no group."""
FOREIGN = "foreign"
"""The administrator of another account."""
PRINCIPALS = (*GROUPS, NOBODY, FOREIGN)

HOME_ADMINISTRATORS = (*GROUPS, NOBODY)
LOCK = "the lock of the version, which the emulator and S3 check after the policies"


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


_OUTSIDE_NETWORK = tuple(group for group in GROUPS if group != "operators")
"""With the perimeter enforced, the groups that reach objects from outside the network, if their bucket allows them."""

_PUBLISH = Call(
    action="sns:Publish",
    resource="{page_topic}",
    method="sns.publish",
    arguments={"TopicArn": "{page_topic}", "Message": "enforcement"},
    allowed=(),
)

GROUP_CALLS: Mapping[str, Call] = {
    "upload a file": put("{input_bucket}", "uploaded.txt", ("uploaders", "break_glass")),
    "upload a file under S3's own key": put("{input_bucket}", "own-key.txt", (), ServerSideEncryption="AES256"),
    "read an uploaded file": get("{input_bucket}", "{input_key}", ("break_glass",)),
    "list the input": list_objects("{input_bucket}", _OUTSIDE_NETWORK),
    "read a result": get("{output_bucket}", "{result_key}", ("readers", "auditors", "break_glass")),
    "list the results": list_objects("{output_bucket}", _OUTSIDE_NETWORK),
    "write a result": put("{output_bucket}", "forged.txt", ()),
    "hide a result": delete("{output_bucket}", ("break_glass",)),
    "delete a locked result": Call(
        action="s3:DeleteObjectVersion",
        resource="arn:aws:s3:::{output_bucket}/{result_key}",
        method="s3.delete_object",
        arguments={"Bucket": "{output_bucket}", "Key": "{result_key}", "VersionId": "{result_version}"},
        allowed=("break_glass",),
        not_only_policies=LOCK,
    ),
    "read a rejected record": get("{quarantine_bucket}", "{reject_key}", ("quarantine_operators", "break_glass")),
    "write a rejected record": put("{quarantine_bucket}", "forged.txt", ()),
    "read evidence": get("{audit_bucket}", "{evidence_key}", ("auditors", "deploy", "break_glass")),
    "write evidence": put("{audit_bucket}", "enforcement.txt", ("break_glass",)),
    "write an expected state": put(
        "{audit_bucket}", "attestation/enforcement/expected-state.json", ("deploy", "break_glass")
    ),
    "hide evidence": delete("{audit_bucket}", ("break_glass",)),
    "read an access log": get("{access_log_bucket}", "absent", ("auditors", "break_glass")),
    "read the code": get("{artifact_bucket}", "functions/processor.zip", ("deploy", "break_glass")),
    "write code": put("{artifact_bucket}", "enforcement.txt", ("deploy",)),
    **{
        f"{call.method.removeprefix('s3.')} of the {name} bucket": call
        for name in ("input", "output", "quarantine", "artifact", "audit", "access_log")
        for call in _guardrail(f"{{{name}_bucket}}")
    },
    "encrypt under the records key": use_key("Encrypt", "{records_key}", HOME_ADMINISTRATORS, Plaintext="x"),
    "decrypt under the records key": use_key(
        "Decrypt", "{records_key}", [name for name in HOME_ADMINISTRATORS if name != "deploy"], CiphertextBlob="x"
    ),
    "derive a token": use_key(
        "GenerateMac",
        "{tokens_key}",
        (),
        Message="x",
        MacAlgorithm="HMAC_SHA_256",
    ),
    "check a token": use_key("VerifyMac", "{tokens_key}", (), Message="x", Mac="x", MacAlgorithm="HMAC_SHA_256"),
    # Stack prod locks in compliance mode, where nobody may delete or disable a key.
    "schedule the deletion of the records key": use_key(
        "ScheduleKeyDeletion", "{records_key}", (), undo=("cancel_key_deletion", "enable_key")
    ),
    "disable the audit key": use_key("DisableKey", "{audit_key}", (), undo=("enable_key",)),
    "describe a key anew": use_key(
        "UpdateKeyDescription", "{logs_key}", ("deploy", "break_glass"), Description="Strongroom: logs"
    ),
    "look at a key": use_key("DescribeKey", "{records_key}", HOME_ADMINISTRATORS),
    "receive from the work queue": replace(RECEIVE, allowed=("break_glass",)),
    "receive from the dead-letter queue": replace(RECEIVE_DEAD_LETTERS, allowed=("break_glass",)),
    "publish to the topic of pages": _PUBLISH,
    **{
        f"{name} over plain HTTP": replace(call, allowed=(), keys=PLAIN_HTTP)
        for name, call in {
            "read evidence": get("{audit_bucket}", "{evidence_key}", ()),
            "receive from the work queue": RECEIVE,
            "publish to the topic of pages": _PUBLISH,
        }.items()
    },
    **{
        f"assume the role of the {name}": Call(
            action="sts:AssumeRole",
            resource=f"{{{name}_role}}",
            method="sts.assume_role",
            arguments={"RoleArn": f"{{{name}_role}}", "RoleSessionName": "enforcement"},
            allowed=(),
        )
        for name in ("processor", "reconciler", "redrive", "attestor")
    },
}
"""What people and pipelines ask for."""
