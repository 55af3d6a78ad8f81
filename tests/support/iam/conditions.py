"""Conditions: one operator on one key, as a statement's Condition element lists them.

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
    """The condition keys of a request, whatever the case of their names.

    Parameters
    ----------
    values
        A value, or the values of a multivalued key, by the key's name.

    Raises
    ------
    ValueError
        Two names differ in case alone.
    """

    def __init__(self, values: Mapping[str, ContextValue | Sequence[ContextValue]]) -> None:
        self._values: dict[str, tuple[str, ...]] = {}
        for name, value in values.items():
            if name.lower() in self._values:
                raise ValueError(f"the request has the condition key {name} twice: names of keys have no case")
            several = [value] if isinstance(value, ContextValue) else value
            self._values[name.lower()] = tuple(written(one) for one in several)

    def __contains__(self, key: str) -> bool:
        return key.lower() in self._values

    def values(self, key: str) -> tuple[str, ...]:
        """Return the values of a key, none where the request lacks it."""
        return self._values.get(key.lower(), ())

    def single(self, key: str) -> str | None:
        """Return the value of a single-valued key.

        Raises
        ------
        ValueError
            The request has several: the documentation asks for a set operator then, and allows no variable.
        """
        values = self.values(key)
        if len(values) > 1:
            raise ValueError(
                f"the request has {len(values)} values of {key}: only ForAllValues and ForAnyValue compare several, "
                "and a variable cannot hold them"
            )
        return values[0] if values else None


def written(value: ContextValue) -> str:
    """Return a value as JSON text has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class Presence:
    """The Null operator: `true` asks that the request lacks the key, `false` that it has it."""

    key: str
    absent: bool

    def holds(self, context: Context) -> bool:
        """Tell whether a request meets the condition."""
        return (not context.values(self.key)) == self.absent


@dataclass(frozen=True)
class Comparison:
    """Any other operator.

    Attributes
    ----------
    over
        The set operator, None for a single-valued key.
    negated, if_exists
        What the operator's name says beside its kind.
    matchers
        One for each value in the policy.
    """

    key: str
    over: str | None
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
        if self.over is None:
            value = context.single(self.key)
            # A negated operator matches a key that is not there.
            return self._fits(value, context) if value is not None else self.negated or self.if_exists
        # An empty text is a null data set, as no value is.
        fits = [self._fits(value, context) for value in context.values(self.key) if value]
        return all(fits) if self.over == "ForAllValues" else any(fits)

    def _fits(self, value: str, context: Context) -> bool:
        """Several values in the policy are alternatives; a negated operator excludes them all."""
        return any(matches(value, context.single) for matches in self.matchers) != self.negated


Condition = Presence | Comparison


def parse_condition(name: str, key: str, values: Sequence[ContextValue]) -> Condition:
    """Read one key of one operator.

    Raises
    ------
    ValueError
        The operator or a value is not one that AWS documents.
    """
    texts = [written(value) for value in values]
    if not texts:
        raise ValueError("no value: an array takes one or more")
    if ":" not in key or key.startswith(":") or key.endswith(":"):
        raise ValueError(f"{key!r} is no condition key, which has a prefix as in aws:SourceArn")
    if name == _NULL:
        if len(texts) > 1:
            raise ValueError(f"Null takes one value, true or false; found {texts}")
        return Presence(key, truth(texts[0]))
    over, base = _without_set_operator(name)
    if_exists = base.endswith(_IF_EXISTS)
    base = base.removesuffix(_IF_EXISTS)
    if over == "ForAnyValue" and if_exists:
        raise ValueError(
            f"{name}: of an absent key IfExists says true and ForAnyValue false, and AWS documents no order of the two; "
            "write the two cases as two statements"
        )
    positive = NEGATED.get(base, base)
    if positive not in OPERATORS:
        raise ValueError(f"unknown operator {name}; expected Null or one of {', '.join([*OPERATORS, *NEGATED])}")
    return Comparison(key, over, base in NEGATED, if_exists, tuple(OPERATORS[positive](text) for text in texts))


def _without_set_operator(name: str) -> tuple[str | None, str]:
    for over in _SET_OPERATORS:
        if name.startswith(f"{over}:"):
            return over, name.removeprefix(f"{over}:")
    return None, name
