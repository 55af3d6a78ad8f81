"""What stands inside the strings of a policy: wildcards, variables and ARNs.

Sources, in the IAM User Guide: "IAM policy elements: Variables and tags", "IAM JSON policy elements: Resource",
"IAM JSON policy elements: Condition operators" (ARN operators).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Lookup = Callable[[str], str | None]
"""Gives the value of a condition key in the request, None where the request has none."""

Character = tuple[str, bool]
"""A character, and whether it stands for itself: a `*` out of a variable's value is no wildcard."""

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_NAMED = re.compile(r"([^,'\s]+:[^,']+?)(?:, '([^']*)')?")
_ITSELF = {"*", "?", "$"}
ARN_PARTS = 6


@dataclass(frozen=True)
class Variable:
    """`${key}` or `${key, 'default'}`."""

    key: str
    default: str | None


@dataclass(frozen=True)
class Template:
    """A string of a policy, its variables still to be filled in.

    Attributes
    ----------
    parts
        Text, which may hold wildcards, and variables, in order; a tuple of characters stands for itself.
    """

    parts: tuple[str | Variable | tuple[Character, ...], ...]

    @classmethod
    def parse(cls, text: str) -> "Template":
        """Read a string.

        Raises
        ------
        ValueError
            A variable is not closed, or is neither a condition key nor one of `${*}`, `${?}` and `${$}`.
        """
        parts: list[str | Variable | tuple[Character, ...]] = []
        end = 0
        for found in _VARIABLE.finditer(text):
            parts.append(_plain(text[end : found.start()]))
            parts.append(_variable(found[1]))
            end = found.end()
        parts.append(_plain(text[end:]))
        return cls(tuple(part for part in parts if part != ""))

    @property
    def has_variables(self) -> bool:
        """Tell whether the request decides what the string is."""
        return any(isinstance(part, Variable) for part in self.parts)

    def fill(self, lookup: Lookup) -> list[Character] | None:
        """Put in the request's values; None where one is absent and has no default: that string equals nothing."""
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
        raise ValueError(f"{text!r}: a variable is opened and not closed; write ${{key}}")
    return text


def _variable(name: str) -> Variable | tuple[Character, ...]:
    if name in _ITSELF:
        return ((name, True),)
    found = _NAMED.fullmatch(name)
    if found is None:
        raise ValueError(
            f"${{{name}}} is no variable: expected a condition key such as ${{aws:username}}, "
            f"with a default as in ${{aws:PrincipalTag/team, 'none'}}, or one of ${{*}}, ${{?}}, ${{$}}"
        )
    return Variable(found[1], found[2])


def text_of(characters: Sequence[Character]) -> str:
    """Return the characters as they are, for comparisons that know no wildcards."""
    return "".join(character for character, _ in characters)


def like(characters: Sequence[Character], text: str, *, ignore_case: bool = False) -> bool:
    """Compare with wildcards: `*` is any text, also none, and `?` one character."""
    expression = "".join(_any(character, ".") for character in characters)
    return re.fullmatch(expression, text, re.DOTALL | (re.IGNORECASE if ignore_case else 0)) is not None


def same_arn(characters: Sequence[Character], arn: str) -> bool:
    """Compare as ARN operators do: each of the six parts apart, wildcards within a part."""
    wanted, found = _split(characters), arn.split(":", ARN_PARTS - 1)
    return len(wanted) == len(found) and all(like(part, text) for part, text in zip(wanted, found, strict=True))


def covers(characters: Sequence[Character], arn: str) -> bool:
    """Compare as the Resource element does.

    A wildcard stays within its part of the ARN, except a `*` that ends a part, which may run over the colons after it;
    in the last part, where a colon means nothing, a wildcard matches anything.
    """
    parts = _split(characters)
    expressions = []
    for position, part in enumerate(parts, start=1):
        last = position == ARN_PARTS
        expressions.append(
            "".join(
                _any(character, "." if last or (character[0] == "*" and place == len(part)) else "[^:]")
                for place, character in enumerate(part, start=1)
            )
        )
    return re.fullmatch(":".join(expressions), arn, re.DOTALL) is not None


def _any(character: Character, one: str) -> str:
    text, itself = character
    if itself or text not in "*?":
        return re.escape(text)
    return f"{one}*" if text == "*" else one


def _split(characters: Sequence[Character]) -> list[list[Character]]:
    parts: list[list[Character]] = [[]]
    for character in characters:
        if character[0] == ":" and len(parts) < ARN_PARTS:
            parts.append([])
        else:
            parts[-1].append(character)
    return parts
