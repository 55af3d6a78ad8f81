"""What the installed Python package of Pulumi says about itself: its types, functions, and the shapes of their properties."""

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


class NotCarried(Exception):  # noqa: N818 - it says what is not carried
    """Something of the package that the provider at hand does not have, or that cannot be told apart."""


@dataclass(frozen=True)
class Shape:
    """What an annotation of the package is: `list`, `map`, `object` or `any`, and what is in it."""

    kind: str
    inner: Any = None


ANY = Shape("any")


def shape(annotation: Any) -> Shape:
    """Return what an annotation is; an optional one is what it may be."""
    if annotation is None:
        return ANY
    kind = pulumi_types.unwrap_type(annotation)
    origin = typing.get_origin(kind)
    if origin is typing.Union:
        options = (shape(option) for option in typing.get_args(kind) if option is not type(None))
        return next((one for one in options if one.kind != "any"), ANY)
    if origin in (list, collections.abc.Sequence):
        return Shape("list", typing.get_args(kind)[0])
    if origin in (dict, collections.abc.Mapping):
        return Shape("map", typing.get_args(kind)[1])
    if isinstance(kind, type) and pulumi_types.is_output_type(kind):
        return Shape("object", kind)
    return ANY


def properties_of(kind: Any) -> dict[str, Any]:
    """Return the annotations of an object's properties by Pulumi's name."""
    return dict(pulumi_types.output_type_types(kind))


def snake(name: str) -> str:
    """Return a Pulumi name the way Terraform writes it: `kmsKeyId` is `kms_key_id`."""
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)).lower()


def parts(token: str) -> tuple[str, str]:
    """Return module and name of a token such as `aws:ec2/vpc:Vpc`."""
    _, path, name = token.split(":")
    return path.split("/")[0], name


class Package:
    """The package, of which only those modules are loaded that are asked for."""

    def __init__(self) -> None:
        # The package loads its modules on first use, which two threads at once would see half done.
        self._lock = threading.Lock()

    @cached_property
    def resources(self) -> dict[str, tuple[str, str]]:
        """Module and class by resource token, read off the package's source."""
        spec = find_spec(PACKAGE)
        if spec is None or spec.origin is None:
            raise NotCarried(f"the Python package {PACKAGE} is not installed beside the adapter")
        table = re.search(r'resource_modules="""(.*?)"""', Path(spec.origin).read_text(), re.DOTALL)
        if table is None:
            raise NotCarried(f"the Python package {PACKAGE} has no table of its resources")
        return {
            token: (module["fqn"], name)
            for module in json.loads(table.group(1))
            for token, name in module["classes"].items()
        }

    def _load(self, module: str, name: str) -> Any:
        with self._lock:
            return getattr(importlib.import_module(module), name)

    def properties(self, token: str) -> dict[str, Any]:
        """Return the annotations of a resource's properties by Pulumi's name.

        Raises
        ------
        NotCarried
            The package has no such resource.
        """
        if token not in self.resources:
            raise NotCarried(f"resource type {token} is not in the installed {PACKAGE}")
        return dict(pulumi_types.resource_types(self._load(*self.resources[token])))

    def required(self, token: str) -> frozenset[str]:
        """Return the properties that a program has to give, by Pulumi's name."""
        module, name = self.resources[token]
        arguments = self._load(module, f"{name}Args")
        names = pulumi_types.input_type_py_to_pulumi_names(arguments)
        parameters = inspect.signature(arguments.__init__).parameters
        return frozenset(
            pulumi for python, pulumi in names.items() if parameters[python].default is inspect.Parameter.empty
        )

    def result(self, token: str) -> dict[str, Any]:
        """Return the annotations of a function's result by Pulumi's name.

        Raises
        ------
        NotCarried
            The package has no such function, or one without a result of its own.
        """
        module, name = parts(token)
        # `lambda` is a word of Python's, and what has no module is in the package itself.
        place = {"index": PACKAGE, "lambda": f"{PACKAGE}.lambda_"}.get(module, f"{PACKAGE}.{module}")
        try:
            result = self._load(f"{place}.{snake(name)}", f"{name[0].upper()}{name[1:]}Result")
        except (ImportError, AttributeError):
            raise NotCarried(f"function {token} is not in the installed {PACKAGE}") from None
        return properties_of(result)
