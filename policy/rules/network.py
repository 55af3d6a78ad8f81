"""Network rules: no way to the internet but the one that somebody chose, and nothing open to everybody."""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass

from policy.iam.documents import Statement, statements
from policy.iam.patterns import covers_everything
from policy.model import (
    Block,
    Finding,
    NotApplicable,
    Outcome,
    Resource,
    Severity,
    Undecided,
    UnknownRead,
    as_far_as_known,
    for_each,
    rule,
)
from policy.rules._helpers.resource_types import DATABASE, FUNCTION, VPC, VPC_ENDPOINT

_BOUNDARY = ("PCI-DSS-4.0:1.3.1", "PCI-DSS-4.0:1.4.4", "NIST-800-53r5:SC-7")

GATEWAYS = {
    "aws:ec2/internetGateway:InternetGateway": "an internet gateway",
    "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment": "an internet gateway",
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": "an egress-only internet gateway",
    "aws:ec2/natGateway:NatGateway": "a NAT gateway",
}
ROUTES = (
    "aws:ec2/route:Route",
    "aws:ec2/routeTable:RouteTable",
    "aws:ec2/defaultRouteTable:DefaultRouteTable",
)
_WAYS_OUT = ("gatewayId", "natGatewayId", "egressOnlyGatewayId")
_GATEWAY_IDS = ("igw-", "nat-", "eigw-")


@rule(
    name="network-is-isolated",
    on=(*GATEWAYS, *ROUTES),
    severity=Severity.CRITICAL,
    controls=(*_BOUNDARY, "NIST-800-53r5:SC-7(5)"),
    remedy="Reach AWS services through VPC endpoints, and remove the gateway or the route to it; waive the rule for a "
    "network that has to reach the internet.",
)
def network_is_isolated(resource: Resource) -> Iterator[Outcome]:
    """Give a network no way to the internet: what is stolen inside it then has no way out."""
    if resource.type in GATEWAYS:
        private = resource.type.endswith(":NatGateway") and resource.text("connectivityType") == "private"
        if not private:
            yield Finding(f"is {GATEWAYS[resource.type]}: a way to the internet")
        return
    routes = [resource] if resource.type == "aws:ec2/route:Route" else resource.blocks("routes")
    yield from for_each(routes, lambda route: _way_out(resource, route))


def _way_out(resource: Resource, route: Block) -> Iterator[Outcome]:
    for key in _WAYS_OUT:
        if not route.has(key):
            continue
        if not route.knows(key):
            if not resource.references(route.outermost(key), *GATEWAYS):
                raise UnknownRead(f"{route.path}{key}")
        elif not route.text(key).startswith(_GATEWAY_IDS):
            continue
        yield Finding(f"routes to the internet ({route.path}{key})")


PUBLIC_ADDRESSES = {
    "aws:ec2/subnet:Subnet": ("mapPublicIpOnLaunch", "assignIpv6AddressOnCreation"),
    "aws:ec2/defaultSubnet:DefaultSubnet": ("mapPublicIpOnLaunch",),
    "aws:ec2/instance:Instance": ("associatePublicIpAddress",),
    "aws:ec2/launchConfiguration:LaunchConfiguration": ("associatePublicIpAddress",),
    "aws:ec2/launchTemplate:LaunchTemplate": ("networkInterfaces.associatePublicIpAddress",),
    "aws:ecs/service:Service": ("networkConfiguration.assignPublicIp",),
    DATABASE: ("publiclyAccessible",),
    "aws:mq/broker:Broker": ("publiclyAccessible",),
    "aws:rds/clusterInstance:ClusterInstance": ("publiclyAccessible",),
    "aws:redshift/cluster:Cluster": ("publiclyAccessible",),
    "aws:redshiftserverless/workgroup:Workgroup": ("publiclyAccessible",),
    "aws:dms/replicationInstance:ReplicationInstance": ("publiclyAccessible",),
}
_ADDRESS = "aws:ec2/eip:Eip"
LOAD_BALANCERS = (
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:alb/loadBalancer:LoadBalancer",
    "aws:elb/loadBalancer:LoadBalancer",
)


@rule(
    name="nothing-has-public-address",
    on=(*PUBLIC_ADDRESSES, *LOAD_BALANCERS, _ADDRESS),
    severity=Severity.HIGH,
    controls=(*_BOUNDARY, "CIS-AWS-3.0:2.3.3"),
    remedy="Leave public addresses off, and reach the resource from inside its network.",
)
def nothing_has_public_address(resource: Resource) -> Iterator[Outcome]:
    """Give nothing an address that the internet can reach."""
    if resource.type == _ADDRESS:
        yield Finding("is a public address")
        return
    if resource.type in LOAD_BALANCERS:
        if not resource.is_true("internal") and resource.text("loadBalancerType") != "gateway":
            yield Finding("gets an address that the internet can reach (internal)")
        return
    for path in PUBLIC_ADDRESSES[resource.type]:
        group, _, key = path.rpartition(".")
        for block in resource.blocks(group) if group else [resource]:
            yield from as_far_as_known(_public(block, key))


def _public(block: Block, key: str) -> Iterator[Outcome]:
    if block.is_true(key):
        yield Finding(f"gets an address that the internet can reach ({block.path}{key})")


GROUPS = (
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
)
RULES_OF_GROUPS = (
    "aws:ec2/securityGroupRule:SecurityGroupRule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
)
_RANGES = ("cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6")
_WIDEST = {4: 8, 6: 16}
"""Prefix lengths below which a public range is as good as the whole internet: two halves of it are no better."""


@dataclass(frozen=True)
class Opening:
    """One rule of a security group, wherever it is written."""

    block: Block
    direction: str


def _openings(resource: Resource) -> list[Opening]:
    if resource.type in GROUPS:
        # What the cloud tells of a group are the rules beside it too, which are judged by themselves.
        asked = [side for side in ("ingress", "egress") if resource.was_asked(side)]
        return [Opening(one, side) for side in asked for one in resource.blocks(side)]
    if resource.type == RULES_OF_GROUPS[0]:
        return [Opening(resource, resource.text("type"))]
    return [Opening(resource, "ingress" if resource.type == RULES_OF_GROUPS[1] else "egress")]


@rule(
    name="security-group-is-closed",
    on=(*GROUPS, *RULES_OF_GROUPS),
    severity=Severity.CRITICAL,
    controls=(*_BOUNDARY, "CIS-AWS-3.0:5.2", "CIS-AWS-3.0:5.3"),
    remedy="Name the group, the prefix list or the address range that the traffic comes from or goes to.",
)
def security_group_is_closed(resource: Resource) -> Iterator[Outcome]:
    """Let a security group take traffic from, and send it to, nobody but those that it names."""
    yield from for_each(_openings(resource), _wide_open)


def _wide_open(opening: Opening) -> Iterator[Outcome]:
    way = "takes traffic from" if opening.direction == "ingress" else "sends traffic to"
    for key in _RANGES:
        ranges, unknown = opening.block.texts_as_far_as_known(key)
        for text in ranges:
            if _is_internet(text):
                yield Finding(f"{way} the whole internet: {text} ({opening.block.path}{key})")
        yield from map(Undecided, unknown)


def _is_internet(text: str) -> bool:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return network.prefixlen < _WIDEST[network.version] and not (network.is_private and network.prefixlen)


@rule(
    name="security-group-is-described",
    on=(GROUPS[0], *RULES_OF_GROUPS),
    severity=Severity.LOW,
    controls=("PCI-DSS-4.0:1.2.5", "NIST-800-53r5:CM-8"),
    remedy="Say in the description what the group, or the rule, is for.",
)
def security_group_is_described(resource: Resource) -> Iterator[Outcome]:
    """Say what a security group and each of its rules is for: whoever reviews them has nothing else."""
    if resource.type in GROUPS:
        described = resource.text("description")
        if not described or described.startswith(("Managed by Pulumi", "Managed by Terraform")):
            yield Finding("does not say what it is for (description)")
    yield from for_each(_openings(resource), _undescribed)


def _undescribed(opening: Opening) -> Iterator[Outcome]:
    if not opening.block.text("description"):
        yield Finding(f"has a rule that does not say what it is for ({opening.block.path}description)")


@rule(
    name="default-security-group-is-closed",
    on=VPC,
    severity=Severity.MEDIUM,
    controls=(*_BOUNDARY, "CIS-AWS-3.0:5.4"),
    remedy="Add a DefaultSecurityGroup of the VPC without ingress and egress.",
    whole_stack=True,
)
def default_security_group_is_closed(vpc: Resource) -> Iterator[Outcome]:
    """Close a VPC's default group, which everything gets that names none."""
    groups = vpc.attached(GROUPS[1], by="vpcId")
    if not groups:
        yield Finding("leaves its default security group as AWS makes it: open inside, and to the outside")
    for group in groups:
        for side in ("ingress", "egress"):
            if group.was_asked(side) and group.value(side):
                yield Finding(f"has a default security group with rules ({side} of {group.name})")


@rule(
    name="vpc-logs-its-flows",
    on=VPC,
    severity=Severity.MEDIUM,
    controls=("PCI-DSS-4.0:10.2.1", "NIST-800-53r5:AU-12", "NIST-800-53r5:SI-4", "CIS-AWS-3.0:3.7"),
    remedy="Add a FlowLog of the VPC with traffic_type ALL or REJECT.",
    whole_stack=True,
)
def vpc_logs_its_flows(vpc: Resource) -> Iterator[Outcome]:
    """Log a VPC's flows, at least the refused ones: they tell who tries."""
    logs = vpc.attached("aws:ec2/flowLog:FlowLog", by="vpcId")
    if not logs:
        yield Finding("does not log its flows")
    elif all(one.text("trafficType") == "ACCEPT" for one in logs):
        yield Finding("logs accepted traffic only (trafficType), expected ALL or REJECT")


@rule(
    name="endpoint-has-own-policy",
    on=VPC_ENDPOINT,
    severity=Severity.HIGH,
    controls=("PCI-DSS-4.0:1.4.4", "NIST-800-53r5:AC-4", "NIST-800-53r5:SC-7(10)"),
    remedy="Give the endpoint a policy that names the actions, and the resources or accounts, that are reached through it.",
    whole_stack=True,
)
def endpoint_has_own_policy(endpoint: Resource) -> Iterator[Outcome]:
    """Limit what leaves through an endpoint: its default policy lets everybody do everything anywhere.

    Somebody inside the network with credentials of their own could else write to a bucket of their own.
    """
    kind = endpoint.text("vpcEndpointType") or "Gateway"
    if kind not in ("Gateway", "Interface"):
        raise NotApplicable(f"an endpoint of type {kind} has no policy")
    sides = endpoint.attached("aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy", by="vpcEndpointId", inline=("policy",))
    found = [one for side in sides or [endpoint] for one in statements(side)]
    if not found:
        yield Finding("has the default policy: everybody may do everything anywhere through it")
    yield from for_each(found, _default_policy)


def _default_policy(statement: Statement) -> Iterator[Outcome]:
    if not statement.allows or not statement.is_for_anybody:
        return
    if any(one.limits_perimeter for one in statement.conditions):
        return
    everything = statement.not_actions or any(covers_everything(one.rpartition(":")[2]) for one in statement.actions)
    anywhere = statement.not_resources or any(_is_any_resource(one) for one in statement.resources)
    if everything and anywhere:
        yield Finding(f"lets everybody do everything anywhere through it: {statement.label}")


def _is_any_resource(pattern: str) -> bool:
    return covers_everything(pattern) or re.fullmatch(r"arn:[^:]*:[^:]*:[*?/:]*", pattern) is not None


@rule(
    name="function-runs-in-vpc",
    on=FUNCTION,
    severity=Severity.MEDIUM,
    controls=_BOUNDARY,
    remedy="Set vpc_config with private subnets and a group of the function's own.",
)
def function_runs_in_vpc(function: Resource) -> Iterator[Outcome]:
    """Run a function in a network of one's own, where what it reaches is decided."""
    network = function.block("vpcConfig")
    for key in ("subnetIds", "securityGroupIds"):
        if not network.has(key):
            yield Finding(f"does not run in a VPC of its owner's ({network.path}{key})")
            return
