"""Waivers: exceptions from one rule for one resource, with a reason, an owner and a last day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from policy.model import name_of, type_of

_SOON = timedelta(days=30)


@dataclass(frozen=True)
class Note:
    """Something to know beside the verdicts.

    Attributes
    ----------
    kind
        `waiver-malformed`, `waiver-expired`, `waiver-expires-soon`, `waiver-unused` or `incomplete`.
    """

    kind: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """An exception.

    Attributes
    ----------
    resource
        One resource, exactly: its URN, or `type::name`.
    expires
        The last day on which it holds.
    """

    rule: str
    resource: str
    reason: str
    owner: str
    expires: date

    def names(self, urn: str) -> bool:
        """Tell whether it is for this resource."""
        return self.resource in (urn, f"{type_of(urn)}::{name_of(urn)}")

    def holds(self, today: date) -> bool:
        """Tell whether it still holds."""
        return today <= self.expires


def waiver_from(entry: Mapping[str, str]) -> Waiver:
    """Make a waiver of an entry that the schema allows.

    Raises
    ------
    ValueError
        Its last day is no day of the calendar.
    """
    return Waiver(
        rule=entry["rule"],
        resource=entry["resource"],
        reason=entry["reason"],
        owner=entry["owner"],
        expires=date.fromisoformat(entry["expires"]),
    )


def attention(waiver: Waiver, today: date, *, needed: bool) -> list[Note]:
    """Return what a waiver needs said: that it has ended, that it soon will, or that nothing needs it."""
    what = f"the waiver of {waiver.rule} for {waiver.resource} by {waiver.owner}"
    if not waiver.holds(today):
        return [Note("waiver-expired", f"{what} expired on {waiver.expires}; what it covered counts again")]
    if not needed:
        return [Note("waiver-unused", f"{what} covers no finding; remove it")]
    if waiver.expires - today <= _SOON:
        return [Note("waiver-expires-soon", f"{what} ends on {waiver.expires}; mend its finding or renew it")]
    return []
