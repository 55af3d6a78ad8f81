"""What stands beside a bucket, wherever a program writes it."""

from collections.abc import Iterator

from policy.model import Block, Resource
from policy.rules._helpers.resource_types import BUCKET_ENCRYPTION

ENCRYPTION = ("serverSideEncryptionConfiguration", "serverSideEncryptionConfigurations")
"""The deprecated blocks on the bucket itself, in both type versions' spelling."""


def encryption_rules(bucket: Resource) -> Iterator[tuple[Resource, Block]]:
    """Yield the rules of a bucket's encryption, each with the resource that it stands in.

    What is beside the bucket counts before what is on it, which the cloud may have answered earlier.
    """
    sides = bucket.attached(*BUCKET_ENCRYPTION, by="bucket", inline=ENCRYPTION)
    holders: list[tuple[Resource, Block]] = [(side, side) for side in sides]
    for owner, configuration in holders or [(bucket, block) for block in bucket.blocks(*ENCRYPTION)]:
        for one in configuration.blocks("rules", "rule"):
            yield owner, one


def default_encryption(encryption: Block) -> Block:
    """Return what a rule of a bucket's encryption does by default."""
    return encryption.block("applyServerSideEncryptionByDefault", "applyServerSideEncryptionByDefaults")
