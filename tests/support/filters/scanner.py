"""Reading a pattern from left to right, and saying where it goes wrong."""

import re


class PatternError(ValueError):
    """A filter pattern is not one that AWS documents.

    Attributes
    ----------
    position
        Where in the pattern, from 0.
    """

    def __init__(self, message: str, text: str, position: int) -> None:
        shown = text[position : position + 20]
        super().__init__(f"at {position}, {f'before {shown!r}' if shown else 'at the end'}: {message}")
        self.position = position


class Scanner:
    """A pattern, the place that has been read so far, and how many regular expressions were met."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.expressions = 0

    def skip(self) -> None:
        """Pass over white space."""
        self.take(r"\s*")

    def take(self, expression: str) -> str | None:
        """Read what a regular expression describes, if it stands here."""
        found = re.compile(expression).match(self.text, self.position)
        if found is None:
            return None
        self.position = found.end()
        return found[0]

    def sign(self, *signs: str) -> str | None:
        """Read one of some signs, if one stands here after white space."""
        self.skip()
        return self.take("|".join(re.escape(sign) for sign in signs))

    def expect(self, sign: str, reason: str) -> None:
        """Read a sign that must stand here after white space."""
        if self.sign(sign) is None:
            raise self.error(f"expected {sign!r}, {reason}")

    @property
    def ended(self) -> bool:
        """Tell whether nothing is left."""
        return self.position == len(self.text)

    def error(self, message: str, position: int | None = None) -> PatternError:
        """Return an error at a place, by default this one."""
        return PatternError(message, self.text, self.position if position is None else position)
