"""The rules of a record's fields. A reason names the field and the rule that it breaks, and never quotes a value."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from lambdas.processor.numbers import Account, account, hides_card
from lambdas.processor.registry import CURRENCY_DIGITS

REQUIRED = ("transaction_id", "account", "amount", "currency", "booked_at")
OPTIONAL = ("kind", "counterparty", "memo")
FIELDS = REQUIRED + OPTIONAL
KINDS = ("credit", "debit", "fee", "reversal")
LENGTHS = {"counterparty": 140, "memo": 500}
"""Characters (Unicode code points) of a text, at most."""

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_AMOUNT = re.compile(r"([+-]?)([0-9]+)(?:\.([0-9]+))?")
_WHOLE_DIGITS = 15
_MOMENT = re.compile(
    # Nine fraction digits are nanoseconds, and too few for a card number to hide in.
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]{1,9})?"
    r"(?:[Zz]|[+-]([0-9]{2}):([0-9]{2}))"
)
_MAY_HIDE_A_CARD = frozenset({"transaction_id", "counterparty", "memo"})
"""In the others no card can hide: what their rules let through is too short, or an amount, whose digits are its value."""


class Broken(Exception):  # noqa: N818
    """A value breaks a rule of its field; the message is the rule."""


class Checked(NamedTuple):
    """A record after all checks.

    Attributes
    ----------
    values
        Valid fields but the account, in their order.
    account
        The account, if it is valid.
    reasons
        Why the record is rejected, in the order of the fields; empty if it is accepted.
    """

    values: dict[str, str]
    account: Account | None
    reasons: list[str]


def check(record: Mapping[str, object], first: Callable[[str], bool]) -> Checked:
    """Check all fields of a record.

    Parameters
    ----------
    record
        Its known fields. What is none or empty counts as absent.
    first
        Tells whether a valid transaction id comes for the first time in its file. The first line with an id has it,
        whether or not that line is accepted.
    """
    values: dict[str, str] = {}
    reasons: list[str] = []
    owner: Account | None = None
    for field in FIELDS:
        value = record.get(field)
        if value is None or value == "":
            if field in REQUIRED:
                reasons.append(f"{field}: missing")
            continue
        try:
            text = _text(value)
            if field in _MAY_HIDE_A_CARD and hides_card(text):
                reasons.append(f"{field}: holds a card number")
            if field == "account":
                owner = _account(text)
            elif field == "amount":
                values[field] = _amount(text, record.get("currency"))
            else:
                values[field] = _RULES[field](text)
            if field == "transaction_id" and not first(text):
                reasons.append("transaction_id: stands on an earlier line of this file")
        except Broken as rule:
            reasons.append(f"{field}: {rule}")
    return Checked(values, owner, reasons)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Broken("not a text")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Broken("half of a surrogate pair") from None
    if "\x00" in value:
        raise Broken("holds a NUL character")
    return value


def _account(text: str) -> Account:
    found = account(text)
    if isinstance(found, str):
        raise Broken(found)
    return found


def _amount(text: str, currency: object) -> str:
    """Return an amount in its canonical form: no `+`, no leading zeros, no negative zero.

    Whether it has too many fraction digits is known only with a valid currency; an invalid one has its own reason.
    """
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise Broken("not a decimal number")
    sign, whole, fraction = match.groups()
    whole = whole.lstrip("0") or "0"
    if len(whole) > _WHOLE_DIGITS:
        raise Broken("not under 10^15")
    digits = CURRENCY_DIGITS.get(currency) if isinstance(currency, str) else None
    if fraction is not None:
        if digits is not None and len(fraction) > digits:
            raise Broken(f"more fraction digits than {currency} has ({digits})")
        whole = f"{whole}.{fraction}"
    return f"-{whole}" if sign == "-" and whole.strip("0.") else whole


def _id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise Broken("not 1 to 64 of A-Z a-z 0-9 . _ -")
    return text


def _currency(text: str) -> str:
    if text not in CURRENCY_DIGITS:
        raise Broken("not an active ISO 4217 code with minor units")
    return text


def _moment(text: str) -> str:
    """Follow RFC 3339's grammar to the letter: `T` and `Z` in either case, and no space for `T`."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise Broken("not an RFC 3339 time with an offset")
    year, month, day, hour, minute, second, offset_hour, offset_minute = match.groups()
    if not _is_date(year, month, day):
        raise Broken("not a date of the calendar")
    if hour > "23" or minute > "59" or second > "59":
        raise Broken("not a time of day")
    if offset_hour is not None and (offset_hour > "23" or offset_minute > "59"):
        raise Broken("not an offset")
    return text


@lru_cache(maxsize=1024)
def _is_date(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def _kind(text: str) -> str:
    if text not in KINDS:
        raise Broken(f"not one of {', '.join(KINDS)}")
    return text


def _at_most(length: int) -> Callable[[str], str]:
    def rule(text: str) -> str:
        if len(text) > length:
            raise Broken(f"longer than {length} characters")
        return text

    return rule


_RULES: dict[str, Callable[[str], str]] = {
    "transaction_id": _id,
    "currency": _currency,
    "booked_at": _moment,
    "kind": _kind,
    **{field: _at_most(length) for field, length in LENGTHS.items()},
}
