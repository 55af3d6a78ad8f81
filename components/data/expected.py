"""What is meant of buckets and tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from pulumi import Input

from components.expected import Controls, document


@dataclass(frozen=True, kw_only=True)
class ExpectedBucket:
    """A bucket.

    Attributes
    ----------
    name
        The bucket.
    key_arn
        The customer key of its objects; none for S3's own encryption.
    policy
        Its policy, as JSON.
    lifecycle
        What becomes of objects with age, in the attestor's words, such as `expire after 90 days`.
    lock
        Mode (`GOVERNANCE`, `COMPLIANCE`) and years of its object lock.
    log_bucket
        Where access to it is logged.
    """

    name: Input[str]
    key_arn: Input[str] | None
    policy: Input[str]
    lifecycle: Sequence[str]
    lock: tuple[str, int] | None
    log_bucket: Input[str] | None

    def controls(self) -> Controls:
        """Return what is meant."""
        blocks = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        return (
            "bucket",
            self.name,
            {
                "s3-default-encryption": {"algorithm": "aws:kms" if self.key_arn else "AES256", "key": self.key_arn},
                "s3-bucket-key": self.key_arn is not None,
                "s3-versioning": "Enabled",
                "s3-public-access-block": dict.fromkeys(blocks, True),
                "s3-ownership": "BucketOwnerEnforced",
                "s3-object-lock": self.lock and {"mode": self.lock[0], "years": self.lock[1]},
                "s3-lifecycle": sorted(self.lifecycle),
                "s3-policy": document(self.policy),
                "s3-access-log": self.log_bucket,
            },
        )


@dataclass(frozen=True, kw_only=True)
class ExpectedTable:
    """A table.

    Attributes
    ----------
    name
        The table.
    key_arn
        The customer key of its items.
    deletion_protection
        Whether it refuses to be deleted.
    """

    name: Input[str]
    key_arn: Input[str]
    deletion_protection: bool

    def controls(self) -> Controls:
        """Return what is meant."""
        return (
            "table",
            self.name,
            {
                "dynamodb-encryption": self.key_arn,
                "dynamodb-point-in-time-recovery": True,
                "dynamodb-deletion-protection": self.deletion_protection,
            },
        )
