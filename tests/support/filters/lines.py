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
    """A field and what it must be: one of the groups, all comparisons of it."""

    groups: tuple[tuple[Comparison, ...], ...]

    def fits(self, text: str) -> bool:
        """Tell whether a field of a line meets the conditions, if it has any."""
        return not self.groups or any(all(one.of_field(text) for one in group) for group in self.groups)


@dataclass(frozen=True)
class LinePattern:
    """A pattern of fields.

    Attributes
    ----------
    before, after
        The fields up to an ellipsis and those behind it; without one, `after` is None.
    """

    before: tuple[Field, ...]
    after: tuple[Field, ...] | None

    def matches(self, line: str) -> bool:
        """Tell whether a line has the fields.

        A last field without a condition stands for the rest of the line too: the guide's `[w1=ERROR, w2]` returns a line
        of seven words. (An edition of 2020 counted exactly; name all fields, or write an ellipsis, to be sure.)
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
        return all(field.fits(text) for field, text in pairs)


def split(line: str) -> list[str]:
    """Split a line at white space; what stands in brackets or double quotes is one field, without them."""
    return [next(part for part in found.groups() if part is not None) for found in _FIELD.finditer(line)]


def parse_line_pattern(scanner: Scanner) -> LinePattern:
    """Read a pattern with its brackets.

    Raises
    ------
    PatternError
        It is malformed, a name stands twice, or there is more than one ellipsis.
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
                raise scanner.error("a second ellipsis: where fields belong would be open", start)
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
        raise scanner.error(f"the field {name} stands twice", start)
    names.add(name)
    scanner.skip()
    if scanner.take("(?=[=!<>])") is None:
        return Field(())
    groups = [[parse_comparison(scanner)]]
    while joint := scanner.sign("&&", "||"):
        scanner.skip()
        again = scanner.position
        if _name(scanner) != name:
            raise scanner.error(f"expected {name}: a field's conditions are of itself", again)
        if joint == "||":
            groups.append([])
        groups[-1].append(parse_comparison(scanner))
    return Field(tuple(tuple(group) for group in groups))


def _name(scanner: Scanner) -> str | None:
    return scanner.take(r"[A-Za-z0-9_-]+")
