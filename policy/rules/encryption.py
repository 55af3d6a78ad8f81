"""Data at rest is under the owner's keys."""

from collections.abc import Iterator

from policy.model import Block, Parameters, Resource, Stack, Undecided, rule

_BUCKETS = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
_BUCKET_ENCRYPTION = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
)
_CONTROLS = ("PCI-DSS-4.0:3.5.1", "NIST-800-53r5:SC-28(1)", "NIST-800-53r5:SC-12")


def _foreign(block: Block, name: str) -> bool:
    """Whether a key is AWS's own default of a service; an unknown one was made here, so it is a customer's."""
    try:
        key = block.value(name)
    except Undecided:
        return False
    return "alias/aws/" in str(key)


@rule(
    "bucket-uses-customer-key",
    on=_BUCKETS,
    controls=_CONTROLS,
    remedy="Add a BucketServerSideEncryptionConfiguration with sse_algorithm aws:kms, kms_master_key_id and bucket_key_enabled.",
)
def bucket_uses_customer_key(bucket: Resource, stack: Stack, _: Parameters) -> Iterator[str]:
    """A bucket without a key of its owner's is under one that nobody here can rotate, watch or revoke."""
    sides = stack.beside(bucket, "bucket", *_BUCKET_ENCRYPTION)
    configured = [(one.properties, "rules") for one in sides]
    for inline in ("serverSideEncryptionConfiguration", "serverSideEncryptionConfigurations"):
        if not sides and bucket.properties.has(inline):
            block = bucket.properties.block(inline)
            configured.append((block, "rules" if block.has("rules") else "rule"))
    if not configured:
        if stack.unplaced("bucket", *_BUCKET_ENCRYPTION):
            raise Undecided("bucket of an encryption configuration")
        yield "has no encryption configuration, so it is under S3's own key"
    for block, rules in configured:
        found = block.blocks(rules) or ([block.block(rules)] if block.has(rules) else [])
        if not found:
            yield "has an encryption configuration without a rule"
        for one in found:
            default = one.block("applyServerSideEncryptionByDefault")
            if default.value("sseAlgorithm") not in ("aws:kms", "aws:kms:dsse"):
                yield "is encrypted with S3's own key, not under KMS"
            elif not default.has("kmsMasterKeyId") or _foreign(default, "kmsMasterKeyId"):
                yield "is under the account's default S3 key, not a customer key"
            elif default.value("sseAlgorithm") == "aws:kms" and not one.is_true("bucketKeyEnabled"):
                yield "asks KMS for every object, as its bucket key is off"


@rule(
    "table-uses-customer-key",
    on=("aws:dynamodb/table:Table",),
    controls=_CONTROLS,
    remedy="Set server_side_encryption.enabled and kms_key_arn to the key of the table's data class.",
)
def table_uses_customer_key(table: Resource, _: Stack, __: Parameters) -> Iterator[str]:
    """A table without a key of its owner's is under one that nobody here can rotate, watch or revoke."""
    encryption = table.properties.block("serverSideEncryption")
    if not encryption.is_true("enabled"):
        yield "is under a key that AWS owns"
    elif not encryption.has("kmsKeyArn") or _foreign(encryption, "kmsKeyArn"):
        yield "is under the account's default DynamoDB key, not a customer key"


@rule(
    "queue-uses-customer-key",
    on=("aws:sqs/queue:Queue",),
    controls=_CONTROLS,
    remedy="Set kms_master_key_id to a customer key.",
)
def queue_uses_customer_key(queue: Resource, _: Stack, __: Parameters) -> Iterator[str]:
    """Messages name files and senders: they are under the owner's key as the files are."""
    yield from _keyed(queue, "kmsMasterKeyId")


@rule(
    "topic-uses-customer-key",
    on=("aws:sns/topic:Topic",),
    controls=_CONTROLS,
    remedy="Set kms_master_key_id to a customer key.",
)
def topic_uses_customer_key(topic: Resource, _: Stack, __: Parameters) -> Iterator[str]:
    """Alarms tell how a system is built and where it hurts."""
    yield from _keyed(topic, "kmsMasterKeyId")


@rule(
    "log-group-uses-customer-key",
    on=("aws:cloudwatch/logGroup:LogGroup",),
    controls=(*_CONTROLS, "PCI-DSS-4.0:10.3.2"),
    remedy="Set kms_key_id to a customer key whose policy lets CloudWatch Logs use it.",
)
def log_group_uses_customer_key(group: Resource, _: Stack, __: Parameters) -> Iterator[str]:
    """Logs are evidence, and may tell what they should not: they are under the owner's key."""
    yield from _keyed(group, "kmsKeyId")


def _keyed(resource: Resource, name: str) -> Iterator[str]:
    if not resource.properties.has(name):
        yield f"has no {name}, so it is not under a customer key"
    elif _foreign(resource.properties, name):
        yield "is under a default key of AWS's, not a customer key"
