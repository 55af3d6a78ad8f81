"""What a rule is: a function from one resource to outcomes, and what an auditor wants to know of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from policy.model.resources import Resource
from policy.model.values import UnknownRead, Value

Parameters = Mapping[str, Value]


class NotApplicable(Exception):  # noqa: N818 (a signal)
    """A rule has nothing to say about a resource; the message says why."""


@dataclass(frozen=True)
class Finding:
    """What is wrong with a resource: a predicate that follows the resource's name, and quotes no secret."""

    message: str


@dataclass(frozen=True)
class Undecided:
    """What a rule could not decide because the value at `path` is not known yet."""

    path: str


Outcome = Finding | Undecided
Check = Callable[..., Iterator[Outcome]]
Part = TypeVar("Part")


class Severity(StrEnum):
    """How bad a violation is; whether it stops a deployment is the level's matter."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Level(StrEnum):
    """What a violation means: `mandatory` stops a deployment, `advisory` is told."""

    MANDATORY = "mandatory"
    ADVISORY = "advisory"


def as_far_as_known(outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
    """Yield outcomes up to a read of an unknown value, which ends them as undecided and hides nothing found before.

    A rule that judges several parts puts each through this or `for_each`.
    """
    try:
        yield from outcomes
    except UnknownRead as unknown:
        yield Undecided(unknown.path)


def for_each(parts: Iterable[Part], judge: Callable[[Part], Iterator[Outcome]]) -> Iterator[Outcome]:
    """Judge each part of a resource, so that what is not known of one hides nothing of the others."""
    for part in parts:
        yield from as_far_as_known(judge(part))


@dataclass(frozen=True)
class Parameter:
    """What a stack's configuration may set of a rule.

    Attributes
    ----------
    schema
        JSON Schema of its values, in the keywords that `policy.schema` understands.
    """

    default: Value
    schema: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule and what an auditor wants to know of it.

    Attributes
    ----------
    family
        The file that it stands in.
    on
        Resource types it judges; `*` stands for any text.
    controls
        What it serves, as `framework:control`.
    remedy
        What to do about a finding.
    description
        The first paragraph of the check's docstring; `reason` is the rest of it.
    parameters
        What a stack's configuration may set, by name; the values are handed to the check as its second argument.
    whole_stack
        True where the check looks at other resources than its own.
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

    def judges(self, kind: str) -> bool:
        """Tell whether resources of a type are the rule's business."""
        return any(fnmatchcase(kind, pattern) for pattern in self.on)

    def outcomes(self, resource: Resource, parameters: Parameters) -> Iterator[Outcome]:
        """Judge one resource, as far as what is known goes.

        Raises
        ------
        NotApplicable
            The rule has nothing to say about this resource.
        """
        arguments = (self._with_defaults(parameters),) if self.parameters else ()
        return as_far_as_known(self.check(resource, *arguments))

    def _with_defaults(self, given: Parameters) -> Parameters:
        """Return the parameters in force: a map that is given changes its default entry by entry, else all would go."""
        merged = {name: one.default for name, one in self.parameters.items()} | dict(given)
        for name, parameter in self.parameters.items():
            if isinstance(parameter.default, Mapping) and isinstance(one := merged[name], Mapping):
                merged[name] = {**parameter.default, **one}
        return merged


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
    """Make a rule of a function from a resource to outcomes."""

    def make(check: Check) -> Rule:
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

    return make
