"""The rules of the pack. Each module of this package is a family; its rules are found by themselves."""

from importlib import import_module
from pkgutil import iter_modules

from policy.model import Rule

FAMILIES = tuple(
    import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__) if not module.name.startswith("_")
)

RULES: dict[str, Rule] = {
    rule.name: rule for family in FAMILIES for rule in vars(family).values() if isinstance(rule, Rule)
}
"""By name: families in alphabetical order, and the rules of a family in the order of its module."""
