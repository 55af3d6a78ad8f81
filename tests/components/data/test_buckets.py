"""Every row of the table of buckets is monitored, restricted, and a stack output."""

from dataclasses import replace
from typing import get_args

import pytest

from components.data.bucket_alarms import ALARMS
from components.data.buckets import BUCKETS, BucketRow, Service, access
from components.monitoring.runbooks import PLACEHOLDERS
from components.principals import Principals
from components.shared.alarms.record import Alarm, Filter
from components.shared.alarms.targets import MonitoringTargets

ROLES = {service: f"arn:{service}" for service in get_args(Service)}
PRINCIPALS = Principals(
    deploy=("arn:deploy",),
    break_glass=("arn:break-glass",),
    uploaders=("arn:uploader",),
    readers=("arn:reader",),
    quarantine_operators=("arn:operator",),
    auditors=("arn:auditor",),
)
# No bucket name is part of another one.
TARGETS: MonitoringTargets[str] = replace(
    PLACEHOLDERS, storage=replace(PLACEHOLDERS.storage, buckets={name: f"<<{name}>>" for name in BUCKETS})
)


def alarms_on(bucket: str) -> set[str]:
    """Return the alarms whose filter names a bucket."""
    return {
        alarm.name
        for alarm in ALARMS
        if isinstance(alarm.source, Filter) and f"<<{bucket}>>" in alarm.source.pattern(TARGETS)
    }


@pytest.mark.parametrize(("bucket", "row"), BUCKETS.items(), ids=BUCKETS)
def test_alarms_monitor_every_bucket(bucket: str, row: BucketRow) -> None:
    change_alarms = {name for name in alarms_on(bucket) if name.endswith("-changed-outside-deployment")}
    assert len(change_alarms) == 1
    if row.holds_records or row.holds_evidence:
        assert "objects-deleted" in alarms_on(bucket)
    if row.holds_records:
        assert {"denied-reads", f"unauthorised-{bucket}-reads"} <= alarms_on(bucket)


@pytest.mark.parametrize(("bucket", "row"), BUCKETS.items(), ids=BUCKETS)
def test_an_alarm_counts_server_errors_of_exactly_the_buckets_with_records(bucket: str, row: BucketRow) -> None:
    (alarm,) = [alarm for alarm in ALARMS if alarm.name == "s3-server-errors"]
    assert isinstance(alarm, Alarm)
    assert (bucket.replace("-", "_") in getattr(alarm.source, "metrics", {})) is row.holds_records


def test_every_bucket_has_an_output_of_its_own() -> None:
    outputs = [row.output for row in BUCKETS.values()]
    assert len(set(outputs)) == len(outputs)
    assert all(output.endswith("_bucket") for output in outputs)


@pytest.mark.parametrize("row", BUCKETS.values(), ids=BUCKETS)
def test_evidence_is_locked_and_raw_records_are_not(row: BucketRow) -> None:
    if row.locked:
        assert row.deletion_restricted
        assert row.key is not None, "S3 takes no object lock on the target of access logs, which alone has no key"
    if row.holds_evidence:
        assert row.locked


@pytest.mark.parametrize("row", BUCKETS.values(), ids=BUCKETS)
def test_uploaders_never_read_a_bucket(row: BucketRow) -> None:
    granted = access(row, PRINCIPALS, ROLES, protection=True)
    assert "arn:uploader" not in granted.readers
    assert granted.readers or "arn:uploader" in granted.never_read


@pytest.mark.parametrize("row", BUCKETS.values(), ids=BUCKETS)
def test_a_group_without_members_leaves_access_to_iam_but_a_service_stays_restricted(row: BucketRow) -> None:
    unnamed = access(row, Principals(), ROLES, protection=True)
    for names, granted in ((row.readers, unnamed.readers), (row.writers, unnamed.writers)):
        groups = set(names) - set(ROLES) - {"break_glass"}
        assert bool(granted) is (bool(names) and not groups)


@pytest.mark.parametrize("row", BUCKETS.values(), ids=BUCKETS)
def test_only_break_glass_can_delete_while_protection_is_on(row: BucketRow) -> None:
    restricted = access(row, PRINCIPALS, ROLES, protection=True).deletion_principals
    assert restricted == (PRINCIPALS.break_glass if row.deletion_restricted else None)
    assert access(row, PRINCIPALS, ROLES, protection=False).deletion_principals is None


@pytest.mark.parametrize("row", BUCKETS.values(), ids=BUCKETS)
def test_an_enforced_perimeter_lets_services_outside_the_network_in_but_not_the_processor(row: BucketRow) -> None:
    outside = access(row, PRINCIPALS, ROLES, protection=True).outside_network
    assert "arn:processor" not in outside
    assert ("arn:attestor" in outside) is ("attestor" in (*row.readers, *row.writers))
    assert ("arn:redrive" in outside) is ("redrive" in row.listed_by)
