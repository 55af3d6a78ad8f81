"""Policies of the second copy: of the role that S3 replicates with, and of a copy's buckets and keys in another account."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from components.context import AwsContext
from components.shared.statements import PRINCIPAL, Document, Statement, account_root, allow, policy, through_service
from lambdas.attestor.controls import KINDS

ROLE = "replication"
"""Name of the role after the stack's prefix; the policies of the copied buckets name the role before it exists."""


@dataclass(frozen=True, kw_only=True)
class Copy:
    """A bucket and its copy.

    Attributes
    ----------
    source_arn, source_key_arn
        Bucket that is copied, and the key of its objects.
    replica_arn, replica_key_arn
        Bucket of the copies, and their key.
    """

    source_arn: str
    source_key_arn: str
    replica_arn: str
    replica_key_arn: str


def replication_trust() -> Document:
    """Let S3 assume the role. AWS documents no source condition for the role of a replication configuration.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
    """
    statement: Statement = {
        "Sid": "Replication",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    return policy([statement])


def replication_permissions(copies: Sequence[Copy], *, region: str, replica_region: str) -> Document:
    """Return the permissions of the role: read versions with their locks here, and write replicas there.

    It may not replicate delete markers. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
    says what locked objects need, .../replication-config-for-kms-objects.html what encrypted ones need.
    """
    sources = [copy.source_arn for copy in copies]
    versions = [f"{arn}/*" for arn in sources]
    return policy(
        [
            allow("ReadConfiguration", ["s3:GetReplicationConfiguration", "s3:ListBucket"], sources),
            allow(
                "ReadVersions",
                [
                    "s3:GetObjectLegalHold",
                    "s3:GetObjectRetention",
                    "s3:GetObjectVersionAcl",
                    "s3:GetObjectVersionForReplication",
                    "s3:GetObjectVersionTagging",
                ],
                versions,
            ),
            allow("WriteReplicas", _WRITE, [f"{copy.replica_arn}/*" for copy in copies]),
        ],
        *(
            [
                _use_key(f"Decrypt{number}", ["kms:Decrypt"], copy.source_key_arn, copy.source_arn, region),
                _use_key(f"Encrypt{number}", _ENCRYPT, copy.replica_key_arn, copy.replica_arn, replica_region),
            ]
            for number, copy in enumerate(copies, start=1)
        ),
    )


_WRITE = ["s3:ReplicateObject", "s3:ReplicateTags"]
_ENCRYPT = ["kms:Encrypt", "kms:GenerateDataKey"]
"""With a bucket key, S3 encrypts under a data key of the destination's key."""


def _use_key(sid: str, actions: list[str], key_arn: str, bucket_arn: str, region: str) -> Statement:
    # With a bucket key, the encryption context is the bucket; without one, it is the object.
    arns = {"StringLike": {"kms:EncryptionContext:aws:s3:arn": [bucket_arn, f"{bucket_arn}/*"]}}
    return allow(sid, actions, key_arn, {**through_service("s3", region), **arns})


def write_copies(bucket_arn: str, context: AwsContext) -> list[Statement]:
    """Let the replication role write to a bucket of another account.

    S3's own example lets the role turn versioning on as well, which is on here. A bucket without ACLs owns the copies, so
    that the role needs no permission to give them away:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-walkthrough-3.html

    Parameters
    ----------
    context
        Account of the role.
    """
    return [
        _to_role("WriteCopies", _WRITE, f"{bucket_arn}/*", context, ROLE),
        _to_role("CheckCopies", ["s3:GetBucketVersioning", "s3:ListBucket"], bucket_arn, context, ROLE),
    ]


def encrypt_copies(context: AwsContext) -> list[Statement]:
    """Let the replication role encrypt under a key of another account; `context` is the account of the role."""
    return [_to_role("EncryptCopies", _ENCRYPT, "*", context, ROLE)]


def reader_trust(context: AwsContext, reader: str) -> Document:
    """Let the attestor of another account, which `context` names, assume the role that reads the copies' settings."""
    return policy([_to_role("Attest", ["sts:AssumeRole"], None, context, reader)])


def reader_permissions(bucket_arns: Iterable[str], key_arns: Iterable[str], role_arn: str) -> Document:
    """Let the attestor read the settings of the copies' buckets and keys, and of its role there, and no object."""
    resources = {"bucket": bucket_arns, "key": key_arns, "role": [role_arn]}
    return policy(
        allow(
            f"Read{kind.title()}s",
            sorted({action for control in KINDS[kind] for action in control.actions}),
            list(arns),
        )
        for kind, arns in resources.items()
    )


def _to_role(sid: str, actions: list[str], resource: str | None, context: AwsContext, role: str) -> Statement:
    """Allow actions to a role of an account. The role is in the condition, since a principal must exist."""
    condition: dict[str, Any] = {"ArnEquals": {PRINCIPAL: context.role_arn(role)}}
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": account_root(context),
        "Action": actions,
        **({"Resource": resource} if resource else {}),
        "Condition": condition,
    }
