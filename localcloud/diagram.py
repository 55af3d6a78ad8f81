"""Draws the deployed stack as a Mermaid diagram: its components, what is in them, and what they lean on."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any


def mermaid(resources: Sequence[Mapping[str, Any]]) -> str:
    """Return a diagram of the resources of an exported state; an arrow leads from a component to what it needs."""
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
    lines += [f"    {owner} --> {needed}" for owner, needed in sorted(edges) if needed in contents]
    return "\n".join(lines) + "\n"


def _owner(resource: Mapping[str, Any], resources: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the name of the component that a resource is a child of."""
    parent = next((one for one in resources if one["urn"] == resource.get("parent")), None)
    if parent is None or not parent["type"].startswith("strongroom:"):
        return None
    name: str = parent["urn"].rpartition("::")[2]
    return name
