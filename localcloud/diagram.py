"""Draws the deployed stack as a Mermaid diagram: its components, what is in them, and what they lean on."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any


def mermaid(resources: Sequence[Mapping[str, Any]]) -> str:
    """Return a diagram of the resources of an exported state; an arrow leads from a component to what it needs.

    An arrow that others on the way stand for is left out.
    """
    owners = {one["urn"]: _owner(one, resources) for one in resources}
    contents: dict[str, Counter[str]] = {}
    edges: set[tuple[str, str]] = set()
    for one in resources:
        owner = owners[one["urn"]]
        if not one["type"].startswith("aws:") or owner is None:
            continue
        contents.setdefault(owner, Counter())[one["type"].rpartition(":")[2]] += 1
        for needed in one.get("dependencies") or []:
            other = owners.get(needed)
            if other is not None and other != owner:
                edges.add((owner, other))
    lines = ["flowchart LR"]
    for owner, kinds in sorted(contents.items()):
        listed = "<br/>".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        lines.append(f'    {owner}["<b>{owner}</b><br/>{listed}"]')
    lines += [f"    {owner} --> {needed}" for owner, needed in sorted(_direct(edges)) if needed in contents]
    return "\n".join(lines) + "\n"


def _direct(edges: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the edges of a graph that no longer way replaces."""
    after: dict[str, set[str]] = {}
    for owner, needed in edges:
        after.setdefault(owner, set()).add(needed)

    def reached(start: str, without: tuple[str, str]) -> set[str]:
        found: set[str] = set()
        ahead = [start]
        while ahead:
            here = ahead.pop()
            for there in after.get(here, set()) - found:
                if (here, there) != without:
                    found.add(there)
                    ahead.append(there)
        return found

    # One after the other: of two components that need each other, both ways stay.
    for edge in sorted(edges):
        owner, needed = edge
        if needed in reached(owner, without=edge) and owner not in reached(needed, without=edge):
            after[owner].discard(needed)
    return {(owner, needed) for owner, found in after.items() for needed in found}


def _owner(resource: Mapping[str, Any], resources: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the name of the component that a resource is a child of."""
    parent = next((one for one in resources if one["urn"] == resource.get("parent")), None)
    if parent is None or not parent["type"].startswith("strongroom:"):
        return None
    name: str = parent["urn"].rpartition("::")[2]
    return name
