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


def _changed(targets: MonitoringTargets[str]) -> Sequence[str]:
    return [
        equals("$.eventSource", "ec2.amazonaws.com"),
        "$.readOnly IS FALSE",
        any_of(
            [
                # Every change names the VPC, or something in it, in one of its parameters.
                f"$.requestParameters.*=%{'|'.join(targets.network.ids)}%",
                # Calls about endpoints name them one level deeper, so those of the whole account count; they are rare.
                equals("$.eventName", "*VpcEndpoint*"),
            ]
        ),
    ]


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
        investigation=query_trail(
            'eventSource = "ec2.amazonaws.com" and readOnly = 0',
            "requestParameters.vpcId",
            "requestParameters.groupId",
            "errorCode",
        ),
        response=(
            RESTORE,
            Step("Delete resources that the stack does not contain, such as a gateway.", by="deployer"),
            Step("Check in the flow logs whether anything left the network that way.", by="auditor"),
        ),
        false_positives=f"{ANNOUNCED_EMERGENCY} An endpoint in another network of the account.",
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
