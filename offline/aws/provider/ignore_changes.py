"""Applies the resource option `ignoreChanges`."""

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from offline.aws.terraform.cty import Path
from offline.aws.translation.conversion import parse_path
from offline.aws.translation.property_values import Properties


def apply_ignore_changes(news: Properties, ignored: Iterable[str], current: Mapping[str, Any]) -> Properties:
    """Return inputs in which ignored properties have the resource's current values.

    A path into a list ignores the whole list. A top-level property that the resource has not or has empty keeps its
    input: the provider may require it, or never return it.
    """
    values = copy.deepcopy(news.values)
    for path in map(parse_path, ignored):
        names = [str(step) for step in before_list(path)]
        target: Any = values
        source: Any = current
        for name in names[:-1]:
            target = target.get(name) if isinstance(target, dict) else None
            source = source.get(name) if isinstance(source, dict) else None
        if not names or not isinstance(target, dict) or not isinstance(source, dict):
            continue
        value = source.get(names[-1])
        if names[-1] in source and (len(names) > 1 or value not in ("", [], {})):
            target[names[-1]] = value
        elif len(names) > 1:
            target.pop(names[-1], None)
    return Properties(values, news.secret)


def before_list(path: Path) -> Path:
    """Return the part of a path before the first list."""
    number = next((n for n, step in enumerate(path) if isinstance(step, int) or step == "*"), len(path))
    return path[:number]
