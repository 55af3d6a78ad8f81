"""Computes what an update would change, property by property."""

import json
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from offline.aws.terraform.cty import UNKNOWN, Path
from offline.aws.translation.conversion import format_path
from offline.aws.translation.fields import Field, Fields


@dataclass(frozen=True)
class Diff:
    """The changes of an update.

    Attributes
    ----------
    detailed
        `ADD`, `DELETE` or `UPDATE` by property path, with the suffix `_REPLACE` if the change requires a new resource.
    replaces
        Top-level properties that require a new resource.
    delete_first
        Whether the old resource must be deleted before the new one is created.
    """

    detailed: dict[str, str]
    replaces: list[str]
    delete_first: bool


def compute_diff(
    fields: Fields,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    given: Container[str],
    replacing: Iterable[Path],
    ignored: Sequence[Path],
    same_name: bool,
) -> Diff:
    """Return what a plan would change, except for ignored properties.

    Parameters
    ----------
    before, after
        The current and the planned resource.
    given
        Properties that the program sets now or set before.
    replacing, ignored
        Paths that require a new resource, and paths that the program ignores.
    same_name
        Whether a replacement would have the same name as the old resource.
    """
    replacing = [path for path in replacing if not any(covers(ignored_path, path) for ignored_path in ignored)]
    by_program: dict[str, str] = {}
    computed: dict[str, str] = {}
    for change in changes(fields, before, after):
        top = str(change.path[0])
        # The provider computes properties that the program does not set; these are no changes of their own.
        if top not in given and (after.get(top) is UNKNOWN or change.kind == "ADD"):
            continue
        if any(covers(path, change.path) for path in ignored):
            continue
        forced = any(covers(path, change.path) or covers(change.path, path) for path in replacing)
        (by_program if top in given else computed)[format_path(change.path)] = (
            f"{change.kind}_REPLACE" if forced else change.kind
        )
    if ignored:
        computed = {}  # a computed property may change only because of an ignored one
    replaces = sorted({str(path[0]) for path in replacing})
    return Diff(by_program or computed, replaces, bool(replaces) and same_name)


@dataclass(frozen=True)
class Change:
    """A changed property; `kind` is `ADD`, `DELETE` or `UPDATE`."""

    path: Path
    kind: str


def changes(fields: Fields, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Yield the changes between two values of a resource, both by Pulumi names.

    The order of a set, the layout of JSON, and the difference between a missing and an empty value do not count.
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
    elif not equivalent(old, new):
        yield Change(path, "UPDATE")


def _compare_lists(path: Path, field: Field | None, old: list[Any], new: list[Any]) -> Iterator[Change]:
    left, right = list(enumerate(old)), list(enumerate(new))
    if field is not None and field.mode == "set":
        for pair in list(left):
            twin = next((candidate for candidate in right if equivalent(pair[1], candidate[1])), None)
            if twin is not None:
                left.remove(pair)
                right.remove(twin)
    for (_, before), (number, after) in zip(left, right, strict=False):
        yield from _compare((*path, number), field, before, after)
    for number, _ in left[len(right) :]:
        yield Change((*path, number), "DELETE")
    for number, _ in right[len(left) :]:
        yield Change((*path, number), "ADD")


def equivalent(old: Any, new: Any) -> bool:
    """Tell whether two values are equal, or equal as JSON."""
    if isinstance(old, bool) is not isinstance(new, bool):
        return False
    if old == new:
        return True
    if isinstance(old, str) and isinstance(new, str) and old[:1] in ("{", "[") and new[:1] in ("{", "["):
        try:
            return bool(json.loads(old) == json.loads(new))
        except ValueError:
            return False
    return False


def matches(given: Any, actual: Any) -> bool:
    """Tell whether an input agrees with the actual value, which may have more keys, another order or another type."""
    if given is UNKNOWN or equivalent(given, actual):
        return True
    if isinstance(given, dict) and isinstance(actual, dict):
        return all(value is None or matches(value, actual.get(name)) for name, value in given.items())
    if isinstance(given, list) and isinstance(actual, list):
        unmatched = list(actual)
        for element in given:
            twin = next((candidate for candidate in unmatched if matches(element, candidate)), None)
            if twin is None:
                return False
            unmatched.remove(twin)
        return not unmatched
    primitives = (str, int, float, bool)
    if isinstance(given, primitives) and isinstance(actual, primitives):
        return _text(given) == _text(actual)
    return False


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def covers(path: Path, inner: Path) -> bool:
    """Tell whether a path is equal to another or contains it; `*` matches any step."""
    return len(path) <= len(inner) and all(step in ("*", found) for step, found in zip(path, inner, strict=False))
