"""The rules of a record's fields. A reason names the field and the rule, and never quotes a value."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from lambdas.processor.numbers import account_kind, hides_card
from lambdas.processor.registry import CURRENCY_DIGITS

REQUIRED = ("transaction_id", "account", "amount", "currency", "booked_at")
OPTIONAL = ("kind", "counterparty", "memo")
FIELDS = REQUIRED + OPTIONAL
KINDS = ("credit", "debit", "fee", "reversal")

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_AMOUNT = re.compile(r"([+-]?)([0-9]+)(?:\.([0-9]+))?")
_MOMENT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?(?:[Zz]|[+-]([0-9]{2}):([0-9]{2}))"
)
_WHOLE_DIGITS = 15
_LENGTHS = {"counterparty": 140, "memo": 500}


@dataclass(frozen=True)
class Account:
    """A valid account: its kind (`iban` or `card`) and its canonical form."""

    kind: str
    canonical: str


@dataclass(frozen=True)
class Checked:
    """A record after all checks.

    Attributes
    ----------
    values
        The fields that leave, without the account.
    account
        The account; none unless it is valid.
    reasons
        Why it is rejected; empty if it is not.
    """

    values: dict[str, str]
    account: Account | None
    reasons: list[str]


def check(record: Mapping[str, object]) -> Checked:
    """Check a record's fields, all of them."""
    reasons: list[str] = []
    values: dict[str, str] = {}
    account: Account | None = None
    for field in FIELDS:
        value = record.get(field)
        if value is None or value == "":
            if field in REQUIRED:
                reasons.append(f"{field}: is missing")
            continue
        if not isinstance(value, str):
            reasons.append(f"{field}: is not a text")
            continue
        if not _encodable(value):
            reasons.append(f"{field}: is not valid Unicode")
            continue
        if field == "account":
            account = _account(value)
            if account is None:
                reasons.append("account: is neither a valid IBAN nor a valid card number")
        elif field == "amount":
            amount, reason = canonical_amount(
                value, CURRENCY_DIGITS.get(str(record.get("currency"))), str(record.get("currency"))
            )
            if reason:
                reasons.append(f"amount: {reason}")
            values[field] = amount
        else:
            reason = _RULES[field](value)
            if reason:
                reasons.append(f"{field}: {reason}")
            elif field in ("transaction_id", "counterparty", "memo") and hides_card(value):
                reasons.append(f"{field}: holds a card number")
            values[field] = value
    return Checked(values, account, reasons)


def _encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _account(value: str) -> Account | None:
    if not value.isascii():
        return None
    canonical = value.replace(" ", "").upper()
    kind = account_kind(canonical)
    return Account(kind, canonical) if kind else None


def canonical_amount(value: str, digits: int | None, currency: str) -> tuple[str, str | None]:
    """Return an amount without `+` and leading zeros, and what is wrong with it.

    Parameters
    ----------
    digits
        Fraction digits of the currency; none if the currency is not known, which is its own reason.
    """
    match = _AMOUNT.fullmatch(value)
    if match is None:
        return "", "is not a decimal number"
    sign, whole, fraction = match.group(1), match.group(2).lstrip("0") or "0", match.group(3)
    if len(whole) > _WHOLE_DIGITS:
        return "", "is not under 10^15"
    if digits is not None and fraction is not None and len(fraction) > digits:
        return "", f"has more fraction digits than {currency} has ({digits})"
    text = whole if fraction is None else f"{whole}.{fraction}"
    return ("-" if sign == "-" and text.strip("0.") else "") + text, None


def _id(value: str) -> str | None:
    return None if _ID.fullmatch(value) else "is not 1 to 64 of A-Z a-z 0-9 . _ -"


def _currency(value: str) -> str | None:
    return None if value in CURRENCY_DIGITS else "is not an active ISO 4217 code with minor units"


def _moment(value: str) -> str | None:
    match = _MOMENT.fullmatch(value)
    if match is None:
        return "is not an RFC 3339 time with an offset"
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    try:
        date(year, month, day)
    except ValueError:
        return "is not a date of the calendar"
    if hour > 23 or minute > 59 or second > 59 or int(match.group(7) or 0) > 23 or int(match.group(8) or 0) > 59:
        return "is not a time of day with a real offset"
    return None


def _kind(value: str) -> str | None:
    return None if value in KINDS else f"is not one of {', '.join(KINDS)}"


def _at_most(field: str) -> Callable[[str], str | None]:
    return lambda value: f"is longer than {_LENGTHS[field]} characters" if len(value) > _LENGTHS[field] else None


_RULES: dict[str, Callable[[str], str | None]] = {
    "transaction_id": _id,
    "currency": _currency,
    "booked_at": _moment,
    "kind": _kind,
    "counterparty": _at_most("counterparty"),
    "memo": _at_most("memo"),
}
