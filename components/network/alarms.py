"""Alarms of the network: what was denied on the way out, and who changed the network."""

from collections.abc import Sequence

from components.shared.alarms.changes import ANNOUNCED_EMERGENCY, changed_outside_deployment
from components.shared.alarms.conditions import any_of, equals, pattern
from components.shared.alarms.record import Alarm, Filter, Query, Step, Threshold
from components.shared.alarms.responses import COMPARE_CODE, RESTORE, STOP_PROCESSOR
from components.shared.alarms.sources import DNS_FIREWALL, LATEST, TRAIL, in_trail, query_trail
from components.shared.alarms.targets import MonitoringTargets

_AREA = "network"


def _denied(targets: MonitoringTargets[str]) -> str:
    return pattern(
        equals("$.errorCode", "VpceAccessDenied"),
        equals("$.vpcEndpointId", *targets.network.endpoint_ids),
    )


_EC2_CHANGE = (equals("$.eventSource", "ec2.amazonaws.com"), "$.readOnly IS FALSE")
"""Older operations of EC2 name the VPC, or something in it, in a parameter such as `subnetId`. Newer ones have a single
parameter, named after the request, with the members of the API: `CreateNatGatewayRequest.SubnetId`. A member that is a
list is written as an object with a `content`, or as an array of such objects. A pattern may have three wildcards in its
selectors and two regular expressions, so changes are counted by two filters."""


def _changed(targets: MonitoringTargets[str]) -> Sequence[str]:
    network = targets.network
    groups = "|".join(network.security_group_ids)
    return [
        *_EC2_CHANGE,
        any_of(
            [
                f"$.requestParameters.*=%{network.vpc_id}|{network.route_table_id}|{groups}%",
                f"$.requestParameters.ModifySecurityGroupRulesRequest.GroupId=%{groups}%",
                # These name what they change in lists, or not at all, so those of the whole account count; they are rare.
                equals("$.eventName", "*VpcEndpoint*", "*FlowLogs", "*TrafficMirror*"),
            ]
        ),
    ]


def _joined(targets: MonitoringTargets[str]) -> Sequence[str]:
    network = targets.network
    subnets = "|".join(network.subnet_ids)
    return [
        *_EC2_CHANGE,
        any_of(
            [
                f"$.requestParameters.*=%{subnets}%",
                f"$.requestParameters.*.SubnetId=%{subnets}%",
                equals("$.requestParameters.*.VpcId", network.vpc_id),
                # RunInstances can name the subnet in a list of network interfaces; its response always names the VPC.
                equals("$.responseElements.instancesSet.items[0].vpcId", network.vpc_id),
            ]
        ),
    ]


def _firewall_changed(targets: MonitoringTargets[str]) -> Sequence[str]:
    firewall = targets.network.dns_firewall
    if firewall is None:
        raise ValueError("the stack has no DNS firewall to monitor; alarms that require one must be omitted")
    return [
        equals("$.eventSource", "route53resolver.amazonaws.com"),
        "$.readOnly IS FALSE",
        any_of(
            [
                equals("$.requestParameters.firewallRuleGroupId", firewall.rule_group_id),
                equals("$.requestParameters.firewallRuleGroupAssociationId", firewall.association_id),
                equals("$.requestParameters.firewallDomainListId", *firewall.domain_list_ids),
                equals("$.requestParameters.resolverQueryLogConfigId", firewall.query_log_id),
                # What else is associated with the VPC, its firewall's configuration, and its resolver's.
                equals("$.requestParameters.vpcId", targets.network.vpc_id),
                equals("$.requestParameters.resourceId", targets.network.vpc_id),
            ]
        ),
    ]


_EC2_CHANGES = query_trail(
    'eventSource = "ec2.amazonaws.com" and readOnly = 0',
    "requestParameters.vpcId",
    "requestParameters.subnetId",
    "requestParameters.groupId",
    "errorCode",
)

ALARMS = (
    Alarm(
        name="endpoint-requests-denied",
        title="An endpoint denied a request",
        area=_AREA,
        source=in_trail(_denied),
        threshold=Threshold(
            value=0,
            unit="requests in 5 minutes",
            reason="the functions call nothing that the endpoint policies do not allow",
        ),
        severity="page",
        meaning="A request from the private network named a bucket, table or key of another owner, or used foreign credentials.",
        impact="This is how an intruder would copy records out of the network. The endpoint policy stopped this request.",
        investigation=query_trail(
            'errorCode = "VpceAccessDenied"', "eventSource", "vpcEndpointId", "userIdentity.accountId", "errorMessage"
        ),
        response=(STOP_PROCESSOR, COMPARE_CODE, Step("Find out which code sent the request.", by="auditor")),
        false_positives="A function that still has the name of a resource that was replaced, or an endpoint policy that lacks one.",
        panel="security",
        is_event=True,
        requires=(TRAIL,),
    ),
    changed_outside_deployment(
        name="network",
        title="The network was changed outside a deployment",
        area=_AREA,
        subject="the network",
        changes=_changed,
        through_cloudformation=False,  # AWS services manage network interfaces on behalf of their users
        meaning="Someone other than a deploy principal changed the VPC or something in it, or tried to: routes, gateways, security "
        "groups, flow logs, endpoints or their policies.",
        impact="Records could leave the network by a new way.",
        investigation=_EC2_CHANGES,
        response=(
            RESTORE,
            Step("Delete resources that the stack does not contain, such as a gateway.", by="deployer"),
            Step("Check in the flow logs whether anything left the network that way.", by="auditor"),
        ),
        false_positives=f"{ANNOUNCED_EMERGENCY} An endpoint, flow log or traffic mirror in another network of the account.",
    ),
    changed_outside_deployment(
        name="subnets",
        title="Something was placed in the network outside a deployment",
        area=_AREA,
        subject="what is in the subnets",
        changes=_joined,
        through_cloudformation=False,  # Lambda creates network interfaces on behalf of its users
        meaning="Someone other than a deploy principal placed something in the private network, or tried to: an instance, a network "
        "interface, a NAT gateway, an endpoint for logins, an attachment of another network. Or they changed a subnet.",
        impact="What is in the network can send requests through the endpoints, or open a way out.",
        investigation=_EC2_CHANGES,
        response=(
            Step("Delete what was placed in the network.", by="deployer"),
            RESTORE,
            Step("Check in the flow logs whom it talked to.", by="auditor"),
        ),
    ),
    changed_outside_deployment(
        name="dns-firewall",
        title="The DNS firewall was changed outside a deployment",
        area=_AREA,
        subject="the DNS firewall",
        changes=_firewall_changed,
        meaning="Someone other than a deploy principal changed the DNS firewall, its rules, its domain lists or its query log, or tried to.",
        impact="Records could leave the network in DNS queries, and the queries might not be logged.",
        investigation=query_trail(
            'eventSource = "route53resolver.amazonaws.com" and readOnly = 0',
            "requestParameters.firewallRuleGroupId",
            "requestParameters.firewallDomainListId",
            "errorCode",
        ),
        response=(
            RESTORE,
            Step("Look in the log of the DNS firewall for names that were resolved in between.", by="auditor"),
        ),
        requires=(DNS_FIREWALL,),
    ),
    Alarm(
        name="dns-queries-blocked",
        title="The DNS firewall blocked a query",
        area=_AREA,
        source=Filter(
            group=lambda targets: targets.network.dns_log_group,
            pattern=lambda _: pattern(equals("$.firewall_rule_action", "BLOCK")),
        ),
        threshold=Threshold(
            value=0, unit="queries in 5 minutes", reason="the functions resolve only the names of the endpoints"
        ),
        severity="page",
        meaning="Something in the private network tried to resolve a name other than the endpoints'.",
        impact="DNS queries can carry data out of a network without routes. The firewall blocked this query.",
        investigation=Query(
            group=lambda targets: targets.network.dns_log_group,
            group_title="the DNS firewall",
            text="fields @timestamp, query_name, query_type, srcaddr, srcids.instance\n"
            f'| filter firewall_rule_action = "BLOCK"\n| {LATEST}',
        ),
        response=(
            Step(
                "Read the name. Long random parts are data on their way out: continue with the next step.", by="auditor"
            ),
            STOP_PROCESSOR,
            COMPARE_CODE,
        ),
        false_positives="A library in a new release that resolves a name of its own, for telemetry for example: switch it off.",
        panel="security",
        is_event=True,
        requires=(DNS_FIREWALL,),
    ),
)
