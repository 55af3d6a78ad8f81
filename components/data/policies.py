"""Policies of buckets and of the table: denies that hold whatever IAM allows, and the AWS services that deliver to a bucket.

They allow nobody else: the roles that need access grant it. What a deny covers comes from the classes of actions in
`components/shared/action_classes.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.context import AwsContext
from components.shared.action_classes import actions
from components.shared.statements import (
    EXEMPT_SERVICES,
    PRINCIPAL,
    Document,
    Statement,
    allow_service,
    deny_everybody,
    deny_plain_http,
    policy,
    unless,
)
from lambdas.processor.malware_scan import CLEAN, TAG

ALGORITHM = "s3:x-amz-server-side-encryption"
KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id"
CUSTOMER_ALGORITHM = "s3:x-amz-server-side-encryption-customer-algorithm"
VALIDATION_OBJECT = "malware-protection-resource-validation-object"
"""Key of the object that GuardDuty writes to test a malware protection plan.
https://docs.aws.amazon.com/guardduty/latest/ug/malware-protection-s3-iam-policy-prerequisite.html
"""
_NOTIFICATION = "s3:PutBucketNotification"


@dataclass(frozen=True, kw_only=True)
class Access:
    """Access restrictions of a bucket, as patterns of principals' ARNs; an empty group restricts nothing.

    Attributes
    ----------
    writers, readers
        The only principals who may put, and get, objects.
    never_write, never_read
        Principals who may not put, or get, objects.
    limited_writers, limited_keys
        Writers who may put only objects whose keys match a pattern.
    services
        Roles of AWS services, which may get objects of every bucket and write the verdict of a scan as a tag.
    scanner
        Role of the malware scan: nobody else may tag objects, and nobody but it, `services` and `unscanned_readers` may get
        an object that it did not find clean. None if objects are not scanned.
    unscanned_readers
        Principals who may get objects whatever the malware scan says.
    deletion_principals
        The only principals who may delete objects or bypass a lock; empty for nobody, None leaves it to IAM.
    guardrail_admins
        The only principals who may change how the bucket is protected, or make S3 copy objects or names elsewhere.
    outside_network
        With the perimeter enforced, the principals who may reach objects from outside the network.
    """

    writers: Sequence[str] = ()
    readers: Sequence[str] = ()
    never_write: Sequence[str] = ()
    never_read: Sequence[str] = ()
    limited_writers: Sequence[str] = ()
    limited_keys: str = ""
    services: Sequence[str] = ()
    scanner: str | None = None
    unscanned_readers: Sequence[str] = ()
    deletion_principals: Sequence[str] | None = None
    guardrail_admins: Sequence[str] = ()
    outside_network: Sequence[str] = ()


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
        The only key of the bucket's objects; None for the access-log bucket, which S3 encrypts with its own key. An
        upload that names no encryption gets the bucket's default, which is this key.
    endpoint_id
        The VPC endpoint through which objects are reached; None leaves the perimeter open.
    deliveries
        Statements that let AWS services write. A bucket with deliveries accepts S3's own encryption from services, since
        CloudTrail writes its digest files that way.
    """
    objects = f"{bucket_arn}/*"
    return policy(
        deny_plain_http([bucket_arn, objects], "s3:*"),
        [deny_everybody("DenyOldTls", ["s3:*"], [bucket_arn, objects], {"NumericLessThan": {"s3:TlsVersion": "1.2"}})],
        _encryption(objects, key_arn, exempt_services=bool(deliveries)),
        _access(bucket_arn, objects, access),
        _malware_scan(bucket_arn, objects, access, access.scanner) if access.scanner else [],
        _perimeter(bucket_arn, objects, endpoint_id, access.outside_network) if endpoint_id else [],
        deliveries,
    )


def _encryption(objects: str, key_arn: str | None, *, exempt_services: bool) -> list[Statement]:
    # SSE-C: nobody but the caller could read an object under a key that only the caller has.
    conditions: dict[str, dict[str, Any]] = {"DenySseC": {"Null": {CUSTOMER_ALGORITHM: "false"}}}
    if key_arn is not None:
        conditions |= {
            # A request without this header uses the bucket's default, so only another algorithm is denied.
            "DenyOtherAlgorithm": {"StringNotEquals": {ALGORITHM: "aws:kms"}, "Null": {ALGORITHM: "false"}},
            # aws:kms without a key id uses the account's default key, not the bucket's.
            "DenyDefaultKey": {"StringEquals": {ALGORITHM: "aws:kms"}, "Null": {KEY_ID: "true"}},
            "DenyOtherKey": {"StringNotEquals": {KEY_ID: key_arn}, "Null": {KEY_ID: "false"}},
        }
    exempt = EXEMPT_SERVICES if exempt_services else {}
    return [
        deny_everybody(sid, ["s3:PutObject"], [objects], {**condition, **exempt})
        for sid, condition in conditions.items()
    ]


def _access(bucket_arn: str, objects: str, access: Access) -> list[Statement]:
    everything = [bucket_arn, objects]
    scanner = [access.scanner] if access.scanner else []
    statements = []
    if access.writers:
        others = {**unless([*access.writers, *scanner]), **EXEMPT_SERVICES}
        statements.append(deny_everybody("DenyOtherWriters", actions("s3", "write"), [objects], others))
        if not scanner:  # otherwise only the malware scan tags
            scans = {**unless([*access.writers, *access.services]), **EXEMPT_SERVICES}
            statements.append(deny_everybody("DenyOtherTags", actions("s3", "tag"), [objects], scans))
    if access.limited_writers:
        statements.append(
            {
                "Sid": "DenyWriteOfOtherKeys",
                "Effect": "Deny",
                "Principal": "*",
                "Action": actions("s3", "write", "tag"),
                "NotResource": f"{bucket_arn}/{access.limited_keys}",
                "Condition": {"ArnLike": {PRINCIPAL: list(access.limited_writers)}},
            }
        )
    if access.readers:
        others = {**unless([*access.readers, *access.services, *scanner]), **EXEMPT_SERVICES}
        statements.append(deny_everybody("DenyOtherReaders", actions("s3", "read"), [objects], others))
    if access.never_write:
        never = {"ArnLike": {PRINCIPAL: list(access.never_write)}}
        statements.append(deny_everybody("DenyWrite", actions("s3", "write", "tag"), [objects], never))
    if access.never_read:
        never = {"ArnLike": {PRINCIPAL: list(access.never_read)}}
        statements.append(deny_everybody("DenyRead", actions("s3", "read"), [objects], never))
    if access.deletion_principals is not None:
        deletion = actions("s3", "delete")
        statements.append(deny_everybody("DenyDeletion", deletion, everything, unless(access.deletion_principals)))
    if access.guardrail_admins:
        changes = [action for action in actions("s3", "guard", "move out") if not scanner or action != _NOTIFICATION]
        statements.append(deny_everybody("DenyGuardrailChanges", changes, everything, unless(access.guardrail_admins)))
    return statements


def _malware_scan(bucket_arn: str, objects: str, access: Access, scanner: str) -> list[Statement]:
    """Deny what would get round the malware scan, and limit the scan to what it needs.

    https://docs.aws.amazon.com/guardduty/latest/ug/tag-based-access-s3-malware-protection.html
    """
    unscanned = {
        "StringNotEquals": {f"s3:ExistingObjectTag/{TAG}": CLEAN},
        **unless([scanner, *access.services, *access.unscanned_readers]),
    }
    statements = [
        # Any tag: an object has at most ten, and ten tags of others would leave no room for the verdict.
        deny_everybody("DenyOtherTags", actions("s3", "tag"), [objects], unless([scanner])),
        deny_everybody(
            "DenyVerdictAtUpload", ["s3:PutObject"], [objects], {"Null": {f"s3:RequestObjectTag/{TAG}": "false"}}
        ),
        deny_everybody("DenyUnscannedRead", ["s3:GetObject", "s3:GetObjectVersion"], [objects], unscanned),
        {
            "Sid": "DenyScanOtherWrites",
            "Effect": "Deny",
            "Principal": "*",
            "Action": actions("s3", "write"),
            "NotResource": f"{bucket_arn}/{VALIDATION_OBJECT}",
            "Condition": {"ArnLike": {PRINCIPAL: [scanner]}},
        },
    ]
    if access.guardrail_admins:
        # GuardDuty turns on the bucket's events to EventBridge, which is a part of its notifications.
        condition = unless([*access.guardrail_admins, scanner])
        statements.append(deny_everybody("DenyNotificationChanges", [_NOTIFICATION], [bucket_arn], condition))
    return statements


def _perimeter(bucket_arn: str, objects: str, endpoint_id: str, outside_network: Sequence[str]) -> list[Statement]:
    """Deny access to objects and their names from outside the network.

    Changes of settings are not denied: refresh and repair come from outside.
    """
    condition = {"StringNotEquals": {"aws:SourceVpce": endpoint_id}, **unless(outside_network)}
    condition["BoolIfExists"] = {"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"}
    uses = [action for action in actions("s3", "read", "list", "write", "tag", "delete") if action != "s3:DeleteBucket"]
    return [deny_everybody("DenyOutsideNetwork", uses, [bucket_arn, objects], condition)]


@dataclass(frozen=True, kw_only=True)
class TableAccess:
    """Access restrictions of the table, as patterns of principals' ARNs; an empty group restricts nothing.

    Attributes
    ----------
    users
        The only principals who may read or write items.
    copiers
        The only principals who may export, back up, restore or stream the table.
    deletion_principals
        The only principals who may delete the table; None leaves it to IAM.
    guardrail_admins
        The only principals who may change how the table is protected.
    """

    users: Sequence[str]
    copiers: Sequence[str]
    deletion_principals: Sequence[str] | None = None
    guardrail_admins: Sequence[str] = ()


def table_policy(*, table_arn: str, access: TableAccess) -> Document:
    """Return the policy of the table and its indexes."""
    resources = [table_arn, f"{table_arn}/index/*"]
    items = [action for action in actions("dynamodb", "read", "write", "delete") if action != "dynamodb:DeleteTable"]
    statements = [
        deny_everybody("DenyOtherUse", items, resources, unless(access.users)),
        # An empty list of copiers denies everybody.
        deny_everybody("DenyCopies", actions("dynamodb", "move out"), resources, unless(access.copiers)),
    ]
    if access.deletion_principals is not None:
        statements.append(
            deny_everybody("DenyDeletion", ["dynamodb:DeleteTable"], resources, unless(access.deletion_principals))
        )
    if access.guardrail_admins:
        changes = actions("dynamodb", "guard")
        statements.append(deny_everybody("DenyGuardrailChanges", changes, resources, unless(access.guardrail_admins)))
    return policy(statements)


def access_log_delivery(bucket_arn: str, context: AwsContext) -> list[Statement]:
    """Let S3 deliver access logs of this account's buckets."""
    return allow_service(
        "AccessLogs",
        "logging.s3.amazonaws.com",
        ["s3:PutObject"],
        f"{bucket_arn}/*",
        context.account_id,
        f"arn:{context.partition}:s3:::*",
    )


def trail_delivery(bucket_arn: str, trail_arn: str, context: AwsContext) -> list[Statement]:
    """Let one trail check the bucket and deliver its files."""
    return [
        *_trail("TrailChecksBucket", "s3:GetBucketAcl", bucket_arn, trail_arn),
        *_trail(
            "TrailDelivers",
            "s3:PutObject",
            f"{bucket_arn}/AWSLogs/{context.account_id}/*",
            trail_arn,
            {"s3:x-amz-acl": "bucket-owner-full-control"},
        ),
    ]


def _trail(sid: str, action: str, resource: str, trail_arn: str, also: dict[str, str] | None = None) -> list[Statement]:
    # CloudTrail documents only aws:SourceArn for its bucket.
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
