"""Runs a program under Pulumi's mocks, and keeps what it asks for."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import pulumi
from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks


class Recorder(Mocks):
    def __init__(self) -> None:
        self.made: list[MockResourceArgs] = []

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        self.made.append(args)
        known = {"arn": f"arn:{args.name}", "url": f"url:{args.name}", "bucket": args.name, "name": args.name}
        return f"{args.name}-id", {**known, **args.inputs}

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], None]:
        return {}, None

    def of(self, kind: str) -> list[MockResourceArgs]:
        return [one for one in self.made if one.typ == kind]

    def one(self, kind: str, name: str) -> dict[str, Any]:
        (found,) = [one for one in self.of(kind) if one.name == name]
        inputs: dict[str, Any] = found.inputs
        return inputs


R = TypeVar("R", bound=Recorder)


def deployed(program: Callable[[], Any], recorder: R) -> R:
    """Return the recorder with what a program asks for; nothing is left over from another one."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    pulumi.runtime.set_mocks(recorder, project="strongroom", stack="test", preview=False)
    pulumi.runtime.test(program)()  # type: ignore[no-untyped-call]
    loop.close()
    return recorder
