"""The input of an invocation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.attestor.expected_state import ObjectReference
from lambdas.shared.errors import SafeError

_DEPLOYMENT = ("create", "update", "delete")


class InvalidRequest(SafeError):
    """The input of the invocation is invalid."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """The validated input of an invocation.

    Attributes
    ----------
    trigger
        `create`, `update` or `delete` for a deployment, `schedule`, or `request`.
    expected_state
        The expected state; none means that of the previous run.
    """

    trigger: str
    expected_state: ObjectReference | None

    @property
    def deploying(self) -> bool:
        """Whether a deployment waits for the response."""
        return self.trigger in _DEPLOYMENT


def request_from(event: Mapping[str, Any]) -> Request:
    """Return the request in an event: `{"expected_state": {"key", "version_id", "sha256"}, "trigger"}`.

    A deployment's event has, in place of `trigger`, the member `tf` of the Terraform provider.

    Raises
    ------
    InvalidRequest
        The event has another form.
    """
    deployment = event.get("tf")
    trigger = deployment.get("action") if isinstance(deployment, Mapping) else event.get("trigger", "request")
    allowed = _DEPLOYMENT if deployment is not None else ("schedule", "request")
    if not isinstance(trigger, str) or trigger not in allowed:
        raise InvalidRequest(f"expected a trigger, one of {', '.join(allowed)}, found {trigger!r}")
    reference = event.get("expected_state")
    if reference is None:
        return Request(trigger=trigger, expected_state=None)
    names = ("key", "version_id", "sha256")
    if (
        not isinstance(reference, Mapping)
        or set(reference) != set(names)
        or not all(isinstance(reference[name], str) for name in names)
    ):
        raise InvalidRequest(
            f"expected expected_state to be an object of the strings {', '.join(names)}, found {reference!r}"
        )
    return Request(trigger=trigger, expected_state=ObjectReference(**reference))
