"""Unstructured patterns: terms that the text of an event contains or does not contain.

Source: CloudWatch Logs User Guide, "Using filter patterns to match terms in unstructured log events" and "… with a regular
expression (regex)".
"""

from dataclasses import dataclass

from tests.support.filters.comparison import parse_quoted
from tests.support.filters.scanner import Scanner


@dataclass(frozen=True)
class TermPattern:
    """Terms to find anywhere in a text, even inside a word: ERRORCODE contains ERROR."""

    included: tuple[str, ...]
    excluded: tuple[str, ...]
    optional: tuple[str, ...]

    def matches(self, text: str) -> bool:
        """Tell whether a text matches; optional terms count only where there are no others."""
        if self.included or self.excluded:
            return all(term in text for term in self.included) and not any(term in text for term in self.excluded)
        return not self.optional or any(term in text for term in self.optional)


def parse_term_pattern(scanner: Scanner) -> TermPattern:
    """Parse terms up to the end of the pattern.

    Raises
    ------
    PatternError
        A term without quotes contains characters other than letters, digits and `_`.
    """
    terms: dict[str, list[str]] = {"": [], "-": [], "?": []}
    scanner.skip()
    while not scanner.ended:
        sign = scanner.take("[-?]") or ""
        term = parse_quoted(scanner)
        if term is None:
            term = scanner.take(r"[A-Za-z0-9_]+")
        if term is None or not (scanner.ended or scanner.take(r"(?=\s)") is not None):
            raise scanner.error("a term with characters other than letters, digits and _ needs double quotes")
        if sign and not term.strip():
            raise scanner.error(f"expected a term after {sign}")
        # The guide says that a quoted space matches everything.
        terms[sign] += [term] if term.strip() else []
        scanner.skip()
    return TermPattern(tuple(terms[""]), tuple(terms["-"]), tuple(terms["?"]))
