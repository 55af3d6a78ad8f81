"""The rules of a record's fields."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from lambdas.processor.reasons import InvalidField, Reason
from lambdas.processor.records.account_numbers import Account, contains_card, parse_account
from lambdas.processor.records.fields import FIELDS, KINDS, MAX_LENGTHS, REQUIRED
from lambdas.processor.records.reference_data import CURRENCY_DIGITS

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_AMOUNT = re.compile(r"([+-]?)([0-9]+)(?:\.([0-9]+))?")
_MAX_WHOLE_DIGITS = 15
_DATE_TIME = re.compile(
    # At most nine fraction digits, which are nanoseconds: too few to hide a card number.
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]{1,9})?"
    r"(?:[Zz]|[+-]([0-9]{2}):([0-9]{2}))"
)
_SEARCHED_FOR_CARDS = frozenset({"transaction_id", "counterparty", "memo"})
"""The other fields cannot contain a card number: their valid values are too short, or an amount, whose digits are its value."""


class CheckedRecord(NamedTuple):
    """A record after validation.

    Attributes
    ----------
    values
        Valid fields in the order of `FIELDS`, without the account.
    account
        The account, if it is valid.
    reasons
        Why the record is rejected, in the order of `FIELDS`; empty if it is accepted.
    """

    values: dict[str, str]
    account: Account | None
    reasons: list[str]


def check(record: Mapping[str, object], is_new_id: Callable[[str], bool]) -> CheckedRecord:
    """Return a record with the result of checking every field.

    Parameters
    ----------
    record
        Its known fields. None and an empty string count as absent.
    is_new_id
        Tells whether a valid transaction id is seen for the first time in the file. The first line with an id counts,
        whether or not that line is accepted.
    """
    values: dict[str, str] = {}
    reasons: list[str] = []
    account: Account | None = None
    for field in FIELDS:
        value = record.get(field)
        if value is None or value == "":
            if field in REQUIRED:
                reasons.append(Reason.MISSING.of(field))
            continue
        try:
            text = _text(value)
            if field in _SEARCHED_FOR_CARDS and contains_card(text):
                reasons.append(Reason.CONTAINS_CARD.of(field))
            if field == "account":
                account = parse_account(text)
            elif field == "amount":
                values[field] = _amount(text, record.get("currency"))
            else:
                values[field] = _RULES[field](text)
            if field == "transaction_id" and not is_new_id(text):
                raise InvalidField(Reason.DUPLICATE_ID)
        except InvalidField as invalid:
            reasons.append(invalid.reason.of(field, **invalid.details))
    return CheckedRecord(values, account, reasons)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidField(Reason.NOT_A_STRING)
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise InvalidField(Reason.UNPAIRED_SURROGATE) from None
    if "\x00" in value:
        raise InvalidField(Reason.CONTAINS_NUL)
    return value


def _amount(text: str, currency: object) -> str:
    """Return an amount in its canonical form: no `+`, no leading zeros, no negative zero.

    Decimal places are checked only with a valid currency; an invalid currency has a reason of its own.
    """
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise InvalidField(Reason.NOT_DECIMAL)
    sign, whole, fraction = match.groups()
    whole = whole.lstrip("0") or "0"
    if len(whole) > _MAX_WHOLE_DIGITS:
        raise InvalidField(Reason.AMOUNT_TOO_LARGE)
    digits = CURRENCY_DIGITS.get(currency) if isinstance(currency, str) else None
    if fraction is not None:
        if digits is not None and len(fraction) > digits:
            raise InvalidField(Reason.TOO_MANY_DECIMALS, currency=currency, digits=digits)
        whole = f"{whole}.{fraction}"
    return f"-{whole}" if sign == "-" and whole.strip("0.") else whole


def _id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise InvalidField(Reason.INVALID_ID)
    return text


def _currency(text: str) -> str:
    if text not in CURRENCY_DIGITS:
        raise InvalidField(Reason.UNKNOWN_CURRENCY)
    return text


def _date_time(text: str) -> str:
    """Return a date-time of RFC 3339's grammar, unchanged: `T` and `Z` in either case, and no space for `T`."""
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        raise InvalidField(Reason.NOT_RFC_3339)
    year, month, day, hour, minute, second, offset_hour, offset_minute = match.groups()
    if not _is_date(year, month, day):
        raise InvalidField(Reason.NOT_A_DATE)
    if hour > "23" or minute > "59" or second > "59":
        raise InvalidField(Reason.NOT_A_TIME)
    if offset_hour is not None and (offset_hour > "23" or offset_minute > "59"):
        raise InvalidField(Reason.NOT_AN_OFFSET)
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
        raise InvalidField(Reason.UNKNOWN_KIND)
    return text


def _at_most(limit: int) -> Callable[[str], str]:
    def rule(text: str) -> str:
        if len(text) > limit:
            raise InvalidField(Reason.TOO_LONG, limit=limit)
        return text

    return rule


_RULES: dict[str, Callable[[str], str]] = {
    "transaction_id": _id,
    "currency": _currency,
    "booked_at": _date_time,
    "kind": _kind,
    **{field: _at_most(limit) for field, limit in MAX_LENGTHS.items()},
}
