"""Encryption rules: data at rest is under a key of the owner's, which can be rotated, audited and revoked."""

import re
from collections.abc import Iterator

from policy.model import Block, Finding, Outcome, Resource, Severity, Undecided, as_far_as_known, rule

KEYS = (
    "aws:kms/key:Key",
    "aws:kms/alias:Alias",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:kms/externalKey:ExternalKey",
    "aws:kms/replicaExternalKey:ReplicaExternalKey",
)
"""What a customer key may be made from, when its id is not known yet."""

BUCKETS = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2", "aws:s3/directoryBucket:DirectoryBucket")
BUCKET_ENCRYPTION = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
)
_INLINE = ("serverSideEncryptionConfiguration", "serverSideEncryptionConfigurations")
"""The deprecated blocks on the bucket itself, in both type versions' spelling."""

TABLE = "aws:dynamodb/table:Table"
TABLE_REPLICA = "aws:dynamodb/tableReplica:TableReplica"

_AWS_MANAGED = re.compile(r"(^|:)alias/aws/", re.IGNORECASE)
_REST = ("NIST-800-53r5:SC-28(1)", "NIST-800-53r5:SC-12")


@rule(
    name="bucket-uses-customer-key",
    on=BUCKETS,
    severity=Severity.HIGH,
    controls=("PCI-DSS-4.0:3.5.1", *_REST),
    remedy="Add a BucketServerSideEncryptionConfiguration with sse_algorithm aws:kms, the kms_master_key_id of the "
    "bucket's data class and bucket_key_enabled.",
    whole_stack=True,
)
def bucket_uses_customer_key(bucket: Resource) -> Iterator[Outcome]:
    """Encrypt a bucket's objects under a customer key by default, through a bucket key.

    A bucket without a key of its own is under one that Amazon holds for everybody. Without a bucket key, each object
    is a call to KMS, whose throttling then stops reads and writes.
    """
    inline = bucket.blocks(*_INLINE)
    asked = bucket.was_asked(*_INLINE)
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
    default = encryption.block("applyServerSideEncryptionByDefault", "applyServerSideEncryptionByDefaults")
    algorithm = default.text("sseAlgorithm")
    if algorithm not in ("aws:kms", "aws:kms:dsse"):
        yield Finding(f"is under S3's own key ({algorithm or 'no algorithm'}), not a customer key")
        return
    yield from _customer_key(owner, default, "kmsMasterKeyId", "S3")
    # S3 has no bucket keys for two layers of encryption.
    if algorithm == "aws:kms" and not encryption.is_true("bucketKeyEnabled"):
        yield Finding("has no bucket key: each object is a call to KMS")


@rule(
    name="table-uses-customer-key",
    on=(TABLE, TABLE_REPLICA),
    severity=Severity.HIGH,
    controls=("PCI-DSS-4.0:3.5.1", *_REST),
    remedy="Set server_side_encryption.enabled and kms_key_arn to the key of the table's data class; a replica has "
    "its own kms_key_arn.",
)
def table_uses_customer_key(table: Resource) -> Iterator[Outcome]:
    """Keep a table and each of its replicas under a customer key.

    A DynamoDB table without a key of its own is under an AWS-owned key that nobody here can rotate or revoke.
    """
    if table.type == TABLE_REPLICA:
        yield from _customer_key(table, table, "kmsKeyArn", "DynamoDB")
        return
    yield from as_far_as_known(_table_encryption(table))
    for replica in table.blocks("replicas"):
        for found in as_far_as_known(_customer_key(table, replica, "kmsKeyArn", "DynamoDB")):
            yield Finding(f"has a replica that {found.message}") if isinstance(found, Finding) else found


def _table_encryption(table: Resource) -> Iterator[Outcome]:
    encryption = table.block("serverSideEncryption")
    if not encryption.is_true("enabled"):
        yield Finding("is under an AWS-owned key")
    else:
        yield from _customer_key(table, encryption, "kmsKeyArn", "DynamoDB")


@rule(
    name="queue-uses-customer-key",
    on="aws:sqs/queue:Queue",
    severity=Severity.HIGH,
    controls=("PCI-DSS-4.0:3.5.1", *_REST),
    remedy="Set kms_master_key_id to the key of the queue's data class.",
)
def queue_uses_customer_key(queue: Resource) -> Iterator[Outcome]:
    """Keep a queue's messages under a customer key, not one that SQS manages."""
    yield from _customer_key(queue, queue, "kmsMasterKeyId", "SQS")


@rule(
    name="topic-uses-customer-key",
    on="aws:sns/topic:Topic",
    severity=Severity.HIGH,
    controls=("PCI-DSS-4.0:3.5.1", *_REST),
    remedy="Set kms_master_key_id to a customer key whose policy lets the publishing services use it.",
)
def topic_uses_customer_key(topic: Resource) -> Iterator[Outcome]:
    """Keep a topic's messages under a customer key; without one, a topic does not encrypt at rest."""
    yield from _customer_key(topic, topic, "kmsMasterKeyId", "SNS")


@rule(
    name="log-group-uses-customer-key",
    on="aws:cloudwatch/logGroup:LogGroup",
    severity=Severity.HIGH,
    controls=("PCI-DSS-4.0:10.3.1", "NIST-800-53r5:AU-9(3)", *_REST),
    remedy="Set kms_key_id to the key for logs; its policy must let the logs service of the region use it.",
)
def log_group_uses_customer_key(group: Resource) -> Iterator[Outcome]:
    """Keep a log group under a customer key: the key's policy then decides as well who may read the logs."""
    yield from _customer_key(group, group, "kmsKeyId", "CloudWatch Logs")


def _customer_key(owner: Resource, block: Block, key: str, service: str) -> Iterator[Outcome]:
    """Yield a finding unless a property holds a customer key.

    An id that is not known yet is one when it is made from a key of the same stack.
    """
    if not block.has(key):
        yield Finding(f"names no customer key ({block.path}{key})")
        return
    outermost = re.split(r"[.\[]", block.path + key, maxsplit=1)[0]
    if not block.knows(key):
        if not owner.references(outermost, *KEYS):
            yield Undecided(block.path + key)
    elif _AWS_MANAGED.search(block.text(key)):
        yield Finding(f"is under the key that AWS manages for {service} ({block.path}{key}), not a customer key")
