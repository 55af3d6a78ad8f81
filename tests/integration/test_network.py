"""Networking: private subnets, no way out but the endpoints."""

from collections.abc import Callable
from typing import Any

Client = Callable[[str], Any]


def test_network_has_private_subnets_in_three_zones(outputs: dict[str, Any], client: Client) -> None:
    subnets = client("ec2").describe_subnets(SubnetIds=outputs["private_subnet_ids"])["Subnets"]
    assert len({subnet["AvailabilityZone"] for subnet in subnets}) == 3
    assert {subnet["VpcId"] for subnet in subnets} == {outputs["vpc_id"]}
    assert not any(subnet["MapPublicIpOnLaunch"] for subnet in subnets)


def test_network_has_no_way_to_the_internet(outputs: dict[str, Any], client: Client) -> None:
    ec2 = client("ec2")
    attached = [{"Name": "attachment.vpc-id", "Values": [outputs["vpc_id"]]}]
    assert ec2.describe_internet_gateways(Filters=attached)["InternetGateways"] == []
    own = [{"Name": "vpc-id", "Values": [outputs["vpc_id"]]}]
    assert ec2.describe_nat_gateways(Filters=own)["NatGateways"] == []
    routes = [route for table in ec2.describe_route_tables(Filters=own)["RouteTables"] for route in table["Routes"]]
    assert not any(route.get("DestinationCidrBlock") == "0.0.0.0/0" for route in routes)


def test_network_reaches_s3_dynamodb_and_kms_by_endpoints(outputs: dict[str, Any], client: Client) -> None:
    ids = outputs["vpc_endpoint_ids"]
    endpoints = client("ec2").describe_vpc_endpoints(VpcEndpointIds=list(ids.values()))["VpcEndpoints"]
    assert {one["ServiceName"].rpartition(".")[2] for one in endpoints} == {"s3", "dynamodb", "kms"} == set(ids)
    assert {one["VpcId"] for one in endpoints} == {outputs["vpc_id"]}


def test_endpoints_take_https_from_the_function_only(outputs: dict[str, Any], client: Client) -> None:
    groups = outputs["security_group_ids"]
    rules = client("ec2").describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [groups["endpoints"]]}])
    ingress = [rule for rule in rules["SecurityGroupRules"] if not rule["IsEgress"]]
    assert [(rule["FromPort"], rule["ToPort"]) for rule in ingress] == [(443, 443)]


def test_the_default_group_lets_nothing_in(outputs: dict[str, Any], client: Client) -> None:
    (group,) = client("ec2").describe_security_groups(
        Filters=[
            {"Name": "vpc-id", "Values": [outputs["vpc_id"]]},
            {"Name": "group-name", "Values": ["default"]},
        ]
    )["SecurityGroups"]
    assert group["GroupId"] == outputs["security_group_ids"]["default"]
    assert group["IpPermissions"] == []


def test_traffic_is_logged_whether_accepted_or_refused(outputs: dict[str, Any], client: Client) -> None:
    (log,) = client("ec2").describe_flow_logs(Filters=[{"Name": "resource-id", "Values": [outputs["vpc_id"]]}])[
        "FlowLogs"
    ]
    assert (log["TrafficType"], log["FlowLogStatus"]) == ("ALL", "ACTIVE")
    assert f"log-group:{outputs['log_group_names']['flow']}" in log["LogDestination"]
