"""Draws a deployed stack as a Mermaid diagram of its components and their dependencies."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any


def mermaid(resources: Sequence[Mapping[str, Any]]) -> str:
    """Return a diagram of the resources in an exported state; arrows point from a component to its dependencies.

    A dependency that follows from other arrows is left out.
    """
    owners = {resource["urn"]: _owner(resource, resources) for resource in resources}
    contents: dict[str, Counter[str]] = {}
    edges: set[tuple[str, str]] = set()
    for resource in resources:
        owner = owners[resource["urn"]]
        if not resource["type"].startswith("aws:") or owner is None:
            continue
        contents.setdefault(owner, Counter())[resource["type"].rpartition(":")[2]] += 1
        for urn in resource.get("dependencies") or []:
            dependency = owners.get(urn)
            if dependency is not None and dependency != owner:
                edges.add((owner, dependency))
    lines = ["flowchart LR"]
    for owner, kinds in sorted(contents.items()):
        listed = "<br/>".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        lines.append(f'    {owner}["<b>{owner}</b><br/>{listed}"]')
    lines += [f"    {owner} --> {dependency}" for owner, dependency in sorted(_direct(edges)) if dependency in contents]
    return "\n".join(lines) + "\n"


def _direct(edges: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the edges of a graph that do not follow from other edges."""
    after: dict[str, set[str]] = {}
    for owner, dependency in edges:
        after.setdefault(owner, set()).add(dependency)

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

    # Two components that depend on each other keep both edges.
    for edge in sorted(edges):
        owner, dependency = edge
        if dependency in reached(owner, without=edge) and owner not in reached(dependency, without=edge):
            after[owner].discard(dependency)
    return {(owner, dependency) for owner, found in after.items() for dependency in found}


def _owner(resource: Mapping[str, Any], resources: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the name of a resource's component."""
    parent = next((candidate for candidate in resources if candidate["urn"] == resource.get("parent")), None)
    if parent is None or not parent["type"].startswith("strongroom:"):
        return None
    name: str = parent["urn"].rpartition("::")[2]
    return name
