"""Account numbers: whether a text is an IBAN or a card number, and whether it contains a card number."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from lambdas.processor.reasons import InvalidField, Reason
from lambdas.processor.records.reference_data import IBAN_LENGTHS

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]+")
_CARD = re.compile(r"[0-9]{12,19}")
_LETTER_VALUES = str.maketrans({chr(ord("A") + index): str(10 + index) for index in range(26)})
_IMPOSSIBLE_CHECKS = frozenset({"00", "01", "99"})
"""Check digits are 98 minus a remainder modulo 97, so 02 to 98; these three would be second spellings of 97, 98 and 02."""

_HIDDEN_DIGITS = range(13, 20)
_RUN = re.compile(r"[0-9](?:[ -]{0,3}[0-9]){12,}")
_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")
_ZERO = ord("0")


class Account(NamedTuple):
    """A valid account: its kind (`iban` or `card`) and its canonical number, without spaces and in upper case."""

    kind: str
    number: str


def is_luhn(digits: str) -> bool:
    """Return whether ASCII digits end with their check digit (ISO/IEC 7812-1)."""
    code = digits.encode()
    single, doubled = code[-1::-2], code[-2::-2].translate(_DOUBLED)
    return (sum(single) + sum(doubled) - _ZERO * len(code)) % 10 == 0


def is_iban(number: str) -> bool:
    """Return whether a text without spaces, in upper case, is an IBAN: its country's length and its check digits (ISO 13616)."""
    if IBAN_LENGTHS.get(number[:2]) != len(number) or not _IBAN.fullmatch(number) or number[2:4] in _IMPOSSIBLE_CHECKS:
        return False
    return int((number[4:] + number[:4]).translate(_LETTER_VALUES)) % 97 == 1


def parse_account(text: str) -> Account:
    """Return the account that a text is.

    Spaces (U+0020) are removed and ASCII letters upper-cased; nothing else is: a letter such as U+017F must not become
    an `S`.

    Raises
    ------
    InvalidField
        The text is no valid account.
    """
    if not text.isascii():
        raise InvalidField(Reason.NOT_AN_ACCOUNT)
    number = text.replace(" ", "").upper()
    if _CARD.fullmatch(number):
        if not is_luhn(number):
            raise InvalidField(Reason.CARD_CHECK_DIGIT)
        return Account("card", number)
    if not _IBAN.fullmatch(number):
        raise InvalidField(Reason.NOT_AN_ACCOUNT)
    length = IBAN_LENGTHS.get(number[:2])
    if length is None:
        raise InvalidField(Reason.IBAN_COUNTRY)
    if length != len(number):
        raise InvalidField(Reason.IBAN_LENGTH, found=len(number), expected=length)
    if not is_iban(number):
        raise InvalidField(Reason.IBAN_CHECK_DIGITS)
    return Account("iban", number)


def to_ascii(text: str) -> str:
    """Return a text of the same length with digits, spaces and dashes of any script and width replaced by ASCII ones."""
    return text if text.isascii() else "".join(map(_ascii_character, text))


@lru_cache(maxsize=4096)
def _ascii_character(character: str) -> str:
    folded = unicodedata.normalize("NFKC", character)
    if len(folded) != 1:
        return character
    category = unicodedata.category(folded)
    if category == "Nd":
        return str(unicodedata.digit(folded))
    return {"Pd": "-", "Zs": " "}.get(category, "-" if folded == "\N{MINUS SIGN}" else folded)


def contains_card(text: str) -> bool:
    """Return whether a text contains 13 to 19 digits with a valid check digit, together or in groups.

    Up to three spaces or dashes may separate digits. A card number consists of whole groups: a longer number that happens
    to contain one does not match, but `order 7 4111 1111 1111 1111` does.
    """
    return any(_is_grouped_card(run) for run in _RUN.findall(to_ascii(text)))


def _is_grouped_card(run: str) -> bool:
    groups = re.split("[ -]+", run)
    for first in range(len(groups)):
        digits = ""
        for group in groups[first:]:
            digits += group
            if len(digits) >= _HIDDEN_DIGITS.stop:
                break
            if len(digits) in _HIDDEN_DIGITS and is_luhn(digits):
                return True
    return False
