"""JSON patterns, `{ … }`: conditions on the properties of a JSON object.

Source: CloudWatch Logs User Guide, "Using filter patterns to match terms in JSON log events".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from tests.support.filters.comparison import Comparison, parse_comparison
from tests.support.filters.scanner import Scanner

Event = Mapping[str, object]
Condition = Callable[[Event], bool]
MAX_WILDCARDS = 3
"""The maximum number of wildcards in a pattern; a selector may have only one."""
_KEYWORDS: dict[str, object] = {"NULL": None, "TRUE": True, "FALSE": False}


class Wildcard(Enum):
    """A wildcard in a selector."""

    PROPERTY = ".*"
    ELEMENT = "[*]"


Step = str | int | Wildcard
"""The name of a property, the index of an element, or a wildcard."""


@dataclass(frozen=True)
class Selector:
    """The path of a property."""

    steps: tuple[Step, ...]

    def values(self, event: object) -> list[object]:
        """Return the values at the path: none or one, or any number with a wildcard."""
        values = [event]
        for step in self.steps:
            values = [child for value in values for child in _children(value, step)]
        return values


def _children(value: object, step: Step) -> list[object]:
    if isinstance(value, dict):
        if step is Wildcard.PROPERTY:
            return list(value.values())
        return [value[step]] if isinstance(step, str) and step in value else []
    if isinstance(value, list):
        if step is Wildcard.ELEMENT:
            return value
        return [value[step]] if isinstance(step, int) and step < len(value) else []
    return []


def parse_object_pattern(scanner: Scanner) -> Condition:
    """Parse a pattern with its braces.

    Raises
    ------
    PatternError
        The pattern is malformed, or has too many wildcards.
    """
    scanner.expect("{", "which opens a JSON pattern")
    condition = _Parser(scanner).any_of()
    scanner.expect("}", "which closes a JSON pattern, or && or ||")
    return condition


class _Parser:
    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._wildcards = 0

    def any_of(self) -> Condition:
        """Parse `a || b`; `&&` has precedence over `||`."""
        conditions = [self._all_of()]
        while self._scanner.sign("||"):
            conditions.append(self._all_of())
        return lambda event: any(condition(event) for condition in conditions)

    def _all_of(self) -> Condition:
        conditions = [self._single()]
        while self._scanner.sign("&&"):
            conditions.append(self._single())
        return lambda event: all(condition(event) for condition in conditions)

    def _single(self) -> Condition:
        if self._scanner.sign("("):
            inner = self.any_of()
            self._scanner.expect(")", "which closes the parenthesis, or && or ||")
            return inner
        selector = self._selector()
        if self._word("IS"):
            return _is(selector, self._keyword())
        if self._word("NOT"):
            if not self._word("EXISTS"):
                raise self._scanner.error("expected EXISTS after NOT")
            return lambda event: not selector.values(event)
        if self._word("EXISTS"):
            raise self._scanner.error('EXISTS is not supported; write { $.property = "*" }, or NOT EXISTS')
        if self._scanner.take(r"(?=!?=\s*(?:true|false|null)\b)") is not None:
            raise self._scanner.error("expected IS TRUE, IS FALSE or IS NULL, or quotes for a text")
        return _compare(selector, parse_comparison(self._scanner))

    def _keyword(self) -> object:
        for word, value in _KEYWORDS.items():
            if self._word(word):
                return value
        raise self._scanner.error("expected NULL, TRUE or FALSE after IS; IS NOT is not supported")

    def _word(self, word: str) -> bool:
        self._scanner.skip()
        return self._scanner.take(rf"{word}(?![A-Za-z0-9_])") is not None

    def _selector(self) -> Selector:
        scanner = self._scanner
        scanner.skip()
        start = scanner.position
        if scanner.take(r"\$") is None:
            raise scanner.error("expected a property, $.name, or a parenthesis")
        steps: list[Step] = []
        while scanner.take(r"\."):
            steps.append(self._property())
            while scanner.take(r"\["):
                steps.append(self._element())
        if not steps:
            raise scanner.error("expected a name after $, as in $.name")
        wildcards = sum(isinstance(step, Wildcard) for step in steps)
        self._wildcards += wildcards
        if wildcards > 1:
            raise scanner.error(f"{wildcards} wildcards in one selector, where one is allowed", start)
        if self._wildcards > MAX_WILDCARDS:
            raise scanner.error(
                f"{self._wildcards} wildcard selectors, where a pattern may have {MAX_WILDCARDS}", start
            )
        return Selector(tuple(steps))

    def _property(self) -> str | Wildcard:
        scanner = self._scanner
        if scanner.take(r"\*"):
            return Wildcard.PROPERTY
        if scanner.take(r"\["):
            name = scanner.take(r"'[^']+'\]")
            if name is None:
                raise scanner.error("expected a name in single quotes, as in $.['with.dots']")
            return name[1:-2]
        name = scanner.take(r"[A-Za-z0-9_-]+")
        if name is None:
            raise scanner.error("expected a name of letters, digits, - and _; others as in $.['with.dots']")
        return name

    def _element(self) -> int | Wildcard:
        index = self._scanner.take(r"(?:\d+|\*)\]")
        if index is None:
            raise self._scanner.error("expected an index or *, as in $.list[0]; a name as in $.['with.dots']")
        return Wildcard.ELEMENT if index == "*]" else int(index[:-1])


def _is(selector: Selector, expected: object) -> Condition:
    return lambda event: any(value is expected for value in selector.values(event))


def _compare(selector: Selector, comparison: Comparison) -> Condition:
    return lambda event: any(comparison.holds_for_value(value) for value in selector.values(event))
