"""Controls of the DNS firewall of a VPC, which is read by the VPC's id."""

from typing import Any

from lambdas.attestor.controls.control import controls_of
from lambdas.attestor.reading import Reading

_BOUNDARY = ("PCI-DSS-4.0.1:1.3.2", "NIST-800-53r5:SC-7", "NIST-800-53r5:SC-7(10)")
_ALARMS = ("dns-firewall-changed-outside-deployment",)
_NO_RULE = "The pack has no rule about DNS."

control = controls_of("dns-firewall")


@control(
    "dns-firewall-rules",
    requirement="Queries for the expected names are allowed, and all others are blocked.",
    references=_BOUNDARY,
    no_rule=_NO_RULE,
    alarms=_ALARMS,
    actions=(
        "route53resolver:ListFirewallRuleGroupAssociations",
        "route53resolver:ListFirewallRules",
        "route53resolver:ListFirewallDomains",
    ),
)
def rules(aws: Reading, vpc: str) -> object:
    """Return the domains of each rule that applies to the VPC, by priority of the rule group, of the rule, and action."""
    associations = aws.call("route53resolver", "list_firewall_rule_group_associations", VpcId=vpc)
    return {
        f"{association['Priority']}.{rule['Priority']} {rule['Action']}": _domains(aws, rule)
        for association in associations["FirewallRuleGroupAssociations"]
        for rule in aws.call(
            "route53resolver", "list_firewall_rules", FirewallRuleGroupId=association["FirewallRuleGroupId"]
        )["FirewallRules"]
    }


def _domains(aws: Reading, rule: dict[str, Any]) -> object:
    if "FirewallDomainListId" not in rule:
        return "queries that DNS Firewall Advanced detects"
    listed = aws.call("route53resolver", "list_firewall_domains", FirewallDomainListId=rule["FirewallDomainListId"])
    return [domain.removesuffix(".") for domain in listed["Domains"]]


@control(
    "dns-firewall-fails-closed",
    requirement="No query is answered while the firewall cannot decide.",
    references=_BOUNDARY,
    no_rule=_NO_RULE,
    alarms=_ALARMS,
    actions=("route53resolver:GetFirewallConfig",),
    expected="DISABLED",
)
def fails_open(aws: Reading, vpc: str) -> object:
    """Return whether the firewall fails open."""
    return aws.call("route53resolver", "get_firewall_config", ResourceId=vpc)["FirewallConfig"]["FirewallFailOpen"]


@control(
    "dns-query-log",
    requirement="Every query is logged to the expected log group.",
    references=("PCI-DSS-4.0.1:10.2.1", "NIST-800-53r5:AU-12"),
    no_rule=_NO_RULE,
    alarms=_ALARMS,
    actions=(
        "route53resolver:ListResolverQueryLogConfigAssociations",
        "route53resolver:GetResolverQueryLogConfig",
    ),
)
def query_log(aws: Reading, vpc: str) -> object:
    """Return the destinations of the query log, and what is wrong with them."""
    associations = aws.call(
        "route53resolver",
        "list_resolver_query_log_config_associations",
        Filters=[{"Name": "ResourceId", "Values": [vpc]}],
    )["ResolverQueryLogConfigAssociations"]
    return [_destination(aws, association) for association in associations]


def _destination(aws: Reading, association: dict[str, Any]) -> str:
    config = aws.call(
        "route53resolver",
        "get_resolver_query_log_config",
        ResolverQueryLogConfigId=association["ResolverQueryLogConfigId"],
    )["ResolverQueryLogConfig"]
    destination: str = config["DestinationArn"].removesuffix(":*")
    return destination if association["Status"] == "ACTIVE" else f"{destination} ({association['Status']})"
