"""A resource as a source hands it over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from policy.model.values import Props, Value


@dataclass(frozen=True, kw_only=True)
class ResourceData:
    """A resource as an exported state, a preview or the engine describes it.

    Attributes
    ----------
    inputs
        What the program asked for, as the provider checked it.
    outputs
        What the provider returned; empty until it has been called.
    dependencies
        URNs of the resources that each input depends on, by input; None where the source does not list them.
    managed
        False for a resource that the stack only reads: no rule is applied to it, but other resources may refer to it.
    default_tags
        Tags that the provider adds to every resource.
    protect
        Whether the engine refuses to delete the resource; None where the source does not say.
    """

    urn: str
    inputs: Props
    outputs: Props = field(default_factory=dict)
    dependencies: Mapping[str, Sequence[str]] | None = None
    managed: bool = True
    default_tags: Value = None
    protect: bool | None = None
