"""Takes away, one at a time, what the rules of the pack read in a stack.

What a rule is about is not listed anywhere: it is what the rule reads when it passes. A property is taken away whole and in
each of its parts; of a policy document, each Deny and each condition of an Allow, because less permission is no weakness;
a resource beside the one that a rule judges is taken away whole.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from unittest.mock import patch

from policy.evaluation import Verdict, evaluate_rule
from policy.model import Resource, ResourceData, Rule, Stack
from policy.rules import RULES
from policy.settings import Settings

Path = tuple[str | int, ...]
TODAY = date(2026, 1, 1)
_REPEATED = ("aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/logMetricFilter:LogMetricFilter")
"""Types with many resources that differ in no property a rule reads; the parts of one of each are taken away."""


@dataclass(frozen=True)
class Weakening:
    """What is taken away.

    Attributes
    ----------
    urn
        The resource.
    path
        The property and the part of it; empty for the whole resource.
    label
        Type, name and path, with statements by their Sid: `RolePolicy processor policy.DenyContent`; `as a whole` for the
        whole resource.
    judged
        The rules that read it when they passed, each with the URN of the resource that it judges.
    """

    urn: str
    path: Path
    label: str
    judged: frozenset[tuple[str, str]]


def weakenings(stack: Stack) -> list[Weakening]:
    """Return everything that can be taken away from a stack."""
    data = {resource.urn: resource.data for resource in stack}
    found: list[Weakening] = []
    repeated: set[str] = set()
    beside: dict[str, set[tuple[str, str]]] = {}
    # Sorted: the engine writes resources to the state in the order of their completion.
    for (urn, key), judged in sorted(_reads(stack).items()):
        for rule, target in judged:
            if target != urn:
                beside.setdefault(urn, set()).add((rule, target))
        if key not in data[urn].inputs:
            continue
        for path, label in _parts(data[urn].inputs[key], (key,), key):
            resource = stack.get(urn)
            assert resource is not None
            kind = resource.type.rpartition(":")[2]
            if resource.type in _REPEATED:
                if (shape := f"{kind} {label}") in repeated:
                    continue
                repeated.add(shape)
            found.append(Weakening(urn, path, f"{kind} {resource.name} {label}", frozenset(judged)))
    for urn, judged in beside.items():
        resource = stack.get(urn)
        assert resource is not None
        found.append(
            Weakening(urn, (), f"{resource.type.rpartition(':')[2]} {resource.name} as a whole", frozenset(judged))
        )
    return found


def is_noticed(stack: Stack, weakening: Weakening) -> bool:
    """Tell whether a rule that read what is taken away fails without it."""
    weak = Stack(list(_without(stack, weakening)))
    for rule, urn in weakening.judged:
        resource = weak.get(urn)
        if resource is None or _verdict(RULES[rule], resource) is Verdict.FAIL:
            return True
    return False


def _verdict(rule: Rule, resource: Resource) -> Verdict:
    return evaluate_rule(rule, resource, Settings(), TODAY).verdict


def _reads(stack: Stack) -> Mapping[tuple[str, str], set[tuple[str, str]]]:
    """Return which rules read a property when they pass: rule and judged resource, by URN and property."""
    reads: dict[tuple[str, str], set[tuple[str, str]]] = {}
    resources = [resource.data for resource in stack]
    for rule in RULES.values():
        fresh = Stack(resources)  # what one rule has cached, another would not read
        for resource in [resource for resource in fresh if rule.applies_to(resource.type) and resource.data.managed]:
            fresh._cache.clear()
            with _recorded() as read:
                verdict = _verdict(rule, resource)
            if verdict is Verdict.PASS:
                for place in read:
                    reads.setdefault(place, set()).add((rule.name, resource.urn))
    return reads


@contextmanager
def _recorded() -> Iterator[set[tuple[str, str]]]:
    read: set[tuple[str, str]] = set()
    get, is_set = Resource._get, Resource.is_set_by_program

    def recorded_get(self: Resource, key: str) -> Any:
        read.add((self.urn, key))
        return get(self, key)

    def recorded_is_set(self: Resource, *keys: str) -> bool:
        read.update((self.urn, key) for key in keys)
        return is_set(self, *keys)

    with patch.object(Resource, "_get", recorded_get), patch.object(Resource, "is_set_by_program", recorded_is_set):
        yield read


def _parts(value: Any, path: Path, label: str) -> Iterator[tuple[Path, str]]:
    """Yield a value and each of its parts, with a label."""
    document = _document(value)
    yield path, label
    if document is not None:
        yield from _statements(document, (*path, "@"), label)
        return
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _parts(part, (*path, name), f"{label}.{name}")
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for index, part in enumerate(value):
            name = part.get("name", index) if isinstance(part, Mapping) else index
            yield from _parts(part, (*path, index), f"{label}.{name}")


def _statements(document: Any, path: Path, label: str) -> Iterator[tuple[Path, str]]:
    if "Statement" not in document:
        for name in document:
            yield (*path, name), f"{label}.{name}"
        return
    for index, statement in enumerate(document["Statement"]):
        place, name = (*path, "Statement", index), f"{label}.{statement.get('Sid', index)}"
        if statement["Effect"] == "Deny":
            yield place, name
            continue
        for operator, keys in statement.get("Condition", {}).items():
            for key in keys:
                yield (*place, "Condition", operator, key), f"{name} without {key}"


def _document(value: Any) -> Any:
    try:
        document = json.loads(value) if isinstance(value, str) and value[:1] == "{" else None
    except ValueError:
        return None
    return document


def _without(stack: Stack, weakening: Weakening) -> Iterator[ResourceData]:
    for resource in stack:
        data = resource.data
        if data.urn != weakening.urn:
            yield data
        elif weakening.path:
            key, *rest = weakening.path
            dependencies = None if data.dependencies is None else dict(data.dependencies)
            if not rest and dependencies is not None:
                dependencies.pop(str(key), None)
            inputs, outputs = (_removed(props, weakening.path) for props in (data.inputs, data.outputs))
            yield replace(data, inputs=inputs, outputs=outputs, dependencies=dependencies)


def _removed(value: Any, path: Path) -> Any:
    """Return a value without one of its parts; unchanged where it does not have it."""
    head, *rest = path
    if head == "@":
        document = _document(value)
        return value if document is None else json.dumps(_removed(document, tuple(rest)))
    if isinstance(value, Mapping):
        if head not in value:
            return value
        if rest:
            return {**value, head: _removed(value[head], tuple(rest))}
        return {name: part for name, part in value.items() if name != head}
    if isinstance(value, Sequence) and isinstance(head, int) and head < len(value):
        kept = [_removed(value[head], tuple(rest))] if rest else []
        return [*value[:head], *kept, *value[head + 1 :]]
    return value
