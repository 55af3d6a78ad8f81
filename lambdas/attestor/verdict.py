"""From what was meant and what was found to a verdict: pure, without AWS."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from lambdas.attestor.intent import Check
from lambdas.attestor.reading import Awaited

PENDING_SECONDS = 3 * 24 * 3600
"""What has not come after three days will not come by itself: AWS gives an invitation to confirm as long."""

_WORDS = 400
"""Characters of a value that a message quotes; the evidence holds it whole."""


class Verdict(StrEnum):
    """What became of a check."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    PENDING = "pending"


@dataclass(frozen=True)
class Unreadable:
    """A value that AWS did not tell.

    Attributes
    ----------
    reason
        Why, for a person.
    passing
        Whether it may be told a little later.
    """

    reason: str
    passing: bool


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A check with its verdict.

    Attributes
    ----------
    check
        What was checked.
    verdict
        The verdict.
    found
        The value that was found; none also where it was not told.
    reason
        Why it could not be read, or why waiting has ended; none where expected and found say it all.
    since
        When it was first waited for, in seconds since the epoch; none where nothing is waited for.
    """

    check: Check
    verdict: Verdict
    found: object
    reason: str | None = None
    since: float | None = None

    def __str__(self) -> str:
        """Say it in one line: control, resource, expected, found."""
        expected, found = difference(self.check.expected, self.found)
        known = f"found {_quoted(found)}" if self.reason is None or self.since is not None else self.reason
        reason = f" ({self.reason})" if self.since is not None and self.reason else ""
        return f"{self.check.control.id} of {self.check.control.kind} {self.check.resource}: expected {_quoted(expected)}, {known}{reason}"


def judge(check: Check, observed: object, *, since: float, now: float, deploying: bool) -> Finding:
    """Return the verdict on what was observed.

    Parameters
    ----------
    observed
        The value, an `Awaited` one, or an `Unreadable`.
    since
        When this was first waited for, if it is being waited for: seconds since the epoch.
    deploying
        Whether something was just deployed: then waiting has no end.
    """
    if isinstance(observed, Unreadable):
        return Finding(check=check, verdict=Verdict.FAIL, found=None, reason=observed.reason)
    found = observed.found if isinstance(observed, Awaited) else observed
    if same(check.expected, found):
        return Finding(check=check, verdict=Verdict.PASS, found=found)
    if not (isinstance(observed, Awaited) and same(check.expected, observed.later)):
        return Finding(check=check, verdict=Verdict.FAIL, found=found)
    if deploying or now - since <= PENDING_SECONDS:
        return Finding(check=check, verdict=Verdict.PENDING, found=found, since=since)
    days = f"{(now - since) / 86400:.1f}"
    return Finding(check=check, verdict=Verdict.FAIL, found=found, since=since, reason=f"pending for {days} days")


def same(expected: object, found: object) -> bool:
    """Whether two values are the same; the order of a list never matters, as no control has one."""
    return _unordered(expected) == _unordered(found)


def difference(expected: object, found: object) -> tuple[object, object]:
    """Return of two objects only the members that differ, of other values all."""
    if not (isinstance(expected, Mapping) and isinstance(found, Mapping)):
        return expected, found
    differing = [name for name in dict.fromkeys((*expected, *found)) if not same(expected.get(name), found.get(name))]
    return {name: expected.get(name) for name in differing}, {name: found.get(name) for name in differing}


def _unordered(value: object) -> str:
    """Return a text that is the same for values that are."""
    if isinstance(value, Mapping):
        return json.dumps(sorted((str(name), _unordered(one)) for name, one in value.items()))
    if isinstance(value, list | tuple):
        return json.dumps(["list", *sorted(_unordered(one) for one in value)])
    return json.dumps(value)


def _quoted(value: object) -> str:
    text = "nothing" if value is None else json.dumps(value)
    return text if len(text) <= _WORDS else f"{text[:_WORDS]}…"
