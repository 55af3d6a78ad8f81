"""Comparisons: an operator and what a value is compared with, in JSON and in space-delimited patterns.

Source: CloudWatch Logs User Guide, "Filter pattern syntax for metric filters, subscription filters, filter log events, and
Live Tail", on strings, numbers, wildcards and operators. Three of its gaps are closed here by an error or the narrower
reading, so that what passes here is not what only this matcher takes:

- a `*` within a text: an older edition calls it plain, the current one says nothing; it is refused;
- a number is equal to numbers only, a text to texts only, but a `*` without quotes also reads numbers ("to match numbers");
- a value that is no text and no number (true, false, null, an array, an object, or nothing) meets no comparison, not even
  `!=`: the guide says so of arrays and objects.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from tests.support.filters.regex import parse_regex
from tests.support.filters.scanner import Scanner

_NUMBER = r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d{1,9})?"
_ORDER: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
OPERATORS = ("!=", *_ORDER, "=")
MAX_EXPRESSIONS = 2
"""Regular expressions in a JSON or space-delimited pattern."""


@dataclass(frozen=True)
class Text:
    """A text, with `*` at its ends for any text; without quotes also of numbers."""

    value: str
    open_start: bool
    open_end: bool
    reads_numbers: bool

    def fits(self, found: str) -> bool:
        """Tell whether a text is this one."""
        if self.open_start and self.open_end:
            return self.value in found
        if self.open_start:
            return found.endswith(self.value)
        return found.startswith(self.value) if self.open_end else found == self.value


Wanted = Text | Decimal | re.Pattern[str]


@dataclass(frozen=True)
class Comparison:
    """One comparison of a value."""

    operator: str
    wanted: Wanted

    def of_value(self, found: object) -> bool:
        """Compare a value of JSON, its numbers as int or Decimal."""
        if isinstance(found, bool) or not isinstance(found, str | int | Decimal):
            return False
        number = None if isinstance(found, str) else Decimal(found)
        if isinstance(self.wanted, Text) and self.wanted.reads_numbers:
            return self._decide(str(found), number)
        return self._decide(found if isinstance(found, str) else None, number)

    def of_field(self, found: str) -> bool:
        """Compare a field of a line, which is a number too where it reads as one."""
        return self._decide(found, Decimal(found) if re.fullmatch(_NUMBER, found, re.ASCII) else None)

    def _decide(self, text: str | None, number: Decimal | None) -> bool:
        if self.operator in _ORDER:
            assert isinstance(self.wanted, Decimal)
            return number is not None and _ORDER[self.operator](number, self.wanted)
        return self._equal(text, number) == (self.operator == "=")

    def _equal(self, text: str | None, number: Decimal | None) -> bool:
        if isinstance(self.wanted, Decimal):
            return number == self.wanted
        if text is None:
            return False
        return self.wanted.fits(text) if isinstance(self.wanted, Text) else self.wanted.search(text) is not None


def parse_comparison(scanner: Scanner) -> Comparison:
    """Read an operator and a value.

    Raises
    ------
    PatternError
        Either is not one that AWS documents, or they do not go together.
    """
    start = scanner.position
    sign = scanner.sign(*OPERATORS)
    if sign is None:
        raise scanner.error(f"expected one of {' '.join(OPERATORS)}")
    scanner.skip()
    wanted = _wanted(scanner)
    if sign in _ORDER and not isinstance(wanted, Decimal):
        raise scanner.error(f"{sign} compares numbers", start)
    return Comparison(sign, wanted)


def _wanted(scanner: Scanner) -> Wanted:
    start = scanner.position
    if scanner.text.startswith("%", start):
        scanner.expressions += 1
        if scanner.expressions > MAX_EXPRESSIONS:
            raise scanner.error(f"one regular expression more than the {MAX_EXPRESSIONS} that a pattern may have")
        return parse_regex(scanner)
    quoted = parse_quoted(scanner)
    if quoted is not None:
        return _text(quoted, False, scanner, start)
    number = scanner.take(rf"{_NUMBER}(?![A-Za-z0-9_*.+-])")
    if number is not None:
        return Decimal(number)
    word = scanner.take(r"[A-Za-z0-9_.*]+")
    if word is None:
        raise scanner.error('expected a word, a number, "a text" or %a regular expression%')
    return _text(word, True, scanner, start)


def parse_quoted(scanner: Scanner) -> str | None:
    r"""Read a text in double quotes, in which `\"` and `\\` stand for a quote and a backslash, if one stands here."""
    start = scanner.position
    if scanner.take('"') is None:
        return None
    inner = scanner.take(r'(?:[^"\\]|\\["\\])*')
    if scanner.take('"') is None:
        raise scanner.error(r'the text is not closed by ", or has a backslash before another sign than " and \ ', start)
    return re.sub(r"\\(.)", r"\1", inner or "")


def _text(value: str, bare: bool, scanner: Scanner, start: int) -> Text:
    open_start, open_end = value.startswith("*"), value.endswith("*")
    inner = value[open_start : len(value) - open_end] if value != "*" else ""
    if "*" in inner:
        raise scanner.error("a * stands at the ends of a text only; within one use %a regular expression%", start)
    return Text(inner, open_start, open_end, reads_numbers=bare)
