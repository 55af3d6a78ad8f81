"""Policies of the role that S3 replicates with."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.shared.statements import Document, Statement, allow, policy

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
            allow(
                "WriteReplicas",
                ["s3:ReplicateObject", "s3:ReplicateTags"],
                [f"{copy.replica_arn}/*" for copy in copies],
            ),
        ],
        *(
            [
                _use_key(f"Decrypt{number}", "kms:Decrypt", copy.source_key_arn, copy.source_arn, region),
                _use_key(f"Encrypt{number}", "kms:Encrypt", copy.replica_key_arn, copy.replica_arn, replica_region),
            ]
            for number, copy in enumerate(copies, start=1)
        ),
    )


def _use_key(sid: str, action: str, key_arn: str, bucket_arn: str, region: str) -> Statement:
    # With a bucket key, the encryption context is the bucket; without one, it is the object.
    condition = {
        "StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"},
        "StringLike": {"kms:EncryptionContext:aws:s3:arn": [bucket_arn, f"{bucket_arn}/*"]},
    }
    # S3 re-encrypts under a bucket key with a data key of the destination's key.
    actions = [action, "kms:GenerateDataKey"] if action == "kms:Encrypt" else [action]
    return allow(sid, actions, key_arn, condition)
