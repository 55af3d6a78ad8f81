"""What an update would change, property by property."""

import json
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.aws.cty import UNKNOWN, Path
from localcloud.aws.fields import Field, Fields
from localcloud.aws.translation import written


@dataclass(frozen=True)
class Difference:
    """What an update would change.

    Attributes
    ----------
    detailed
        `ADD`, `DELETE` or `UPDATE`, with `_REPLACE` where it forces a new resource, by property path.
    replaces
        Top-level properties that force a new resource.
    delete_first
        Whether old and new cannot stand side by side.
    """

    detailed: dict[str, str]
    replaces: list[str]
    delete_first: bool


def compared(
    fields: Fields,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    given: Container[str],
    replacing: Iterable[Path],
    ignored: Sequence[Path],
    stands_alone: bool,
) -> Difference:
    """Return what a plan would change, but for what is ignored.

    Parameters
    ----------
    before, after
        The resource as it is and as planned.
    given
        Properties that the program gives, or gave.
    replacing, ignored
        Paths that force a new resource by the plan, and that the program ignores.
    stands_alone
        Whether a replacement would have the same name as what it replaces.
    """
    replacing = [path for path in replacing if not any(covers(one, path) for one in ignored)]
    own: dict[str, str] = {}
    other: dict[str, str] = {}
    for change in changes(fields, before, after):
        top = str(change.path[0])
        # What a program neither gives nor gave is computed anew as a consequence, or filled in by the provider.
        if top not in given and (after.get(top) is UNKNOWN or change.kind == "ADD"):
            continue
        if any(covers(one, change.path) for one in ignored):
            continue
        forced = any(covers(one, change.path) or covers(change.path, one) for one in replacing)
        (own if top in given else other)[written(change.path)] = f"{change.kind}_REPLACE" if forced else change.kind
    if ignored:
        other = {}  # what follows from something ignored is no change of its own
    replaces = sorted({str(path[0]) for path in replacing})
    return Difference(own or other, replaces, bool(replaces) and stands_alone)


@dataclass(frozen=True)
class Change:
    """One property that changes; `kind` is `ADD`, `DELETE` or `UPDATE`."""

    path: Path
    kind: str


def changes(fields: Fields, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Yield what differs between two values of a resource, both by Pulumi's names.

    Sets have no order; a text that is JSON is the same however it is laid out; nothing and an empty list are the same.
    """
    for name in sorted({*before, *after}):
        yield from _compare((name,), fields.by_pulumi.get(name), before.get(name), after.get(name))


def _compare(path: Path, field: Field | None, old: Any, new: Any) -> Iterator[Change]:
    if old in (None, [], {}) and new in (None, [], {}):
        return
    if old is None:
        yield Change(path, "ADD")
    elif new is None:
        yield Change(path, "DELETE")
    elif isinstance(old, dict) and isinstance(new, dict):
        inner = field.fields.by_pulumi if field is not None and field.fields is not None else {}
        for name in sorted({*old, *new}):
            yield from _compare((*path, name), inner.get(name), old.get(name), new.get(name))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _compare_lists(path, field, old, new)
    elif not same(old, new):
        yield Change(path, "UPDATE")


def _compare_lists(path: Path, field: Field | None, old: list[Any], new: list[Any]) -> Iterator[Change]:
    left, right = list(enumerate(old)), list(enumerate(new))
    if field is not None and field.mode == "set":
        for pair in list(left):
            twin = next((one for one in right if same(pair[1], one[1])), None)
            if twin is not None:
                left.remove(pair)
                right.remove(twin)
    for (_, before), (number, after) in zip(left, right, strict=False):
        yield from _compare((*path, number), field, before, after)
    for number, _ in left[len(right) :]:
        yield Change((*path, number), "DELETE")
    for number, _ in right[len(left) :]:
        yield Change((*path, number), "ADD")


def same(one: Any, other: Any) -> bool:
    """Whether two values mean the same: as they are, or as JSON."""
    if isinstance(one, bool) is not isinstance(other, bool):
        return False
    if one == other:
        return True
    if isinstance(one, str) and isinstance(other, str) and one[:1] in ("{", "[") and other[:1] in ("{", "["):
        try:
            return bool(json.loads(one) == json.loads(other))
        except ValueError:
            return False
    return False


def agrees(given: Any, found: Any) -> bool:
    """Whether what a program gave is what is there, which may say more, in another order or as another type."""
    if given is UNKNOWN or same(given, found):
        return True
    if isinstance(given, dict) and isinstance(found, dict):
        return all(value is None or agrees(value, found.get(name)) for name, value in given.items())
    if isinstance(given, list) and isinstance(found, list):
        left = list(found)
        for one in given:
            twin = next((candidate for candidate in left if agrees(one, candidate)), None)
            if twin is None:
                return False
            left.remove(twin)
        return not left
    primitives = (str, int, float, bool)
    if isinstance(given, primitives) and isinstance(found, primitives):
        return _text(given) == _text(found)
    return False


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def covers(path: Path, other: Path) -> bool:
    """Whether one path leads to another or to something within it; `*` stands for any step."""
    return len(path) <= len(other) and all(mine in ("*", theirs) for mine, theirs in zip(path, other, strict=False))
