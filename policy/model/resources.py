"""The resources of one stack, and how they refer to each other."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeVar, cast

from policy.model.resource_data import ResourceData
from policy.model.urns import name_of, stack_of, type_of, without_qualifier
from policy.model.values import UNKNOWN, Block, UnknownRead, is_absent, is_known

_OWNER_PROPERTIES = ("arn", "bucket", "functionName", "keyId", "queueUrl", "targetKeyId")
"""Inputs by which a side resource (a policy, a versioning, an alias) names its owner.

What depends on a bucket's policy depends on the bucket: a program may pass a name on only once the policy exists.
"""

_IDENTITY_PROPERTIES = ("id", "arn", "name", "bucket", "url", "keyId")
"""Properties by which other resources may refer to this one."""

T = TypeVar("T")


class Resource(Block):
    """One resource of a stack.

    An input takes precedence over an output, because it is what the program asked for. An output counts only where the
    input is absent and the whole output is known: an unknown output is a default that the provider has yet to choose.
    """

    def __init__(self, data: ResourceData, stack: "Stack") -> None:
        inputs = {key: value for key, value in data.inputs.items() if value is not None}
        outputs = {key: value for key, value in data.outputs.items() if is_known(value)}
        super().__init__({**outputs, **inputs})
        self.data = data
        self.urn = data.urn
        self.type = type_of(data.urn)
        self.name = name_of(data.urn)
        self.stack = stack

    @property
    def logical_name(self) -> str:
        """`type::name`, which stays the same when the resource gets another parent."""
        return f"{self.type}::{self.name}"

    @cached_property
    def identities(self) -> frozenset[str]:
        """All known texts by which another resource may refer to this one."""
        values = [props.get(key) for props in (self.data.inputs, self.data.outputs) for key in _IDENTITY_PROPERTIES]
        return frozenset(value for value in values if isinstance(value, str) and value)

    @property
    def has_unknown_name(self) -> bool:
        """Whether the program sets a name that is not known yet, and that another resource may spell out."""
        return any(self.data.inputs.get(key) is UNKNOWN for key in _IDENTITY_PROPERTIES)

    def is_set_by_program(self, *keys: str) -> bool:
        """Tell whether the program itself sets one of the properties, rather than the provider or AWS."""
        return any(not is_absent(self.data.inputs.get(key)) for key in keys)

    def is_disabled_by_program(self, key: str) -> bool:
        """Tell whether the program itself disables what is enabled by default."""
        return self.is_set_by_program(key) and not self.is_true(key)

    def referenced(self, key: str, *types: str) -> list["Resource"]:
        """Return the resources of some types that a property (for a nested one, its top-level property) depends on."""
        return [
            resource
            for urn in self.dependency_urns(key)
            if type_of(urn) in types and (resource := self.stack.get(urn)) is not None
        ]

    def references(self, key: str, *types: str) -> bool:
        """Tell whether a property (for a nested one, its top-level property) depends on a resource of some types."""
        return any(type_of(urn) in types for urn in self.dependency_urns(key))

    def dependency_urns(self, key: str) -> Sequence[str]:
        """Return the URNs of the resources that a property depends on, and of the owners of side resources among them."""
        urns = (self.data.dependencies or {}).get(key, ())
        return list(dict.fromkeys(owner for urn in urns for owner in self.stack.with_owners(urn)))

    def target(self, key: str, *types: str, within: Block | None = None) -> "Resource | None":
        """Return the resource of the stack that a property refers to; None where it is outside the stack.

        Parameters
        ----------
        within
            The block of this resource that holds the property, where it is not the resource itself.

        Raises
        ------
        UnknownRead
            The value is not known yet, and its dependencies do not identify one resource.
        """
        block = within or self
        if block.knows(key):
            text = block.text(key)
            matches = [resource for resource in self.stack.named(text) if resource.type in types]
            if not matches and (unnamed := self.stack.with_unknown_name(*types)):
                raise UnknownRead(f"name of {unnamed[0].logical_name}")
            return matches[0] if len(matches) == 1 else None
        candidates = self.referenced(block.top_level_property(key), *types)
        if len(candidates) != 1:
            raise UnknownRead(block.path + key)
        return candidates[0]

    def is_named_by(self, *types: str, key: str) -> bool:
        """Tell whether a resource of some types refers to this one, as far as that is known."""
        return any(self.stack.side_resources(kind, key).attached_to(self) for kind in types)

    def attached(self, *types: str, by: str, inline: Sequence[str] = ()) -> list["Resource"]:
        """Return the side resources of some types whose property `by` refers to this resource.

        Ids are unknown in a preview, so dependencies decide; known names decide only where there are no dependencies.

        Parameters
        ----------
        inline
            Properties of this resource that hold the same settings: where the program sets one, side resources that may
            still turn out to belong to this resource do not make the answer unknown.

        Raises
        ------
        UnknownRead
            No side resource is found, and one may still turn out to belong to this resource.
        """
        indexes = [self.stack.side_resources(kind, by) for kind in types]
        found = [side for index in indexes for side in index.attached_to(self)]
        if not found and not self.is_set_by_program(*inline):
            if not self.stack.complete:
                raise UnknownRead("resources that this preview leaves out")
            for index in indexes:
                if (side := index.possibly_attached_to(self)) is not None:
                    raise UnknownRead(f"{by} of {side.logical_name}")
        return found


class SideResources:
    """An index of the side resources of one type, by the owner that their property `by` refers to."""

    def __init__(self, sides: Sequence[Resource], by: str) -> None:
        self._by = by
        self._by_urn: dict[str, list[Resource]] = {}
        self._by_name: dict[str, list[Resource]] = {}
        self._unknown_owner: list[Resource] = []
        self._several_owners: dict[str, list[Resource]] = {}
        self._unowned: dict[str, list[Resource]] = {}
        for side in sides:
            name = side.data.inputs.get(by, side.data.outputs.get(by))
            if name is UNKNOWN:
                self._unknown_owner.append(side)
            elif isinstance(name, str) and name.strip():
                self._by_name.setdefault(without_qualifier(name), []).append(side)
            for urns in _owner_urns(side, by).values():
                if len(urns) == 1:
                    self._by_urn.setdefault(urns[0], []).append(side)
                elif name is UNKNOWN:
                    for urn in urns:
                        self._several_owners.setdefault(urn, []).append(side)

    def attached_to(self, owner: Resource) -> list[Resource]:
        """Return the side resources that belong to a resource."""
        found = dict.fromkeys(self._by_urn.get(owner.urn, ()))
        for name in owner.identities:
            for side in self._by_name.get(name, ()):
                urns = _owner_urns(side, self._by).get(owner.type)
                if urns is None or owner.urn in urns:
                    found[side] = None
        return list(found)

    def possibly_attached_to(self, owner: Resource) -> Resource | None:
        """Return a side resource that may still turn out to belong to a resource."""
        candidates = [*self._several_owners.get(owner.urn, ()), *self._without_owner_of_type(owner.type)]
        # An owner's name that is not known yet may be a name that a side resource spells out.
        if not candidates and owner.has_unknown_name:
            candidates = self._naming_nothing_in_stack
        return candidates[0] if candidates else None

    def _without_owner_of_type(self, kind: str) -> list[Resource]:
        if kind not in self._unowned:
            self._unowned[kind] = [side for side in self._unknown_owner if kind not in _owner_urns(side, self._by)]
        return self._unowned[kind]

    @cached_property
    def _naming_nothing_in_stack(self) -> list[Resource]:
        return [
            side
            for name, sides in self._by_name.items()
            for side in sides
            if not side.stack.named(name) and not _owner_urns(side, self._by)
        ]


def _owner_urns(side: Resource, by: str) -> Mapping[str, Sequence[str]]:
    """Return the URNs that a side resource's property depends on, by type."""
    by_type: dict[str, list[str]] = {}
    for urn in side.dependency_urns(by):
        by_type.setdefault(type_of(urn), []).append(urn)
    return by_type


class Stack:
    """All resources of one stack.

    Attributes
    ----------
    complete
        False where the source leaves resources out, as a preview without `--show-sames` does.
    """

    def __init__(self, resources: Sequence[ResourceData], *, complete: bool = True) -> None:
        self.complete = complete
        self._resources = {data.urn: Resource(data, self) for data in resources}
        self._side_resources: dict[tuple[str, str], SideResources] = {}
        self._with_owners: dict[str, Sequence[str]] = {}
        self._cache: dict[Hashable, object] = {}

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._resources.values())

    @property
    def name(self) -> str | None:
        """The stack's name, from the URNs of its resources; None for an empty stack."""
        return next((stack_of(urn) for urn in self._resources), None)

    def get(self, urn: str) -> Resource | None:
        """Return the resource with a URN."""
        return self._resources.get(urn)

    def with_owners(self, urn: str) -> Sequence[str]:
        """Return a URN, and for a side resource also the URNs of its owners."""
        if urn not in self._with_owners:
            self._with_owners[urn] = (urn,)  # ends the recursion if resources depend on each other
            resource = self.get(urn)
            dependencies = (resource and resource.data.dependencies) or {}
            owners = [
                owner
                for key in _OWNER_PROPERTIES
                for dependency in dependencies.get(key, ())
                for owner in self.with_owners(dependency)
            ]
            self._with_owners[urn] = tuple(dict.fromkeys([urn, *owners]))
        return self._with_owners[urn]

    def of_type(self, *types: str) -> list[Resource]:
        """Return the resources of some types."""
        return [resource for kind in types for resource in self._by_type.get(kind, ())]

    @property
    def types(self) -> Iterable[str]:
        """The types of the stack's resources, each once."""
        return self._by_type

    def named(self, text: str) -> Sequence[Resource]:
        """Return the resources that a text refers to by id, ARN, URL or name; an alias of a function is the function."""
        return self._by_identity.get(without_qualifier(text), ())

    def with_unknown_name(self, *types: str) -> Sequence[Resource]:
        """Return the resources of some types whose name is not known yet."""
        return self.cached(
            ("unknown name", types),
            lambda: [resource for resource in self.of_type(*types) if resource.has_unknown_name],
        )

    def cached(self, key: Hashable, compute: Callable[[], T]) -> T:
        """Return what `compute` returns, computed once for this stack and key."""
        if key not in self._cache:
            self._cache[key] = compute()
        return cast("T", self._cache[key])

    def side_resources(self, kind: str, by: str) -> SideResources:
        """Return the index of the side resources of a type, built once."""
        if (kind, by) not in self._side_resources:
            self._side_resources[kind, by] = SideResources(self.of_type(kind), by)
        return self._side_resources[kind, by]

    @cached_property
    def _by_type(self) -> dict[str, list[Resource]]:
        index: dict[str, list[Resource]] = {}
        for resource in self:
            index.setdefault(resource.type, []).append(resource)
        return index

    @cached_property
    def _by_identity(self) -> dict[str, list[Resource]]:
        index: dict[str, list[Resource]] = {}
        for resource in self:
            for text in resource.identities:
                index.setdefault(text, []).append(resource)
        return index
