"""What a program asks to ignore stays as the resource has it."""

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from localcloud.aws.cty import Path
from localcloud.aws.translation import read_path
from localcloud.aws.values import Properties


def ignoring(news: Properties, ignored: Iterable[str], current: Mapping[str, Any]) -> Properties:
    """Return inputs in which what is ignored is what the resource has now, or is absent as it is there.

    A path that leads into a list ignores the list. A whole property that the resource does not show, or shows as
    empty, keeps its input: it may be needed, or never be told.
    """
    values = copy.deepcopy(news.values)
    for path in map(read_path, ignored):
        names = [str(step) for step in until_list(path)]
        target: Any = values
        source: Any = current
        for name in names[:-1]:
            target = target.get(name) if isinstance(target, dict) else None
            source = source.get(name) if isinstance(source, dict) else None
        if not names or not isinstance(target, dict) or not isinstance(source, dict):
            continue
        shown = source.get(names[-1])
        if names[-1] in source and (len(names) > 1 or shown not in ("", [], {})):
            target[names[-1]] = shown
        elif len(names) > 1:
            target.pop(names[-1], None)
    return Properties(values, news.secret)


def until_list(path: Path) -> Path:
    """Return the part of a path before it leads into a list."""
    number = next((n for n, step in enumerate(path) if isinstance(step, int) or step == "*"), len(path))
    return path[:number]
