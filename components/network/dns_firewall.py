"""DNS firewall: without it, name resolution is a way out of a network that has no route out."""

import pulumi_aws as aws
from pulumi import Output

from components.base import Component
from components.network.expected import expected_dns_firewall
from components.network.flow_logs import NetworkLogArgs
from components.shared.log_group import LogGroup, LogGroupArgs

_SERVICES = ("s3", "dynamodb", "ddb", "kms")
"""Services with endpoints. Newer SDKs call DynamoDB by an account-based name under `ddb`."""
_ALLOW_PRIORITY, _BLOCK_PRIORITY = 100, 200
_ASSOCIATION_PRIORITY = 101
"""The lowest number that AWS leaves to its users."""


class DnsFirewall(Component[NetworkLogArgs]):
    """Resolves only the names of the network's endpoints, and logs every query.

    Attributes
    ----------
    log_group_name
        Log group of the queries.
    rule_group_id, association_id, domain_list_ids, query_log_id
        Ids of the rule group, its association with the network, the domain lists, and the query log's configuration.
    """

    log_group_name: Output[str]
    rule_group_id: Output[str]
    association_id: Output[str]
    domain_list_ids: list[Output[str]]
    query_log_id: Output[str]

    def create(self, name: str, args: NetworkLogArgs) -> None:
        """Create the firewall, its rules and its query log."""
        self._group = aws.route53.ResolverFirewallRuleGroup(name, opts=self.child)
        # A bucket's name is an alias of a name of S3's own, so the redirections of an allowed name are trusted.
        names = endpoint_names(args.context.region, args.context.dns_suffix)
        allowed = self._rule("allow", "ALLOW", names, _ALLOW_PRIORITY, "TRUST_REDIRECTION_DOMAIN")
        blocked = self._rule("block", "BLOCK", ["*"], _BLOCK_PRIORITY, "INSPECT_REDIRECTION_DOMAIN")
        association = aws.route53.ResolverFirewallRuleGroupAssociation(
            name,
            firewall_rule_group_id=self._group.id,
            vpc_id=args.vpc_id,
            priority=_ASSOCIATION_PRIORITY,
            mutation_protection="ENABLED" if args.retention.protection else "DISABLED",
            opts=self.child,
        )
        aws.route53.ResolverFirewallConfig(
            name, resource_id=args.vpc_id, firewall_fail_open="DISABLED", opts=self.child
        )
        logs = LogGroup(
            name,
            LogGroupArgs(
                log_group_name=f"/aws/route53/{args.context.name('dns')}",
                key_arn=args.key_arn,
                retention=args.retention,
            ),
            self.child,
        )
        queries = aws.route53.ResolverQueryLogConfig(name, destination_arn=logs.arn, opts=self.child)
        aws.route53.ResolverQueryLogConfigAssociation(
            name, resolver_query_log_config_id=queries.id, resource_id=args.vpc_id, opts=self.child
        )
        self.expect(
            expected_dns_firewall(
                vpc_id=args.vpc_id,
                rules={
                    f"{_ASSOCIATION_PRIORITY}.{_ALLOW_PRIORITY} ALLOW": names,
                    f"{_ASSOCIATION_PRIORITY}.{_BLOCK_PRIORITY} BLOCK": ["*"],
                },
                log_group_arn=logs.arn,
            )
        )
        self.log_group_name = logs.log_group_name
        self.rule_group_id = self._group.id
        self.association_id = association.id
        self.domain_list_ids = [allowed, blocked]
        self.query_log_id = queries.id

    def _rule(self, name: str, action: str, domains: list[str], priority: int, redirection: str) -> Output[str]:
        """Create a rule about a list of domains, and return the list's id."""
        domain_list = aws.route53.ResolverFirewallDomainList(f"{self._name}-{name}", domains=domains, opts=self.child)
        aws.route53.ResolverFirewallRule(
            f"{self._name}-{name}",
            name=name,
            firewall_rule_group_id=self._group.id,
            firewall_domain_list_id=domain_list.id,
            priority=priority,
            action=action,
            block_response="NODATA" if action == "BLOCK" else None,
            firewall_domain_redirection_action=redirection,
            opts=self.child,
        )
        return domain_list.id


def endpoint_names(region: str, dns_suffix: str) -> list[str]:
    """Return the DNS names of the services that the network has endpoints for, in one region.

    X-Ray needs none: the function's code sends traces to a daemon of Lambda's own at a link-local address
    (https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html), and Lambda polls SQS outside the network.
    """
    hosts = [f"{service}.{region}.{dns_suffix}" for service in _SERVICES]
    return sorted([*hosts, *(f"*.{host}" for host in hosts)])
