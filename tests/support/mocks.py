"""Runs a program under Pulumi's mocks and records the resources that it declares."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import pulumi
from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks
from pulumi.runtime.settings import set_root_resource


class Recorder(Mocks):
    """Mocks that record each declared resource, and answer with its inputs, an id, an ARN and a name.

    Attributes
    ----------
    resources
        The declared resources, in the order of their registration.
    """

    def __init__(self) -> None:
        self.resources: list[MockResourceArgs] = []

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        self.resources.append(args)
        computed = {"arn": f"arn:{args.name}", "url": f"url:{args.name}", "bucket": args.name, "name": args.name}
        if args.typ == "aws:ec2/vpcEndpoint:VpcEndpoint":
            computed["prefixListId"] = f"pl-{args.name}"
        return f"{args.name}-id", {**computed, **args.inputs}

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], None]:
        return {}, None

    def of_type(self, token: str) -> list[MockResourceArgs]:
        """Return the resources of a type."""
        return [resource for resource in self.resources if resource.typ == token]

    def inputs_of(self, token: str, name: str) -> dict[str, Any]:
        """Return the inputs of the only resource of a type with a name."""
        (inputs,) = [resource.inputs for resource in self.of_type(token) if resource.name == name]
        return dict(inputs)


R = TypeVar("R", bound=Recorder)


def deployed(program: Callable[[], Any], recorder: R) -> R:
    """Run a program in an event loop of its own; return the recorder with the resources that it declared."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    # A root that is left over from an earlier program has that program's transformations.
    set_root_resource(None)  # type: ignore[arg-type]
    pulumi.runtime.set_mocks(recorder, project="strongroom", stack="test", preview=False)
    pulumi.runtime.test(program)()  # type: ignore[no-untyped-call]
    loop.close()
    return recorder
