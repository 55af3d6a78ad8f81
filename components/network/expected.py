"""The expected state of VPCs, their endpoints, security groups and DNS firewall."""

from collections.abc import Mapping, Sequence

from pulumi import Input, Output

from components.expected import ExpectedResource, document
from lambdas.attestor.controls.network import dns_firewall, endpoint, security_group, vpc


def expected_vpc(*, id: Input[str], flow_log_destinations: Sequence[Input[str]]) -> ExpectedResource:  # noqa: A002 - AWS's name
    """Return the expected state of a VPC without a route to the internet; destinations are ARNs of log groups or buckets."""
    flow_logs = Output.all(*flow_log_destinations).apply(
        lambda arns: [f"ALL to {arn.removesuffix(':*')}" for arn in arns]
    )
    return ExpectedResource(id=id, values={vpc.flow_logs: flow_logs})


def expected_endpoint(*, id: Input[str], policy: Input[str]) -> ExpectedResource:  # noqa: A002 - AWS's name
    """Return the expected state of a VPC endpoint."""
    return ExpectedResource(id=id, values={endpoint.endpoint_policy: document(policy)})


def expected_security_group(*, id: Input[str], rules: Sequence[tuple[str, Input[str]]]) -> ExpectedResource:  # noqa: A002 - AWS's name
    """Return the expected state of a security group; rules are pairs of direction (`in`, `out`) and peer, for HTTPS."""
    allowed = [Output.concat(f"{direction}, tcp 443-443: ", peer) for direction, peer in rules]
    return ExpectedResource(id=id, values={security_group.rules: allowed})


def expected_dns_firewall(
    *, vpc_id: Input[str], rules: Mapping[str, Sequence[str]], log_group_arn: Input[str]
) -> ExpectedResource:
    """Return the expected state of a VPC's DNS firewall.

    Parameters
    ----------
    rules
        Domains by priority of the rule group, priority of the rule, and action, such as `101.100 ALLOW`.
    log_group_arn
        Log group of the queries.
    """
    return ExpectedResource(
        id=vpc_id,
        values={
            dns_firewall.rules: {name: list(domains) for name, domains in rules.items()},
            dns_firewall.query_log: [log_group_arn],
        },
    )
