"""What a rule sees: the resources of one stack, as plain values that may be unknown. Nothing here knows the engine.

A read of an unknown value raises `UnknownRead`, which ends that rule for that resource and nothing else. Presence is
no read: `has` is true for a value that is given and not known yet.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from fnmatch import fnmatchcase
from functools import cached_property


class Unknown(Enum):
    """The one value that stands for every value a preview cannot know yet."""

    VALUE = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown.VALUE

Value = None | bool | int | float | str | Unknown | Sequence["Value"] | Mapping[str, "Value"]
"""A property's value. Whole numbers are `int`, whatever wrote them."""

Props = Mapping[str, Value]
Parameters = Mapping[str, Value]


class UnknownRead(Exception):  # noqa: N818 (a signal, as StopIteration is)
    """A rule read a value that is not known yet; `path` says which."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class NotApplicable(Exception):  # noqa: N818 (a signal too)
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

    A rule that judges several parts puts each through this, so that one part hides nothing of the others.
    """
    try:
        yield from outcomes
    except UnknownRead as unknown:
        yield Undecided(unknown.path)


def is_absent(value: Value) -> bool:
    """Tell whether a value is as good as not given: null, empty or blank. An unknown value is given."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, Sequence | Mapping) and not value)


def is_known(value: Value) -> bool:
    """Tell whether a value is known through and through."""
    if isinstance(value, Mapping):
        return all(is_known(one) for one in value.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return all(is_known(one) for one in value)
    return value is not UNKNOWN


class Block:
    """A group of properties, read by name.

    Every reader raises `UnknownRead` where the value, or the group it stands in, is not known yet.

    Attributes
    ----------
    path
        Where the group stands in its resource, such as `rules[0].`; empty for the resource itself.
    """

    def __init__(self, props: Value, path: str = "") -> None:
        self._props = props
        self.path = path

    def value(self, key: str) -> Value:
        """Return a value as it is, None where it is not given."""
        found = self._given(key)
        if found is UNKNOWN:
            raise UnknownRead(self.path + key)
        return found

    def has(self, key: str) -> bool:
        """Tell whether a value is given, known or not; empty and blank ones are not."""
        return not is_absent(self._given(key))

    def knows(self, key: str) -> bool:
        """Tell whether nothing of a value is left to be known."""
        return is_known(self._given(key))

    def is_true(self, key: str) -> bool:
        """Tell whether a value is true; what is absent is not."""
        return self.value(key) in (True, "true")

    def text(self, key: str) -> str:
        """Return a text without the spaces around it, empty where none is given."""
        found = self.value(key)
        return "" if found is None else str(found).strip()

    def number(self, key: str) -> float | None:
        """Return a number, None where there is none."""
        found = self.value(key)
        if isinstance(found, bool) or not isinstance(found, int | float | str):
            return None
        try:
            return float(found)
        except ValueError:
            return None

    def blocks(self, *keys: str) -> list["Block"]:
        """Return the groups under the first of the names that is given: a list's elements, or the one there is.

        Several names are for one property that versions of a type spell differently.
        """
        for key in keys:
            found = self._given(key)
            if is_absent(found):
                continue
            if isinstance(found, Sequence) and not isinstance(found, str):
                return [Block(one, f"{self.path}{key}[{index}].") for index, one in enumerate(found)]
            return [Block(found, f"{self.path}{key}.")]
        return []

    def block(self, *keys: str) -> "Block":
        """Return the one group under a name; an empty one where none is given."""
        found = self.blocks(*keys)
        return found[0] if found else Block({}, f"{self.path}{keys[0]}.")

    def _given(self, key: str) -> Value:
        if self._props is UNKNOWN:
            raise UnknownRead(self.path.rstrip("."))
        return self._props.get(key) if isinstance(self._props, Mapping) else None


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A resource as a source hands it over.

    Attributes
    ----------
    inputs
        What the program asked for, as the provider checked it.
    outputs
        What the provider answered; empty where it has not been asked yet.
    dependencies
        URNs by the input they went into; None where the source does not tell.
    managed
        False for what the stack only reads: no rule's business, but perhaps a part of another resource's picture.
    default_tags
        Tags that its provider adds to every resource.
    """

    urn: str
    inputs: Props
    outputs: Props = field(default_factory=dict)
    dependencies: Mapping[str, Sequence[str]] | None = None
    parent: str | None = None
    managed: bool = True
    default_tags: Value = None


class Resource(Block):
    """One resource of a stack.

    Inputs come first, since they are what was asked for; an output counts where an input is absent and the whole
    output is known. An output that is unknown says nothing: the provider has yet to choose a default.
    """

    def __init__(self, declared: Declared, stack: "Stack") -> None:
        asked = {key: value for key, value in declared.inputs.items() if value is not None}
        answered = {key: value for key, value in declared.outputs.items() if is_known(value)}
        super().__init__({**answered, **asked})
        self.declared = declared
        self.urn = declared.urn
        self.type = type_of(declared.urn)
        self.name = name_of(declared.urn)
        self.stack = stack

    @property
    def logical_name(self) -> str:
        """`type::name`, which no change of parents touches."""
        return f"{self.type}::{self.name}"

    @property
    def parent(self) -> "Resource | None":
        """The component it stands in, where the stack knows it."""
        return self.stack.get(self.declared.parent) if self.declared.parent else None

    def was_asked(self, *keys: str) -> bool:
        """Tell whether the program itself gives one of the values, rather than the provider or the cloud."""
        return any(not is_absent(self.declared.inputs.get(key)) for key in keys)

    def references(self, key: str, *types: str) -> bool:
        """Tell whether a property (the outermost, for a nested one) was made from a resource of one of the types."""
        urns = (self.declared.dependencies or {}).get(key, ())
        return any(type_of(urn) in types for urn in urns)

    def attached(self, *types: str, by: str) -> list["Resource"]:
        """Return the side resources of some types whose property `by` names this resource.

        Ids are unknown in a preview, so dependencies decide, and known names only where there are none.

        Raises
        ------
        UnknownRead
            None is found, and one could still turn out to belong to this resource.
        """
        found: list[Resource] = []
        doubts = [] if self.stack.complete else ["resources that this preview leaves out"]
        for side in self.stack.of(*types):
            named = _names(side.declared, self.declared, by)
            if named:
                found.append(side)
            elif named is None:
                doubts.append(f"{by} of {side.logical_name}")
        if doubts and not found:
            raise UnknownRead(doubts[0])
        return found


def _names(side: Declared, other: Declared, by: str) -> bool | None:
    """Tell whether a resource's property `by` names another resource; None where that is not known yet."""
    kind = type_of(other.urn)
    urns = [urn for urn in (side.dependencies or {}).get(by, ()) if type_of(urn) == kind]
    if urns == [other.urn]:
        return True
    if urns and other.urn not in urns:
        return False
    name = side.inputs.get(by, side.outputs.get(by))
    if name is UNKNOWN:
        return None
    if is_absent(name):
        return False
    if any(name == props.get(key) for props in (other.inputs, other.outputs) for key in (by, "id")):
        return True
    return None if other.inputs.get(by) is UNKNOWN else False


class Stack:
    """All resources of one stack; rules are evaluated from here.

    Attributes
    ----------
    complete
        False where the source leaves resources out, as a preview without `--show-sames` does.
    """

    def __init__(self, resources: Sequence[Declared], *, complete: bool = True) -> None:
        self.complete = complete
        self._resources = {declared.urn: Resource(declared, self) for declared in resources}

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._resources.values())

    @property
    def name(self) -> str | None:
        """The stack's name, as its resources' URNs have it; None for an empty stack."""
        return next((stack_of(urn) for urn in self._resources), None)

    def get(self, urn: str) -> Resource | None:
        """Return a resource by its URN."""
        return self._resources.get(urn)

    def of(self, *types: str) -> list[Resource]:
        """Return the resources of some types."""
        return [one for kind in types for one in self._by_type.get(kind, ())]

    @cached_property
    def _by_type(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for one in self:
            found.setdefault(one.type, []).append(one)
        return found


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule and what an auditor wants to know of it.

    Attributes
    ----------
    on
        Resource types it judges; `*` stands for any text.
    controls
        What it serves, as `framework:control`.
    remedy
        What to do about a finding.
    parameters
        Names and defaults of what a stack's configuration may set; handed to the check as its second argument.
    whole_stack
        True where the check looks at other resources than its own.
    """

    name: str
    on: tuple[str, ...]
    severity: Severity
    controls: tuple[str, ...]
    remedy: str
    description: str
    check: Check
    parameters: Parameters
    whole_stack: bool

    def applies_to(self, resource: Resource) -> bool:
        """Tell whether a resource is the rule's business."""
        return resource.declared.managed and any(fnmatchcase(resource.type, pattern) for pattern in self.on)

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
        merged = {**self.parameters, **given}
        for name, default in self.parameters.items():
            if isinstance(default, Mapping) and isinstance(one := merged[name], Mapping):
                merged[name] = {**default, **one}
        return merged


def rule(
    *,
    name: str,
    on: str | tuple[str, ...],
    severity: Severity,
    controls: tuple[str, ...],
    remedy: str,
    parameters: Parameters | None = None,
    whole_stack: bool = False,
) -> Callable[[Check], Rule]:
    """Make a rule of a function from a resource to outcomes; the first paragraph of its docstring is the description."""

    def make(check: Check) -> Rule:
        return Rule(
            name=name,
            on=(on,) if isinstance(on, str) else on,
            severity=severity,
            controls=controls,
            remedy=remedy,
            description=" ".join((check.__doc__ or "").split("\n\n", 1)[0].split()),
            check=check,
            parameters=parameters or {},
            whole_stack=whole_stack,
        )

    return make


def type_of(urn: str) -> str:
    """Return the type in a URN (`urn:pulumi:STACK::PROJECT::PARENTS$TYPE::NAME`), without its parents'."""
    return urn.split("::", 3)[2].rsplit("$", 1)[-1]


def name_of(urn: str) -> str:
    """Return the logical name in a URN, which may itself hold `::`."""
    return urn.split("::", 3)[3]


def stack_of(urn: str) -> str:
    """Return the stack's name in a URN."""
    return urn.split("::", 1)[0].removeprefix("urn:pulumi:")


def is_urn(text: object) -> bool:
    """Tell whether a value is a text with the parts of a URN."""
    return isinstance(text, str) and text.startswith("urn:pulumi:") and text.count("::") >= 3
