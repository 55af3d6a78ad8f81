"""The network tier: private subnets without a route to the internet, and the endpoints that replace it."""

import ipaddress
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.base import Component
from components.context import AwsContext
from components.network.dns_firewall import DnsFirewall
from components.network.expected import expected_security_group, expected_vpc
from components.network.flow_logs import FlowLogs, NetworkLogArgs
from components.retention import Retention

_SUBNET_BITS = 4
"""Every subnet is a sixteenth of the network whatever the number of zones, so adding a zone moves no subnet."""


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """Inputs of the network tier.

    Attributes
    ----------
    context
        Account and region.
    cidr
        Address block, a /16 to /20 in CIDR notation.
    zone_ids
        Ids of the availability zones to span, with one private subnet each.
    prefix_list_rules
        Whether the function's security group allows the gateway endpoints' prefix lists. On AWS the function needs these
        rules; off only for an emulator that cannot keep them.
    dns_firewall
        Whether the VPC resolves only the names of its endpoints.
    logs_key_arn
        Customer key of the network's logs.
    retention
        How long the network's logs are kept.
    """

    context: AwsContext
    cidr: str
    zone_ids: tuple[str, ...]
    prefix_list_rules: bool
    dns_firewall: bool
    logs_key_arn: Input[str]
    retention: Retention


class Network(Component[NetworkArgs]):
    """A VPC that can reach this account's storage and keys and nothing else.

    Attributes
    ----------
    vpc_id
        Id of the VPC.
    subnet_ids
        Ids of the private subnets, in the order of the zones.
    route_table_id
        Id of their route table.
    endpoint_ids
        Endpoint ids by service: `s3`, `dynamodb`, `kms`.
    security_group_ids
        Security group ids by use: `function`, `endpoints`, and `default`, which allows nothing.
    log_group_names
        Log groups by use: `flow`, and `dns` if the DNS firewall is on.
    dns_firewall
        The DNS firewall; None without it.
    """

    vpc_id: Output[str]
    subnet_ids: list[Output[str]]
    route_table_id: Output[str]
    endpoint_ids: dict[str, Output[str]]
    security_group_ids: dict[str, Output[str]]
    log_group_names: dict[str, Output[str]]
    dns_firewall: DnsFirewall | None

    def create(self, name: str, args: NetworkArgs) -> None:
        """Create the VPC, its subnets, endpoints, security groups and logs."""
        self._args = args
        # The endpoint policies are separate resources, created later: they name buckets whose policies name the endpoint.
        self._endpoint_options = ResourceOptions(parent=self, ignore_changes=["policy"])
        self._vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=args.cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,  # interface endpoints answer by name only with both
            opts=self.child,
        )
        # Whatever is launched without a security group gets this one.
        closed = aws.ec2.DefaultSecurityGroup(
            f"{name}-default", vpc_id=self._vpc.id, ingress=[], egress=[], opts=self.child
        )
        # No internet gateway and no NAT: exfiltration would need a route that does not exist.
        routes = aws.ec2.RouteTable(f"{name}-private", vpc_id=self._vpc.id, opts=self.child)
        subnets = self._subnets(routes)
        function, endpoints = self._group("function", "The processor"), self._group("endpoints", "Interface endpoints")
        gateways = {service: self._gateway(service, routes) for service in ("s3", "dynamodb")}
        kms = aws.ec2.VpcEndpoint(
            f"{name}-kms",
            vpc_id=self._vpc.id,
            service_name=f"com.amazonaws.{args.context.region}.kms",
            vpc_endpoint_type="Interface",
            private_dns_enabled=True,
            subnet_ids=[subnet.id for subnet in subnets],
            security_group_ids=[endpoints.id],
            opts=self._endpoint_options,
        )
        self._rules(function, endpoints, gateways)

        self.vpc_id = self._vpc.id
        self.route_table_id = routes.id
        self.subnet_ids = [subnet.id for subnet in subnets]
        self.endpoint_ids = {**{service: gateway.id for service, gateway in gateways.items()}, "kms": kms.id}
        self.security_group_ids = {"function": function.id, "endpoints": endpoints.id, "default": closed.id}
        self._logs(name)

    def _logs(self, name: str) -> None:
        args = self._args
        log_args = NetworkLogArgs(
            context=args.context, vpc_id=self.vpc_id, key_arn=args.logs_key_arn, retention=args.retention
        )
        flow = FlowLogs(f"{name}-flow", log_args, self.child)
        self.log_group_names = {"flow": flow.log_group_name}
        self.expect(expected_vpc(id=self.vpc_id, flow_log_destinations=[flow.log_group_arn]))
        self.dns_firewall = None
        if args.dns_firewall:
            self.dns_firewall = DnsFirewall(f"{name}-dns", log_args, self.child)
            self.log_group_names["dns"] = self.dns_firewall.log_group_name

    def _subnets(self, routes: aws.ec2.RouteTable) -> list[aws.ec2.Subnet]:
        subnets = []
        for zone_id, block in zip(self._args.zone_ids, subnet_blocks(self._args.cidr), strict=False):
            subnet = aws.ec2.Subnet(
                f"{self._name}-private-{zone_id}",
                vpc_id=self._vpc.id,
                availability_zone_id=zone_id,
                cidr_block=block,
                map_public_ip_on_launch=False,
                opts=self.child,
            )
            aws.ec2.RouteTableAssociation(
                f"{self._name}-private-{zone_id}", subnet_id=subnet.id, route_table_id=routes.id, opts=self.child
            )
            subnets.append(subnet)
        return subnets

    def _gateway(self, service: str, routes: aws.ec2.RouteTable) -> aws.ec2.VpcEndpoint:
        return aws.ec2.VpcEndpoint(
            f"{self._name}-{service}",
            vpc_id=self._vpc.id,
            service_name=f"com.amazonaws.{self._args.context.region}.{service}",
            vpc_endpoint_type="Gateway",
            route_table_ids=[routes.id],
            opts=self._endpoint_options,
        )

    def _group(self, use: str, description: str) -> aws.ec2.SecurityGroup:
        return aws.ec2.SecurityGroup(
            f"{self._name}-{use}", vpc_id=self._vpc.id, description=description, opts=self.child
        )

    def _rules(
        self,
        function: aws.ec2.SecurityGroup,
        endpoints: aws.ec2.SecurityGroup,
        gateways: dict[str, aws.ec2.VpcEndpoint],
    ) -> None:
        """Allow the function to reach the endpoints on port 443, and nothing else."""
        self._egress("function-to-endpoints", function, referenced_security_group_id=endpoints.id)
        aws.vpc.SecurityGroupIngressRule(
            f"{self._name}-endpoints-from-function",
            security_group_id=endpoints.id,
            description="HTTPS from the processor",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            referenced_security_group_id=function.id,
            opts=self.child,
        )
        prefix_lists = {service: gateway.prefix_list_id for service, gateway in gateways.items()}
        if self._args.prefix_list_rules:
            for service, prefix_list_id in prefix_lists.items():
                self._egress(f"function-to-{service}", function, prefix_list_id=prefix_list_id)
        self.expect(
            expected_security_group(
                id=function.id, rules=[("out", peer) for peer in (endpoints.id, *prefix_lists.values())]
            ),
            expected_security_group(id=endpoints.id, rules=[("in", function.id)]),
        )

    def _egress(
        self,
        use: str,
        group: aws.ec2.SecurityGroup,
        *,
        referenced_security_group_id: Input[str] | None = None,
        prefix_list_id: Input[str] | None = None,
    ) -> None:
        aws.vpc.SecurityGroupEgressRule(
            f"{self._name}-{use}",
            security_group_id=group.id,
            description=f"HTTPS, {use.replace('-', ' ')}",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            referenced_security_group_id=referenced_security_group_id,
            prefix_list_id=prefix_list_id,
            opts=self.child,
        )


def subnet_blocks(cidr: str) -> list[str]:
    """Return the sixteen equal blocks that an address block divides into, in order."""
    return [str(block) for block in ipaddress.IPv4Network(cidr).subnets(prefixlen_diff=_SUBNET_BITS)]
