"""The release of a new version of the processor: it processes a canary file before it gets any other."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import Output, Resource

from components.base import Component
from components.shared.function import ALIAS, Function


@dataclass(frozen=True, kw_only=True)
class ReleaseArgs:
    """Inputs of a release.

    Attributes
    ----------
    function
        A function that publishes its versions, and that processes a canary file on request.
    after
        What the function needs to work.
    """

    function: Function
    after: Sequence[Resource]


class Release(Component[ReleaseArgs]):
    """An alias that is moved to a new version only after that version has processed the canary file.

    If the canary fails, so does the deployment, before it moves the alias: callers keep the version that they have. An alias
    that shifts a share of the invocations would need the files of customers to fail:
    https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html

    Attributes
    ----------
    arn
        ARN of the alias, which callers invoke.
    """

    arn: Output[str]

    def create(self, name: str, args: ReleaseArgs) -> None:
        """Invoke the new version with the canary, then move the alias to it."""
        function = args.function
        canary = aws.lambda_.Invocation(
            f"{name}-canary",
            function_name=function.function_name,
            qualifier=function.version,  # a new version is a new invocation
            input=json.dumps({"canary": True}),
            opts=self.child_after(*args.after),
        )
        alias = aws.lambda_.Alias(
            name,
            name=ALIAS,
            function_name=function.function_name,
            function_version=function.version,
            opts=self.child_after(canary),
        )
        self.arn = alias.arn
