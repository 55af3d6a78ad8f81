"""Bucket policies: the denies that hold whatever IAM allows, and the services that deliver into a bucket.

They allow nobody else: access is granted by the roles that need it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from components.context import AwsContext
from components.shared.statements import (
    PRINCIPAL,
    Document,
    Statement,
    allow_service,
    deny,
    deny_plain_http,
    policy,
    unless,
)

ALGORITHM = "s3:x-amz-server-side-encryption"
KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id"
CUSTOMER_ALGORITHM = "s3:x-amz-server-side-encryption-customer-algorithm"

ENDING = ["s3:DeleteBucket", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"]
"""What ends evidence."""
WEAKENING = [
    "s3:DeleteBucketPolicy",
    "s3:PutBucketLogging",
    "s3:PutBucketObjectLockConfiguration",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:PutReplicationConfiguration",
]
"""What takes a bucket's guards away."""
READING = ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTorrent"]

_NO_SERVICE = {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}
"""Spares AWS services, which come with principals of their own."""


@dataclass(frozen=True, kw_only=True)
class Access:
    """Whom a bucket keeps out whatever IAM allows: patterns of principals' ARNs, an empty group asks nothing.

    Attributes
    ----------
    writers, readers
        The only ones who may put, and get, objects.
    never_write, never_read
        Those who may not put, or get, objects.
    deletion_principals
        The only ones who may delete objects or bypass a lock; None where deletion is IAM's matter, empty for nobody.
    guardrail_admins
        The only ones who may change how the bucket is kept.
    outside
        With the perimeter enforced, who may reach objects from outside the network.
    """

    writers: Sequence[str] = ()
    readers: Sequence[str] = ()
    never_write: Sequence[str] = ()
    never_read: Sequence[str] = ()
    deletion_principals: Sequence[str] | None = None
    guardrail_admins: Sequence[str] = ()
    outside: Sequence[str] = field(default=())


def bucket_policy(
    *,
    bucket_arn: str,
    key_arn: str | None,
    access: Access,
    endpoint_id: str | None = None,
    deliveries: Sequence[Statement] = (),
) -> Document:
    """Return a bucket's policy.

    Parameters
    ----------
    key_arn
        The only key of its objects; none for the one bucket that S3 itself encrypts. An upload that names no
        encryption gets the bucket's default, which is this.
    endpoint_id
        The VPC endpoint through which objects are reached; none leaves the perimeter open.
    deliveries
        Statements that let AWS services write. Where there are some, they may bring S3's own encryption: a trail's
        digests are written so.
    """
    objects = f"{bucket_arn}/*"
    return policy(
        deny_plain_http([bucket_arn, objects], "s3:*"),
        [deny("DenyOldTls", ["s3:*"], [bucket_arn, objects], {"NumericLessThan": {"s3:TlsVersion": "1.2"}})],
        _encryption(objects, key_arn, services=bool(deliveries)),
        _access(bucket_arn, objects, access),
        _perimeter(bucket_arn, objects, endpoint_id, access.outside) if endpoint_id else [],
        deliveries,
    )


def _encryption(objects: str, key_arn: str | None, *, services: bool) -> list[Statement]:
    # A key that only the caller has would put an object out of everybody else's reach.
    conditions: dict[str, dict[str, Any]] = {"DenyCallersKey": {"Null": {CUSTOMER_ALGORITHM: "false"}}}
    if key_arn is not None:
        conditions |= {
            # A header that asks for another algorithm; no header at all takes the bucket's default.
            "DenyOtherAlgorithm": {"StringNotEquals": {ALGORITHM: "aws:kms"}, "Null": {ALGORITHM: "false"}},
            # Without a key id this takes the account's default key, not the bucket's.
            "DenyDefaultKey": {"StringEquals": {ALGORITHM: "aws:kms"}, "Null": {KEY_ID: "true"}},
            "DenyOtherKey": {"StringNotEquals": {KEY_ID: key_arn}, "Null": {KEY_ID: "false"}},
        }
    spared = _NO_SERVICE if services else {}
    return [deny(sid, ["s3:PutObject"], [objects], {**condition, **spared}) for sid, condition in conditions.items()]


def _access(bucket_arn: str, objects: str, access: Access) -> list[Statement]:
    found = []
    if access.writers:
        found.append(deny("DenyOtherWriters", ["s3:PutObject"], [objects], {**unless(access.writers), **_NO_SERVICE}))
    if access.readers:
        found.append(deny("DenyOtherReaders", READING, [objects], {**unless(access.readers), **_NO_SERVICE}))
    if access.never_write:
        found.append(
            deny("DenyWriting", ["s3:PutObject"], [objects], {"ArnLike": {PRINCIPAL: list(access.never_write)}})
        )
    if access.never_read:
        found.append(deny("DenyReading", READING, [objects], {"ArnLike": {PRINCIPAL: list(access.never_read)}}))
    if access.deletion_principals is not None:
        found.append(deny("DenyEnding", ENDING, [bucket_arn, objects], unless(access.deletion_principals)))
    if access.guardrail_admins:
        found.append(deny("DenyWeakening", WEAKENING, [bucket_arn], unless(access.guardrail_admins)))
    return found


def _perimeter(bucket_arn: str, objects: str, endpoint_id: str, outside: Sequence[str]) -> list[Statement]:
    """Keep objects and their names within the network.

    Object actions and listing only: a deny of all of S3 would lock out refresh and repair.
    """
    condition = {"StringNotEquals": {"aws:SourceVpce": endpoint_id}, **unless(outside)}
    condition["BoolIfExists"] = {"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"}
    actions = ["s3:GetObject*", "s3:PutObject*", "s3:DeleteObject*", "s3:ListBucket*"]
    return [deny("DenyOutsideNetwork", actions, [bucket_arn, objects], condition)]


def access_log_delivery(bucket_arn: str, context: AwsContext) -> list[Statement]:
    """Let S3 deliver the access logs of this account's buckets."""
    return allow_service(
        "AccessLogs",
        "logging.s3.amazonaws.com",
        ["s3:PutObject"],
        f"{bucket_arn}/*",
        context.account_id,
        f"arn:{context.partition}:s3:::*",
    )


def trail_delivery(bucket_arn: str, trail_arn: str, context: AwsContext) -> list[Statement]:
    """Let one trail look at the bucket and deliver its files."""
    return [
        *_trail("TrailLooks", "s3:GetBucketAcl", bucket_arn, trail_arn),
        *_trail(
            "TrailDelivers",
            "s3:PutObject",
            f"{bucket_arn}/AWSLogs/{context.account_id}/*",
            trail_arn,
            {"s3:x-amz-acl": "bucket-owner-full-control"},
        ),
    ]


def _trail(sid: str, action: str, resource: str, trail_arn: str, also: dict[str, str] | None = None) -> list[Statement]:
    # CloudTrail documents aws:SourceArn alone for its bucket.
    return [
        {
            "Sid": sid,
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": action,
            "Resource": resource,
            "Condition": {"StringEquals": {"aws:SourceArn": trail_arn, **(also or {})}},
        }
    ]
