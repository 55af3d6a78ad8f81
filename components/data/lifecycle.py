"""When objects expire, and which storage class they are in until then."""

from dataclasses import dataclass

import pulumi_aws as aws

from components.retention import Retention

_ABORT_DAYS = 7
"""An upload that is not complete after a week will not be."""
_DAYS_PER_YEAR = 366
"""The longest year: what must last for years must not expire a day early."""
_NONCURRENT_CODE_DAYS = 90
"""A rollback may need the code of the last three months."""
_NONCURRENT_RAW_DAYS = 1
"""An overwritten raw file was processed as a version of its own, so the copy is deleted the next day."""
_TRANSITIONS = (("STANDARD_IA", 90), ("GLACIER_IR", 365))
"""Storage class by age in days. Both return objects at once: an auditor does not wait for a restore."""
_NONCURRENT_TRANSITIONS = (("GLACIER_IR", 30),)
"""The same for noncurrent versions, which are rarely read."""
MINIMUM_TRANSITION_SIZE = "all_storage_classes_128K"
"""Objects below 128 KB stay where they are: the cheaper classes bill them as 128 KB, and each transition costs a request."""

Rule = aws.s3.BucketLifecycleConfigurationRuleArgsDict


@dataclass(frozen=True, kw_only=True)
class Lifespan:
    """How long objects are kept.

    Attributes
    ----------
    days
        Age in days at which an object expires; None keeps it.
    noncurrent_days
        Days after which a noncurrent version is deleted.
    transitions
        Whether objects move to cheaper storage as they age.
    """

    days: int | None
    noncurrent_days: int
    transitions: bool = False


def raw_lifespan(retention: Retention) -> Lifespan:
    """Return the lifespan of raw input and rejects: no longer than they are needed (PCI DSS 3.2.1)."""
    return Lifespan(days=retention.raw_days, noncurrent_days=_NONCURRENT_RAW_DAYS)


def evidence_lifespan(retention: Retention) -> Lifespan:
    """Return the lifespan of results and evidence: every version outlives its lock."""
    days = retention.lock.years * _DAYS_PER_YEAR
    return Lifespan(days=days, noncurrent_days=days, transitions=True)


def code_lifespan(_: Retention) -> Lifespan:
    """Return the lifespan of code: the current version stays."""
    return Lifespan(days=None, noncurrent_days=_NONCURRENT_CODE_DAYS)


def access_log_lifespan(retention: Retention) -> Lifespan:
    """Return the lifespan of access logs: that of all logs."""
    return Lifespan(days=retention.log_days, noncurrent_days=_NONCURRENT_RAW_DAYS)


def lifecycle_rules(lifespan: Lifespan) -> list[Rule]:
    """Return the lifecycle rules of a bucket."""
    rules: list[Rule] = [
        {
            **_rule("aborted-uploads"),
            "abort_incomplete_multipart_upload": {"days_after_initiation": _ABORT_DAYS},
        }
    ]
    if lifespan.transitions:
        rules.append(
            {
                **_rule("transitions"),
                "transitions": [{"storage_class": storage, "days": days} for storage, days in _TRANSITIONS],
                "noncurrent_version_transitions": [
                    {"storage_class": storage, "noncurrent_days": days} for storage, days in _NONCURRENT_TRANSITIONS
                ],
            }
        )
    if lifespan.days is not None:
        rules.append({**_rule("expiration"), "expiration": {"days": lifespan.days}})
    rules += [
        {
            **_rule("noncurrent-versions"),
            "noncurrent_version_expiration": {"noncurrent_days": lifespan.noncurrent_days},
        },
        # A delete marker is of no use once all versions behind it are gone.
        {**_rule("delete-markers"), "expiration": {"expired_object_delete_marker": True}},
    ]
    return rules


def lifecycle_effects(lifespan: Lifespan) -> list[str]:
    """Return what the lifecycle rules do, in the attestor's words (`lambdas/attestor/controls/bucket.py`)."""
    effects = [f"abort uploads after {_ABORT_DAYS} days"]
    if lifespan.transitions:
        effects.append("move no objects below 128 KB")
        effects += [f"move to {storage} after {days} days" for storage, days in _TRANSITIONS]
        effects += [
            f"move noncurrent versions to {storage} after {days} days" for storage, days in _NONCURRENT_TRANSITIONS
        ]
    if lifespan.days is not None:
        effects.append(f"expire after {lifespan.days} days")
    return [*effects, f"expire noncurrent versions after {lifespan.noncurrent_days} days", "remove lone delete markers"]


def _rule(name: str) -> Rule:
    return {"id": name, "status": "Enabled", "filter": {}}
