"""How long things are kept, and how the evidence set is: keys, output and audit buckets, log groups, trail and table."""

from dataclasses import dataclass

from pulumi import Resource, ResourceOptions


@dataclass(frozen=True, kw_only=True)
class ObjectLock:
    """What keeps every new object of a bucket as it is.

    Attributes
    ----------
    mode
        `GOVERNANCE`, which a permission lifts, or `COMPLIANCE`, which nobody lifts, not even the account's root.
    years
        For how long.
    """

    mode: str
    years: int


@dataclass(frozen=True, kw_only=True)
class Retention:
    """How long the stack's data are kept.

    Attributes
    ----------
    raw_days
        Days of input and quarantine: card numbers stay no longer than they are needed (PCI DSS 3.2.1).
    log_days
        Days of logs, a number that CloudWatch takes.
    lock
        The lock of results and evidence.
    protection
        Whether what has to last refuses to be deleted, by the engine and by itself.
    """

    raw_days: int
    log_days: int
    lock: ObjectLock
    protection: bool


def kept(parent: Resource, protection: bool) -> ResourceOptions:
    """Return the options of a resource that has to last.

    With protection on, the engine refuses to delete it; and where a program no longer names it, it stays in the account.
    """
    return ResourceOptions(parent=parent, protect=protection, retain_on_delete=protection)
