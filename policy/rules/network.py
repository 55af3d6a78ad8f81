"""Network rules: no route to the internet, no public address, and no open security group or endpoint."""

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
    check_each,
    rule,
    stop_at_unknown,
)
from policy.rules._helpers.resource_types import DATABASE, FUNCTION, VPC, VPC_ENDPOINT

_BOUNDARY = ("PCI-DSS-4.0.1:1.3.1", "PCI-DSS-4.0.1:1.4.4", "NIST-800-53r5:SC-7")

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
_ROUTE_TARGETS = ("gatewayId", "natGatewayId", "egressOnlyGatewayId")
_GATEWAY_ID_PREFIXES = ("igw-", "nat-", "eigw-")


@rule(
    name="network-is-isolated",
    on=(*GATEWAYS, *ROUTES),
    severity=Severity.CRITICAL,
    controls=(*_BOUNDARY, "NIST-800-53r5:SC-7(5)"),
    remedy="Reach AWS services through VPC endpoints, and remove the gateway or the route to it. Waive the rule for a "
    "network that has to reach the internet.",
)
def network_is_isolated(resource: Resource) -> Iterator[Outcome]:
    """A network has no route to the internet, so that stolen data cannot leave it."""
    if resource.type in GATEWAYS:
        is_private = resource.type.endswith(":NatGateway") and resource.text("connectivityType") == "private"
        if not is_private:
            yield Finding(f"is {GATEWAYS[resource.type]}, a route to the internet")
        return
    routes = [resource] if resource.type == "aws:ec2/route:Route" else resource.blocks("routes")
    yield from check_each(routes, lambda route: _internet_route(resource, route))


def _internet_route(resource: Resource, route: Block) -> Iterator[Outcome]:
    for key in _ROUTE_TARGETS:
        if not route.has(key):
            continue
        if not route.knows(key):
            if not resource.references(route.top_level_property(key), *GATEWAYS):
                raise UnknownRead(f"{route.path}{key}")
        elif not route.text(key).startswith(_GATEWAY_ID_PREFIXES):
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
_ELASTIC_IP = "aws:ec2/eip:Eip"
LOAD_BALANCERS = (
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:alb/loadBalancer:LoadBalancer",
    "aws:elb/loadBalancer:LoadBalancer",
)


@rule(
    name="nothing-has-public-address",
    on=(*PUBLIC_ADDRESSES, *LOAD_BALANCERS, _ELASTIC_IP),
    severity=Severity.HIGH,
    controls=(*_BOUNDARY, "CIS-AWS-3.0:2.3.3"),
    remedy="Disable public addresses, and reach the resource from inside its network.",
)
def nothing_has_public_address(resource: Resource) -> Iterator[Outcome]:
    """No resource has an address that is reachable from the internet."""
    if resource.type == _ELASTIC_IP:
        yield Finding("is a public IP address")
        return
    if resource.type in LOAD_BALANCERS:
        if not resource.is_true("internal") and resource.text("loadBalancerType") != "gateway":
            yield Finding("gets an address that is reachable from the internet (internal)")
        return
    for path in PUBLIC_ADDRESSES[resource.type]:
        parent, _, key = path.rpartition(".")
        for block in resource.blocks(parent) if parent else [resource]:
            yield from stop_at_unknown(_public(block, key))


def _public(block: Block, key: str) -> Iterator[Outcome]:
    if block.is_true(key):
        yield Finding(f"gets an address that is reachable from the internet ({block.path}{key})")


GROUPS = (
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
)
GROUP_RULES = (
    "aws:ec2/securityGroupRule:SecurityGroupRule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
)
_RANGES = ("cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6")
_SHORTEST_PREFIX = {4: 8, 6: 16}
"""Prefix lengths by IP version; a shorter prefix counts as the whole internet, so that splitting it in two does not help."""


@dataclass(frozen=True)
class GroupRule:
    """A rule of a security group, inline or a resource of its own."""

    block: Block
    direction: str


def _group_rules(resource: Resource) -> list[GroupRule]:
    if resource.type in GROUPS:
        # AWS returns rules that are resources of their own as part of the group as well; they are checked by themselves.
        inline = [direction for direction in ("ingress", "egress") if resource.is_set_by_program(direction)]
        return [GroupRule(block, direction) for direction in inline for block in resource.blocks(direction)]
    if resource.type == GROUP_RULES[0]:
        return [GroupRule(resource, resource.text("type"))]
    return [GroupRule(resource, "ingress" if resource.type == GROUP_RULES[1] else "egress")]


@rule(
    name="security-group-is-closed",
    on=(*GROUPS, *GROUP_RULES),
    severity=Severity.CRITICAL,
    controls=(*_BOUNDARY, "CIS-AWS-3.0:5.2", "CIS-AWS-3.0:5.3"),
    remedy="Name the security group, prefix list or address range that the traffic comes from or goes to.",
)
def security_group_is_closed(resource: Resource) -> Iterator[Outcome]:
    """A security group allows no traffic from or to the whole internet."""
    yield from check_each(_group_rules(resource), _open_to_internet)


def _open_to_internet(group_rule: GroupRule) -> Iterator[Outcome]:
    allows = "allows traffic from" if group_rule.direction == "ingress" else "allows traffic to"
    for key in _RANGES:
        ranges, unknown = group_rule.block.known_texts(key)
        for address_range in ranges:
            if _is_internet(address_range):
                yield Finding(f"{allows} the whole internet: {address_range} ({group_rule.block.path}{key})")
        yield from map(Undecided, unknown)


def _is_internet(address_range: str) -> bool:
    try:
        network = ipaddress.ip_network(address_range, strict=False)
    except ValueError:
        return False
    return network.prefixlen < _SHORTEST_PREFIX[network.version] and not (network.is_private and network.prefixlen)


@rule(
    name="security-group-is-described",
    on=(GROUPS[0], *GROUP_RULES),
    severity=Severity.LOW,
    controls=("PCI-DSS-4.0.1:1.2.5", "NIST-800-53r5:CM-8"),
    remedy="Describe in the description what the group or the rule is for.",
)
def security_group_is_described(resource: Resource) -> Iterator[Outcome]:
    """A security group and each of its rules has a description: a reviewer has no other statement of their purpose."""
    if resource.type in GROUPS:
        described = resource.text("description")
        if not described or described.startswith(("Managed by Pulumi", "Managed by Terraform")):
            yield Finding("has no description of its purpose (description)")
    yield from check_each(_group_rules(resource), _undescribed)


def _undescribed(group_rule: GroupRule) -> Iterator[Outcome]:
    if not group_rule.block.text("description"):
        yield Finding(f"has a rule without a description ({group_rule.block.path}description)")


@rule(
    name="default-security-group-is-closed",
    on=VPC,
    severity=Severity.MEDIUM,
    controls=(*_BOUNDARY, "CIS-AWS-3.0:5.4"),
    remedy="Create a DefaultSecurityGroup of the VPC without ingress and egress rules.",
    whole_stack=True,
)
def default_security_group_is_closed(vpc: Resource) -> Iterator[Outcome]:
    """The default security group of a VPC has no rules, because every resource without a group of its own gets it."""
    groups = vpc.attached(GROUPS[1], by="vpcId")
    if not groups:
        yield Finding(
            "leaves its default security group as AWS creates it, with all traffic inside the group and outbound allowed"
        )
    for group in groups:
        for direction in ("ingress", "egress"):
            if group.is_set_by_program(direction) and group.value(direction):
                yield Finding(f"has a default security group with rules ({direction} of {group.name})")


@rule(
    name="vpc-has-flow-logs",
    on=VPC,
    severity=Severity.MEDIUM,
    controls=("PCI-DSS-4.0.1:10.2.1", "NIST-800-53r5:AU-12", "NIST-800-53r5:SI-4", "CIS-AWS-3.0:3.7"),
    remedy="Create a FlowLog of the VPC with traffic_type ALL or REJECT.",
    whole_stack=True,
)
def vpc_has_flow_logs(vpc: Resource) -> Iterator[Outcome]:
    """A VPC has flow logs, at least of rejected traffic, which shows attempts to get in or out."""
    logs = vpc.attached("aws:ec2/flowLog:FlowLog", by="vpcId")
    if not logs:
        yield Finding("has no flow log")
    elif all(log.text("trafficType") == "ACCEPT" for log in logs):
        yield Finding("logs only accepted traffic (trafficType), expected ALL or REJECT")


@rule(
    name="endpoint-has-own-policy",
    on=VPC_ENDPOINT,
    severity=Severity.HIGH,
    controls=("PCI-DSS-4.0.1:1.4.4", "NIST-800-53r5:AC-4", "NIST-800-53r5:SC-7(10)"),
    remedy="Give the endpoint a policy that lists the allowed actions, and the resources or accounts.",
    whole_stack=True,
)
def endpoint_has_own_policy(endpoint: Resource) -> Iterator[Outcome]:
    """An endpoint has a policy of its own, because the default policy allows everyone everything.

    With the default policy, an attacker inside the network can write to a bucket in the attacker's own account.
    """
    kind = endpoint.text("vpcEndpointType") or "Gateway"
    if kind not in ("Gateway", "Interface"):
        raise NotApplicable(f"an endpoint of type {kind} has no policy")
    sides = endpoint.attached("aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy", by="vpcEndpointId", inline=("policy",))
    own_statements = [statement for side in sides or [endpoint] for statement in statements(side)]
    if not own_statements:
        yield Finding("has the default policy, which allows everyone every action on all resources (policy)")
    yield from check_each(own_statements, _allows_everything)


def _allows_everything(statement: Statement) -> Iterator[Outcome]:
    if not statement.allows or not statement.is_for_everyone:
        return
    if any(condition.restricts_perimeter for condition in statement.conditions):
        return
    all_actions = statement.not_actions or any(
        covers_everything(action.rpartition(":")[2]) for action in statement.actions
    )
    all_resources = statement.not_resources or any(_is_any_resource(pattern) for pattern in statement.resources)
    if all_actions and all_resources:
        yield Finding(f"allows everyone every action on all resources: {statement.label}")


def _is_any_resource(pattern: str) -> bool:
    return covers_everything(pattern) or re.fullmatch(r"arn:[^:]*:[^:]*:[*?/:]*", pattern) is not None


@rule(
    name="function-runs-in-vpc",
    on=FUNCTION,
    severity=Severity.MEDIUM,
    controls=_BOUNDARY,
    remedy="Set vpc_config with private subnets and a security group of the function's own.",
)
def function_runs_in_vpc(function: Resource) -> Iterator[Outcome]:
    """A function runs in a VPC, where routes, endpoints and security groups decide what it can reach."""
    network = function.block("vpcConfig")
    for key in ("subnetIds", "securityGroupIds"):
        if not network.has(key):
            yield Finding(f"does not run in a VPC ({network.path}{key})")
            return
