"""Programs as data, which become a stack as a preview shows it or as the state after an update.

A file in `published/` holds facts only, from the `source` that it names. `!of name.attribute` is the output of
another resource, `!of [name.attribute, text]` an output followed by text, `!json` a document as JSON text, and `!secret` a
value that the program keeps secret.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from policy.model import UNKNOWN, ResourceData, Stack, Value
from tests.policy.support import urn

FOLDER = Path(__file__).with_name("published")
ACCOUNT = "eu-central-1:111122223333"
AUTONAMED = {
    "aws:s3/bucket:Bucket": "bucket",
    **dict.fromkeys(
        (
            "aws:cloudwatch/logGroup:LogGroup",
            "aws:dynamodb/table:Table",
            "aws:ec2/securityGroup:SecurityGroup",
            "aws:iam/policy:Policy",
            "aws:iam/role:Role",
            "aws:lambda/function:Function",
            "aws:sns/topic:Topic",
            "aws:sqs/queue:Queue",
        ),
        "name",
    ),
}
"""Inputs that the provider sets to a generated name where the program sets none."""


PREFIXES = {"aws:ec2/internetGateway:InternetGateway": "igw"}
"""Prefixes of ids that a rule reads."""


@dataclass(frozen=True)
class Of:
    """An output of another resource, and a text behind it."""

    resource: str
    attribute: str
    behind: str = ""


@dataclass(frozen=True)
class Document:
    """A value that goes into JSON text."""

    content: Any


@dataclass(frozen=True)
class Secret:
    """A value that no source shows."""


class Loader(yaml.SafeLoader):
    """YAML with references to outputs."""


def _of(loader: Loader, node: yaml.Node) -> Of:
    if isinstance(node, yaml.SequenceNode):
        where, behind = loader.construct_sequence(node)
    else:
        assert isinstance(node, yaml.ScalarNode)
        where, behind = loader.construct_scalar(node), ""
    resource, _, attribute = where.rpartition(".")
    return Of(resource, attribute, behind)


def _json(loader: Loader, node: yaml.Node) -> Document:
    if isinstance(node, yaml.MappingNode):
        return Document(loader.construct_mapping(node, deep=True))
    assert isinstance(node, yaml.SequenceNode)
    return Document(loader.construct_sequence(node, deep=True))


Loader.add_constructor("!of", _of)
Loader.add_constructor("!json", _json)
Loader.add_constructor("!secret", lambda _loader, _node: Secret())


@dataclass(frozen=True)
class Program:
    """One published program, and what the pack has to find in it: resources by rule."""

    name: str
    resources: Mapping[str, Mapping[str, Any]]
    findings: Mapping[str, list[str]]

    def previewed(self) -> Stack:
        """The stack as its first preview shows it: every output is unknown, what it was made from is not."""
        return Stack([self._declared(key, inputs, deployed=False) for key, inputs in self.resources.items()])

    def deployed(self) -> Stack:
        """The stack as its state shows it after an update."""
        return Stack([self._declared(key, inputs, deployed=True) for key, inputs in self.resources.items()])

    def _declared(self, key: str, given: Mapping[str, Any], *, deployed: bool) -> ResourceData:
        inputs = self._named(key, given)
        return ResourceData(
            urn=urn(*key.split("::")),
            inputs={name: self._value(value, deployed=deployed) for name, value in inputs.items()},
            outputs={attribute: self._output(key, attribute) for attribute in ("id", "arn")} if deployed else {},
            dependencies={
                name: [urn(*self._key(of.resource).split("::")) for of in references(value)]
                for name, value in inputs.items()
                if any(references(value))
            },
        )

    def _named(self, key: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
        kind, _, name = key.partition("::")
        return {AUTONAMED[kind]: f"{name}-1a2b3c4", **given} if kind in AUTONAMED else given

    def _key(self, name: str) -> str:
        """The first of the resources that have a name: those after it stand beside it."""
        return next(key for key in self.resources if key.endswith(f"::{name}"))

    def _value(self, value: Any, *, deployed: bool) -> Value:
        match value:
            case Of():
                known = self._output(self._key(value.resource), value.attribute) + value.behind
                return known if deployed else UNKNOWN
            case Secret():
                return UNKNOWN
            case Document():
                known = json.dumps(self._value(value.content, deployed=True))
                return known if deployed or not any(references(value)) else UNKNOWN
            case dict():
                return {key: self._value(item, deployed=deployed) for key, item in value.items()}
            case list():
                return [self._value(item, deployed=deployed) for item in value]
        return value  # type: ignore[no-any-return]

    def _output(self, key: str, attribute: str) -> str:
        kind, _, name = key.partition("::")
        inputs = self._named(key, self.resources[key])
        service = kind.split(":")[1].split("/")[0]
        called = str(inputs.get("name") or inputs.get("bucket") or f"{PREFIXES.get(kind, name)}-1a2b3c4")
        match service, attribute:
            case "s3", "arn":
                return f"arn:aws:s3:::{called}"
            case _, "arn":
                return f"arn:aws:{service}:{ACCOUNT}:{called}"
            case "sqs", "id" | "url":
                return f"https://sqs.eu-central-1.amazonaws.com/111122223333/{called}"
            case _, "id" | "name" | "bucket" | "keyId":
                return called
        return f"{attribute}-of-{called}"


def references(value: Any) -> Iterator[Of]:
    """The outputs that a value is made from."""
    match value:
        case Of():
            yield value
        case Document():
            yield from references(value.content)
        case dict():
            for item in value.values():
                yield from references(item)
        case list():
            for item in value:
                yield from references(item)


def program(file: Path) -> Program:
    """Read a program's file."""
    content = yaml.load(file.read_text("utf-8"), Loader)  # noqa: S506 (a safe loader)
    return Program(file.stem, content["resources"], content["findings"])


PROGRAMS = [program(file) for file in sorted(FOLDER.glob("*.yaml"))]
