"""A rule: a function from one resource to outcomes, with what an auditor wants to know about it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from policy.model.resources import Resource
from policy.model.values import UnknownRead, Value

Parameters = Mapping[str, Value]


class NotApplicable(Exception):  # noqa: N818 (a signal)
    """A rule does not apply to a resource; the message says why."""


@dataclass(frozen=True)
class Finding:
    """A violation: a predicate that completes a sentence about the resource. It never quotes a secret."""

    message: str


@dataclass(frozen=True)
class Undecided:
    """A question that a rule cannot decide because the value at `path` is not known yet."""

    path: str


Outcome = Finding | Undecided
Check = Callable[..., Iterator[Outcome]]
Part = TypeVar("Part")


class Severity(StrEnum):
    """How bad a violation is. Whether it stops a deployment is decided by the level."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Level(StrEnum):
    """How a rule is enforced: `mandatory` stops a deployment, `advisory` only reports."""

    MANDATORY = "mandatory"
    ADVISORY = "advisory"


def stop_at_unknown(outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
    """Yield outcomes until a read of an unknown value, which becomes the last one, `Undecided`.

    A rule that checks several parts passes each through this function or `check_each`, so that an unknown value in one
    part does not hide findings in the others.
    """
    try:
        yield from outcomes
    except UnknownRead as unknown:
        yield Undecided(unknown.path)


def check_each(parts: Iterable[Part], check: Callable[[Part], Iterator[Outcome]]) -> Iterator[Outcome]:
    """Yield the outcomes of each part; an unknown value stops the check of its own part only."""
    for part in parts:
        yield from stop_at_unknown(check(part))


@dataclass(frozen=True)
class Parameter:
    """A parameter of a rule, which a stack's settings may change.

    Attributes
    ----------
    schema
        JSON Schema of its values.
    """

    default: Value
    schema: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule of the pack.

    Attributes
    ----------
    family
        The name of the rule's module.
    on
        Resource types that the rule applies to; `*` matches any text.
    controls
        Requirements that the rule serves, as `framework:control`.
    remedy
        How to fix a finding.
    description
        The first paragraph of the check's docstring; `reason` is the rest.
    parameters
        Parameters by name; their values are the check's second argument.
    whole_stack
        True where the check reads other resources than its own.
    """

    name: str
    family: str
    on: tuple[str, ...]
    severity: Severity
    controls: tuple[str, ...]
    remedy: str
    description: str
    reason: str
    check: Check
    parameters: Mapping[str, Parameter]
    whole_stack: bool

    def applies_to(self, kind: str) -> bool:
        """Tell whether the rule applies to resources of a type."""
        return any(fnmatchcase(kind, pattern) for pattern in self.on)

    def outcomes(self, resource: Resource, parameters: Parameters) -> Iterator[Outcome]:
        """Yield the outcomes for one resource, until a value is unknown.

        Raises
        ------
        NotApplicable
            The rule does not apply to this resource.
        """
        arguments = (self._with_defaults(parameters),) if self.parameters else ()
        return stop_at_unknown(self.check(resource, *arguments))

    def _with_defaults(self, given: Parameters) -> Parameters:
        """Return the values in force; a map that is given changes its default entry by entry."""
        values = {name: parameter.default for name, parameter in self.parameters.items()} | dict(given)
        for name, parameter in self.parameters.items():
            if isinstance(parameter.default, Mapping) and isinstance(value := values[name], Mapping):
                values[name] = {**parameter.default, **value}
        return values


def rule(
    *,
    name: str,
    on: str | tuple[str, ...],
    severity: Severity,
    controls: tuple[str, ...],
    remedy: str,
    parameters: Mapping[str, Parameter] | None = None,
    whole_stack: bool = False,
) -> Callable[[Check], Rule]:
    """Return a decorator that turns a function from a resource to outcomes into a rule."""

    def decorate(check: Check) -> Rule:
        description, _, reason = (check.__doc__ or "").partition("\n\n")
        return Rule(
            name=name,
            family=check.__module__.rpartition(".")[2],
            on=(on,) if isinstance(on, str) else on,
            severity=severity,
            controls=controls,
            remedy=remedy,
            description=" ".join(description.split()),
            reason=" ".join(reason.split()),
            check=check,
            parameters=parameters or {},
            whole_stack=whole_stack,
        )

    return decorate
