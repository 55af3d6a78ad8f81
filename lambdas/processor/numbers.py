"""Account and card numbers: what is one, and where one hides in other text."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from lambdas.processor.registry import IBAN_LENGTHS

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]+")
_CARD = re.compile(r"[0-9]{12,19}")
_LETTER_VALUES = str.maketrans({chr(ord("A") + place): str(10 + place) for place in range(26)})
_IMPOSSIBLE_CHECKS = frozenset({"00", "01", "99"})
"""Check digits are 98 minus a remainder of 97, hence 02 to 98; these three would be second spellings of 97, 98 and 02."""

_HIDDEN_DIGITS = range(13, 20)
_RUN = re.compile(r"[0-9](?:[ -]{0,3}[0-9]){12,}")
_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")
_ZERO = ord("0")


class Account(NamedTuple):
    """A valid account: its kind (`iban` or `card`) and its canonical number, without spaces and in upper case."""

    kind: str
    number: str


def luhn(digits: str) -> bool:
    """Whether ASCII digits end with their check digit (ISO/IEC 7812-1)."""
    code = digits.encode()
    plain, doubled = code[-1::-2], code[-2::-2].translate(_DOUBLED)
    return (sum(plain) + sum(doubled) - _ZERO * len(code)) % 10 == 0


def iban(number: str) -> bool:
    """Whether a text without spaces, in upper case, is an IBAN: its country's length and its check digits (ISO 13616)."""
    if IBAN_LENGTHS.get(number[:2]) != len(number) or not _IBAN.fullmatch(number) or number[2:4] in _IMPOSSIBLE_CHECKS:
        return False
    return int((number[4:] + number[:4]).translate(_LETTER_VALUES)) % 97 == 1


def account(text: str) -> Account | str:
    """Return the account that a text is, or the rule that it breaks.

    Spaces (U+0020) are removed and ASCII letters upper-cased; nothing else is: a letter such as U+017F must not become
    an `S`.
    """
    if not text.isascii():
        return "neither an IBAN nor a card number"
    number = text.replace(" ", "").upper()
    if _CARD.fullmatch(number):
        return Account("card", number) if luhn(number) else "check digit of the card number is wrong"
    if not _IBAN.fullmatch(number):
        return "neither an IBAN nor a card number"
    length = IBAN_LENGTHS.get(number[:2])
    if length is None:
        return "IBAN of a country that has none"
    if length != len(number):
        return f"IBAN of {len(number)} characters where its country has {length}"
    return Account("iban", number) if iban(number) else "check digits of the IBAN are wrong"


def plain(text: str) -> str:
    """Return a text of the same length in which digits, spaces and dashes of any script and width are ASCII."""
    return text if text.isascii() else "".join(map(_plain_character, text))


@lru_cache(maxsize=4096)
def _plain_character(character: str) -> str:
    folded = unicodedata.normalize("NFKC", character)
    if len(folded) != 1:
        return character
    category = unicodedata.category(folded)
    if category == "Nd":
        return str(unicodedata.digit(folded))
    return {"Pd": "-", "Zs": " "}.get(category, "-" if folded == "\N{MINUS SIGN}" else folded)


def hides_card(text: str) -> bool:
    """Whether 13 to 19 digits with a valid check digit stand in a text, whole or in groups.

    Up to three spaces or dashes may stand between digits. Such a number begins and ends with a group, so that a longer
    number that merely contains one is not taken for it, but `order 7 4111 1111 1111 1111` is.
    """
    return any(_holds_card(run) for run in _RUN.findall(plain(text)))


def _holds_card(run: str) -> bool:
    groups = re.split("[ -]+", run)
    for first in range(len(groups)):
        digits = ""
        for group in groups[first:]:
            digits += group
            if len(digits) >= _HIDDEN_DIGITS.stop:
                break
            if len(digits) in _HIDDEN_DIGITS and luhn(digits):
                return True
    return False
