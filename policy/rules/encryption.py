"""Encryption rules: data at rest is encrypted with customer keys, which can be rotated, audited and disabled."""

from collections.abc import Iterator

from policy.model import Block, Finding, NotApplicable, Outcome, Resource, Severity, rule, stop_at_unknown
from policy.rules._helpers.bucket_encryption import INLINE_ENCRYPTION, default_encryption
from policy.rules._helpers.customer_keys import check_customer_key
from policy.rules._helpers.resource_types import (
    BUCKET,
    BUCKET_ENCRYPTION,
    DIRECTORY_BUCKET,
    FUNCTION,
    LOG_GROUP,
    QUEUE,
    SECRET,
    TABLE,
    TABLE_REPLICA,
    TOPIC,
    TRAIL,
)

_AT_REST = ("PCI-DSS-4.0.1:3.5.1", "NIST-800-53r5:SC-28(1)", "NIST-800-53r5:SC-12")


@rule(
    name="bucket-uses-customer-key",
    on=(*BUCKET, DIRECTORY_BUCKET),
    severity=Severity.HIGH,
    controls=_AT_REST,
    remedy="Create a BucketServerSideEncryptionConfiguration with sse_algorithm aws:kms, the key of the bucket's data "
    "class as kms_master_key_id, and bucket_key_enabled.",
    whole_stack=True,
)
def bucket_uses_customer_key(bucket: Resource) -> Iterator[Outcome]:
    """A bucket encrypts its objects with a customer key by default, and uses an S3 Bucket Key.

    Without a customer key, S3 encrypts with a key of its own, which nobody else can disable or audit. Without a Bucket
    Key, each object costs a call to KMS, and KMS throttling stops reads and writes.
    """
    inline = bucket.blocks(*INLINE_ENCRYPTION)
    is_inline = bucket.is_set_by_program(*INLINE_ENCRYPTION)
    if is_inline:
        for block in inline:
            yield from stop_at_unknown(_configuration(bucket, block))
    sides = bucket.attached(*BUCKET_ENCRYPTION, by="bucket")
    if len(sides) > 1:
        names = ", ".join(side.name for side in sides)
        yield Finding(f"has {len(sides)} encryption configurations ({names}); the last one applied wins")
    for side in sides:
        yield from stop_at_unknown(_configuration(side, side))
    if sides or is_inline:  # what AWS returned for the bucket itself may be older than these
        return
    if not inline:
        yield Finding("has no encryption configuration, so that S3 uses its own key")
    for block in inline:
        yield from _configuration(bucket, block)


def _configuration(owner: Resource, configuration: Block) -> Iterator[Outcome]:
    rules = configuration.blocks("rules", "rule")
    if not rules:
        yield Finding("has an encryption configuration without a rule, so that S3 uses its own key")
    for encryption_rule in rules:
        yield from stop_at_unknown(_encryption_rule(owner, encryption_rule))


def _encryption_rule(owner: Resource, encryption_rule: Block) -> Iterator[Outcome]:
    default = default_encryption(encryption_rule)
    algorithm = default.text("sseAlgorithm")
    if algorithm not in ("aws:kms", "aws:kms:dsse"):
        yield Finding(f"is encrypted with S3's own key ({algorithm or 'no algorithm'}), not with a customer key")
        return
    yield from check_customer_key(owner, default, "kmsMasterKeyId", "S3")
    # S3 does not support Bucket Keys for dual-layer encryption.
    if algorithm == "aws:kms" and not encryption_rule.is_true("bucketKeyEnabled"):
        yield Finding("has no Bucket Key, so that each object costs a call to KMS (bucketKeyEnabled)")


@rule(
    name="table-uses-customer-key",
    on=(TABLE, TABLE_REPLICA),
    severity=Severity.HIGH,
    controls=_AT_REST,
    remedy="Set server_side_encryption.enabled, and kms_key_arn to the key of the table's data class. A replica has its "
    "own kms_key_arn.",
)
def table_uses_customer_key(table: Resource) -> Iterator[Outcome]:
    """A table and each of its replicas are encrypted with a customer key.

    Without one, DynamoDB uses an AWS owned key, which its users can neither disable nor audit.
    """
    if table.type == TABLE_REPLICA:
        yield from check_customer_key(table, table, "kmsKeyArn", "DynamoDB")
        return
    yield from stop_at_unknown(_table_encryption(table))
    for replica in table.blocks("replicas"):
        yield from _replica(table, replica, "kmsKeyArn", "DynamoDB")


def _replica(owner: Resource, replica: Block, key: str, service: str) -> Iterator[Outcome]:
    for outcome in stop_at_unknown(check_customer_key(owner, replica, key, service)):
        yield Finding(f"has a replica that {outcome.message}") if isinstance(outcome, Finding) else outcome


def _table_encryption(table: Resource) -> Iterator[Outcome]:
    encryption = table.block("serverSideEncryption")
    if not encryption.is_true("enabled"):
        yield Finding("is encrypted with an AWS owned key (serverSideEncryption), not with a customer key")
    else:
        yield from check_customer_key(table, encryption, "kmsKeyArn", "DynamoDB")


@rule(
    name="queue-uses-customer-key",
    on=QUEUE,
    severity=Severity.HIGH,
    controls=_AT_REST,
    remedy="Set kms_master_key_id to the key of the queue's data class.",
)
def queue_uses_customer_key(queue: Resource) -> Iterator[Outcome]:
    """A queue encrypts its messages with a customer key, not with a key that SQS manages."""
    yield from check_customer_key(queue, queue, "kmsMasterKeyId", "SQS")


@rule(
    name="topic-uses-customer-key",
    on=TOPIC,
    severity=Severity.HIGH,
    controls=_AT_REST,
    remedy="Set kms_master_key_id to a customer key whose policy allows the publishing services to use it.",
)
def topic_uses_customer_key(topic: Resource) -> Iterator[Outcome]:
    """A topic encrypts its messages with a customer key. Without a key, a topic does not encrypt at rest."""
    yield from check_customer_key(topic, topic, "kmsMasterKeyId", "SNS")


@rule(
    name="log-group-uses-customer-key",
    on=LOG_GROUP,
    severity=Severity.HIGH,
    controls=("PCI-DSS-4.0.1:10.3.1", "NIST-800-53r5:AU-9(3)", "NIST-800-53r5:SC-28(1)", "NIST-800-53r5:SC-12"),
    remedy="Set kms_key_id to the key for logs, whose policy has to allow the region's CloudWatch Logs service to use it.",
)
def log_group_uses_customer_key(group: Resource) -> Iterator[Outcome]:
    """A log group is encrypted with a customer key. The key's policy then also decides who can read the logs."""
    yield from check_customer_key(group, group, "kmsKeyId", "CloudWatch Logs")


@rule(
    name="function-environment-uses-customer-key",
    on=FUNCTION,
    severity=Severity.MEDIUM,
    controls=_AT_REST,
    remedy="Set kms_key_arn to the key for internal data.",
)
def function_environment_uses_customer_key(function: Resource) -> Iterator[Outcome]:
    """A function's environment variables are encrypted with a customer key."""
    if not function.block("environment").has("variables"):
        raise NotApplicable("the function has no environment variables")
    yield from check_customer_key(function, function, "kmsKeyArn", "Lambda")


@rule(
    name="trail-uses-customer-key",
    on=TRAIL,
    severity=Severity.HIGH,
    controls=("PCI-DSS-4.0.1:10.3.1", "NIST-800-53r5:AU-9(3)", "NIST-800-53r5:SC-28(1)", "CIS-AWS-3.0:3.5"),
    remedy="Set kms_key_id to the key for audit data, whose policy has to allow CloudTrail to use it.",
)
def trail_uses_customer_key(trail: Resource) -> Iterator[Outcome]:
    """A trail encrypts its log files with a customer key. Access to the bucket alone is then not enough to read them."""
    yield from check_customer_key(trail, trail, "kmsKeyId", "CloudTrail")


@rule(
    name="backup-vault-uses-customer-key",
    on="aws:backup/vault:Vault",
    severity=Severity.HIGH,
    controls=_AT_REST,
    remedy="Set kms_key_arn to the key of the data class that is backed up.",
)
def backup_vault_uses_customer_key(vault: Resource) -> Iterator[Outcome]:
    """Backups are encrypted with a customer key, like the data that they are made of."""
    yield from check_customer_key(vault, vault, "kmsKeyArn", "Backup")


@rule(
    name="secret-uses-customer-key",
    on=(SECRET, "aws:ssm/parameter:Parameter"),
    severity=Severity.HIGH,
    controls=_AT_REST,
    remedy="Set kms_key_id (for a parameter, key_id) to a customer key.",
)
def secret_uses_customer_key(secret: Resource) -> Iterator[Outcome]:
    """A secret, each of its replicas and a SecureString parameter are encrypted with a customer key."""
    if secret.type != SECRET:
        if secret.text("type") != "SecureString":
            raise NotApplicable("the parameter is not a SecureString")
        yield from check_customer_key(secret, secret, "keyId", "Systems Manager")
        return
    yield from stop_at_unknown(check_customer_key(secret, secret, "kmsKeyId", "Secrets Manager"))
    for replica in secret.blocks("replicas"):
        yield from _replica(secret, replica, "kmsKeyId", "Secrets Manager")


@rule(
    name="stream-uses-customer-key",
    on=("aws:kinesis/stream:Stream", "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"),
    severity=Severity.HIGH,
    controls=_AT_REST,
    remedy="Set encryption_type to KMS, and kms_key_id; for Firehose set server_side_encryption with a customer managed key.",
)
def stream_uses_customer_key(stream: Resource) -> Iterator[Outcome]:
    """A stream encrypts its records with a customer key."""
    if stream.type == "aws:kinesis/stream:Stream":
        if stream.text("encryptionType") != "KMS":
            yield Finding("is not encrypted (encryptionType)")
            return
        yield from check_customer_key(stream, stream, "kmsKeyId", "Kinesis")
        return
    if stream.has("kinesisSourceConfiguration") or stream.has("mskSourceConfiguration"):
        raise NotApplicable("a Firehose stream that reads from another stream uses the encryption of its source")
    encryption = stream.block("serverSideEncryption")
    if not encryption.is_true("enabled"):
        yield Finding("is not encrypted (serverSideEncryption)")
    elif encryption.text("keyType") != "CUSTOMER_MANAGED_CMK":
        yield Finding("is encrypted with an AWS owned key (serverSideEncryption.keyType), not with a customer key")
    else:
        yield from check_customer_key(stream, encryption, "keyArn", "Firehose")
