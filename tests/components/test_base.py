"""The base class does for every component what none of them carries by itself."""

import ast
import importlib
import inspect
import json
import pkgutil
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest
from pulumi import Output

import components
from components.base import Component
from components.expected import ExpectedResource
from tests.support.mocks import Recorder, deployed


class Inner(Component[str]):
    arn: Output[str]

    def create(self, name: str, args: str) -> None:
        self.arn = Output.from_input(f"{args}:{name}")
        self.expect(ExpectedResource(id=name, values={}))


class Outer(Component[str]):
    names: list[Output[str]]
    by_use: dict[str, Output[str]]
    inner: Inner
    absent: Output[str] | None

    def create(self, name: str, args: str) -> None:
        self.inner = Inner(f"{name}-inner", args, self.child)
        self.names = [self.inner.arn]
        self.by_use = {"inner": self.inner.arn}
        self.absent = None
        self.expect(ExpectedResource(id=name, values={}))


def made() -> tuple[Outer, list[dict[str, Any]]]:
    kept: list[Outer] = []
    registered: list[dict[str, Any]] = []

    def program() -> Any:
        original = pulumi.ComponentResource.register_outputs

        def register(self: Any, outputs: Any) -> None:
            registered.append(outputs)
            original(self, outputs)

        pulumi.ComponentResource.register_outputs = register  # type: ignore[method-assign]
        try:
            kept.append(Outer("outer", "arn"))
        finally:
            pulumi.ComponentResource.register_outputs = original  # type: ignore[method-assign]
        return kept[0].inner.arn

    deployed(program, Recorder())
    return kept[0], registered


def test_the_expected_state_of_a_component_holds_that_of_the_components_inside_it() -> None:
    outer, _ = made()
    assert [resource.id for resource in outer.expected_state] == ["outer-inner", "outer"]
    assert [resource.id for resource in outer.inner.expected_state] == ["outer-inner"]


def test_a_component_registers_its_annotated_outputs_and_no_component() -> None:
    _, registered = made()
    assert [set(outputs) for outputs in registered] == [{"arn"}, {"names", "by_use"}]


def test_the_type_token_is_the_folder_and_the_class() -> None:
    recorder = deployed(lambda: Outer("outer", "arn").inner.arn, Recorder())
    assert {resource.typ for resource in recorder.made} == {
        "strongroom:components:Outer",
        "strongroom:components:Inner",
    }


def classes() -> Iterator[type]:
    """Yield every Pulumi component that the package defines."""
    for module in pkgutil.walk_packages(components.__path__, "components."):
        for _, found in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if (
                issubclass(found, pulumi.ComponentResource)
                and found.__module__ == module.name
                and found is not Component
            ):
                yield found


@pytest.mark.parametrize("component", list(classes()), ids=lambda component: component.__name__)
def test_every_component_uses_the_base_class_and_carries_nothing_of_it(component: type) -> None:
    assert issubclass(component, Component)
    assert not {"__init__", "register_outputs"} & set(vars(component))
    calls = {
        node.func.attr
        for node in ast.walk(ast.parse(inspect.getsource(component)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert "register_outputs" not in calls


def test_components_of_one_folder_have_tokens_of_their_own() -> None:
    tokens = [(found.__module__.split(".")[-2], found.__name__) for found in classes()]
    assert len(set(tokens)) == len(tokens), json.dumps(tokens)
