"""The controls that the attestor checks, one module for each kind of resource; importing it here registers its controls.

A control is one decorated function, which reads the actual value. It changes nothing, and sees no object, item, message,
log event or secret.
"""

from lambdas.attestor.controls import (  # noqa: F401 - imported to register
    alarm,
    bucket,
    event_source,
    function,
    key,
    log_group,
    metric_filter,
    notification,
    queue,
    role,
    schedule,
    table,
    topic,
    trail,
)
from lambdas.attestor.controls.control import CONTROLS, Control
from lambdas.attestor.controls.network import dns_firewall, endpoint, security_group, vpc  # noqa: F401 - likewise

__all__ = ["BY_ID", "CONTROLS", "KINDS", "Control"]

BY_ID = {control.id: control for control in CONTROLS}
KINDS = {
    kind: tuple(control for control in CONTROLS if control.kind == kind)
    for kind in dict.fromkeys(control.kind for control in CONTROLS)
}
"""The controls of each kind of resource."""
