"""Scans a pattern from left to right, and reports the position of an error."""

import re


class PatternError(ValueError):
    """AWS does not document a filter pattern.

    Attributes
    ----------
    position
        The position of the error in the pattern, from 0.
    """

    def __init__(self, message: str, text: str, position: int) -> None:
        shown = text[position : position + 20]
        super().__init__(f"at {position}, {f'before {shown!r}' if shown else 'at the end'}: {message}")
        self.position = position


class Scanner:
    """A pattern, the current position, and the number of regular expressions so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.expressions = 0

    def skip(self) -> None:
        """Skip white space."""
        self.take(r"\s*")

    def take(self, expression: str) -> str | None:
        """Return the text that matches a regular expression at the current position, if any, and move past it."""
        match = re.compile(expression).match(self.text, self.position)
        if match is None:
            return None
        self.position = match.end()
        return match[0]

    def sign(self, *signs: str) -> str | None:
        """Skip white space; return and move past one of some signs, if one is next."""
        self.skip()
        return self.take("|".join(re.escape(sign) for sign in signs))

    def expect(self, sign: str, reason: str) -> None:
        """Skip white space and move past a sign, which has to be next."""
        if self.sign(sign) is None:
            raise self.error(f"expected {sign!r}, {reason}")

    @property
    def ended(self) -> bool:
        """Whether the whole pattern has been scanned."""
        return self.position == len(self.text)

    def error(self, message: str, position: int | None = None) -> PatternError:
        """Return an error at a position, by default the current one."""
        return PatternError(message, self.text, self.position if position is None else position)
