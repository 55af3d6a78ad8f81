"""Resources, rules and verdicts, unaware of where the resources come from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


class Unknown:
    """A value that a preview cannot know, or that is an encrypted secret."""

    def __repr__(self) -> str:
        return "<unknown>"


UNKNOWN: Final = Unknown()


class Undecided(Exception):  # noqa: N818
    """A rule met a value that is not known; its verdict on this resource is `unknown`."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class Verdict(StrEnum):
    """What a rule says of a resource."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    WAIVED = "waived"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not applicable"


class Level(StrEnum):
    """What a failure means: `mandatory` stops a deployment, `advisory` is told."""

    MANDATORY = "mandatory"
    ADVISORY = "advisory"


class Block:
    """Properties of a resource or of an object within it. Reading an unknown value ends the rule as undecided."""

    def __init__(self, values: Mapping[str, Any], path: str = "") -> None:
        self._values = values
        self._path = path

    def has(self, name: str) -> bool:
        """Whether a property is given; it counts while its value is unknown."""
        value = self._values.get(name)
        return value is not None and value != ""

    def value(self, name: str) -> Any:
        """Return a property's value, or none.

        Raises
        ------
        Undecided
            It is unknown.
        """
        value = self._values.get(name)
        if value is UNKNOWN:
            raise Undecided(f"{self._path}{name}")
        return value

    def is_true(self, name: str) -> bool:
        """Whether a property is true."""
        return self.value(name) in (True, "true")

    def block(self, name: str) -> "Block":
        """Return an object; an empty one where there is none."""
        value = self.value(name)
        if isinstance(value, Sequence) and not isinstance(value, str):
            value = value[0] if value else None
            if value is UNKNOWN:
                raise Undecided(f"{self._path}{name}")
        return Block(value if isinstance(value, Mapping) else {}, f"{self._path}{name}.")

    def blocks(self, name: str) -> "list[Block]":
        """Return the objects of a list."""
        value = self.value(name)
        items = value if isinstance(value, Sequence) and not isinstance(value, str) else []
        found = []
        for number, one in enumerate(items):
            if one is UNKNOWN:
                raise Undecided(f"{self._path}{name}[{number}]")
            found.append(Block(one if isinstance(one, Mapping) else {}, f"{self._path}{name}[{number}]."))
        return found

    def names(self, name: str) -> Mapping[str, Any]:
        """Return a map whose values may be unknown one by one."""
        value = self.value(name)
        return value if isinstance(value, Mapping) else {}


@dataclass(frozen=True)
class Resource:
    """A resource as it is declared.

    Attributes
    ----------
    type, name, urn
        Pulumi's.
    properties
        Its inputs, and outputs where an input is absent.
    dependencies
        URNs of the resources that each property was made of.
    """

    type: str
    name: str
    urn: str
    properties: Block
    dependencies: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def references(self, name: str, other: "Resource") -> bool:
        """Whether a property leads to another resource: by dependency, or by the same name once both are known."""
        if other.urn in self.dependencies.get(name, ()):
            return True
        try:
            own, id_, bucket = (
                self.properties.value(name),
                other.properties.value("id"),
                other.properties.value("bucket"),
            )
        except Undecided:
            return False
        return own is not None and own in (id_, bucket)


class Stack:
    """All resources that are looked at together."""

    def __init__(self, resources: Sequence[Resource]) -> None:
        self.resources = resources

    def beside(self, resource: Resource, property_name: str, *types: str) -> list[Resource]:
        """Return the resources of some types whose property leads to this one."""
        return [one for one in self.resources if one.type in types and one.references(property_name, resource)]

    def unplaced(self, property_name: str, *types: str) -> bool:
        """Whether a resource of some types leads to nobody knows whom, so that nothing can be said of its absence."""
        for one in self.resources:
            if one.type in types and not one.dependencies.get(property_name):
                try:
                    one.properties.value(property_name)
                except Undecided:
                    return True
        return False


Parameters = Mapping[str, Any]
Check = Callable[[Resource, Stack, Parameters], Iterator[str]]


@dataclass(frozen=True)
class Rule:
    """A rule: it yields a message for each way in which a resource breaks it.

    Attributes
    ----------
    name, description, remedy
        What it is called, why it is there, what to do about a finding.
    applies
        Which types it looks at.
    controls
        What of which standard it stands for.
    """

    name: str
    description: str
    remedy: str
    controls: tuple[str, ...]
    applies: Callable[[str], bool]
    check: Check


RULES: dict[str, Rule] = {}


def rule(
    name: str, *, on: Sequence[str] | Callable[[str], bool], controls: Sequence[str], remedy: str
) -> Callable[[Check], Check]:
    """Register a function as a rule; its docstring is the description."""

    def register(check: Check) -> Check:
        applies = on if callable(on) else (lambda kind: kind in on)
        RULES[name] = Rule(name, " ".join((check.__doc__ or "").split()), remedy, tuple(controls), applies, check)
        return check

    return register


@dataclass(frozen=True)
class Finding:
    """What one rule says of one resource."""

    rule: Rule
    resource: Resource
    verdict: Verdict
    level: Level
    message: str = ""
    note: str = ""
