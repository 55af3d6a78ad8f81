"""Converts Pulumi's `customTimeouts` to Terraform's `timeouts`."""

import json
from typing import Any

from offline.aws.terraform.schema import Block

TIMEOUTS = "timeouts"
_META = "e2bfb730-ecaa-11e6-8f88-34363bc7c4c0"
"""The key under which Terraform's plugin SDK keeps timeouts, in nanoseconds, in a resource's private data."""


def with_timeout(block: Block, values: dict[str, Any], operation: str, seconds: float) -> dict[str, Any]:
    """Return a configuration or state with a timeout for an operation, if the resource type supports one.

    Parameters
    ----------
    operation
        `create`, `update` or `delete`.
    seconds
        The timeout; 0 keeps the resource type's default.
    """
    nested = block.blocks.get(TIMEOUTS)
    if not seconds or nested is None or operation not in nested.block.attributes:
        return values
    limits = dict.fromkeys(nested.block.attributes) | (values.get(TIMEOUTS) or {})
    return {**values, TIMEOUTS: {**limits, operation: f"{seconds:g}s"}}


def private_with_timeout(private: bytes, operation: str, seconds: float) -> bytes:
    """Return private data with a timeout for an operation; a deletion has no configuration that could hold it."""
    if not seconds or not private.startswith(b"{"):
        return private
    data = json.loads(private)
    data[_META] = {**data.get(_META, {}), operation: int(seconds * 1e9)}
    return json.dumps(data).encode()
