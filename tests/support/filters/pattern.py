"""Filter patterns of CloudWatch Logs: the door to the three kinds.

Source: CloudWatch Logs User Guide, "Filter pattern syntax for metric filters, subscription filters, filter log events, and
Live Tail"; the length is that of `filterPattern` in the API reference of PutMetricFilter.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.support.filters.lines import parse_line_pattern
from tests.support.filters.objects import parse_object_pattern
from tests.support.filters.regex import parse_regex
from tests.support.filters.scanner import PatternError, Scanner
from tests.support.filters.terms import parse_term_pattern

MAX_LENGTH = 1024


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern."""

    text: str
    _matches: Callable[[str], bool]

    def matches(self, event: str | Mapping[str, Any]) -> bool:
        """Tell whether an event matches.

        Parameters
        ----------
        event
            Its message; an object stands for its compact JSON, as CloudTrail and Lambda write it.
        """
        return self._matches(event if isinstance(event, str) else _written(event))


def compile_pattern(text: str) -> Pattern:
    """Read a filter pattern.

    Raises
    ------
    PatternError
        AWS would refuse it, or does not document what it means; the error has the position.
    """
    if len(text) > MAX_LENGTH:
        raise PatternError(f"{len(text)} characters, where a pattern may have {MAX_LENGTH}", text, MAX_LENGTH)
    scanner = Scanner(text)
    scanner.skip()
    matches = _compiled(scanner)
    scanner.skip()
    if not scanner.ended:
        raise scanner.error("expected the pattern's end")
    return Pattern(text, matches)


def _compiled(scanner: Scanner) -> Callable[[str], bool]:
    opening = scanner.text[scanner.position : scanner.position + 1]
    if opening == "{":
        condition = parse_object_pattern(scanner)
        return lambda event: (read := _read(event)) is not None and condition(read)
    if opening == "[":
        return parse_line_pattern(scanner).matches
    if opening == "%":
        expression = parse_regex(scanner)
        return lambda event: expression.search(event) is not None
    return parse_term_pattern(scanner).matches


def _written(event: Mapping[str, Any]) -> str:
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False)


def _read(event: str) -> Mapping[str, object] | None:
    """Return an event that is a JSON object; any other does not have a JSON pattern's format."""
    try:
        read = json.loads(event, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, ArithmeticError):  # the latter of an exponent beyond reason
        return None
    return read if isinstance(read, dict) else None


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")
