"""Lifecycle rules: evidence outlives its object lock, raw data expire."""

from typing import Any

import pytest

from components.data.lifecycle import Lifespan, evidence_lifespan, lifecycle_effects, lifecycle_rules
from components.retention import ObjectLock, Retention


def retention(years: int) -> Retention:
    return Retention(raw_days=90, log_days=3653, lock=ObjectLock(mode="COMPLIANCE", years=years), protection=True)


def rules_by_id(lifespan: Lifespan) -> dict[str, Any]:
    return {str(rule["id"]): rule for rule in lifecycle_rules(lifespan)}


@pytest.mark.parametrize("years", [7, 10, 100])
def test_no_version_of_evidence_expires_before_its_lock(years: int) -> None:
    rules = rules_by_id(evidence_lifespan(retention(years)))
    # S3 counts a year of a lock as 365 days at least and 366 at most.
    assert rules["expiration"]["expiration"]["days"] >= 366 * years
    assert rules["noncurrent-versions"]["noncurrent_version_expiration"]["noncurrent_days"] >= 366 * years


def test_evidence_moves_to_cheaper_storage_with_age_and_stays_readable_without_a_restore() -> None:
    rule = rules_by_id(evidence_lifespan(retention(10)))["transitions"]
    ages = [(transition["days"], transition["storage_class"]) for transition in rule["transitions"]]
    assert ages == sorted(ages)
    transitions = (*rule["transitions"], *rule["noncurrent_version_transitions"])
    assert {transition["storage_class"] for transition in transitions} <= {"STANDARD_IA", "GLACIER_IR"}
    # S3 accepts no transition to infrequent access before day 30.
    assert ages[0][0] >= 30
    assert "transitions" not in rules_by_id(Lifespan(days=90, noncurrent_days=1))


def test_raw_data_expire_with_their_noncurrent_versions_and_unfinished_uploads() -> None:
    rules = rules_by_id(Lifespan(days=90, noncurrent_days=1))
    assert rules["expiration"]["expiration"] == {"days": 90}
    assert rules["noncurrent-versions"]["noncurrent_version_expiration"] == {"noncurrent_days": 1}
    assert rules["delete-markers"]["expiration"] == {"expired_object_delete_marker": True}
    assert rules["aborted-uploads"]["abort_incomplete_multipart_upload"] == {"days_after_initiation": 7}
    assert "expiration" not in rules_by_id(Lifespan(days=None, noncurrent_days=1))


def test_the_attestor_expects_that_only_buckets_with_transitions_leave_small_objects_where_they_are() -> None:
    assert "move no objects below 128 KB" in lifecycle_effects(evidence_lifespan(retention(10)))
    assert "move no objects below 128 KB" not in lifecycle_effects(Lifespan(days=90, noncurrent_days=1))
