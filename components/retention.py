"""How long data are kept."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ObjectLock:
    """Object lock of every new object in a bucket.

    Attributes
    ----------
    mode
        `GOVERNANCE`, which principals with a special permission may bypass, or `COMPLIANCE`, which nobody may, not even
        the account's root user.
    years
        Retention period.
    """

    mode: str
    years: int


@dataclass(frozen=True, kw_only=True)
class Retention:
    """How long the stack's data are kept.

    Attributes
    ----------
    raw_days
        Days that input and quarantine are kept: no longer than card numbers are needed (PCI DSS 3.2.1).
    log_days
        Days that logs are kept; one of the values that CloudWatch Logs offers.
    lock
        Object lock of results and evidence.
    protection
        Whether the evidence set refuses deletion, by the engine and by its own policies.
    """

    raw_days: int
    log_days: int
    lock: ObjectLock
    protection: bool
