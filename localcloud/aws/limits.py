"""Time limits: Pulumi's `customTimeouts` as Terraform's `timeouts`."""

import json
from typing import Any

from localcloud.aws.schema import Block

TIMEOUTS = "timeouts"
_META = "e2bfb730-ecaa-11e6-8f88-34363bc7c4c0"
"""Where Terraform's plugin SDK keeps a resource's time limits, in nanoseconds, within its private data."""


def limited(block: Block, values: dict[str, Any], operation: str, seconds: float) -> dict[str, Any]:
    """Return a configuration or state in which an operation has a time limit, if the resource knows one for it.

    Parameters
    ----------
    operation
        `create`, `update` or `delete`.
    seconds
        The limit; 0 leaves the resource's own.
    """
    nested = block.blocks.get(TIMEOUTS)
    if not seconds or nested is None or operation not in nested.block.attributes:
        return values
    limits = dict.fromkeys(nested.block.attributes) | (values.get(TIMEOUTS) or {})
    return {**values, TIMEOUTS: {**limits, operation: f"{seconds:g}s"}}


def limited_private(private: bytes, operation: str, seconds: float) -> bytes:
    """Return private data in which an operation has a time limit: a deletion has no configuration to give it in."""
    if not seconds or not private.startswith(b"{"):
        return private
    data = json.loads(private)
    data[_META] = {**data.get(_META, {}), operation: int(seconds * 1e9)}
    return json.dumps(data).encode()
