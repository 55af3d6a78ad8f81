"""Reads the installed Python package of Pulumi's AWS provider: resources, functions, and their properties."""

import collections.abc
import importlib
import inspect
import json
import re
import threading
import typing
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pulumi._types as pulumi_types

PACKAGE = "pulumi_aws"


class UnsupportedError(Exception):
    """The Terraform provider has no counterpart of a type, function or property of the package, or no certain one."""


@dataclass(frozen=True)
class Shape:
    """The shape of a type annotation: `list`, `map`, `object` or `any`, and the type of its contents."""

    kind: str
    inner: Any = None


ANY = Shape("any")


def shape(annotation: Any) -> Shape:
    """Return the shape of an annotation; an optional type has the shape of the type."""
    if annotation is None:
        return ANY
    kind = pulumi_types.unwrap_type(annotation)
    origin = typing.get_origin(kind)
    if origin is typing.Union:
        options = (shape(option) for option in typing.get_args(kind) if option is not type(None))
        return next((option for option in options if option.kind != "any"), ANY)
    if origin in (list, collections.abc.Sequence):
        return Shape("list", typing.get_args(kind)[0])
    if origin in (dict, collections.abc.Mapping):
        return Shape("map", typing.get_args(kind)[1])
    if isinstance(kind, type) and pulumi_types.is_output_type(kind):
        return Shape("object", kind)
    return ANY


def properties_of(kind: Any) -> dict[str, Any]:
    """Return the annotations of an object's properties, by Pulumi name."""
    return dict(pulumi_types.output_type_types(kind))


def snake(name: str) -> str:
    """Return a Pulumi name in Terraform's spelling, such as `kms_key_id` for `kmsKeyId`."""
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)).lower()


def split_token(token: str) -> tuple[str, str]:
    """Return the module and the name of a token such as `aws:ec2/vpc:Vpc`."""
    _, path, name = token.split(":")
    return path.split("/")[0], name


class Package:
    """Pulumi's AWS package; its modules are loaded on first use."""

    def __init__(self) -> None:
        # Two threads that load a module of the package at the same time could see it half initialised.
        self._lock = threading.Lock()

    @cached_property
    def resources(self) -> dict[str, tuple[str, str]]:
        """Module and class of each resource token, read from the package's source."""
        spec = find_spec(PACKAGE)
        if spec is None or spec.origin is None:
            raise UnsupportedError(f"the Python package {PACKAGE} is not installed in the adapter's environment")
        table = re.search(r'resource_modules="""(.*?)"""', Path(spec.origin).read_text(), re.DOTALL)
        if table is None:
            raise UnsupportedError(f"the Python package {PACKAGE} does not list its resources in the expected form")
        return {
            token: (module["fqn"], name)
            for module in json.loads(table.group(1))
            for token, name in module["classes"].items()
        }

    def _load(self, module: str, name: str) -> Any:
        with self._lock:
            return getattr(importlib.import_module(module), name)

    def properties(self, token: str) -> dict[str, Any]:
        """Return the annotations of a resource's properties, by Pulumi name.

        Raises
        ------
        UnsupportedError
            The package does not contain the resource.
        """
        if token not in self.resources:
            raise UnsupportedError(f"resource type {token} is not in the installed {PACKAGE}")
        return dict(pulumi_types.resource_types(self._load(*self.resources[token])))

    def required(self, token: str) -> frozenset[str]:
        """Return the Pulumi names of the properties that a program must set."""
        module, name = self.resources[token]
        arguments = self._load(module, f"{name}Args")
        names = pulumi_types.input_type_py_to_pulumi_names(arguments)
        parameters = inspect.signature(arguments.__init__).parameters
        return frozenset(
            pulumi for python, pulumi in names.items() if parameters[python].default is inspect.Parameter.empty
        )

    def result(self, token: str) -> dict[str, Any]:
        """Return the annotations of a function's result, by Pulumi name.

        Raises
        ------
        UnsupportedError
            The package does not contain the function, or the function has no result type.
        """
        module, name = split_token(token)
        # `lambda` is a keyword in Python, and functions without a module are in the package itself.
        path = {"index": PACKAGE, "lambda": f"{PACKAGE}.lambda_"}.get(module, f"{PACKAGE}.{module}")
        try:
            result = self._load(f"{path}.{snake(name)}", f"{name[0].upper()}{name[1:]}Result")
        except (ImportError, AttributeError):
            raise UnsupportedError(f"function {token} is not in the installed {PACKAGE}") from None
        return properties_of(result)
