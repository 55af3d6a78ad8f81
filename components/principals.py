"""Who may come near the records, told apart by what they are for."""

from dataclasses import dataclass
from functools import cache

_ANY_ACCOUNT = 12 * "?"


@dataclass(frozen=True, kw_only=True)
class Principals:
    """Patterns of the ARNs of IAM users and roles; an empty group leaves its question to IAM.

    Attributes
    ----------
    deploy
        Who runs the engine: may change what is deployed, and is kept from the records.
    break_glass
        Who may, in an emergency, end a key, bypass a lock or delete evidence.
    uploaders
        Who writes input, and reads nothing: whoever may do both could try out accounts against their tokens.
    readers
        Who reads results.
    quarantine_operators
        Who reads what was rejected.
    auditors
        Who reads evidence and results, and changes nothing.
    """

    deploy: tuple[str, ...] = ()
    break_glass: tuple[str, ...] = ()
    uploaders: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    quarantine_operators: tuple[str, ...] = ()
    auditors: tuple[str, ...] = ()

    @property
    def guardrail_admins(self) -> tuple[str, ...]:
        """Who changes what is deployed: nobody else in particular where nobody is named."""
        return (*self.deploy, *self.break_glass) if self.deploy else ()

    @property
    def clients(self) -> tuple[str, ...]:
        """Who works with the records from outside the network."""
        return (*self.uploaders, *self.readers, *self.quarantine_operators, *self.auditors)


def overlap(one: str, other: str) -> bool:
    """Tell whether one and the same user or role may fit two patterns: ARNs, or `role/…` of whatever account."""
    return _overlap(_with_account(one), _with_account(other))


def _with_account(pattern: str) -> str:
    return pattern.partition("::")[2] if pattern.startswith("arn:") else f"{_ANY_ACCOUNT}:{pattern}"


@cache
def _overlap(one: str, other: str) -> bool:
    """Tell whether some text matches both of two patterns with `*` and `?`."""
    if not one or not other:
        return not (one + other).strip("*")
    if "*" in (one[0], other[0]):
        star, rest = (one, other) if one[0] == "*" else (other, one)
        return _overlap(star[1:], rest) or _overlap(star, rest[1:])  # it stands for nothing, or for one more
    return (one[0] == other[0] or "?" in (one[0], other[0])) and _overlap(one[1:], other[1:])
