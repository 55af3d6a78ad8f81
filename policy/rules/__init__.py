"""All rules: one file a family, listed here once."""

from policy.model import Rule
from policy.rules import access, encryption, keys, network, observability, recovery, retention, tagging, transit

FAMILIES = (encryption, keys, transit, tagging, retention, network, access, observability, recovery)

RULES: dict[str, Rule] = {
    one.name: one for family in FAMILIES for one in vars(family).values() if isinstance(one, Rule)
}
"""By name, in the order in which reports tell them."""
