"""The tiers and their components, read from the code."""

import ast
import importlib
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import Any

import grimp

from cli.paths import ROOT
from components.base import Component


@cache
def component_classes() -> Mapping[str, list[type[Component[Any]]]]:
    """Return the component classes by tier: the tiers as they are created, then shared parts; a tier's own component first."""
    for module in grimp.build_graph("components", cache_dir=None).modules:
        importlib.import_module(module)
    tiers: dict[str, list[type[Component[Any]]]] = defaultdict(list)
    for component in Component.__subclasses__():
        package, tier, *_ = component.__module__.split(".")
        if package == "components":
            tiers[tier].append(component)
    created = _created([component.__name__ for components in tiers.values() for component in components])
    return {
        tier: sorted(components, key=lambda component: (component.__name__ not in created, component.__name__))
        for tier, components in sorted(tiers.items(), key=lambda item: _position(item[1], created))
    }


def creation_order() -> dict[str, int]:
    """Return the position of each tier among those that `__main__.py` creates, from 1."""
    tiers = [tier for tier in component_classes() if tier != "shared"]
    return {tier: position for position, tier in enumerate(tiers, start=1)}


def _created(names: list[str]) -> list[str]:
    """Return the names of the components that `__main__.py` creates, in order."""
    program = ast.parse((ROOT / "__main__.py").read_text("utf-8"))
    calls = [node.func for node in ast.walk(program) if isinstance(node, ast.Call)]
    calls.sort(key=lambda call: call.lineno)
    return [call.id for call in calls if isinstance(call, ast.Name) and call.id in names]


def _position(components: list[type[Component[Any]]], created: list[str]) -> int:
    positions = [created.index(component.__name__) for component in components if component.__name__ in created]
    return min(positions, default=len(created))
