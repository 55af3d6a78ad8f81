"""Account and card numbers: what is one, where one hides, and how one is masked."""

import re
import unicodedata
from collections.abc import Iterator

from lambdas.processor.registry import IBAN_LENGTHS

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]+")
_CARD = re.compile(r"[0-9]{12,19}")
_RUN = re.compile(r"[0-9]+(?:[ -][0-9]+)*")
_SHORTEST_HIDDEN, _LONGEST_CARD = 13, 19
_GAP = r"[\s.\-\u00a0\u200b]{0,2}"
_MASKABLE = re.compile(rf"[A-Za-z]{{2}}{_GAP}\d{_GAP}\d(?:{_GAP}[A-Za-z0-9]){{11,}}|\d(?:{_GAP}\d){{11,}}")
_ESCAPED = re.compile(r"\\u00([2-7][0-9A-Fa-f])")
_KEPT = 4


def luhn(digits: str) -> bool:
    """Whether digits end with their Luhn check digit (ISO/IEC 7812-1)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def account_kind(canonical: str) -> str | None:
    """Return `iban` or `card` for a canonical account, without spaces and in upper case; none if it is neither."""
    if _CARD.fullmatch(canonical):
        return "card" if luhn(canonical) else None
    if not _IBAN.fullmatch(canonical) or IBAN_LENGTHS.get(canonical[:2]) != len(canonical):
        return None
    rearranged = canonical[4:] + canonical[:4]
    return "iban" if int("".join(str(int(character, 36)) for character in rearranged)) % 97 == 1 else None


def hides_card(text: str) -> bool:
    """Whether 13 to 19 digits with a valid check digit stand in a text, whole or in groups."""
    return any(_SHORTEST_HIDDEN <= len(digits) <= _LONGEST_CARD and luhn(digits) for digits in _candidates(text))


def _candidates(text: str) -> Iterator[str]:
    for run in _RUN.findall(unicodedata.normalize("NFKC", text)):
        groups = re.split("[ -]", run)
        for start in range(len(groups)):
            digits = ""
            for group in groups[start:]:
                digits += group
                if len(digits) > _LONGEST_CARD:
                    break
                yield digits


def masked(text: str, account: str | None = None) -> str:
    """Return a text in which everything that may be an account or card number shows its last four characters only.

    Parameters
    ----------
    account
        The record's own account as it came, masked even when it looks like none.
    """
    plain = _ESCAPED.sub(
        lambda match: (
            chr(int(match.group(1), 16))
            if chr(int(match.group(1), 16)).isalnum() or match.group(1).lower() in ("20", "2d", "2e")
            else match.group(0)
        ),
        text,
    )
    if account and len(account.strip()) > _KEPT:
        plain = plain.replace(account, _mask(account))
    return _MASKABLE.sub(lambda match: _mask(match.group(0)), plain)


def _mask(text: str) -> str:
    left = sum(character.isalnum() for character in text) - _KEPT
    hidden = []
    for character in text:
        hide = character.isalnum() and left > 0
        left -= character.isalnum()
        hidden.append("*" if hide else character)
    return "".join(hidden)
