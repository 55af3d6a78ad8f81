from typing import Any

from policy.rules._helpers.resource_types import DATABASE, FUNCTION, VPC, VPC_ENDPOINT
from policy.rules.network import GROUP_RULES, GROUPS, LOAD_BALANCERS
from tests.policy.cases import FAIL, NONE, OPEN, PASS, UNKNOWN, allow, beside, case, declare, document, made, urn

ISOLATED, CLOSED, DESCRIBED = "network-is-isolated", "security-group-is-closed", "security-group-is-described"
IGW = "aws:ec2/internetGateway:InternetGateway"
NAT = "aws:ec2/natGateway:NatGateway"
ROUTE = "aws:ec2/route:Route"
TABLE = "aws:ec2/routeTable:RouteTable"
SUBNET = "aws:ec2/subnet:Subnet"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
SERVICE = "aws:ecs/service:Service"
GROUP, DEFAULT = GROUPS
OLD, INGRESS, EGRESS = GROUP_RULES
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
ENDPOINT_POLICY = "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy"
IT = declare(VPC, "it", {"cidrBlock": "10.0.0.0/16"})
ENDPOINT = declare(VPC_ENDPOINT, "it", {"vpcEndpointType": "Interface"})


def group(**sides: Any) -> Any:
    return declare(GROUP, "it", {"description": "Ledger", **sides})


def when(operator: str, key: str, value: str) -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


def endpoint(*statements: Any, kind: str | None = None) -> Any:
    return declare(VPC_ENDPOINT, "it", {"policy": document(*statements), "vpcEndpointType": kind})


ANY = allow("*", "*", Principal="*")
OURS = {"StringEquals": {"aws:ResourceAccount": "111122223333"}}

CASES = [
    case(ISOLATED, "an internet gateway", FAIL, declare(IGW)),
    case(ISOLATED, "its attachment", FAIL, declare("aws:ec2/internetGatewayAttachment:InternetGatewayAttachment")),
    case(
        ISOLATED,
        "a egress-only gateway",
        FAIL,
        declare("aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway"),
    ),
    case(ISOLATED, "a NAT gateway", FAIL, declare(NAT)),
    case(
        ISOLATED, "a NAT gateway between private networks", PASS, declare(NAT, inputs={"connectivityType": "private"})
    ),
    case(
        ISOLATED,
        "a route to a gateway outside the stack",
        FAIL,
        declare(ROUTE, inputs={"gatewayId": "igw-1", "destinationCidrBlock": "0.0.0.0/0"}),
    ),
    case(ISOLATED, "a route to an endpoint", PASS, declare(ROUTE, inputs={"vpcEndpointId": "vpce-1"})),
    case(ISOLATED, "a route to a private gateway", PASS, declare(ROUTE, inputs={"gatewayId": "vgw-1"})),
    case(
        ISOLATED,
        "a route to a gateway not created yet",
        FAIL,
        made(ROUTE, "it", {"gatewayId": UNKNOWN}, gatewayId=[urn(IGW, "x")]),
    ),
    case(ISOLATED, "a route to an unknown target", OPEN, declare(ROUTE, inputs={"gatewayId": UNKNOWN})),
    case(ISOLATED, "a table without routes", PASS, declare(TABLE)),
    case(
        ISOLATED,
        "a table with a route out",
        FAIL,
        declare(TABLE, inputs={"routes": [{"natGatewayId": "nat-1"}, UNKNOWN]}),
    ),
    case(
        "nothing-has-public-address", "a private subnet", PASS, declare(SUBNET, inputs={"mapPublicIpOnLaunch": False})
    ),
    case("nothing-has-public-address", "a subnet with defaults", PASS, declare(SUBNET)),
    case("nothing-has-public-address", "a public subnet", FAIL, declare(SUBNET, inputs={"mapPublicIpOnLaunch": True})),
    case(
        "nothing-has-public-address",
        "a subnet with addresses of the internet",
        FAIL,
        declare(SUBNET, inputs={"assignIpv6AddressOnCreation": "true", "mapPublicIpOnLaunch": UNKNOWN}),
    ),
    case("nothing-has-public-address", "an address", FAIL, declare("aws:ec2/eip:Eip")),
    case(
        "nothing-has-public-address", "a public database", FAIL, declare(DATABASE, inputs={"publiclyAccessible": True})
    ),
    case(
        "nothing-has-public-address",
        "a template",
        FAIL,
        declare(TEMPLATE, inputs={"networkInterfaces": [{}, {"associatePublicIpAddress": "true"}]}),
    ),
    case(
        "nothing-has-public-address",
        "a service",
        FAIL,
        declare(SERVICE, inputs={"networkConfiguration": {"assignPublicIp": True}}),
    ),
    case("nothing-has-public-address", "unknown", OPEN, declare(SUBNET, inputs={"mapPublicIpOnLaunch": UNKNOWN})),
    case(CLOSED, "no rules", PASS, group()),
    case(
        CLOSED,
        "rules returned by AWS that are resources of their own",
        PASS,
        declare(GROUP, outputs={"egress": [{"cidrBlocks": ["0.0.0.0/0"]}]}),
    ),
    case(
        CLOSED,
        "from the VPC",
        PASS,
        group(ingress=[{"cidrBlocks": ["10.0.0.0/8"]}], egress=[{"prefixListIds": ["pl-1"]}]),
    ),
    case(CLOSED, "from the internet", FAIL, group(ingress=[{"cidrBlocks": ["10.0.0.0/8", "0.0.0.0/0"]}])),
    case(CLOSED, "to the internet by IPv6", FAIL, group(egress=[{"ipv6CidrBlocks": ["::/0"]}])),
    case(CLOSED, "from one half of the internet", FAIL, group(ingress=[{"cidrBlocks": ["128.0.0.0/1"]}])),
    case(
        CLOSED,
        "an open rule beside unknown ones",
        FAIL,
        group(ingress=[UNKNOWN, {"cidrBlocks": [UNKNOWN]}, {"cidrBlocks": ["0.0.0.0/0"]}]),
    ),
    case(CLOSED, "unique local addresses", PASS, group(egress=[{"ipv6CidrBlocks": ["fc00::/7"]}])),
    case(
        CLOSED, "an older rule of its own", FAIL, declare(OLD, inputs={"type": "ingress", "cidrBlocks": ["0.0.0.0/0"]})
    ),
    case(
        CLOSED,
        "an older rule between groups",
        PASS,
        declare(OLD, inputs={"type": "ingress", "sourceSecurityGroupId": "sg-1"}),
    ),
    case(CLOSED, "a rule of its own, in", FAIL, declare(INGRESS, inputs={"cidrIpv4": "0.0.0.0/0"})),
    case(CLOSED, "a rule of its own, out", FAIL, declare(EGRESS, inputs={"cidrIpv6": "::/0"})),
    case(CLOSED, "a rule to a group", PASS, declare(EGRESS, inputs={"referencedSecurityGroupId": UNKNOWN})),
    case(
        CLOSED,
        "a default group that is open",
        FAIL,
        declare(DEFAULT, inputs={"egress": [{"cidrBlocks": ["0.0.0.0/0"]}]}),
    ),
    case(CLOSED, "a range unknown", OPEN, declare(INGRESS, inputs={"cidrIpv4": UNKNOWN})),
    case(DESCRIBED, "described", PASS, group(ingress=[{"description": "HTTPS"}])),
    case(DESCRIBED, "a rule without", FAIL, group(ingress=[{"description": "HTTPS"}, {"fromPort": 443}])),
    case(DESCRIBED, "by the deployment tool", FAIL, declare(GROUP, inputs={"description": "Managed by Pulumi"})),
    case(DESCRIBED, "a rule of its own", PASS, declare(INGRESS, inputs={"description": "HTTPS"})),
    case(DESCRIBED, "a rule of its own without", FAIL, declare(OLD, inputs={"type": "egress", "description": " "})),
    case(
        "default-security-group-is-closed",
        "closed",
        PASS,
        IT,
        beside(DEFAULT, IT, "vpcId", {"ingress": [], "egress": []}),
    ),
    case("default-security-group-is-closed", "left alone", FAIL, IT),
    case(
        "default-security-group-is-closed",
        "with rules",
        FAIL,
        IT,
        beside(DEFAULT, IT, "vpcId", {"ingress": [{"self": True}]}),
    ),
    case(
        "default-security-group-is-closed", "of another network", FAIL, IT, beside(DEFAULT, declare(VPC, "x"), "vpcId")
    ),
    case(
        "default-security-group-is-closed",
        "of an unknown network",
        OPEN,
        IT,
        declare(DEFAULT, "x", {"vpcId": UNKNOWN}),
    ),
    case("vpc-has-flow-logs", "all", PASS, IT, beside(FLOW_LOG, IT, "vpcId", {"trafficType": "ALL"})),
    case("vpc-has-flow-logs", "none", FAIL, IT),
    case("vpc-has-flow-logs", "the accepted ones", FAIL, IT, beside(FLOW_LOG, IT, "vpcId", {"trafficType": "ACCEPT"})),
    case(
        "vpc-has-flow-logs",
        "by the network's id",
        PASS,
        declare(VPC, outputs={"id": "vpc-1"}),
        declare(FLOW_LOG, "x", {"vpcId": "vpc-1", "trafficType": "REJECT"}),
    ),
    case("endpoint-has-own-policy", "none", FAIL, ENDPOINT),
    case("endpoint-has-own-policy", "AWS's own", FAIL, endpoint(ANY)),
    case(
        "endpoint-has-own-policy",
        "everything for everyone without an end",
        FAIL,
        endpoint(allow(None, None, Principal="*", NotAction="s3:DeleteBucket", NotResource="arn:aws:s3:::x")),
    ),
    case(
        "endpoint-has-own-policy",
        "this account's resources",
        PASS,
        endpoint(allow("*", "*", Principal="*", Condition=OURS)),
    ),
    case("endpoint-has-own-policy", "some actions", PASS, endpoint(allow("s3:GetObject", "*", Principal="*"))),
    case(
        "endpoint-has-own-policy",
        "beside it",
        PASS,
        ENDPOINT,
        beside(
            ENDPOINT_POLICY, ENDPOINT, "vpcEndpointId", {"policy": document(allow("s3:GetObject", "*", Principal="*"))}
        ),
    ),
    case(
        "endpoint-has-own-policy",
        "beside it, and open",
        FAIL,
        ENDPOINT,
        beside(ENDPOINT_POLICY, ENDPOINT, "vpcEndpointId", {"policy": document(ANY)}),
    ),
    case("endpoint-has-own-policy", "a kind without one", NONE, endpoint(kind="GatewayLoadBalancer")),
    case("endpoint-has-own-policy", "unknown", OPEN, declare(VPC_ENDPOINT, inputs={"policy": UNKNOWN})),
    case(
        "function-runs-in-vpc",
        "in subnets not created yet",
        PASS,
        declare(FUNCTION, inputs={"vpcConfig": {"subnetIds": [UNKNOWN], "securityGroupIds": UNKNOWN}}),
    ),
    case("function-runs-in-vpc", "outside", FAIL, declare(FUNCTION)),
    case(
        "function-runs-in-vpc",
        "in no subnets",
        FAIL,
        declare(FUNCTION, inputs={"vpcConfig": {"subnetIds": [], "securityGroupIds": ["sg-1"]}}),
    ),
    case(
        "function-runs-in-vpc",
        "without a group",
        FAIL,
        declare(FUNCTION, inputs={"vpcConfig": {"subnetIds": ["subnet-1"]}}),
    ),
    case("function-runs-in-vpc", "unknown", OPEN, declare(FUNCTION, inputs={"vpcConfig": UNKNOWN})),
    *(
        case("endpoint-has-own-policy", name, verdict, endpoint(allow(action, resource, Principal="*", **rest)))
        for name, verdict, action, resource, rest in (
            ("all of the service", FAIL, "s3:*", "*", {}),
            ("all of the service, by ARN", FAIL, "s3:*", "arn:aws:s3:::*", {}),
            ("all of the service, in one bucket", PASS, "s3:*", "arn:aws:s3:::ledger/*", {}),
            (
                "everything, for a condition that says nothing",
                FAIL,
                "*",
                "*",
                when("StringEquals", "aws:SourceVpc", "vpc-1"),
            ),
            (
                "everything, for this account",
                PASS,
                "*",
                "*",
                when("StringEquals", "aws:PrincipalAccount", "111122223333"),
            ),
            ("everything, in this organisation", PASS, "*", "*", when("StringEquals", "aws:ResourceOrgID", "o-1a2b3c")),
            (
                "everything, if it is this account",
                FAIL,
                "*",
                "*",
                when("StringEqualsIfExists", "aws:ResourceAccount", "1"),
            ),
            ("everything but this account", FAIL, "*", "*", when("StringNotEquals", "aws:ResourceAccount", "1")),
            ("everything, in any organisation", FAIL, "*", "*", when("StringLike", "aws:ResourceOrgID", "*")),
        )
    ),
    *(
        case(
            "nothing-has-public-address", f"a load balancer, {name}", verdict, declare(LOAD_BALANCERS[0], inputs=inputs)
        )
        for name, verdict, inputs in (
            ("as AWS makes it", FAIL, {}),
            ("to the internet", FAIL, {"internal": False}),
            ("inside", PASS, {"internal": True}),
            ("of a network", FAIL, {"loadBalancerType": "network"}),
            ("of gateways", PASS, {"loadBalancerType": "gateway"}),
            ("unknown", OPEN, {"internal": UNKNOWN}),
        )
    ),
    case(
        ISOLATED,
        "a route to a gateway not created yet",
        FAIL,
        made(TABLE, "it", {"routes": [{"gatewayId": UNKNOWN}]}, routes=[urn(IGW, "gate")]),
        declare(IGW, "gate"),
    ),
    case(
        CLOSED,
        "the internet beside an unknown range",
        FAIL,
        declare(EGRESS, inputs={"cidrIpv4": UNKNOWN, "cidrIpv6": "::/0"}),
    ),
    case(
        CLOSED,
        "the internet beside an unknown range, in one list",
        FAIL,
        group(ingress=[{"description": "x", "cidrBlocks": [UNKNOWN, "0.0.0.0/0"]}]),
    ),
    *(
        case(CLOSED, f"the range {text}", verdict, declare(EGRESS, inputs={key: text}))
        for key, text, verdict in (
            ("cidrIpv4", "8.0.0.0/7", FAIL),
            ("cidrIpv4", "8.0.0.0/8", PASS),
            ("cidrIpv4", "10.0.0.0/8", PASS),
            ("cidrIpv6", "2000::/15", FAIL),
            ("cidrIpv6", "2600::/16", PASS),
        )
    ),
]
