"""Alarms of the network: what is refused on the way out, and who changes the ways."""

from components.shared.alarms.conditions import CALLED_DIRECTLY, any_of, equals, not_called_by, pattern
from components.shared.alarms.record import Alarm, Filter, Query, Step, Threshold
from components.shared.alarms.sources import DNS_FIREWALL, LATEST, TRAIL, in_trail, query_trail
from components.shared.alarms.targets import MonitoringTargets

_AREA = "network"


def _refused(targets: MonitoringTargets[str]) -> str:
    return pattern(
        equals("$.errorCode", "VpceAccessDenied"),
        equals("$.vpcEndpointId", *targets.network.endpoint_ids),
    )


def _changed(targets: MonitoringTargets[str]) -> str:
    return pattern(
        equals("$.eventSource", "ec2.amazonaws.com"),
        "$.readOnly IS FALSE",
        any_of(
            [
                # Whatever a call changes, it names the VPC or something in it, in a field of its own.
                f"$.requestParameters.*=%{'|'.join(targets.network.ids)}%",
                # Calls on endpoints name theirs a level deeper, so those of the whole account count; they are rare.
                equals("$.eventName", "*VpcEndpoint*"),
            ]
        ),
        CALLED_DIRECTLY,
        not_called_by(*targets.principals.deploy),
    )


ALARMS = (
    Alarm(
        name="endpoint-requests-denied",
        title="An endpoint refused a request",
        area=_AREA,
        source=in_trail(_refused),
        threshold=Threshold(
            value=0,
            unit="requests in 5 minutes",
            reason="the functions ask for nothing that the endpoints do not allow",
        ),
        severity="page",
        meaning="Something in the private network asked for a bucket, table or key that is not ours, or with credentials that "
        "are not ours: that is how records would be carried out.",
        investigation=query_trail(
            'errorCode = "VpceAccessDenied"', "eventSource", "vpcEndpointId", "userIdentity.accountId", "errorMessage"
        ),
        response=(
            Step(
                "Stop the processor (aws lambda put-function-concurrency with 0); files wait in the queue. Compare its code's "
                "checksum with the release, and find out what asked.",
                by="deployer",
            ),
        ),
        impact="",
        false_positives="A resource that was replaced while a function still had its old name, or a policy that forgot one.",
        panel="security",
        is_event=True,
        requires=(TRAIL,),
    ),
    Alarm(
        name="network-changed-outside-deployment",
        title="The network was changed by hand",
        area=_AREA,
        source=in_trail(_changed),
        period=60,
        threshold=Threshold(
            value=0, unit="attempts in a minute", reason="only the deploy principals change the network"
        ),
        severity="page",
        meaning="Somebody else changed the VPC or something in it: routes, gateways, security groups, network lists, flow "
        "logs, endpoints or their policies; or tried to.",
        investigation=query_trail(
            'eventSource = "ec2.amazonaws.com" and readOnly = 0',
            "requestParameters.vpcId",
            "requestParameters.groupId",
            "errorCode",
        ),
        response=(
            Step(
                "Deploy again to restore the settings; delete what the stack does not know, such as a gateway. Look whether "
                "anything left by it: the flow logs tell.",
                by="deployer",
            ),
        ),
        impact="",
        false_positives="Work under break-glass that was announced, or an endpoint in another network of the account.",
        panel="security",
        is_event=True,
        requires=(TRAIL,),
        outside_deployment=True,
    ),
    Alarm(
        name="dns-queries-blocked",
        title="A name was not to be asked for",
        area=_AREA,
        source=Filter(
            group=lambda targets: targets.network.dns_log_group,
            pattern=lambda _: pattern(equals("$.firewall_rule_action", "BLOCK")),
        ),
        threshold=Threshold(
            value=0, unit="questions in 5 minutes", reason="the functions ask for the endpoints' names only"
        ),
        severity="page",
        meaning="Something in the private network asked for a name other than our endpoints': questions are a way out too.",
        investigation=Query(
            group=lambda targets: targets.network.dns_log_group,
            group_title="the DNS firewall",
            text=f'fields @timestamp, query_name, query_type, srcaddr, srcids.instance\n| filter firewall_rule_action = "BLOCK"\n| {LATEST}',
        ),
        response=(
            Step(
                "A name with long random parts is data on its way out: stop the processor (aws lambda "
                "put-function-concurrency with 0) and compare its code's checksum with the release.",
                by="deployer",
            ),
        ),
        impact="",
        false_positives="A library that a release brought along asks for a name of its own, such as that of telemetry: switch it off.",
        panel="security",
        is_event=True,
        requires=(DNS_FIREWALL,),
    ),
)
