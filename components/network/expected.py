"""The expected state of VPCs and their endpoints."""

from collections.abc import Sequence

from pulumi import Input, Output

from components.expected import ExpectedResource, document
from lambdas.attestor.controls import endpoint, vpc


def expected_vpc(*, id: Input[str], flow_log_destinations: Sequence[Input[str]]) -> ExpectedResource:  # noqa: A002 - AWS's name
    """Return the expected state of a VPC without a route to the internet; destinations are ARNs of log groups or buckets."""
    flow_logs = Output.all(*flow_log_destinations).apply(
        lambda arns: [f"ALL to {arn.removesuffix(':*')}" for arn in arns]
    )
    return ExpectedResource(id=id, values={vpc.flow_logs: flow_logs})


def expected_endpoint(*, id: Input[str], policy: Input[str]) -> ExpectedResource:  # noqa: A002 - AWS's name
    """Return the expected state of a VPC endpoint."""
    return ExpectedResource(id=id, values={endpoint.endpoint_policy: document(policy)})
