"""Stores Terraform's state of a resource in one of the resource's Pulumi outputs."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from offline.aws.terraform.client import TerraformProvider

STATE = "__terraform"
"""Name of the output. It is always secret, because it repeats all values and some of them may be secret."""


def dump_state(terraform: TerraformProvider, kind: str, state: Any, private: bytes, *, doubtful: bool = False) -> str:
    """Return a state as the value of the output.

    Parameters
    ----------
    doubtful
        Whether the state may be wrong: the operation failed, and the resource could not be read afterwards.
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


def load_state(terraform: TerraformProvider, kind: str, outputs: Mapping[str, Any]) -> tuple[Any, bytes]:
    """Return the state and the provider's private data; a state of another provider version is upgraded.

    Raises
    ------
    RuntimeError
        The outputs hold no state of this adapter, or the resource of a doubtful state no longer exists.
    """
    text = outputs.get(STATE)
    if not isinstance(text, str):
        raise RuntimeError(
            "the state of this resource was written by the official AWS plugin, not by this adapter: use that plugin, or move "
            "the resource to the adapter with `pulumi state delete` and `pulumi import`"
        )
    data = json.loads(text)
    state = data["state"]
    if data.get("provider") != terraform.version:
        state = terraform.upgrade(kind, data.get("version", 0), state)
    private = base64.b64decode(data["private"])
    if data.get("doubtful"):
        state, private = terraform.read(kind, state, private)
        if state is None:
            raise RuntimeError(
                f"this {kind}, whose last operation failed, no longer exists: run `pulumi refresh`, then run the command again"
            )
    return state, private
