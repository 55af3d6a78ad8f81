"""What an invocation asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.attestor.intent import Pointer
from lambdas.shared.errors import SafeError

_DEPLOYMENT = ("create", "update", "delete")


class BadRequest(SafeError):
    """The invocation's input is not what the attestor takes."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """An invocation's input, checked.

    Attributes
    ----------
    trigger
        `create`, `update` or `delete` of a deployment, `schedule`, or `request`.
    intent
        What to compare with; none means what the last run compared with.
    """

    trigger: str
    intent: Pointer | None

    @property
    def deploying(self) -> bool:
        """Whether a deployment waits for the answer."""
        return self.trigger in _DEPLOYMENT


def request_from(event: Mapping[str, Any]) -> Request:
    """Read an input: `{"intent": {"key", "version_id", "sha256"}, "trigger"}`, and `tf` as the deployment adds it.

    Raises
    ------
    BadRequest
        It has another form.
    """
    deployment = event.get("tf")
    trigger = deployment.get("action") if isinstance(deployment, Mapping) else event.get("trigger", "request")
    allowed = _DEPLOYMENT if deployment is not None else ("schedule", "request")
    if not isinstance(trigger, str) or trigger not in allowed:
        raise BadRequest(f"expected one of {', '.join(allowed)}, found {trigger!r}")
    pointer = event.get("intent")
    if pointer is None:
        return Request(trigger=trigger, intent=None)
    names = ("key", "version_id", "sha256")
    if (
        not isinstance(pointer, Mapping)
        or set(pointer) != set(names)
        or not all(isinstance(pointer[name], str) for name in names)
    ):
        raise BadRequest(f"expected intent as an object of the texts {', '.join(names)}, found {pointer!r}")
    return Request(trigger=trigger, intent=Pointer(**pointer))
