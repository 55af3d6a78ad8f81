"""The network tier under Pulumi's mocks: traffic reaches the VPC endpoints and nothing else."""

import json

from components.network.tier import subnet_blocks
from tests.support.mocks import Recorder


def test_the_security_group_of_the_functions_allows_endpoints_on_port_443_and_nothing_else(tiers: Recorder) -> None:
    rules = tiers.of_type("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    assert {(rule.inputs["fromPort"], rule.inputs["toPort"], rule.inputs["ipProtocol"]) for rule in rules} == {
        (443, 443, "tcp")
    }
    assert not any("cidrIpv4" in rule.inputs or "cidrIpv6" in rule.inputs for rule in rules)
    assert len(rules) == 3


def test_the_network_has_no_route_to_the_internet(tiers: Recorder) -> None:
    assert not any(
        word in resource.typ
        for resource in tiers.resources
        for word in ("internetGateway", "natGateway", "route:Route", "eip")
    )


def test_the_policy_of_every_endpoint_is_limited_to_named_resources_and_the_own_account(tiers: Recorder) -> None:
    endpoints = {f"{endpoint.name}-id" for endpoint in tiers.of_type("aws:ec2/vpcEndpoint:VpcEndpoint")}
    policies = tiers.of_type("aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy")
    assert {policy.inputs["vpcEndpointId"] for policy in policies} == endpoints
    assert len(endpoints) == 3
    for policy in policies:
        for statement in json.loads(policy.inputs["policy"])["Statement"]:
            assert "*" not in statement["Resource"]
            assert set(statement["Condition"]["StringEquals"]) == {"aws:ResourceAccount", "aws:PrincipalAccount"}


def test_flow_logs_record_accepted_and_rejected_traffic(tiers: Recorder) -> None:
    log = tiers.inputs_of("aws:ec2/flowLog:FlowLog", "network-flow")
    assert (log["trafficType"], log["maxAggregationInterval"]) == ("ALL", 60)
    assert log["logDestination"] == "arn:network-flow"


def test_the_dns_firewall_resolves_only_the_endpoints_and_fails_closed(tiers: Recorder) -> None:
    rules = {
        rule.inputs["action"]: rule.inputs
        for rule in tiers.of_type("aws:route53/resolverFirewallRule:ResolverFirewallRule")
    }
    assert rules["ALLOW"]["priority"] < rules["BLOCK"]["priority"]
    domain_list = "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList"
    assert set(tiers.inputs_of(domain_list, "network-dns-allow")["domains"]) == {
        f"{wildcard}{service}.eu-central-1.amazonaws.com"
        for service in ("s3", "dynamodb", "ddb", "kms")
        for wildcard in ("", "*.")
    }
    assert tiers.inputs_of(domain_list, "network-dns-block")["domains"] == ["*"]
    (config,) = tiers.of_type("aws:route53/resolverFirewallConfig:ResolverFirewallConfig")
    assert config.inputs["firewallFailOpen"] == "DISABLED"


def test_the_default_security_group_allows_no_traffic(tiers: Recorder) -> None:
    (group,) = tiers.of_type("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    assert (group.inputs["ingress"], group.inputs["egress"]) == ([], [])


def test_subnets_keep_their_address_blocks_when_a_zone_is_added() -> None:
    blocks = subnet_blocks("10.20.0.0/16")
    assert len(set(blocks)) == 16
    assert blocks[:2] == ["10.20.0.0/20", "10.20.16.0/20"]
