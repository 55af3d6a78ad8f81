"""Terraform's own state, which Pulumi keeps for the adapter as one output of a resource."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from localcloud.aws.terraform import Terraform

STATE = "__terraform"
"""The output. It is always a secret: it repeats every value, and which of them are secret may change with an update."""


def keep(terraform: Terraform, kind: str, state: Any, private: bytes, *, doubtful: bool = False) -> str:
    """Return a state as the output's value.

    Parameters
    ----------
    doubtful
        Whether it tells what was meant to be: the operation failed, and so did reading what became of it.
    """
    return json.dumps(
        {
            "state": state,
            "private": base64.b64encode(private).decode(),
            "version": terraform.schema_version(kind),
            "provider": terraform.version,
            "doubtful": doubtful,
        }
    )


def kept(terraform: Terraform, kind: str, outputs: Mapping[str, Any]) -> tuple[Any, bytes]:
    """Return the state and the provider's private data; one of another provider version is upgraded.

    Raises
    ------
    RuntimeError
        The outputs hold none, or of a doubtful one nothing is left.
    """
    text = outputs.get(STATE)
    if not isinstance(text, str):
        raise RuntimeError(
            "the state of this resource was written by the official AWS plugin, not by this adapter: go on with that plugin, "
            "or let the adapter take the resource over with `pulumi state delete` and `pulumi import`"
        )
    data = json.loads(text)
    state = data["state"]
    if data.get("provider") != terraform.version:
        state = terraform.upgrade(kind, data.get("version", 0), state)
    private = base64.b64decode(data["private"])
    if data.get("doubtful"):
        state, private = terraform.read(kind, state, private)
        if state is None:
            raise RuntimeError(f"this {kind}, which was left half made, is gone: run `pulumi refresh`, then run again")
    return state, private
