"""Reads networks and their endpoints, by id."""

from typing import Any

from lambdas.attestor.policies import parsed
from lambdas.attestor.reading import Reading

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
_ADDRESSES = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")


def _of(aws: Reading, vpc: str, operation: str, answer: str, name: str = "vpc-id") -> list[dict[str, Any]]:
    """Return what belongs to a network, which must be there: of one that is gone, AWS answers that it has nothing."""
    aws.ask("ec2", "describe_vpcs", VpcIds=[vpc])
    filters = "Filter" if operation in ("describe_flow_logs", "describe_nat_gateways") else "Filters"
    found: list[dict[str, Any]] = aws.ask("ec2", operation, **{filters: [{"Name": name, "Values": [vpc]}]}).get(
        answer, []
    )
    return found


def _internet(aws: Reading, vpc: str) -> object:
    gateways = _of(aws, vpc, "describe_internet_gateways", "InternetGateways", "attachment.vpc-id")
    # These know no filter by network.
    outward = aws.ask("ec2", "describe_egress_only_internet_gateways").get("EgressOnlyInternetGateways", [])
    return [
        *(one["InternetGatewayId"] for one in gateways),
        *(
            one["EgressOnlyInternetGatewayId"]
            for one in outward
            if any(attached.get("VpcId") == vpc for attached in one.get("Attachments", []))
        ),
    ]


def _nat(aws: Reading, vpc: str) -> object:
    gateways = _of(aws, vpc, "describe_nat_gateways", "NatGateways")
    return [one["NatGatewayId"] for one in gateways if one.get("State") not in ("deleted", "deleting", "failed")]


def _routes(aws: Reading, vpc: str) -> object:
    """Return the routes that lead out, whatever block of addresses they are for: two halves are a default route too."""
    out = set()
    for table in _of(aws, vpc, "describe_route_tables", "RouteTables"):
        for route in table.get("Routes", []):
            target = next((route[name] for name in _TARGETS if route.get(name)), "nothing")
            if target != "local" and not target.startswith("vpce-"):
                address = next((route[name] for name in _ADDRESSES if route.get(name)), "no address")
                out.add(f"{address} to {target} in {table['RouteTableId']}")
    return sorted(out)


def _default_group(aws: Reading, vpc: str) -> object:
    rules = []
    for group in _of(aws, vpc, "describe_security_groups", "SecurityGroups"):
        if group["GroupName"] == "default":
            rules += [f"in, {_rule(one)}" for one in group.get("IpPermissions", [])]
            rules += [f"out, {_rule(one)}" for one in group.get("IpPermissionsEgress", [])]
    return rules


def _rule(permission: dict[str, Any]) -> str:
    protocol = permission["IpProtocol"]
    ports = f" {permission.get('FromPort')}-{permission.get('ToPort')}" if "FromPort" in permission else ""
    peers = [
        *(one["CidrIp"] for one in permission.get("IpRanges", [])),
        *(one["CidrIpv6"] for one in permission.get("Ipv6Ranges", [])),
        *(one["GroupId"] for one in permission.get("UserIdGroupPairs", [])),
        *(one["PrefixListId"] for one in permission.get("PrefixListIds", [])),
    ]
    return f"{'every protocol' if protocol == '-1' else protocol}{ports}: {', '.join(sorted(peers))}"


def _flow_logs(aws: Reading, vpc: str) -> object:
    return [_flow_log(one) for one in _of(aws, vpc, "describe_flow_logs", "FlowLogs", "resource-id")]


def _flow_log(log: dict[str, Any]) -> str:
    destination = (log.get("LogDestination") or log.get("LogGroupName", "nowhere")).removesuffix(":*")
    trouble = log.get("DeliverLogsErrorMessage") or ("" if log["FlowLogStatus"] == "ACTIVE" else log["FlowLogStatus"])
    return f"{log['TrafficType']} to {destination}" + (f" ({trouble})" if trouble else "")


def _endpoint_policy(aws: Reading, endpoint: str) -> object:
    (found,) = aws.ask("ec2", "describe_vpc_endpoints", VpcEndpointIds=[endpoint])["VpcEndpoints"]
    text = found.get("PolicyDocument")
    return parsed(text) if text else None


READERS = {
    "vpc-internet-gateways": _internet,
    "vpc-nat-gateways": _nat,
    "vpc-routes": _routes,
    "vpc-default-group": _default_group,
    "vpc-flow-logs": _flow_logs,
    "vpc-endpoint-policy": _endpoint_policy,
}
