"""The resources of one stack, and which of them belong together."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar, cast

from policy.model.urns import name_of, stack_of, type_of
from policy.model.values import UNKNOWN, Block, Props, UnknownRead, Value, is_absent, is_known

_STANDS_FOR = ("arn", "bucket", "keyId", "queueUrl", "targetKeyId")
"""Inputs by which a side resource (a policy, a versioning, an alias) stands for the one that it is beside.

What is made from a bucket's policy is made from the bucket: a program may hand a name on only once a policy stands.
"""

_IDENTITIES = ("id", "arn", "name", "bucket", "url", "keyId")
"""Properties that may stand in another resource's property to name this one."""

Found = TypeVar("Found")


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
    protect
        Whether the engine refuses to delete it; None where the source does not tell.
    """

    urn: str
    inputs: Props
    outputs: Props = field(default_factory=dict)
    dependencies: Mapping[str, Sequence[str]] | None = None
    parent: str | None = None
    managed: bool = True
    default_tags: Value = None
    protect: bool | None = None


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

    @cached_property
    def identities(self) -> frozenset[str]:
        """All known texts by which another resource may name this one."""
        values = [props.get(key) for props in (self.declared.inputs, self.declared.outputs) for key in _IDENTITIES]
        return frozenset(one for one in values if isinstance(one, str) and one)

    @property
    def is_yet_unnamed(self) -> bool:
        """Whether the program gives it a name that is not known yet, which may be one that another resource spells out."""
        return any(self.declared.inputs.get(key) is UNKNOWN for key in _IDENTITIES)

    def was_asked(self, *keys: str) -> bool:
        """Tell whether the program itself gives one of the values, rather than the provider or the cloud."""
        return any(not is_absent(self.declared.inputs.get(key)) for key in keys)

    def was_switched_off(self, key: str) -> bool:
        """Tell whether the program itself switches off what is on by itself."""
        return self.was_asked(key) and not self.is_true(key)

    def made_from(self, key: str, *types: str) -> list["Resource"]:
        """Return the resources of some types that a property (the outermost, for a nested one) was made from."""
        return [one for urn in self.origins(key) if type_of(urn) in types and (one := self.stack.get(urn))]

    def references(self, key: str, *types: str) -> bool:
        """Tell whether a property (the outermost, for a nested one) was made from a resource of one of the types."""
        return any(type_of(urn) in types for urn in self.origins(key))

    def origins(self, key: str) -> Sequence[str]:
        """Return the URNs that a property was made from, and those that these stand for."""
        urns = (self.declared.dependencies or {}).get(key, ())
        return list(dict.fromkeys(origin for urn in urns for origin in self.stack.origins(urn)))

    def target(self, key: str, *types: str, within: Block | None = None) -> "Resource | None":
        """Return the one resource of the stack that a property names; None where it is none of the stack's.

        Parameters
        ----------
        within
            The group of this resource that holds the property, where it is not the resource itself.

        Raises
        ------
        UnknownRead
            The value is not known yet, and what it was made from does not tell.
        """
        block = within or self
        if block.knows(key):
            text = block.text(key)
            named = [one for one in self.stack.named(text) if one.type in types]
            if not named and (unnamed := self.stack.unnamed(*types)):
                raise UnknownRead(f"name of {unnamed[0].logical_name}")
            return named[0] if len(named) == 1 else None
        made_from = self.made_from(block.outermost(key), *types)
        if len(made_from) != 1:
            raise UnknownRead(block.path + key)
        return made_from[0]

    def is_named_by(self, *types: str, key: str) -> bool:
        """Tell whether a resource of some types names this one, as far as that is known."""
        return any(self.stack.links(kind, key).sides_of(self) for kind in types)

    def attached(self, *types: str, by: str, inline: Sequence[str] = ()) -> list["Resource"]:
        """Return the side resources of some types whose property `by` names this resource.

        Ids are unknown in a preview, so dependencies decide, and known names only where there are none.

        Parameters
        ----------
        inline
            Properties of this resource that say the same: where the program gives one, no other resource is waited for.

        Raises
        ------
        UnknownRead
            None is found, and one could still turn out to belong to this resource.
        """
        links = [self.stack.links(kind, by) for kind in types]
        found = [side for one in links for side in one.sides_of(self)]
        if not found:
            doubts = [] if self.stack.complete else ["resources that this preview leaves out"]
            doubts += [f"{by} of {side.logical_name}" for one in links if (side := one.doubt_of(self))]
            if doubts and not self.was_asked(*inline):
                raise UnknownRead(doubts[0])
        return found


class Links:
    """The side resources of one type by what their property `by` names: the one index that rules ask."""

    def __init__(self, sides: Sequence[Resource], by: str) -> None:
        self._by = by
        self._by_urn: dict[str, list[Resource]] = {}
        self._by_name: dict[str, list[Resource]] = {}
        self._unnamed: list[Resource] = []
        self._ambiguous: dict[str, list[Resource]] = {}
        self._doubtful: dict[str, list[Resource]] = {}
        for side in sides:
            name = side.declared.inputs.get(by, side.declared.outputs.get(by))
            if name is UNKNOWN:
                self._unnamed.append(side)
            elif isinstance(name, str) and name.strip():
                self._by_name.setdefault(name, []).append(side)
            for urns in _made_from(side, by).values():
                if len(urns) == 1:
                    self._by_urn.setdefault(urns[0], []).append(side)
                elif name is UNKNOWN:
                    for urn in urns:
                        self._ambiguous.setdefault(urn, []).append(side)

    def sides_of(self, owner: Resource) -> list[Resource]:
        """Return the sides that belong to a resource."""
        found = dict.fromkeys(self._by_urn.get(owner.urn, ()))
        for name in owner.identities:
            for side in self._by_name.get(name, ()):
                urns = _made_from(side, self._by).get(owner.type)
                if urns is None or owner.urn in urns:
                    found[side] = None
        return list(found)

    def doubt_of(self, owner: Resource) -> Resource | None:
        """Return a side that may yet turn out to belong to a resource."""
        doubts = [*self._ambiguous.get(owner.urn, ()), *self._of_nobody(owner.type)]
        # A name that is given and not known yet may be one that a side gives and nothing in the stack has.
        if not doubts and owner.is_yet_unnamed:
            doubts = self._strays
        return doubts[0] if doubts else None

    def _of_nobody(self, kind: str) -> list[Resource]:
        """Return the sides that were made from nothing of a type, and name nothing that is known."""
        if kind not in self._doubtful:
            self._doubtful[kind] = [side for side in self._unnamed if kind not in _made_from(side, self._by)]
        return self._doubtful[kind]

    @cached_property
    def _strays(self) -> list[Resource]:
        return [
            side
            for name, sides in self._by_name.items()
            for side in sides
            if not side.stack.named(name) and not _made_from(side, self._by)
        ]


def _made_from(side: Resource, by: str) -> Mapping[str, Sequence[str]]:
    """Return the URNs that a side's property was made from, by type."""
    by_type: dict[str, list[str]] = {}
    for urn in side.origins(by):
        by_type.setdefault(type_of(urn), []).append(urn)
    return by_type


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
        self._links: dict[tuple[str, str], Links] = {}
        self._origins: dict[str, Sequence[str]] = {}
        self._found: dict[Hashable, object] = {}

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._resources.values())

    @property
    def name(self) -> str | None:
        """The stack's name, as its resources' URNs have it; None for an empty stack."""
        return next((stack_of(urn) for urn in self._resources), None)

    def get(self, urn: str) -> Resource | None:
        """Return a resource by its URN."""
        return self._resources.get(urn)

    def origins(self, urn: str) -> Sequence[str]:
        """Return a URN, and those of the resources that it stands for."""
        if urn not in self._origins:
            self._origins[urn] = (urn,)  # ends a circle, should there be one
            declared = one.declared if (one := self.get(urn)) else None
            further = [
                origin
                for key in _STANDS_FOR
                for other in ((declared and declared.dependencies) or {}).get(key, ())
                for origin in self.origins(other)
            ]
            self._origins[urn] = tuple(dict.fromkeys([urn, *further]))
        return self._origins[urn]

    def of(self, *types: str) -> list[Resource]:
        """Return the resources of some types."""
        return [one for kind in types for one in self._by_type.get(kind, ())]

    @property
    def types(self) -> Iterable[str]:
        """The types of its resources, each once."""
        return self._by_type

    def named(self, text: str) -> Sequence[Resource]:
        """Return the resources that a text names: by id, ARN, URL or name."""
        return self._by_identity.get(text, ())

    def unnamed(self, *types: str) -> Sequence[Resource]:
        """Return the resources of some types whose name is not known yet."""
        return self.once(("unnamed", types), lambda: [one for one in self.of(*types) if one.is_yet_unnamed])

    def once(self, key: Hashable, make: Callable[[], Found]) -> Found:
        """Return what a rule finds out about the stack as a whole, found out once."""
        if key not in self._found:
            self._found[key] = make()
        return cast("Found", self._found[key])

    def links(self, kind: str, by: str) -> Links:
        """Return the index of the side resources of a type, made once."""
        if (kind, by) not in self._links:
            self._links[kind, by] = Links(self.of(kind), by)
        return self._links[kind, by]

    @cached_property
    def _by_type(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for one in self:
            found.setdefault(one.type, []).append(one)
        return found

    @cached_property
    def _by_identity(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for one in self:
            for text in one.identities:
                found.setdefault(text, []).append(one)
        return found
