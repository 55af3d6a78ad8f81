"""What the values of settings must satisfy, and the error of one that does not."""

import ipaddress
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pulumi

_RESERVED_DOMAIN = re.compile(r"(.*[@.])?(example\.(com|net|org)|example|invalid|test|localhost)", re.IGNORECASE)
"""Domains of documentation and tests (RFC 2606), where nobody receives a page."""


class SettingError(pulumi.RunError):
    """A setting is missing or has a value that is not allowed."""


def setting_error(key: str, value: str, expected: str) -> SettingError:
    """Return the error of a setting."""
    return SettingError(
        f"Setting strongroom:{key} is {value}; expected {expected}. Set it in the stack's file: pulumi config set strongroom:{key} …"
    )


class Constraint(NamedTuple):
    """What a value must satisfy, and the same in words."""

    holds: Callable[[Any], bool]
    expected: str


def between(least: int, most: int) -> Constraint:
    """Return the constraint that a number is in a range, both ends included."""
    return Constraint(lambda value: least <= value <= most, f"a whole number from {least} to {most}")


def one_of(*values: object) -> Constraint:
    """Return the constraint that a value is one of several."""
    return Constraint(lambda value: value in values, "one of " + ", ".join(map(str, values)))


def matches(pattern: str, expected: str) -> Constraint:
    """Return the constraint that a text, or each text of a list, matches a regular expression as a whole."""

    def holds(value: str | list[str]) -> bool:
        return all(re.fullmatch(pattern, text) for text in (value if isinstance(value, list) else [value]))

    return Constraint(holds, expected)


def _is_private_block(value: str) -> bool:
    try:
        network = ipaddress.IPv4Network(value)
    except ValueError:
        return False
    return network.is_private and 16 <= network.prefixlen <= 20


PRIVATE_BLOCK = Constraint(_is_private_block, "a private IPv4 block of /16 to /20, such as 10.20.0.0/16")
TAG_VALUE = matches(r"[\w .:/=+@-]{1,256}", "1 to 256 letters, digits, spaces or any of .:/=+@-_")
PRINCIPALS = matches(
    # A name of wildcards alone would match everybody.
    r"(arn:aws[\w-]*:iam::\d{12}:)?(role|user)/(?=.*[\w+=,.@-])[\w+=,.@/*?-]+",
    "patterns of the form role/name, user/name or a full ARN; wildcards are * and ?",
)
BOUNDARY = matches(
    r"((arn:aws[\w-]*:iam::(\d{12}|aws):)?policy/[\w+=,.@/-]+)?",
    "a managed policy as policy/name or a full ARN, or nothing",
)
REGION = matches(r"([a-z]{2}(-[a-z]+)+-\d)?", "the code of a region, such as eu-west-1, or nothing")
ROLE_ARN = matches(r"(arn:aws[\w-]*:iam::\d{12}:role/[\w+=,.@/-]+)?", "the ARN of a role, or nothing")
TRAIL = matches(
    r"(arn:aws[\w-]*:cloudtrail:[\w-]+:\d{12}:trail/[\w.-]+)?",
    "the ARN of an existing trail, or nothing for a trail of the stack's own",
)
SUBSCRIBERS = matches(
    r"[^@\s]+@[^@\s]+\.[^@\s]+|arn:aws[\w-]*:(sqs|lambda):[\w-]+:\d{12}:\S+",
    "e-mail addresses, and ARNs of queues or functions",
)
RECEIVED = Constraint(
    lambda subscribers: any(not _RESERVED_DOMAIN.fullmatch(name.rpartition("@")[2]) for name in subscribers),
    "at least one address or ARN that receives pages while environment is prod; reserved domains such as example.com receive none",
)


def first_zones(zone_ids: Sequence[str], count: int) -> tuple[str, ...]:
    """Return the first availability zones of a region, by id.

    Raises
    ------
    SettingError
        The region has fewer zones.
    """
    if len(zone_ids) < count:
        expected = f"at most {len(zone_ids)}, the number of zones that this region offers the account"
        raise setting_error("zones", str(count), expected)
    return tuple(sorted(zone_ids)[:count])
