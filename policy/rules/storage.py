"""Storage rules: volumes, databases and file systems are under a key of the owner's."""

from collections.abc import Iterator

from policy.model import (
    Block,
    NotApplicable,
    Outcome,
    Resource,
    Severity,
    as_far_as_known,
    rule,
)
from policy.rules.customer_keys import encrypted
from policy.rules.types import (
    DATABASE,
    DATABASE_CLUSTER,
    FILE_SYSTEM,
)

_REST = ("PCI-DSS-4.0:3.5.1", "NIST-800-53r5:SC-28(1)", "NIST-800-53r5:SC-12")

VOLUMES = {
    "aws:ebs/volume:Volume": ("",),
    "aws:ec2/instance:Instance": ("rootBlockDevice", "ebsBlockDevices"),
    "aws:ec2/launchConfiguration:LaunchConfiguration": ("rootBlockDevice", "ebsBlockDevices"),
    "aws:ec2/launchTemplate:LaunchTemplate": ("blockDeviceMappings.ebs",),
}
"""Where each type describes volumes; the empty text is the resource itself."""


@rule(
    name="volume-uses-customer-key",
    on=tuple(VOLUMES),
    severity=Severity.HIGH,
    controls=(*_REST, "CIS-AWS-3.0:2.2.1"),
    remedy="Set encrypted and kms_key_id on the volume or block device.",
)
def volume_uses_customer_key(owner: Resource) -> Iterator[Outcome]:
    """Encrypt a volume under a customer key, whether it stands alone or comes with an instance."""
    for where in VOLUMES[owner.type]:
        outer, _, inner = where.partition(".")
        for block in owner.blocks(outer) if outer else [owner]:
            yield from as_far_as_known(_volume(owner, block, inner))


def _volume(owner: Resource, block: Block, inner: str) -> Iterator[Outcome]:
    # A launch configuration knows no key of its own: its volumes are under the region's default.
    keyless = owner.type == "aws:ec2/launchConfiguration:LaunchConfiguration"
    for volume in block.blocks(inner) if inner else [block]:
        yield from encrypted(owner, volume, "encrypted", None if keyless else "kmsKeyId", "EBS")


DATABASES = (
    DATABASE,
    DATABASE_CLUSTER,
    "aws:docdb/cluster:Cluster",
    "aws:neptune/cluster:Cluster",
    "aws:redshift/cluster:Cluster",
)


@rule(
    name="database-uses-customer-key",
    on=DATABASES,
    severity=Severity.HIGH,
    controls=(*_REST, "CIS-AWS-3.0:2.3.1"),
    remedy="Set storage_encrypted (Redshift: encrypted) and the key of the data class; an unencrypted database has to "
    "be restored from an encrypted copy of its snapshot.",
)
def database_uses_customer_key(database: Resource) -> Iterator[Outcome]:
    """Encrypt a database's storage under a customer key."""
    source = database.text("replicateSourceDb") if database.type == DATABASE else ""
    if source and not source.startswith("arn:"):
        raise NotApplicable("a replica in the region of its source is under the source's key")
    switch = "encrypted" if database.type.startswith("aws:redshift/") else "storageEncrypted"
    key = "kmsKeyArn" if database.type.startswith("aws:neptune/") else "kmsKeyId"
    yield from encrypted(database, database, switch, key, "RDS")


@rule(
    name="file-system-uses-customer-key",
    on=FILE_SYSTEM,
    severity=Severity.HIGH,
    controls=(*_REST, "CIS-AWS-3.0:2.4.1"),
    remedy="Set encrypted and kms_key_id.",
)
def file_system_uses_customer_key(system: Resource) -> Iterator[Outcome]:
    """Encrypt a file system under a customer key."""
    yield from encrypted(system, system, "encrypted", "kmsKeyId", "EFS")
