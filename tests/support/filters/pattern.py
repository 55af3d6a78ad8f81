"""Compiles a filter pattern of CloudWatch Logs, of any of the three kinds.

Source: CloudWatch Logs User Guide, "Filter pattern syntax for metric filters, subscription filters, filter log events, and
Live Tail"; the length is that of `filterPattern` in the API reference of PutMetricFilter.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.support.filters.json_patterns import parse_object_pattern
from tests.support.filters.regex import parse_regex
from tests.support.filters.scanner import PatternError, Scanner
from tests.support.filters.space_delimited import parse_line_pattern
from tests.support.filters.unstructured import parse_term_pattern

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
            The message of the event. An object stands for its compact JSON, as CloudTrail and Lambda write it.
        """
        return self._matches(event if isinstance(event, str) else _compact_json(event))


def compile_pattern(text: str) -> Pattern:
    """Compile a filter pattern.

    Raises
    ------
    PatternError
        AWS rejects the pattern, or does not document its meaning; the error has the position.
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
        return lambda event: (content := _parse(event)) is not None and condition(content)
    if opening == "[":
        return parse_line_pattern(scanner).matches
    if opening == "%":
        expression = parse_regex(scanner)
        return lambda event: expression.search(event) is not None
    return parse_term_pattern(scanner).matches


def _compact_json(event: Mapping[str, Any]) -> str:
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False)


def _parse(event: str) -> Mapping[str, object] | None:
    """Return the JSON object in an event, None for any other event, which no JSON pattern matches."""
    try:
        content = json.loads(event, parse_float=Decimal, parse_constant=_reject)
    except (ValueError, ArithmeticError):  # an ArithmeticError is an exponent out of range
        return None
    return content if isinstance(content, dict) else None


def _reject(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")
