"""Masking: hides whatever is, or may be, an account or card number in the text of a rejected record.

It masks too much rather than too little: 12 or more digits with at most three separators between any two of them, and
text that starts like an IBAN and either is one or contains ten digits. Numbers with wrong check digits are masked too:
they may be real numbers with a typing error.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable

from lambdas.processor.records.account_numbers import is_iban, to_ascii
from lambdas.processor.records.reference_data import IBAN_LENGTHS

_VISIBLE = 4
_SEGMENT = re.compile("[A-Za-z0-9](?:[\\s\x00\u200b\u2060\ufeff\ufffd-]{0,3}[A-Za-z0-9])*")
_TWO_DIGITS = re.compile(r"[0-9][^0-9]{0,3}[0-9]")
_CHARACTER = re.compile(r"[A-Za-z0-9]")
_LONG_DIGITS = re.compile(r"[0-9]{12,}")
_IBAN_START = re.compile(r"(?=([A-Z]{2})[0-9]{2})")
_MIN_IBAN_DIGITS = 10
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|([nrt]))")
_STRUCTURAL = {"0022": "\ufffd", "005c": "\ufffd"}
"""An escaped quote or backslash must not look like a real one."""
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t"}
_ACCOUNT_MEMBER = re.compile(r'"account"\s*:\s*("(?:[^"\\]|\\.)*"?|[^\s,}\]]+)', re.IGNORECASE)


def mask(text: str, account: tuple[int, int] | None = None) -> str:
    r"""Return a text in which account and card numbers show only their last four characters.

    JSON escapes count as the characters they represent: `\u0034` is a `4`.

    Parameters
    ----------
    account
        Start and end of the record's `account` in the text, if they are known: it is masked whatever it looks like. In
        JSON it is found by its name.
    """
    view, starts = _view(text)
    hidden: set[int] = set()
    for segment in _SEGMENT.finditer(view):
        if _TWO_DIGITS.search(segment.group()):
            hidden.update(_numbers(segment.group(), segment.start()))
    spans = [match.span(1) for match in _ACCOUNT_MEMBER.finditer(view)]
    if account is not None:
        spans.append((bisect_left(starts, account[0]), bisect_left(starts, account[1])))
    for start, end in spans:
        hidden.update([match.start() for match in _CHARACTER.finditer(view, start, end)][:-_VISIBLE])
    if not hidden:
        return text
    return "".join(
        "*" if index in hidden else text[starts[index] : starts[index + 1]] for index in range(len(starts) - 1)
    )


def _view(text: str) -> tuple[str, range | list[int]]:
    """Return the text with escapes resolved, and the start of each of its characters in the original text, and the end."""
    if "\\" not in text:
        return to_ascii(text), range(len(text) + 1)
    characters: list[str] = []
    starts: list[int] = []
    at = 0
    for escape in _ESCAPE.finditer(text):
        characters.extend(text[at : escape.start()])
        starts.extend(range(at, escape.start() + 1))
        code, control = escape.group(1), escape.group(2)
        characters.append(_CONTROLS[control] if control else _STRUCTURAL.get(code.lower(), chr(int(code, 16))))
        at = escape.end()
    characters.extend(text[at:])
    starts.extend(range(at, len(text) + 1))
    return to_ascii("".join(characters)), starts


def _numbers(segment: str, offset: int) -> Iterable[int]:
    """Yield the positions to mask in a segment of letters and digits with short separators."""
    positions = [offset + match.start() for match in _CHARACTER.finditer(segment)]
    compact = "".join(_CHARACTER.findall(segment)).upper()
    for match in _LONG_DIGITS.finditer(compact):
        yield from positions[match.start() : match.end() - _VISIBLE]
    for match in _IBAN_START.finditer(compact):
        length = IBAN_LENGTHS.get(match.group(1))
        if length is None:
            continue
        candidate = compact[match.start() : match.start() + length]
        if is_iban(candidate) or sum(map(str.isdecimal, candidate)) >= _MIN_IBAN_DIGITS:
            yield from positions[match.start() : match.start() + len(candidate) - _VISIBLE]
