"""What several families ask of a key: that it is a customer's, not one that AWS keeps."""

import re
from collections.abc import Iterator

from policy.model import Block, Finding, Outcome, Resource, Undecided
from policy.rules._helpers.resource_types import KEY_ALIAS, KEYS

_AWS_MANAGED = re.compile(r"(^|:)alias/aws/", re.IGNORECASE)


def is_aws_managed(key: str) -> bool:
    """Tell whether a key's alias is one that AWS keeps for a service."""
    return _AWS_MANAGED.search(key) is not None


def encrypted(owner: Resource, block: Block, switch: str, key: str | None, service: str) -> Iterator[Outcome]:
    """Yield a finding unless a switch is on and a property beside it holds a customer key."""
    if not block.is_true(switch):
        yield Finding(f"is not encrypted ({block.path}{switch})")
    elif key is not None:
        yield from customer_key(owner, block, key, service)


def customer_key(owner: Resource, block: Block, key: str, service: str) -> Iterator[Outcome]:
    """Yield a finding unless a property holds a customer key.

    An id that is not known yet is one when it is made from a key of the same stack.
    """
    if not block.has(key):
        yield Finding(f"names no customer key ({block.path}{key})")
        return
    if not block.knows(key):
        if not owner.references(block.outermost(key), *KEYS, KEY_ALIAS):
            yield Undecided(block.path + key)
    elif is_aws_managed(block.text(key)):
        yield Finding(f"is under the key that AWS manages for {service} ({block.path}{key}), not a customer key")
