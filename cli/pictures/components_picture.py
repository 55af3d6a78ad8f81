"""Draws the tiers, their components, and which tier uses which."""

import importlib
from collections import defaultdict
from collections.abc import Mapping

import grimp

from cli.pictures.svg import Box, Kind, Picture
from cli.tiers import component_classes, creation_order

_LEFT, _RIGHT, _TOP, _BOTTOM = 20, 1080, 54, 664
_GAP_X, _GAP_Y, _MAX_HEIGHT = 44, 6, 182


def components_picture() -> Picture:
    """Return the picture of the components."""
    order = creation_order()
    classes = {tier: [component.__name__ for component in found] for tier, found in component_classes().items()}
    uses = _direct(used_tiers(classes))
    levels: dict[int, list[str]] = defaultdict(list)
    for tier in classes:
        levels[_level(tier, uses)].append(tier)
    picture = Picture(
        "Components",
        "The tiers from left to right, with their component classes. A tier uses the tiers that its arrows point to, and no tier to its right.",
        1100,
        700,
    )
    boxes = {}
    width = (_RIGHT - _LEFT + _GAP_X) / len(levels) - _GAP_X
    for level, tiers in levels.items():
        x, share = _LEFT + (width + _GAP_X) * level, (_BOTTOM - _TOP) / len(tiers)
        height = min(share - _GAP_Y, _MAX_HEIGHT)
        for position, tier in enumerate(tiers):
            place = Box(x, _TOP + share * (position + 0.5) - height / 2, width, height)
            title = f"{order[tier]}. {tier}" if tier in order else tier
            kind: Kind = "store" if tier in order else "plain"
            boxes[tier] = picture.box(title, classes[tier], place, kind, note=_purpose(tier))
    for tier, used in uses.items():
        for position, target in enumerate(sorted(used, key=lambda target: boxes[target].y), start=1):
            if _level(tier, uses) - _level(target, uses) > 1:
                # There are other boxes between the two: pass above or below them.
                above = boxes[target].y < boxes[tier].y
                start, end = (box.top() if above else box.bottom() for box in (boxes[tier], boxes[target]))
                y = _TOP - 14 if above else _BOTTOM + 8
                picture.arrow(start, (start[0], y), (end[0], y), end)
            else:
                picture.arrow(boxes[tier].left(position / (len(used) + 1)), boxes[target].right())
    picture.text(
        (20, 692),
        "An arrow points to a tier whose code is used; what follows from other arrows is left out. __main__.py creates the tiers in the order of the numbers.",
        "quiet",
    )
    return picture


def _purpose(tier: str) -> str:
    """Return what the docstring of a tier says after its name."""
    package = importlib.import_module(f"components.{tier}" if tier == "shared" else f"components.{tier}.tier")
    first, _, rest = (package.__doc__ or "").strip().partition("\n")[0].partition(": ")
    return (rest or first).rstrip(".")


def used_tiers(tiers: Mapping[str, object]) -> dict[str, set[str]]:
    """Return the tiers that each tier imports from."""
    graph = grimp.build_graph("components", cache_dir=None)
    for tier in tiers:
        graph.squash_module(f"components.{tier}")
    return {
        tier: {
            target
            for target in tiers
            if graph.direct_import_exists(importer=f"components.{tier}", imported=f"components.{target}")
        }
        for tier in tiers
    }


def _level(tier: str, uses: Mapping[str, set[str]]) -> int:
    return max((_level(used, uses) + 1 for used in uses[tier]), default=0)


def _direct(uses: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Return the edges of a graph without circles that do not follow from other edges."""

    def reached(tier: str) -> set[str]:
        return uses[tier].union(*(reached(used) for used in uses[tier]))

    return {tier: used - set().union(*(reached(target) for target in used)) for tier, used in uses.items()}
