"""Storage rules: volumes, databases, tables and file systems are encrypted, recoverable and protected from deletion."""

from collections.abc import Iterator
from typing import cast

from policy.model import (
    Block,
    Finding,
    NotApplicable,
    Outcome,
    Parameters,
    Resource,
    Severity,
    check_each,
    rule,
    stop_at_unknown,
)
from policy.rules._helpers.customer_keys import check_encrypted
from policy.rules._helpers.parameter_types import integer_parameter
from policy.rules._helpers.resource_types import DATABASE, DATABASE_CLUSTER, FILE_SYSTEM, TABLE, TABLE_REPLICA

_AT_REST = ("PCI-DSS-4.0.1:3.5.1", "NIST-800-53r5:SC-28(1)", "NIST-800-53r5:SC-12")

VOLUMES = {
    "aws:ebs/volume:Volume": ("",),
    "aws:ec2/instance:Instance": ("rootBlockDevice", "ebsBlockDevices"),
    "aws:ec2/launchConfiguration:LaunchConfiguration": ("rootBlockDevice", "ebsBlockDevices"),
    "aws:ec2/launchTemplate:LaunchTemplate": ("blockDeviceMappings.ebs",),
}
"""The blocks in which each type describes volumes; an empty text is the resource itself."""


@rule(
    name="volume-uses-customer-key",
    on=tuple(VOLUMES),
    severity=Severity.HIGH,
    controls=(*_AT_REST, "CIS-AWS-3.0:2.2.1"),
    remedy="Set encrypted and kms_key_id on the volume or block device.",
)
def volume_uses_customer_key(owner: Resource) -> Iterator[Outcome]:
    """A volume is encrypted with a customer key, whether it is a resource of its own or part of an instance."""
    for path in VOLUMES[owner.type]:
        outer, _, inner = path.partition(".")
        for block in owner.blocks(outer) if outer else [owner]:
            yield from stop_at_unknown(_volume(owner, block, inner))


def _volume(owner: Resource, block: Block, inner: str) -> Iterator[Outcome]:
    # A launch configuration has no property for a key: its volumes use the region's default key.
    has_no_key = owner.type == "aws:ec2/launchConfiguration:LaunchConfiguration"
    for volume in block.blocks(inner) if inner else [block]:
        yield from check_encrypted(owner, volume, "encrypted", None if has_no_key else "kmsKeyId", "EBS")


_BACKED_UP = (DATABASE, DATABASE_CLUSTER, "aws:docdb/cluster:Cluster", "aws:neptune/cluster:Cluster")
DATABASES = (*_BACKED_UP, "aws:redshift/cluster:Cluster")


@rule(
    name="database-uses-customer-key",
    on=DATABASES,
    severity=Severity.HIGH,
    controls=(*_AT_REST, "CIS-AWS-3.0:2.3.1"),
    remedy="Set storage_encrypted (for Redshift, encrypted) and the key of the data class. To encrypt an existing database, "
    "restore it from an encrypted copy of its snapshot.",
)
def database_uses_customer_key(database: Resource) -> Iterator[Outcome]:
    """A database encrypts its storage with a customer key."""
    source = database.text("replicateSourceDb") if database.type == DATABASE else ""
    if source and not source.startswith("arn:"):
        raise NotApplicable("a replica in the region of its source uses the key of its source")
    switch = "encrypted" if database.type.startswith("aws:redshift/") else "storageEncrypted"
    key = "kmsKeyArn" if database.type.startswith("aws:neptune/") else "kmsKeyId"
    yield from check_encrypted(database, database, switch, key, "RDS")


@rule(
    name="file-system-uses-customer-key",
    on=FILE_SYSTEM,
    severity=Severity.HIGH,
    controls=(*_AT_REST, "CIS-AWS-3.0:2.4.1"),
    remedy="Set encrypted and kms_key_id.",
)
def file_system_uses_customer_key(system: Resource) -> Iterator[Outcome]:
    """A file system is encrypted with a customer key."""
    yield from check_encrypted(system, system, "encrypted", "kmsKeyId", "EFS")


@rule(
    name="table-has-point-in-time-recovery",
    on=(TABLE, TABLE_REPLICA),
    severity=Severity.HIGH,
    controls=("NIST-800-53r5:CP-9", "NIST-800-53r5:CP-10"),
    remedy="Set point_in_time_recovery.enabled. A replica has its own point_in_time_recovery.",
)
def table_has_point_in_time_recovery(table: Resource) -> Iterator[Outcome]:
    """A table, and each of its replicas, can be restored to any second of the last 35 days."""
    if table.type == TABLE_REPLICA:
        if not table.is_true("pointInTimeRecovery"):
            yield Finding("has no point-in-time recovery")
        return
    yield from check_each([table], _recovery)
    yield from check_each(table.blocks("replicas"), _replica_recovery)


_RECOVERY_DAYS = 35
"""The recovery period of DynamoDB unless a table sets a shorter one."""


def _recovery(table: Resource) -> Iterator[Outcome]:
    recovery = table.block("pointInTimeRecovery")
    if not recovery.is_true("enabled"):
        yield Finding("has no point-in-time recovery")
    elif (days := recovery.number("recoveryPeriodInDays") or _RECOVERY_DAYS) < _RECOVERY_DAYS:
        yield Finding(
            f"has a recovery period of {days:.0f} days (pointInTimeRecovery.recoveryPeriodInDays), expected {_RECOVERY_DAYS}"
        )


def _replica_recovery(replica: Block) -> Iterator[Outcome]:
    if not replica.is_true("pointInTimeRecovery"):
        yield Finding(f"has a replica without point-in-time recovery ({replica.path}pointInTimeRecovery)")


@rule(
    name="database-is-backed-up",
    on=_BACKED_UP,
    severity=Severity.HIGH,
    controls=("NIST-800-53r5:CP-9", "NIST-800-53r5:CP-10"),
    remedy="Set backup_retention_period to at least the minimum.",
    parameters={"minimumDays": integer_parameter("Minimum number of days that backups are kept", 7, 1, 35)},
)
def database_is_backed_up(database: Resource, parameters: Parameters) -> Iterator[Outcome]:
    """A database keeps its backups for several days, and can be restored to any second of that time.

    If the period is not set, RDS keeps no backups of an instance, and those of a cluster for one day.
    """
    if database.type == DATABASE and database.has("replicateSourceDb"):
        raise NotApplicable("a replica is restored from its source")
    days, minimum = database.number("backupRetentionPeriod") or 0, cast("int", parameters["minimumDays"])
    if days < minimum:
        yield Finding(f"keeps its backups for {days:.0f} days (backupRetentionPeriod), expected at least {minimum}")


@rule(
    name="database-has-deletion-protection",
    on=(TABLE, *_BACKED_UP),
    severity=Severity.HIGH,
    controls=("NIST-800-53r5:SI-12",),
    remedy="Set deletion_protection_enabled (for databases, deletion_protection).",
)
def database_has_deletion_protection(database: Resource) -> Iterator[Outcome]:
    """AWS refuses to delete a table or a database, whoever calls."""
    switch = "deletionProtectionEnabled" if database.type == TABLE else "deletionProtection"
    if not database.is_true(switch):
        yield Finding(f"has no deletion protection ({switch})")
