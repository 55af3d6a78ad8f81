"""The condition operators, each of which compares a value of the policy with a value of the request.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

import base64
import ipaddress
import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.support.iam.patterns import ARN_PARTS, Lookup, Template, like, same_arn, text_of

Matcher = Callable[[str, Lookup], bool]
"""Tells whether a value of the request matches one value of the policy."""
Maker = Callable[[str], Matcher]
"""Returns the matcher of a policy's value; raises ValueError if the value is not of the operator's type."""
Compare = Callable[[Any, Any], bool]


def _string(compare: Callable[[str, str], bool]) -> Maker:
    def make(value: str) -> Matcher:
        template = Template.parse(value)

        def matches(found: str, lookup: Lookup) -> bool:
            filled = template.fill(lookup)
            return filled is not None and compare(found, text_of(filled))

        return matches

    return make


def _string_like(value: str) -> Matcher:
    template = Template.parse(value)

    def matches(found: str, lookup: Lookup) -> bool:
        filled = template.fill(lookup)
        return filled is not None and like(filled, found)

    return matches


def _arn(value: str) -> Matcher:
    template = Template.parse(value)
    if not template.has_variables:
        _check_arn(value)

    def matches(found: str, lookup: Lookup) -> bool:
        _check_arn(found)
        filled = template.fill(lookup)
        return filled is not None and same_arn(filled, found)

    return matches


def _check_arn(value: str) -> None:
    if not value.startswith("arn:") or value.count(":") < ARN_PARTS - 1:
        raise ValueError(f"{value!r} is not an ARN of six parts, arn:partition:service:region:account:resource")


def _typed(read: Callable[[str], Any], compare: Compare) -> Maker:
    def make(value: str) -> Matcher:
        wanted = read(value)
        return lambda found, _: compare(read(found), wanted)

    return make


def _number(value: str) -> Decimal:
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueError(f"{value!r} is not a number") from None
    if not number.is_finite():
        raise ValueError(f"{value!r} is not a number")
    return number


def _date(value: str) -> datetime:
    """Parse a date in W3C's profile of ISO 8601 (a year, a month, a day, or a time with its offset), or epoch seconds."""
    if re.fullmatch(r"\d{4}(-\d{2})?", value):
        value = f"{value}-01-01"[:10]
    elif re.fullmatch(r"\d+", value):
        return datetime.fromtimestamp(int(value), UTC)
    try:
        date = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value!r} is neither a date of ISO 8601 nor seconds since 1970") from None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _bool(value: str) -> Matcher:
    template = Template.parse(value)
    if not template.has_variables:
        truth(value)

    def matches(found: str, lookup: Lookup) -> bool:
        filled = template.fill(lookup)
        return filled is not None and truth(found) == truth(text_of(filled))

    return matches


def truth(value: str) -> bool:
    """Parse `true` or `false`, in any case.

    Raises
    ------
    ValueError
        The value is neither.
    """
    if value.lower() not in {"true", "false"}:
        raise ValueError(f"{value!r} is neither true nor false")
    return value.lower() == "true"


def _binary(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        raise ValueError(f"{value!r} is not base64") from None


def _network(value: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(value, strict=False)


def _within(found: Any, wanted: Any) -> bool:
    return found.version == wanted.version and bool(found.subnet_of(wanted))


OPERATORS: dict[str, Maker] = {
    "StringEquals": _string(operator.eq),
    "StringEqualsIgnoreCase": _string(lambda found, wanted: found.lower() == wanted.lower()),
    "StringLike": _string_like,
    "NumericEquals": _typed(_number, operator.eq),
    "NumericLessThan": _typed(_number, operator.lt),
    "NumericLessThanEquals": _typed(_number, operator.le),
    "NumericGreaterThan": _typed(_number, operator.gt),
    "NumericGreaterThanEquals": _typed(_number, operator.ge),
    "DateEquals": _typed(_date, operator.eq),
    "DateLessThan": _typed(_date, operator.lt),
    "DateLessThanEquals": _typed(_date, operator.le),
    "DateGreaterThan": _typed(_date, operator.gt),
    "DateGreaterThanEquals": _typed(_date, operator.ge),
    "Bool": _bool,
    "BinaryEquals": _typed(_binary, operator.eq),
    "IpAddress": _typed(_network, _within),
    # AWS documents that these two behave identically.
    "ArnEquals": _arn,
    "ArnLike": _arn,
}
NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}
