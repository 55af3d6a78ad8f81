"""Waivers: exceptions from one rule for one resource, each with a reason, an owner and an expiry date."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from policy.model import name_of, type_of

_EXPIRES_SOON = timedelta(days=30)


@dataclass(frozen=True)
class Note:
    """Something in a report that is not a verdict but needs a reader.

    Attributes
    ----------
    kind
        `waiver-malformed`, `waiver-expired`, `waiver-expires-soon`, `waiver-unused` or `incomplete`.
    """

    kind: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """An exception from one rule for one resource.

    Attributes
    ----------
    resource
        The resource's URN, or `type::name`. Never a pattern.
    expires
        The last day on which the waiver is valid.
    """

    rule: str
    resource: str
    reason: str
    owner: str
    expires: date

    def covers(self, urn: str) -> bool:
        """Tell whether the waiver is for the resource with this URN."""
        return self.resource in (urn, f"{type_of(urn)}::{name_of(urn)}")

    def is_valid(self, today: date) -> bool:
        """Tell whether the waiver has not expired."""
        return today <= self.expires


def parse_waiver(entry: Mapping[str, str]) -> Waiver:
    """Return the waiver that an entry of a settings file describes; the schema has to allow the entry."""
    return Waiver(**{**entry, "expires": date.fromisoformat(entry["expires"])})  # type: ignore[arg-type]


def waiver_notes(waiver: Waiver, today: date, *, needed: bool) -> list[Note]:
    """Return the note that a waiver calls for: it has expired, it expires soon, or nothing needs it."""
    subject = f"the waiver of {waiver.rule} for {waiver.resource}, owned by {waiver.owner},"
    if not waiver.is_valid(today):
        return [Note("waiver-expired", f"{subject} expired on {waiver.expires}; its findings count again")]
    if not needed:
        return [Note("waiver-unused", f"{subject} covers no finding; remove it")]
    if waiver.expires - today <= _EXPIRES_SOON:
        return [
            Note("waiver-expires-soon", f"{subject} expires on {waiver.expires}; fix the finding or renew the waiver")
        ]
    return []
