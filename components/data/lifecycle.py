"""When objects go, and where they rest until then."""

from dataclasses import dataclass

import pulumi_aws as aws

ABORT_DAYS = 7
"""An upload that has not ended after a week will not."""

_DAYS_OF_A_YEAR = 366
"""The most that a year has: what has to last for years must not go a day early."""
_RESTS = (("STANDARD_IA", 90), ("GLACIER_IR", 365))
"""Storage class by age in days. Both answer at once, since an auditor's question has no day to wait."""
_OLD_RESTS = (("GLACIER_IR", 30),)
"""The same for versions that were overwritten, which hardly anybody asks for."""

Rule = aws.s3.BucketLifecycleConfigurationRuleArgsDict


@dataclass(frozen=True, kw_only=True)
class Lifespan:
    """How long objects are kept.

    Attributes
    ----------
    days
        Age in days at which an object goes; none keeps it.
    old_version_days
        Days for which a version that was overwritten or deleted is kept; none keeps it.
    falling
        Whether objects move to cheaper storage as they age.
    """

    days: int | None
    old_version_days: int | None
    falling: bool = False


def evidence(years: int) -> Lifespan:
    """Return the lifespan of what has to last for some years: every version outlives its lock."""
    days = years * _DAYS_OF_A_YEAR
    return Lifespan(days=days, old_version_days=days, falling=True)


def lifecycle_rules(lifespan: Lifespan) -> list[Rule]:
    """Return the rules of a bucket: aborted uploads always go, objects and old versions when their days are over."""
    rules: list[Rule] = [
        {
            **_rule("aborted-uploads"),
            "abort_incomplete_multipart_upload": {"days_after_initiation": ABORT_DAYS},
        }
    ]
    if lifespan.falling:
        rules.append(
            {
                **_rule("rest"),
                "transitions": [{"storage_class": name, "days": days} for name, days in _RESTS],
                "noncurrent_version_transitions": [
                    {"storage_class": name, "noncurrent_days": days} for name, days in _OLD_RESTS
                ],
            }
        )
    if lifespan.days is not None:
        rules.append({**_rule("expire"), "expiration": {"days": lifespan.days}})
    if lifespan.old_version_days is not None:
        rules.append(
            {
                **_rule("old-versions"),
                "noncurrent_version_expiration": {"noncurrent_days": lifespan.old_version_days},
            }
        )
        # What is left of an object that was deleted and whose versions are all gone.
        rules.append({**_rule("delete-markers"), "expiration": {"expired_object_delete_marker": True}})
    return rules


def effects(lifespan: Lifespan) -> list[str]:
    """Return what the rules of a bucket do, in the words of the attestor (`lambdas/attestor/readers/records.py`)."""
    told = [f"abort uploads after {ABORT_DAYS} days"]
    if lifespan.falling:
        told += [f"move to {name} after {days} days" for name, days in _RESTS]
        told += [f"move old versions to {name} after {days} days" for name, days in _OLD_RESTS]
    if lifespan.days is not None:
        told.append(f"expire after {lifespan.days} days")
    if lifespan.old_version_days is not None:
        told += [f"expire old versions after {lifespan.old_version_days} days", "remove lone delete markers"]
    return told


def _rule(name: str) -> Rule:
    return {"id": name, "status": "Enabled", "filter": {}}
