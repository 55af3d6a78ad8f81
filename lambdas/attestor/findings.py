"""Compares expected and actual values, and gives each check a verdict. No AWS here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from lambdas.attestor.expected_state import Check
from lambdas.attestor.reading import PendingValue, ReadFailure

PENDING_SECONDS = 3 * 24 * 3600
"""A value may be pending for three days: SNS keeps an invitation to confirm a subscription for as long."""

_QUOTED_LENGTH = 400
"""Characters of a value in a message; the evidence has the whole value."""


class Verdict(StrEnum):
    """The verdict on a check."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    PENDING = "pending"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A check with its verdict.

    Attributes
    ----------
    check
        The check.
    verdict
        The verdict.
    found
        The actual value; none also if it could not be read.
    reason
        Why it could not be read, or why it is no longer pending; none if expected and found explain the verdict.
    since
        Start of the pending time, in seconds since the epoch; none if the value is not pending.
    """

    check: Check
    verdict: Verdict
    found: object
    reason: str | None = None
    since: float | None = None

    def __str__(self) -> str:
        """Return one line with control, resource, expected and found."""
        control = self.check.control
        expected, found = difference(self.check.expected, self.found)
        actual = f"found {_quote(found)}" if self.reason is None or self.since is not None else self.reason
        reason = f" ({self.reason})" if self.since is not None and self.reason else ""
        return f"{control.id} of {control.kind} {self.check.resource}: expected {_quote(expected)}, {actual}{reason}"


def judge(check: Check, actual: object, *, since: float, now: float, deploying: bool) -> Finding:
    """Return the finding of a check.

    Parameters
    ----------
    actual
        The actual value, a `PendingValue` or a `ReadFailure`.
    since
        Start of the pending time, if the value is pending: seconds since the epoch.
    deploying
        Whether a deployment has just finished: then the pending time has no limit.
    """
    if isinstance(actual, ReadFailure):
        return Finding(check=check, verdict=Verdict.FAIL, found=None, reason=actual.reason)
    found = actual.found if isinstance(actual, PendingValue) else actual
    if same(check.expected, found):
        return Finding(check=check, verdict=Verdict.PASS, found=found)
    if not (isinstance(actual, PendingValue) and same(check.expected, actual.later)):
        return Finding(check=check, verdict=Verdict.FAIL, found=found)
    if deploying or now - since <= PENDING_SECONDS:
        return Finding(check=check, verdict=Verdict.PENDING, found=found, since=since)
    days = f"{(now - since) / 86400:.1f}"
    return Finding(check=check, verdict=Verdict.FAIL, found=found, since=since, reason=f"pending for {days} days")


def same(expected: object, found: object) -> bool:
    """Return whether two values are the same; the order of lists does not matter, as it has no meaning in any control."""
    return _normal_form(expected) == _normal_form(found)


def difference(expected: object, found: object) -> tuple[object, object]:
    """Return the members in which two objects differ; any other two values are returned unchanged."""
    if not (isinstance(expected, Mapping) and isinstance(found, Mapping)):
        return expected, found
    differing = [name for name in dict.fromkeys((*expected, *found)) if not same(expected.get(name), found.get(name))]
    return {name: expected.get(name) for name in differing}, {name: found.get(name) for name in differing}


def _normal_form(value: object) -> str:
    """Return a text that is equal for equal values."""
    if isinstance(value, Mapping):
        return json.dumps(sorted((str(name), _normal_form(member)) for name, member in value.items()))
    if isinstance(value, list | tuple):
        return json.dumps(["list", *sorted(_normal_form(member) for member in value)])
    return json.dumps(value)


def _quote(value: object) -> str:
    text = "nothing" if value is None else json.dumps(value)
    return text if len(text) <= _QUOTED_LENGTH else f"{text[:_QUOTED_LENGTH]}…"
