"""What a control is, and how one is registered.

References are those of PCI DSS 4.0.1, NIST SP 800-53 revision 5 and SEC rule 17a-4 as amended in 2022.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from lambdas.attestor.reading import Reading

Read = Callable[[Reading, str], object]
"""Reads a resource, by the identifier that its service knows it by; returns the actual value, or a `PendingValue`."""
STATED_BY_COMPONENT = object()
"""The expected value of a control that differs between resources: their components state it."""

ENCRYPTION = ("PCI-DSS-4.0.1:3.5.1", "NIST-800-53r5:SC-28(1)")
ACCESS = ("PCI-DSS-4.0.1:7.2.1", "NIST-800-53r5:AC-3", "NIST-800-53r5:AC-6")
ALERTS = ("PCI-DSS-4.0.1:10.7.2", "NIST-800-53r5:AU-5", "NIST-800-53r5:SI-4")


@dataclass(frozen=True, kw_only=True, eq=False)
class Control:
    """One property of one kind of resource.

    Attributes
    ----------
    id
        Its name in the expected state, the evidence, messages and the page of controls.
    kind
        The kind of resource that has it.
    requirement
        What must hold, as a sentence for an auditor.
    references
        Requirements of frameworks that it meets, as `FRAMEWORK:number`.
    alarms
        Alarms that report a change, by name.
    actions
        IAM actions that its read needs.
    read
        Reads the actual value.
    rules
        Rules of the policy pack that check the same before a deployment.
    no_rule
        Why there is no such rule.
    expected
        The expected value, if it is the same for every resource.
    is_policy
        Whether the value is a policy document, which is compared by its meaning.
    """

    id: str
    kind: str
    requirement: str
    references: tuple[str, ...]
    alarms: tuple[str, ...]
    actions: tuple[str, ...]
    read: Read
    rules: tuple[str, ...] = ()
    no_rule: str | None = None
    expected: Any = STATED_BY_COMPONENT
    is_policy: bool = False


CONTROLS: list[Control] = []


def _control(kind: str, control_id: str, **properties: Any) -> Callable[[Read], Control]:
    """Turn the decorated read into a control."""

    def register(read: Read) -> Control:
        control = Control(id=control_id, kind=kind, read=read, **properties)
        CONTROLS.append(control)
        return control

    return register


def controls_of(kind: str) -> Callable[..., Callable[[Read], Control]]:
    """Return the decorator that registers controls of a kind of resource; it takes the id and `Control`'s attributes."""
    return partial(_control, kind)
