"""What is meant of networks and their endpoints."""

from collections.abc import Sequence
from dataclasses import dataclass

from pulumi import Input, Output

from components.expected import Controls, document


@dataclass(frozen=True, kw_only=True)
class ExpectedVpc:
    """A network without a way out.

    Attributes
    ----------
    id
        The network.
    flow_log_destinations
        ARNs of the buckets or log groups that get its traffic logs.
    """

    id: Input[str]
    flow_log_destinations: Sequence[Input[str]]

    def controls(self) -> Controls:
        """Return what is meant."""
        destinations = Output.all(*self.flow_log_destinations)
        return (
            "vpc",
            self.id,
            {
                "vpc-internet-gateways": [],
                "vpc-nat-gateways": [],
                "vpc-routes": [],
                "vpc-default-group": [],
                "vpc-flow-logs": destinations.apply(lambda arns: [f"ALL to {arn.removesuffix(':*')}" for arn in arns]),
            },
        )


@dataclass(frozen=True, kw_only=True)
class ExpectedEndpoint:
    """An endpoint of a network.

    Attributes
    ----------
    id
        The endpoint.
    policy
        Its policy, as JSON.
    """

    id: Input[str]
    policy: Input[str]

    def controls(self) -> Controls:
        """Return what is meant."""
        return "endpoint", self.id, {"vpc-endpoint-policy": document(self.policy)}
