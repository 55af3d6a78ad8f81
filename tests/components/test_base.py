"""The base class collects expected state, registers outputs and derives type tokens for every component."""

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


def outer_component() -> tuple[Outer, list[dict[str, Any]]]:
    """Deploy a component; return it, and the outputs that each component registered."""
    instances: list[Outer] = []
    registered: list[dict[str, Any]] = []

    def program() -> Any:
        original = pulumi.ComponentResource.register_outputs

        def register(self: Any, outputs: Any) -> None:
            registered.append(outputs)
            original(self, outputs)

        pulumi.ComponentResource.register_outputs = register  # type: ignore[method-assign]
        try:
            instances.append(Outer("outer", "arn"))
        finally:
            pulumi.ComponentResource.register_outputs = original  # type: ignore[method-assign]
        return instances[0].inner.arn

    deployed(program, Recorder())
    return instances[0], registered


def test_the_expected_state_of_a_component_includes_that_of_its_inner_components() -> None:
    outer, _ = outer_component()
    assert [resource.id for resource in outer.expected_state] == ["outer-inner", "outer"]
    assert [resource.id for resource in outer.inner.expected_state] == ["outer-inner"]


def test_a_component_registers_its_annotated_outputs_but_not_its_inner_components() -> None:
    _, registered = outer_component()
    assert [set(outputs) for outputs in registered] == [{"arn"}, {"names", "by_use"}]


def test_the_type_token_is_the_folder_and_the_class() -> None:
    recorder = deployed(lambda: Outer("outer", "arn").inner.arn, Recorder())
    assert {resource.typ for resource in recorder.resources} == {
        "strongroom:components:Outer",
        "strongroom:components:Inner",
    }


def component_classes() -> Iterator[type]:
    """Yield every Pulumi component that the package defines."""
    for module in pkgutil.walk_packages(components.__path__, "components."):
        for _, member in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if (
                issubclass(member, pulumi.ComponentResource)
                and member.__module__ == module.name
                and member is not Component
            ):
                yield member


@pytest.mark.parametrize("component", list(component_classes()), ids=lambda component: component.__name__)
def test_every_component_uses_the_base_class_and_repeats_none_of_its_work(component: type) -> None:
    assert issubclass(component, Component)
    assert not {"__init__", "register_outputs"} & set(vars(component))
    calls = {
        node.func.attr
        for node in ast.walk(ast.parse(inspect.getsource(component)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert "register_outputs" not in calls


def test_no_two_instanceshave_the_same_type_token() -> None:
    tokens = [(component.__module__.split(".")[-2], component.__name__) for component in component_classes()]
    assert len(set(tokens)) == len(tokens), json.dumps(tokens)
