"""The default encryption of a bucket, whether it is set on the bucket or by a resource beside it."""

from collections.abc import Iterator

from policy.model import Block, Resource
from policy.rules._helpers.resource_types import BUCKET_ENCRYPTION

INLINE_ENCRYPTION = ("serverSideEncryptionConfiguration", "serverSideEncryptionConfigurations")
"""The deprecated blocks on the bucket itself, as the versions of the type spell them."""


def encryption_rules(bucket: Resource) -> Iterator[tuple[Resource, Block]]:
    """Yield the rules of a bucket's default encryption, each with the resource that contains it.

    A configuration beside the bucket takes precedence over the bucket's own block, which may be an older answer of AWS.
    """
    sides = bucket.attached(*BUCKET_ENCRYPTION, by="bucket", inline=INLINE_ENCRYPTION)
    configurations: list[tuple[Resource, Block]] = [(side, side) for side in sides]
    for owner, configuration in configurations or [(bucket, block) for block in bucket.blocks(*INLINE_ENCRYPTION)]:
        for encryption_rule in configuration.blocks("rules", "rule"):
            yield owner, encryption_rule


def default_encryption(encryption_rule: Block) -> Block:
    """Return the encryption that a rule applies by default."""
    return encryption_rule.block("applyServerSideEncryptionByDefault", "applyServerSideEncryptionByDefaults")
