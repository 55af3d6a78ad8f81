"""Database rules: a table or a database can be recovered, and is not deleted by accident."""

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
    for_each,
    rule,
)
from policy.rules.parameters import whole_number
from policy.rules.types import (
    DATABASE,
    DATABASE_CLUSTER,
    TABLE,
    TABLE_REPLICA,
)


@rule(
    name="table-can-be-recovered",
    on=(TABLE, TABLE_REPLICA),
    severity=Severity.HIGH,
    controls=("NIST-800-53r5:CP-9", "NIST-800-53r5:CP-10", "PCI-DSS-4.0:10.3.3"),
    remedy="Set point_in_time_recovery.enabled; a replica has its own point_in_time_recovery.",
)
def table_can_be_recovered(table: Resource) -> Iterator[Outcome]:
    """Keep a table, and each of its replicas, recoverable to any second of the last 35 days."""
    if table.type == TABLE_REPLICA:
        if not table.is_true("pointInTimeRecovery"):
            yield Finding("has no point-in-time recovery")
        return
    yield from for_each([table], _recovery)
    yield from for_each(table.blocks("replicas"), _replica_recovery)


_RECOVERY_DAYS = 35
"""Days that DynamoDB can go back unless it is told fewer."""


def _recovery(table: Resource) -> Iterator[Outcome]:
    recovery = table.block("pointInTimeRecovery")
    if not recovery.is_true("enabled"):
        yield Finding("has no point-in-time recovery")
    elif (days := recovery.number("recoveryPeriodInDays") or _RECOVERY_DAYS) < _RECOVERY_DAYS:
        yield Finding(
            f"can be recovered for {days:.0f} days (pointInTimeRecovery.recoveryPeriodInDays), expected {_RECOVERY_DAYS}"
        )


def _replica_recovery(replica: Block) -> Iterator[Outcome]:
    if not replica.is_true("pointInTimeRecovery"):
        yield Finding(f"has a replica without point-in-time recovery ({replica.path}pointInTimeRecovery)")


DATABASES = (DATABASE, DATABASE_CLUSTER, "aws:docdb/cluster:Cluster", "aws:neptune/cluster:Cluster")


@rule(
    name="database-is-backed-up",
    on=DATABASES,
    severity=Severity.HIGH,
    controls=("NIST-800-53r5:CP-9", "NIST-800-53r5:CP-10", "PCI-DSS-4.0:10.3.3"),
    remedy="Set backup_retention_period to at least the minimum.",
    parameters={"minimumDays": whole_number("Least days that a database's backups are kept", 7, 1, 35)},
)
def database_is_backed_up(database: Resource, parameters: Parameters) -> Iterator[Outcome]:
    """Keep a database's backups for some days: within them it can be recovered to any second.

    Without a number RDS keeps none of an instance's, and a cluster's for one day.
    """
    if database.type == DATABASE and database.has("replicateSourceDb"):
        raise NotApplicable("a replica is recovered from its source")
    days, least = database.number("backupRetentionPeriod") or 0, cast("int", parameters["minimumDays"])
    if days < least:
        yield Finding(f"keeps its backups for {days:.0f} days (backupRetentionPeriod), expected at least {least}")


@rule(
    name="database-refuses-deletion",
    on=(TABLE, *DATABASES),
    severity=Severity.HIGH,
    controls=("NIST-800-53r5:CP-9", "NIST-800-53r5:SI-12", "PCI-DSS-4.0:10.3.2"),
    remedy="Set deletion_protection_enabled (databases: deletion_protection).",
)
def database_refuses_deletion(database: Resource) -> Iterator[Outcome]:
    """Let AWS itself refuse to delete a table or a database, whoever asks."""
    switch = "deletionProtectionEnabled" if database.type == TABLE else "deletionProtection"
    if not database.is_true(switch):
        yield Finding(f"can be deleted ({switch})")
