"""The controls that the attestor checks, one module for each kind of resource; importing it here registers its controls.

A control is one decorated function, which reads the actual value. It changes nothing, and sees no object, item, message,
log event or secret.
"""

from lambdas.attestor.controls import (  # noqa: F401 - imported to register
    alarm,
    bucket,
    endpoint,
    function,
    key,
    log_group,
    queue,
    role,
    table,
    topic,
    trail,
    vpc,
)
from lambdas.attestor.controls.control import CONTROLS, Control

__all__ = ["BY_ID", "CONTROLS", "KINDS", "Control"]

BY_ID = {control.id: control for control in CONTROLS}
KINDS = {
    kind: tuple(control for control in CONTROLS if control.kind == kind)
    for kind in dict.fromkeys(control.kind for control in CONTROLS)
}
"""The controls of each kind of resource."""
