"""Comparisons of JSON patterns and space-delimited patterns: an operator and a value.

Source: CloudWatch Logs User Guide, "Filter pattern syntax for metric filters, subscription filters, filter log events, and
Live Tail", on strings, numbers, wildcards and operators. The guide leaves three questions open. The answers here are an
error or the narrower interpretation, so that a pattern does not match here and fail to match on AWS:

- A `*` inside a text is an error: an older edition calls it a literal, the current one does not mention it.
- A number equals only numbers, and a text only texts; but a `*` without quotes also matches numbers ("to match numbers").
- A value that is neither text nor a number (true, false, null, an array, an object, or absent) satisfies no comparison, not
  even `!=`. The guide says so for arrays and objects.
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
"""The maximum number of regular expressions in a JSON or space-delimited pattern."""


@dataclass(frozen=True)
class Text:
    """A text with a `*` at its start or end as a wildcard; without quotes it also matches numbers."""

    value: str
    open_start: bool
    open_end: bool
    matches_numbers: bool

    def matches(self, found: str) -> bool:
        """Tell whether a text matches this one."""
        if self.open_start and self.open_end:
            return self.value in found
        if self.open_start:
            return found.endswith(self.value)
        return found.startswith(self.value) if self.open_end else found == self.value


Operand = Text | Decimal | re.Pattern[str]


@dataclass(frozen=True)
class Comparison:
    """One comparison: an operator and its operand."""

    operator: str
    operand: Operand

    def holds_for_value(self, found: object) -> bool:
        """Tell whether the comparison holds for a JSON value; numbers are int or Decimal."""
        if isinstance(found, bool) or not isinstance(found, str | int | Decimal):
            return False
        number = None if isinstance(found, str) else Decimal(found)
        if isinstance(self.operand, Text) and self.operand.matches_numbers:
            return self._decide(str(found), number)
        return self._decide(found if isinstance(found, str) else None, number)

    def holds_for_field(self, found: str) -> bool:
        """Tell whether the comparison holds for a field of a line, which may be a number."""
        return self._decide(found, Decimal(found) if re.fullmatch(_NUMBER, found, re.ASCII) else None)

    def _decide(self, text: str | None, number: Decimal | None) -> bool:
        if self.operator in _ORDER:
            assert isinstance(self.operand, Decimal)
            return number is not None and _ORDER[self.operator](number, self.operand)
        return self._equal(text, number) == (self.operator == "=")

    def _equal(self, text: str | None, number: Decimal | None) -> bool:
        if isinstance(self.operand, Decimal):
            return number == self.operand
        if text is None:
            return False
        return self.operand.matches(text) if isinstance(self.operand, Text) else self.operand.search(text) is not None


def parse_comparison(scanner: Scanner) -> Comparison:
    """Parse an operator and a value.

    Raises
    ------
    PatternError
        AWS does not document the operator or the value, or not for each other.
    """
    start = scanner.position
    sign = scanner.sign(*OPERATORS)
    if sign is None:
        raise scanner.error(f"expected one of {' '.join(OPERATORS)}")
    scanner.skip()
    operand = _operand(scanner)
    if sign in _ORDER and not isinstance(operand, Decimal):
        raise scanner.error(f"{sign} compares numbers", start)
    return Comparison(sign, operand)


def _operand(scanner: Scanner) -> Operand:
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
    r"""Parse a text in double quotes, with the escapes `\"` and `\\`, if there is one here; else return None."""
    start = scanner.position
    if scanner.take('"') is None:
        return None
    inner = scanner.take(r'(?:[^"\\]|\\["\\])*')
    if scanner.take('"') is None:
        raise scanner.error(
            r'the text is not closed by ", or has a backslash before another character than " and \ ', start
        )
    return re.sub(r"\\(.)", r"\1", inner or "")


def _text(value: str, bare: bool, scanner: Scanner, start: int) -> Text:
    open_start, open_end = value.startswith("*"), value.endswith("*")
    inner = value[open_start : len(value) - open_end] if value != "*" else ""
    if "*" in inner:
        raise scanner.error(
            "a * is allowed only at the start and the end of a text; inside it, use %a regular expression%", start
        )
    return Text(inner, open_start, open_end, matches_numbers=bare)
