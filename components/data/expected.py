"""The expected state of buckets and tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from pulumi import Input

from components.expected import Expected, document
from lambdas.attestor.controls import bucket, table


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
        Effects of its lifecycle rules, in the attestor's words, such as `expire after 90 days`.
    lock
        Mode (`GOVERNANCE`, `COMPLIANCE`) and years of its object lock.
    log_bucket
        The bucket of its access log.
    """

    name: Input[str]
    key_arn: Input[str] | None
    policy: Input[str]
    lifecycle: Sequence[str]
    lock: tuple[str, int] | None
    log_bucket: Input[str] | None

    def expected(self) -> Expected:
        """Return identifier and expected values."""
        return (
            self.name,
            {
                bucket.default_encryption: {"algorithm": "aws:kms" if self.key_arn else "AES256", "key": self.key_arn},
                bucket.bucket_key: self.key_arn is not None,
                bucket.object_lock: self.lock and {"mode": self.lock[0], "years": self.lock[1]},
                bucket.lifecycle: sorted(self.lifecycle),
                bucket.bucket_policy: document(self.policy),
                bucket.access_log: self.log_bucket,
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
        Whether deletion protection is on.
    """

    name: Input[str]
    key_arn: Input[str]
    deletion_protection: bool

    def expected(self) -> Expected:
        """Return identifier and expected values."""
        return (
            self.name,
            {
                table.encryption: self.key_arn,
                table.deletion_protection: self.deletion_protection,
            },
        )
