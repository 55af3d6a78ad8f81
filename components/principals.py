"""The groups of people and pipelines that may access the stack, by task."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

_ANY_ACCOUNT = 12 * "?"
CONFLICTS = {
    "uploaders": (
        ("readers", "quarantine_operators", "auditors", "services"),
        "a reader who can upload could test guessed account numbers",
    ),
    "operators": (("readers", "quarantine_operators", "auditors"), "operators are denied every read of records"),
}
"""Groups that must not share a principal with a group, and why."""


@dataclass(frozen=True, kw_only=True)
class Principals:
    """Patterns of ARNs of IAM users and roles. For an empty group, IAM alone decides.

    Attributes
    ----------
    deploy
        Run the engine: they may change what is deployed, and are denied access to records.
    break_glass
        In an emergency, may delete a key, bypass a lock or delete evidence.
    uploaders
        Write input and read nothing: a principal who could do both could test guessed account numbers.
    readers
        Read results.
    quarantine_operators
        Read rejected records.
    auditors
        Read evidence and results, and change nothing.
    operators
        Respond to alarms: redrive dead letters and notify again of files, and read no records.
    services
        Roles that AWS services act through, such as those of Macie, Backup, replication and a malware scan: they read, and
        delete nothing.
    """

    deploy: tuple[str, ...] = ()
    break_glass: tuple[str, ...] = ()
    uploaders: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    quarantine_operators: tuple[str, ...] = ()
    auditors: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    services: tuple[str, ...] = ()

    @property
    def guardrail_admins(self) -> tuple[str, ...]:
        """The only principals who may change guardrails; empty, which restricts nobody, without deploy principals."""
        return (*self.deploy, *self.break_glass) if self.deploy else ()

    @property
    def clients(self) -> tuple[str, ...]:
        """Principals who work with records from outside the network."""
        return (*self.uploaders, *self.readers, *self.quarantine_operators, *self.auditors)


def is_member(arn: str, patterns: Sequence[str]) -> bool:
    """Return whether a user or role belongs to a group."""
    return any(overlap(pattern, arn) for pattern in patterns)


def overlap(first: str, second: str) -> bool:
    """Return whether the same user or role could match two patterns: ARNs, or `role/…` in any account."""
    return _overlap(_with_account(first), _with_account(second))


def _with_account(pattern: str) -> str:
    return pattern.partition("::")[2] if pattern.startswith("arn:") else f"{_ANY_ACCOUNT}:{pattern}"


@cache
def _overlap(first: str, second: str) -> bool:
    """Return whether some text matches both of two patterns with `*` and `?`."""
    if not first or not second:
        return not (first + second).strip("*")
    if "*" in (first[0], second[0]):
        star, rest = (first, second) if first[0] == "*" else (second, first)
        return _overlap(star[1:], rest) or _overlap(star, rest[1:])  # the star stands for nothing, or for one more
    return (first[0] == second[0] or "?" in (first[0], second[0])) and _overlap(first[1:], second[1:])
