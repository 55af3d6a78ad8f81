"""The expected state of VPCs and their endpoints."""

from collections.abc import Sequence
from dataclasses import dataclass

from pulumi import Input, Output

from components.expected import Expected, document
from lambdas.attestor.controls import endpoint, vpc


@dataclass(frozen=True, kw_only=True)
class ExpectedVpc:
    """A VPC without a route to the internet.

    Attributes
    ----------
    id
        The VPC.
    flow_log_destinations
        ARNs of the buckets or log groups that receive its flow logs.
    """

    id: Input[str]
    flow_log_destinations: Sequence[Input[str]]

    def expected(self) -> Expected:
        """Return identifier and expected values."""
        destinations = Output.all(*self.flow_log_destinations)
        return (
            self.id,
            {
                vpc.flow_logs: destinations.apply(lambda arns: [f"ALL to {arn.removesuffix(':*')}" for arn in arns]),
            },
        )


@dataclass(frozen=True, kw_only=True)
class ExpectedEndpoint:
    """A VPC endpoint.

    Attributes
    ----------
    id
        The endpoint.
    policy
        Its policy, as JSON.
    """

    id: Input[str]
    policy: Input[str]

    def expected(self) -> Expected:
        """Return identifier and expected values."""
        return self.id, {endpoint.endpoint_policy: document(self.policy)}
