"""Encryption rules: data at rest is under a key of the owner's, which can be rotated, audited and revoked."""

from collections.abc import Iterator

from policy.model import (
    Block,
    Finding,
    NotApplicable,
    Outcome,
    Resource,
    Severity,
    as_far_as_known,
    rule,
)
from policy.rules._helpers.bucket_encryption import ENCRYPTION, default_encryption
from policy.rules._helpers.customer_keys import customer_key
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

_REST = ("PCI-DSS-4.0:3.5.1", "NIST-800-53r5:SC-28(1)", "NIST-800-53r5:SC-12")


@rule(
    name="bucket-uses-customer-key",
    on=(*BUCKET, DIRECTORY_BUCKET),
    severity=Severity.HIGH,
    controls=_REST,
    remedy="Add a BucketServerSideEncryptionConfiguration with sse_algorithm aws:kms, the kms_master_key_id of the "
    "bucket's data class and bucket_key_enabled.",
    whole_stack=True,
)
def bucket_uses_customer_key(bucket: Resource) -> Iterator[Outcome]:
    """Encrypt a bucket's objects under a customer key by default, through a bucket key.

    A bucket without a key of its own is under one that Amazon holds for everybody. Without a bucket key, each object
    is a call to KMS, whose throttling then stops reads and writes.
    """
    inline = bucket.blocks(*ENCRYPTION)
    asked = bucket.was_asked(*ENCRYPTION)
    if asked:
        for block in inline:
            yield from as_far_as_known(_configuration(bucket, block))
    sides = bucket.attached(*BUCKET_ENCRYPTION, by="bucket")
    if len(sides) > 1:
        names = ", ".join(side.name for side in sides)
        yield Finding(f"has {len(sides)} encryption configurations ({names}); the last one applied wins")
    for side in sides:
        yield from as_far_as_known(_configuration(side, side))
    if sides or asked:  # what the cloud answered on the bucket itself may be older than these
        return
    if not inline:
        yield Finding("has no encryption configuration: it is under S3's own key")
    for block in inline:
        yield from _configuration(bucket, block)


def _configuration(owner: Resource, configuration: Block) -> Iterator[Outcome]:
    rules = configuration.blocks("rules", "rule")
    if not rules:
        yield Finding("has an encryption configuration without a rule: it is under S3's own key")
    for one in rules:
        yield from as_far_as_known(_encryption_rule(owner, one))


def _encryption_rule(owner: Resource, encryption: Block) -> Iterator[Outcome]:
    default = default_encryption(encryption)
    algorithm = default.text("sseAlgorithm")
    if algorithm not in ("aws:kms", "aws:kms:dsse"):
        yield Finding(f"is under S3's own key ({algorithm or 'no algorithm'}), not a customer key")
        return
    yield from customer_key(owner, default, "kmsMasterKeyId", "S3")
    # S3 has no bucket keys for two layers of encryption.
    if algorithm == "aws:kms" and not encryption.is_true("bucketKeyEnabled"):
        yield Finding("has no bucket key: each object is a call to KMS")


@rule(
    name="table-uses-customer-key",
    on=(TABLE, TABLE_REPLICA),
    severity=Severity.HIGH,
    controls=_REST,
    remedy="Set server_side_encryption.enabled and kms_key_arn to the key of the table's data class; a replica has "
    "its own kms_key_arn.",
)
def table_uses_customer_key(table: Resource) -> Iterator[Outcome]:
    """Keep a table and each of its replicas under a customer key.

    A DynamoDB table without a key of its own is under an AWS-owned key that nobody here can rotate or revoke.
    """
    if table.type == TABLE_REPLICA:
        yield from customer_key(table, table, "kmsKeyArn", "DynamoDB")
        return
    yield from as_far_as_known(_table_encryption(table))
    for replica in table.blocks("replicas"):
        for found in as_far_as_known(customer_key(table, replica, "kmsKeyArn", "DynamoDB")):
            yield Finding(f"has a replica that {found.message}") if isinstance(found, Finding) else found


def _table_encryption(table: Resource) -> Iterator[Outcome]:
    encryption = table.block("serverSideEncryption")
    if not encryption.is_true("enabled"):
        yield Finding("is under an AWS-owned key")
    else:
        yield from customer_key(table, encryption, "kmsKeyArn", "DynamoDB")


@rule(
    name="queue-uses-customer-key",
    on=QUEUE,
    severity=Severity.HIGH,
    controls=_REST,
    remedy="Set kms_master_key_id to the key of the queue's data class.",
)
def queue_uses_customer_key(queue: Resource) -> Iterator[Outcome]:
    """Keep a queue's messages under a customer key, not one that SQS manages."""
    yield from customer_key(queue, queue, "kmsMasterKeyId", "SQS")


@rule(
    name="topic-uses-customer-key",
    on=TOPIC,
    severity=Severity.HIGH,
    controls=_REST,
    remedy="Set kms_master_key_id to a customer key whose policy lets the publishing services use it.",
)
def topic_uses_customer_key(topic: Resource) -> Iterator[Outcome]:
    """Keep a topic's messages under a customer key; without one, a topic does not encrypt at rest."""
    yield from customer_key(topic, topic, "kmsMasterKeyId", "SNS")


@rule(
    name="log-group-uses-customer-key",
    on=LOG_GROUP,
    severity=Severity.HIGH,
    controls=("PCI-DSS-4.0:10.3.1", "NIST-800-53r5:AU-9(3)", "NIST-800-53r5:SC-28(1)", "NIST-800-53r5:SC-12"),
    remedy="Set kms_key_id to the key for logs; its policy must let the logs service of the region use it.",
)
def log_group_uses_customer_key(group: Resource) -> Iterator[Outcome]:
    """Keep a log group under a customer key: the key's policy then decides as well who may read the logs."""
    yield from customer_key(group, group, "kmsKeyId", "CloudWatch Logs")


@rule(
    name="function-environment-uses-customer-key",
    on=FUNCTION,
    severity=Severity.MEDIUM,
    controls=_REST,
    remedy="Set kms_key_arn to the key for internal data.",
)
def function_environment_uses_customer_key(function: Resource) -> Iterator[Outcome]:
    """Keep a function's environment variables under a customer key."""
    if not function.block("environment").has("variables"):
        raise NotApplicable("the function has no environment variables")
    yield from customer_key(function, function, "kmsKeyArn", "Lambda")


@rule(
    name="trail-uses-customer-key",
    on=TRAIL,
    severity=Severity.HIGH,
    controls=("PCI-DSS-4.0:10.3.1", "NIST-800-53r5:AU-9(3)", "NIST-800-53r5:SC-28(1)", "CIS-AWS-3.0:3.5"),
    remedy="Set kms_key_id to the key for audit data, whose policy lets CloudTrail use it.",
)
def trail_uses_customer_key(trail: Resource) -> Iterator[Outcome]:
    """Keep a trail's files under a customer key: who may read the bucket cannot read them by that alone."""
    yield from customer_key(trail, trail, "kmsKeyId", "CloudTrail")


@rule(
    name="backup-vault-uses-customer-key",
    on="aws:backup/vault:Vault",
    severity=Severity.HIGH,
    controls=_REST,
    remedy="Set kms_key_arn to the key of the data class that is backed up.",
)
def backup_vault_uses_customer_key(vault: Resource) -> Iterator[Outcome]:
    """Keep backups under a customer key, as what they are backups of."""
    yield from customer_key(vault, vault, "kmsKeyArn", "Backup")


@rule(
    name="secret-uses-customer-key",
    on=(SECRET, "aws:ssm/parameter:Parameter"),
    severity=Severity.HIGH,
    controls=_REST,
    remedy="Set kms_key_id (a parameter's is key_id) to a customer key.",
)
def secret_uses_customer_key(secret: Resource) -> Iterator[Outcome]:
    """Keep a secret, each of its replicas, and a secure parameter under a customer key."""
    if secret.type != SECRET:
        if secret.text("type") != "SecureString":
            raise NotApplicable("the parameter is no secure one")
        yield from customer_key(secret, secret, "keyId", "Systems Manager")
        return
    yield from as_far_as_known(customer_key(secret, secret, "kmsKeyId", "Secrets Manager"))
    for replica in secret.blocks("replicas"):
        for found in as_far_as_known(customer_key(secret, replica, "kmsKeyId", "Secrets Manager")):
            yield Finding(f"has a replica that {found.message}") if isinstance(found, Finding) else found


@rule(
    name="stream-uses-customer-key",
    on=("aws:kinesis/stream:Stream", "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"),
    severity=Severity.HIGH,
    controls=_REST,
    remedy="Set encryption_type KMS and kms_key_id; for Firehose server_side_encryption with a customer-managed key.",
)
def stream_uses_customer_key(stream: Resource) -> Iterator[Outcome]:
    """Keep what flows through a stream under a customer key."""
    if stream.type == "aws:kinesis/stream:Stream":
        if stream.text("encryptionType") != "KMS":
            yield Finding("is not encrypted (encryptionType)")
            return
        yield from customer_key(stream, stream, "kmsKeyId", "Kinesis")
        return
    if stream.has("kinesisSourceConfiguration") or stream.has("mskSourceConfiguration"):
        raise NotApplicable("a delivery stream that reads another one is encrypted by that one's key")
    encryption = stream.block("serverSideEncryption")
    if not encryption.is_true("enabled"):
        yield Finding("is not encrypted (serverSideEncryption)")
    elif encryption.text("keyType") != "CUSTOMER_MANAGED_CMK":
        yield Finding("is under a key that AWS owns (serverSideEncryption.keyType), not a customer key")
    else:
        yield from customer_key(stream, encryption, "keyArn", "Firehose")
