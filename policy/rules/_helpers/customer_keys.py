"""Checks that a resource uses a customer-managed KMS key."""

import re
from collections.abc import Iterator

from policy.model import Block, Finding, Outcome, Resource, Undecided
from policy.rules._helpers.resource_types import KEY_ALIAS, KEYS

_AWS_MANAGED = re.compile(r"(^|:)alias/aws/", re.IGNORECASE)


def is_aws_managed(key: str) -> bool:
    """Tell whether a key's alias is that of an AWS managed key."""
    return _AWS_MANAGED.search(key) is not None


def check_encrypted(owner: Resource, block: Block, switch: str, key: str | None, service: str) -> Iterator[Outcome]:
    """Yield a finding unless the property `switch` is true and the property `key`, if any, holds a customer key."""
    if not block.is_true(switch):
        yield Finding(f"is not encrypted ({block.path}{switch})")
    elif key is not None:
        yield from check_customer_key(owner, block, key, service)


def check_customer_key(owner: Resource, block: Block, key: str, service: str) -> Iterator[Outcome]:
    """Yield a finding unless the property `key` holds a customer key.

    A key id that is not known yet counts if it depends on a key of the same stack.
    """
    if not block.has(key):
        yield Finding(f"has no customer key ({block.path}{key})")
    elif not block.knows(key):
        if not owner.references(block.top_level_property(key), *KEYS, KEY_ALIAS):
            yield Undecided(block.path + key)
    elif is_aws_managed(block.text(key)):
        yield Finding(
            f"is encrypted with the AWS managed key of {service} ({block.path}{key}), not with a customer key"
        )
