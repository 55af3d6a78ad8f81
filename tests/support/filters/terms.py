"""Unstructured patterns: terms that an event's text has or lacks.

Source: CloudWatch Logs User Guide, "Using filter patterns to match terms in unstructured log events" and "… with a regular
expression (regex)".
"""

from dataclasses import dataclass

from tests.support.filters.comparison import parse_quoted
from tests.support.filters.scanner import Scanner


@dataclass(frozen=True)
class TermPattern:
    """Terms, all of which are parts of words as of phrases: ERROR is in ERRORCODE."""

    included: tuple[str, ...]
    excluded: tuple[str, ...]
    optional: tuple[str, ...]

    def matches(self, text: str) -> bool:
        """Tell whether a text has the terms; optional ones count only where there are no others."""
        if self.included or self.excluded:
            return all(one in text for one in self.included) and not any(one in text for one in self.excluded)
        return not self.optional or any(one in text for one in self.optional)


def parse_term_pattern(scanner: Scanner) -> TermPattern:
    """Read terms up to the end.

    Raises
    ------
    PatternError
        A term has other characters than letters, digits and `_`, and no quotes.
    """
    terms: dict[str, list[str]] = {"": [], "-": [], "?": []}
    scanner.skip()
    while not scanner.ended:
        sign = scanner.take("[-?]") or ""
        term = parse_quoted(scanner)
        if term is None:
            term = scanner.take(r"[A-Za-z0-9_]+")
        if term is None or not (scanner.ended or scanner.take(r"(?=\s)") is not None):
            raise scanner.error("a term with other characters than letters, digits and _ stands in double quotes")
        if sign and not term.strip():
            raise scanner.error(f"nothing to look for after {sign}")
        # A quoted space matches everything: the guide says so.
        terms[sign] += [term] if term.strip() else []
        scanner.skip()
    return TermPattern(tuple(terms[""]), tuple(terms["-"]), tuple(terms["?"]))
