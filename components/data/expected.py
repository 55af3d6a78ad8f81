"""The expected state of buckets and tables."""

from collections.abc import Sequence

from pulumi import Input, Output

from components.expected import ExpectedResource, document
from lambdas.attestor.controls import bucket, notification, table


def expected_bucket(
    *,
    name: Input[str],
    key_arn: Input[str] | None,
    policy: Input[str],
    lifecycle: Sequence[str],
    lock: tuple[str, int] | None,
    log_bucket: Input[str] | None,
) -> ExpectedResource:
    """Return the expected state of a bucket.

    Parameters
    ----------
    key_arn
        Customer key of the objects; None for S3's own encryption.
    lifecycle
        Effects of the lifecycle rules, in the attestor's words, such as `expire after 90 days`.
    lock
        Mode (`GOVERNANCE`, `COMPLIANCE`) and years of the object lock.
    log_bucket
        Bucket of the access log.
    """
    return ExpectedResource(
        id=name,
        values={
            bucket.default_encryption: {"algorithm": "aws:kms" if key_arn else "AES256", "key": key_arn},
            bucket.bucket_key: key_arn is not None,
            bucket.object_lock: lock and {"mode": lock[0], "years": lock[1]},
            bucket.lifecycle: sorted(lifecycle),
            bucket.bucket_policy: document(policy),
            bucket.access_log: log_bucket,
        },
    )


def expected_notification(
    *, bucket: Input[str], events: Sequence[str] = (), target_arn: Input[str] = "", event_bridge: bool = False
) -> ExpectedResource:
    """Return the expected notifications of a bucket: of some events to one target, and of every event to EventBridge."""
    sent: list[Input[str]] = [Output.concat(", ".join(sorted(events)), " to ", target_arn)] if events else []
    if event_bridge:
        sent.append(notification.EVENT_BRIDGE)
    return ExpectedResource(id=bucket, values={notification.notification: sent})


def expected_table(
    *, name: Input[str], key_arn: Input[str], policy: Input[str], deletion_protection: bool
) -> ExpectedResource:
    """Return the expected state of a table."""
    return ExpectedResource(
        id=name,
        values={
            table.encryption: key_arn,
            table.table_policy: document(policy),
            table.deletion_protection: deletion_protection,
        },
    )
