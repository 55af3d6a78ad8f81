"""Controls of VPCs, which are read by id."""

from typing import Any

from lambdas.attestor.controls.control import controls_of
from lambdas.attestor.controls.network.security_group import rules_of
from lambdas.attestor.reading import Reading

_BOUNDARY = ("PCI-DSS-4.0.1:1.3.2", "PCI-DSS-4.0.1:1.4.4", "NIST-800-53r5:SC-7")
_ALARMS = ("network-changed-outside-deployment",)
_TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "EgressOnlyInternetGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "NetworkInterfaceId",
    "InstanceId",
    "CarrierGatewayId",
    "LocalGatewayId",
    "CoreNetworkArn",
    "OdbNetworkArn",
)
_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")

control = controls_of("vpc")


def _describe(aws: Reading, vpc: str, operation: str, result: str, filter_name: str = "vpc-id") -> list[dict[str, Any]]:
    """Return the resources of a VPC, after making sure that it exists: a deleted VPC would seem to have none."""
    aws.call("ec2", "describe_vpcs", VpcIds=[vpc])
    parameter = "Filter" if operation in ("describe_flow_logs", "describe_nat_gateways") else "Filters"
    filters: dict[str, object] = {parameter: [{"Name": filter_name, "Values": [vpc]}]}
    described: list[dict[str, Any]] = aws.call("ec2", operation, **filters).get(result, [])
    return described


@control(
    "vpc-internet-gateways",
    requirement="No internet gateway and no egress-only internet gateway is attached.",
    references=_BOUNDARY,
    rules=("network-is-isolated",),
    alarms=_ALARMS,
    actions=("ec2:DescribeVpcs", "ec2:DescribeInternetGateways", "ec2:DescribeEgressOnlyInternetGateways"),
    expected=[],
)
def internet_gateways(aws: Reading, vpc: str) -> object:
    """Return the ids of the attached gateways."""
    gateways = _describe(aws, vpc, "describe_internet_gateways", "InternetGateways", "attachment.vpc-id")
    # The call for egress-only gateways has no filter by VPC.
    egress_only = aws.call("ec2", "describe_egress_only_internet_gateways").get("EgressOnlyInternetGateways", [])
    return [
        *(gateway["InternetGatewayId"] for gateway in gateways),
        *(
            gateway["EgressOnlyInternetGatewayId"]
            for gateway in egress_only
            if any(attachment.get("VpcId") == vpc for attachment in gateway.get("Attachments", []))
        ),
    ]


@control(
    "vpc-nat-gateways",
    requirement="The VPC has no NAT gateway.",
    references=_BOUNDARY,
    rules=("network-is-isolated",),
    alarms=_ALARMS,
    actions=("ec2:DescribeVpcs", "ec2:DescribeNatGateways"),
    expected=[],
)
def nat_gateways(aws: Reading, vpc: str) -> object:
    """Return the ids of the NAT gateways that are not deleted."""
    gateways = _describe(aws, vpc, "describe_nat_gateways", "NatGateways")
    deleted = ("deleted", "deleting", "failed")
    return [gateway["NatGatewayId"] for gateway in gateways if gateway.get("State") not in deleted]


@control(
    "vpc-routes",
    requirement="Every route stays in the VPC or leads to one of its endpoints.",
    references=_BOUNDARY,
    rules=("network-is-isolated",),
    alarms=_ALARMS,
    actions=("ec2:DescribeVpcs", "ec2:DescribeRouteTables"),
    expected=[],
)
def routes_out(aws: Reading, vpc: str) -> object:
    """Return the routes out of the VPC to any destination: two halves of the address space are a default route too."""
    routes = set()
    for table in _describe(aws, vpc, "describe_route_tables", "RouteTables"):
        for route in table.get("Routes", []):
            target = next((route[name] for name in _TARGETS if route.get(name)), "nothing")
            if target != "local" and not target.startswith("vpce-"):
                destination = next((route[name] for name in _DESTINATIONS if route.get(name)), "no address")
                routes.add(f"{destination} to {target} in {table['RouteTableId']}")
    return sorted(routes)


@control(
    "vpc-default-group",
    requirement="The default security group allows no traffic in or out.",
    references=("PCI-DSS-4.0.1:1.2.5", "NIST-800-53r5:SC-7(5)"),
    rules=("default-security-group-is-closed",),
    alarms=_ALARMS,
    actions=("ec2:DescribeVpcs", "ec2:DescribeSecurityGroups"),
    expected=[],
)
def default_security_group(aws: Reading, vpc: str) -> object:
    """Return the rules of the default security group."""
    groups = _describe(aws, vpc, "describe_security_groups", "SecurityGroups")
    return [rule for group in groups if group["GroupName"] == "default" for rule in rules_of(group)]


@control(
    "vpc-flow-logs",
    requirement="All traffic is logged to the expected destination, and the delivery works.",
    references=("PCI-DSS-4.0.1:10.2.1", "NIST-800-53r5:AU-12"),
    rules=("vpc-has-flow-logs",),
    alarms=_ALARMS,
    actions=("ec2:DescribeVpcs", "ec2:DescribeFlowLogs"),
)
def flow_logs(aws: Reading, vpc: str) -> object:
    """Return traffic, destination and delivery errors of each flow log."""
    return [_flow_log(log) for log in _describe(aws, vpc, "describe_flow_logs", "FlowLogs", "resource-id")]


def _flow_log(log: dict[str, Any]) -> str:
    destination = (log.get("LogDestination") or log.get("LogGroupName", "nowhere")).removesuffix(":*")
    error = log.get("DeliverLogsErrorMessage") or ("" if log["FlowLogStatus"] == "ACTIVE" else log["FlowLogStatus"])
    return f"{log['TrafficType']} to {destination}" + (f" ({error})" if error else "")
