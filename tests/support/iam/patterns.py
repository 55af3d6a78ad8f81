"""Wildcards, variables and ARNs in the strings of a policy.

Sources, in the IAM User Guide: "IAM policy elements: Variables and tags", "IAM JSON policy elements: Resource",
"IAM JSON policy elements: Condition operators" (ARN operators).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Lookup = Callable[[str], str | None]
"""Returns the value of a condition key in the request, None where the request does not have the key."""

Character = tuple[str, bool]
"""A character, and whether it is literal: a `*` from the value of a variable is not a wildcard."""

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_NAMED = re.compile(r"([^,'\s]+:[^,']+?)(?:, '([^']*)')?")
_ESCAPED = {"*", "?", "$"}
ARN_PARTS = 6


@dataclass(frozen=True)
class Variable:
    """`${key}` or `${key, 'default'}`."""

    key: str
    default: str | None


@dataclass(frozen=True)
class Template:
    """A string of a policy with variables.

    Attributes
    ----------
    parts
        Text with wildcards, variables, and literal characters, in order.
    """

    parts: tuple[str | Variable | tuple[Character, ...], ...]

    @classmethod
    def parse(cls, text: str) -> "Template":
        """Parse a string.

        Raises
        ------
        ValueError
            A variable is not closed, or is neither a condition key nor one of `${*}`, `${?}` and `${$}`.
        """
        parts: list[str | Variable | tuple[Character, ...]] = []
        end = 0
        for variable in _VARIABLE.finditer(text):
            parts.append(_plain(text[end : variable.start()]))
            parts.append(_variable(variable[1]))
            end = variable.end()
        parts.append(_plain(text[end:]))
        return cls(tuple(part for part in parts if part != ""))

    @property
    def has_variables(self) -> bool:
        """Tell whether the string depends on the request."""
        return any(isinstance(part, Variable) for part in self.parts)

    def fill(self, lookup: Lookup) -> list[Character] | None:
        """Return the string with the request's values; None where a value is missing, so that the string matches nothing."""
        filled: list[Character] = []
        for part in self.parts:
            if isinstance(part, str):
                filled += [(character, False) for character in part]
            elif isinstance(part, Variable):
                value = lookup(part.key)
                if value is None:
                    value = part.default
                if value is None:
                    return None
                filled += [(character, True) for character in value]
            else:
                filled += part
        return filled


def _plain(text: str) -> str:
    if "${" in text:
        raise ValueError(f"{text!r}: a variable is not closed; write ${{key}}")
    return text


def _variable(name: str) -> Variable | tuple[Character, ...]:
    if name in _ESCAPED:
        return ((name, True),)
    variable = _NAMED.fullmatch(name)
    if variable is None:
        raise ValueError(
            f"${{{name}}} is not a variable: expected a condition key such as ${{aws:username}}, "
            f"with a default as in ${{aws:PrincipalTag/team, 'none'}}, or one of ${{*}}, ${{?}}, ${{$}}"
        )
    return Variable(variable[1], variable[2])


def text_of(characters: Sequence[Character]) -> str:
    """Return the characters as text, for comparisons without wildcards."""
    return "".join(character for character, _ in characters)


def like(characters: Sequence[Character], text: str, *, ignore_case: bool = False) -> bool:
    """Tell whether a text matches a pattern: `*` matches any text, even empty, and `?` one character."""
    expression = "".join(_expression(character, ".") for character in characters)
    return re.fullmatch(expression, text, re.DOTALL | (re.IGNORECASE if ignore_case else 0)) is not None


def same_arn(characters: Sequence[Character], arn: str) -> bool:
    """Tell whether an ARN matches as with the ARN operators: part by part, with wildcards within a part."""
    patterns, parts = _split(characters), arn.split(":", ARN_PARTS - 1)
    return len(patterns) == len(parts) and all(
        like(pattern, part) for pattern, part in zip(patterns, parts, strict=True)
    )


def covers(characters: Sequence[Character], arn: str) -> bool:
    """Tell whether an ARN matches as with the Resource element.

    A wildcard stays within its part of the ARN, except that a `*` at the end of a part may span the following parts. In the
    last part, where a colon has no meaning, a wildcard matches anything.
    """
    parts = _split(characters)
    expressions = []
    for position, part in enumerate(parts, start=1):
        last = position == ARN_PARTS
        expressions.append(
            "".join(
                _expression(character, "." if last or (character[0] == "*" and index == len(part)) else "[^:]")
                for index, character in enumerate(part, start=1)
            )
        )
    return re.fullmatch(":".join(expressions), arn, re.DOTALL) is not None


def _expression(character: Character, any_character: str) -> str:
    text, is_literal = character
    if is_literal or text not in "*?":
        return re.escape(text)
    return f"{any_character}*" if text == "*" else any_character


def _split(characters: Sequence[Character]) -> list[list[Character]]:
    parts: list[list[Character]] = [[]]
    for character in characters:
        if character[0] == ":" and len(parts) < ARN_PARTS:
            parts.append([])
        else:
            parts[-1].append(character)
    return parts
