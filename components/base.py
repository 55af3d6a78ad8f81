"""The base class of all components."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar

import pulumi
from pulumi import Output, Resource, ResourceOptions

from components.expected import ExpectedResource

Args = TypeVar("Args")


class Component(pulumi.ComponentResource, ABC, Generic[Args]):
    """A component that records the expected state of what it creates.

    A subclass annotates its outputs as attributes and sets them in `create`. The base class does the rest: the type token
    `strongroom:<folder>:<class>`, the options of children, the expected state, and the registration of outputs.

    Parameters
    ----------
    name
        Name of the component in the stack; the names of its children begin with it.
    args
        Inputs of the component.
    opts
        Options of the component.

    Attributes
    ----------
    child
        Options that make a resource a child of this component.
    expected_state
        Expected state of this component's resources and of those of the components inside it.
    """

    child: ResourceOptions
    expected_state: list[ExpectedResource]

    def __init__(self, name: str, args: Args, opts: ResourceOptions | None = None) -> None:
        folder = type(self).__module__.split(".")[-2]
        super().__init__(f"strongroom:{folder}:{type(self).__name__}", name, {}, opts)
        self.child = ResourceOptions(parent=self)
        self.expected_state = []
        self.create(name, args)
        if opts is not None and isinstance(opts.parent, Component):
            opts.parent.expected_state += self.expected_state
        self.register_outputs(self._outputs())

    @abstractmethod
    def create(self, name: str, args: Args) -> None:
        """Create the component's resources, set its outputs and state what is expected of them."""

    def expect(self, *resources: ExpectedResource) -> None:
        """Add to the expected state, which the attestor compares with the actual state."""
        self.expected_state += resources

    def child_after(self, *resources: Resource) -> ResourceOptions:
        """Return the options of a child that is created after other resources."""
        return ResourceOptions(parent=self, depends_on=list(resources))

    def protected_child(self, protection: bool, after: Sequence[Resource] = ()) -> ResourceOptions:
        """Return the options of a child that belongs to the evidence set.

        With protection on, the engine refuses to delete it, and it stays in the account when a program no longer names it.
        """
        return ResourceOptions(parent=self, protect=protection, retain_on_delete=protection, depends_on=list(after))

    def _outputs(self) -> dict[str, object]:
        """Return the annotated attributes that hold plain values or outputs."""
        annotated = {name: getattr(self, name, None) for name in inspect.get_annotations(type(self))}
        return {name: value for name, value in annotated.items() if not name.startswith("_") and _is_output(value)}


def _is_output(value: object) -> bool:
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
    return all(isinstance(member, Output | str) for member in members)
