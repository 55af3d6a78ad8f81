"""Masking: a rejected record's text leaves with nothing in it that is, or may be, an account or card number.

Too much is hidden rather than too little: 12 or more digits with at most three separators between any two of them, and
what begins like an IBAN of a country that has them and either is one or holds ten digits. Wrong check digits do not
help a number out: it may be a right one with a typing error.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable

from lambdas.processor.numbers import iban, plain
from lambdas.processor.registry import IBAN_LENGTHS

_SHOWN = 4
_SEGMENT = re.compile("[A-Za-z0-9](?:[\\s\x00\u200b\u2060\ufeff\ufffd-]{0,3}[A-Za-z0-9])*")
_MAY_HOLD_A_NUMBER = re.compile(r"[0-9][^0-9]{0,3}[0-9]")
_CHARACTER = re.compile(r"[A-Za-z0-9]")
_DIGITS = re.compile(r"[0-9]{12,}")
_IBAN_START = re.compile(r"(?=([A-Z]{2})[0-9]{2})")
_DIGITS_OF_AN_IBAN = 10
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|([nrt]))")
_UNSAFE = {"0022": "\ufffd", "005c": "\ufffd"}
"""An escaped quote or backslash stays apart from a real one."""
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t"}
_MEMBER = re.compile(r'"account"\s*:\s*("(?:[^"\\]|\\.)*"?|[^\s,}\]]+)', re.IGNORECASE)


def masked(text: str, account: tuple[int, int] | None = None) -> str:
    r"""Return a text in which account and card numbers show their last four characters only.

    Escapes of JSON (`\u0034` is a `4`) are read as what they stand for.

    Parameters
    ----------
    account
        Start and end of the record's own account in the text, if it is known: it is masked whatever it looks like. In
        JSON it is found by its name.
    """
    view, starts = _view(text)
    hidden: set[int] = set()
    for segment in _SEGMENT.finditer(view):
        if _MAY_HOLD_A_NUMBER.search(segment.group()):
            hidden.update(_numbers(segment.group(), segment.start()))
    spans = [match.span(1) for match in _MEMBER.finditer(view)]
    if account is not None:
        spans.append((bisect_left(starts, account[0]), bisect_left(starts, account[1])))
    for start, end in spans:
        hidden.update([match.start() for match in _CHARACTER.finditer(view, start, end)][:-_SHOWN])
    if not hidden:
        return text
    return "".join(
        "*" if place in hidden else text[starts[place] : starts[place + 1]] for place in range(len(starts) - 1)
    )


def _view(text: str) -> tuple[str, range | list[int]]:
    """Return the text as its reader would see it, and where each of its characters starts in the text, and the end."""
    if "\\" not in text:
        return plain(text), range(len(text) + 1)
    characters: list[str] = []
    starts: list[int] = []
    at = 0
    for escape in _ESCAPE.finditer(text):
        characters.extend(text[at : escape.start()])
        starts.extend(range(at, escape.start() + 1))
        code, control = escape.group(1), escape.group(2)
        characters.append(_CONTROLS[control] if control else _UNSAFE.get(code.lower(), chr(int(code, 16))))
        at = escape.end()
    characters.extend(text[at:])
    starts.extend(range(at, len(text) + 1))
    return plain("".join(characters)), starts


def _numbers(segment: str, offset: int) -> Iterable[int]:
    """Yield the places of what may be a number in characters that only separators part."""
    places = [offset + match.start() for match in _CHARACTER.finditer(segment)]
    compact = "".join(_CHARACTER.findall(segment)).upper()
    for match in _DIGITS.finditer(compact):
        yield from places[match.start() : match.end() - _SHOWN]
    for match in _IBAN_START.finditer(compact):
        length = IBAN_LENGTHS.get(match.group(1))
        if length is None:
            continue
        candidate = compact[match.start() : match.start() + length]
        if iban(candidate) or sum(map(str.isdecimal, candidate)) >= _DIGITS_OF_AN_IBAN:
            yield from places[match.start() : match.start() + len(candidate) - _SHOWN]
