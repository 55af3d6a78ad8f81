"""All rules: one file a family, listed here once."""

from policy.model import Rule
from policy.rules import (
    access,
    alarms,
    databases,
    encryption,
    exposure,
    functions,
    keys,
    network,
    recovery,
    retention,
    secrets,
    storage,
    tagging,
    trails,
    transit,
)

FAMILIES = (
    encryption,
    storage,
    keys,
    transit,
    tagging,
    retention,
    databases,
    network,
    access,
    exposure,
    secrets,
    alarms,
    functions,
    trails,
    recovery,
)

RULES: dict[str, Rule] = {
    one.name: one for family in FAMILIES for one in vars(family).values() if isinstance(one, Rule)
}
"""By name, in the order in which reports tell them."""
