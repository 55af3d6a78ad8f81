"""Space-delimited patterns, `[ … ]`: conditions on the fields of a line.

Source: CloudWatch Logs User Guide, "Using filter patterns to match terms in space-delimited log events".
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.filters.comparison import Comparison, parse_comparison
from tests.support.filters.scanner import Scanner

Condition = Callable[[str], bool]
_FIELD = re.compile(r'"([^"]*)"(?!\S)|\[([^\]]*)\](?!\S)|(\S+)')


@dataclass(frozen=True)
class Field:
    """The conditions of a field: all comparisons in at least one of the groups have to hold."""

    groups: tuple[tuple[Comparison, ...], ...]

    def matches(self, text: str) -> bool:
        """Tell whether a field of a line satisfies the conditions, if there are any."""
        return not self.groups or any(
            all(comparison.holds_for_field(text) for comparison in group) for group in self.groups
        )


@dataclass(frozen=True)
class LinePattern:
    """A space-delimited pattern.

    Attributes
    ----------
    before, after
        The fields before and after an ellipsis; without an ellipsis, `after` is None.
    """

    before: tuple[Field, ...]
    after: tuple[Field, ...] | None

    def matches(self, line: str) -> bool:
        """Tell whether a line matches.

        A last field without a condition also matches the rest of the line: in the guide, `[w1=ERROR, w2]` matches a line of
        seven words. (The edition of 2020 required the exact number of fields. To be safe, name all fields or use an ellipsis.)
        """
        fields = split(line)
        if self.after is None:
            rest = bool(self.before) and not self.before[-1].groups
            if len(fields) < len(self.before) or (len(fields) > len(self.before) and not rest):
                return False
            pairs = list(zip(self.before, fields, strict=False))
        else:
            if len(fields) < len(self.before) + len(self.after):
                return False
            last = fields[len(fields) - len(self.after) :]
            pairs = [*zip(self.before, fields, strict=False), *zip(self.after, last, strict=True)]
        return all(field.matches(text) for field, text in pairs)


def split(line: str) -> list[str]:
    """Return the fields of a line, separated by white space; text in brackets or double quotes is one field."""
    return [next(group for group in match.groups() if group is not None) for match in _FIELD.finditer(line)]


def parse_line_pattern(scanner: Scanner) -> LinePattern:
    """Parse a pattern with its brackets.

    Raises
    ------
    PatternError
        The pattern is malformed, uses a name twice, or has more than one ellipsis.
    """
    scanner.expect("[", "which opens a space-delimited pattern")
    names: set[str] = set()
    parts: list[list[Field]] = [[]]
    while True:
        scanner.skip()
        start = scanner.position
        if scanner.take(r"\.\.\."):
            parts.append([])
            if len(parts) > 2:
                raise scanner.error("a second ellipsis, which would make the position of fields ambiguous", start)
        else:
            parts[-1].append(_field(scanner, names))
        if scanner.sign("]"):
            break
        scanner.expect(",", "which separates fields, or ], && or ||")
    return LinePattern(tuple(parts[0]), tuple(parts[1]) if len(parts) > 1 else None)


def _field(scanner: Scanner, names: set[str]) -> Field:
    start = scanner.position
    name = _name(scanner)
    if name is None:
        raise scanner.error("expected a field's name of letters, digits, - and _, or ...")
    if name in names:
        raise scanner.error(f"the field {name} is used twice", start)
    names.add(name)
    scanner.skip()
    if scanner.take("(?=[=!<>])") is None:
        return Field(())
    groups = [[parse_comparison(scanner)]]
    while operator := scanner.sign("&&", "||"):
        scanner.skip()
        again = scanner.position
        if _name(scanner) != name:
            raise scanner.error(f"expected {name}: a condition of a field cannot use another field", again)
        if operator == "||":
            groups.append([])
        groups[-1].append(parse_comparison(scanner))
    return Field(tuple(tuple(group) for group in groups))


def _name(scanner: Scanner) -> str | None:
    return scanner.take(r"[A-Za-z0-9_-]+")
