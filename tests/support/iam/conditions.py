"""Conditions of a statement: each is one operator applied to one key.

Sources, in the IAM User Guide: "IAM JSON policy elements: Condition operators" (absent keys, IfExists, Null) and
"Single-valued vs. multivalued context keys" (set operators).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.support.iam.operators import NEGATED, OPERATORS, Matcher, truth

ContextValue = str | bool | int | float
_SET_OPERATORS = ("ForAllValues", "ForAnyValue")
_IF_EXISTS = "IfExists"
_NULL = "Null"


class Context:
    """The condition keys of a request; their names are case-insensitive.

    Parameters
    ----------
    keys
        The value of each key, or the list of values of a multivalued key.

    Raises
    ------
    ValueError
        Two names differ only in case.
    """

    def __init__(self, keys: Mapping[str, ContextValue | Sequence[ContextValue]]) -> None:
        self._values: dict[str, tuple[str, ...]] = {}
        for name, value in keys.items():
            if name.lower() in self._values:
                raise ValueError(
                    f"the request has the condition key {name} twice; the names of keys are case-insensitive"
                )
            values = [value] if isinstance(value, ContextValue) else value
            self._values[name.lower()] = tuple(as_text(item) for item in values)

    def __contains__(self, key: str) -> bool:
        return key.lower() in self._values

    def values(self, key: str) -> tuple[str, ...]:
        """Return the values of a key, none where the request does not have the key."""
        return self._values.get(key.lower(), ())

    def single(self, key: str) -> str | None:
        """Return the value of a single-valued key.

        Raises
        ------
        ValueError
            The request has several values: AWS documents that these need a set operator, and that a variable cannot hold them.
        """
        values = self.values(key)
        if len(values) > 1:
            raise ValueError(
                f"the request has {len(values)} values of {key}: only ForAllValues and ForAnyValue compare several, "
                "and a variable cannot hold them"
            )
        return values[0] if values else None


def as_text(value: ContextValue) -> str:
    """Return a value as it is written in JSON."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class Presence:
    """The Null operator: `true` requires that the request does not have the key, `false` that it does."""

    key: str
    absent: bool

    def holds(self, context: Context) -> bool:
        """Tell whether a request meets the condition."""
        return (not context.values(self.key)) == self.absent


@dataclass(frozen=True)
class Comparison:
    """Any operator other than Null.

    Attributes
    ----------
    set_operator
        The set operator, None for a single-valued key.
    negated, if_exists
        The modifiers in the name of the operator.
    matchers
        One for each value in the policy.
    """

    key: str
    set_operator: str | None
    negated: bool
    if_exists: bool
    matchers: tuple[Matcher, ...]

    def holds(self, context: Context) -> bool:
        """Tell whether a request meets the condition.

        Raises
        ------
        ValueError
            A value of the request is not of the operator's type, or there are several and no set operator.
        """
        if self.set_operator is None:
            value = context.single(self.key)
            # A negated operator matches an absent key.
            return self._matches(value, context) if value is not None else self.negated or self.if_exists
        # An empty text counts as an empty set, as an absent key does.
        matches = [self._matches(value, context) for value in context.values(self.key) if value]
        return all(matches) if self.set_operator == "ForAllValues" else any(matches)

    def _matches(self, value: str, context: Context) -> bool:
        """Tell whether a value matches: the policy's values are alternatives, and a negated operator excludes all of them."""
        return any(matcher(value, context.single) for matcher in self.matchers) != self.negated


Condition = Presence | Comparison


def parse_condition(name: str, key: str, values: Sequence[ContextValue]) -> Condition:
    """Parse one key of one operator.

    Raises
    ------
    ValueError
        AWS does not document the operator or the value.
    """
    texts = [as_text(value) for value in values]
    if not texts:
        raise ValueError("no value, expected at least one")
    if ":" not in key or key.startswith(":") or key.endswith(":"):
        raise ValueError(f"{key!r} is not a condition key: expected a prefix, as in aws:SourceArn")
    if name == _NULL:
        if len(texts) > 1:
            raise ValueError(f"Null has the values {texts}, expected one, true or false")
        return Presence(key, truth(texts[0]))
    set_operator, base = _without_set_operator(name)
    if_exists = base.endswith(_IF_EXISTS)
    base = base.removesuffix(_IF_EXISTS)
    if set_operator == "ForAnyValue" and if_exists:
        raise ValueError(
            f"{name}: for an absent key, IfExists is true and ForAnyValue false, and AWS does not document which one applies; "
            "write two statements"
        )
    positive = NEGATED.get(base, base)
    if positive not in OPERATORS:
        raise ValueError(f"unknown operator {name}; expected Null or one of {', '.join([*OPERATORS, *NEGATED])}")
    return Comparison(key, set_operator, base in NEGATED, if_exists, tuple(OPERATORS[positive](text) for text in texts))


def _without_set_operator(name: str) -> tuple[str | None, str]:
    for set_operator in _SET_OPERATORS:
        if name.startswith(f"{set_operator}:"):
            return set_operator, name.removeprefix(f"{set_operator}:")
    return None, name
