"""The firewall of the network's name resolution, which is a way out even where no route is."""

import pulumi
import pulumi_aws as aws
from pulumi import Output, ResourceOptions

from components.network.flow_logs import NetworkLogArgs
from components.retention import kept
from components.shared.expected import ExpectedLogGroup, ExpectedResource

_SERVICES = ("s3", "dynamodb", "ddb", "kms")
"""DynamoDB also answers by a name of each account, as newer SDKs ask for it."""
_ALLOW, _BLOCK = 100, 200
_PRIORITY = 101
"""The lowest number that AWS leaves to its users."""


class DnsFirewall(pulumi.ComponentResource):
    """Names of our endpoints are answered, all others are not, and every question is logged.

    Attributes
    ----------
    log_group_name
        Where the questions go.
    expected_state
        What is meant of that log group.
    """

    log_group_name: Output[str]
    expected_state: list[ExpectedResource]

    def __init__(self, name: str, args: NetworkLogArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("strongroom:network:DnsFirewall", name, {}, opts)
        self._name = name
        self._child = ResourceOptions(parent=self)
        self._group = aws.route53.ResolverFirewallRuleGroup(name, opts=self._child)
        # A bucket's name leads by an alias to a name of S3's own: of an allowed name the chain is trusted.
        self._rule("allow", "ALLOW", endpoint_names(args.context.region), _ALLOW, "TRUST_REDIRECTION_DOMAIN")
        self._rule("block", "BLOCK", ["*"], _BLOCK, "INSPECT_REDIRECTION_DOMAIN")
        aws.route53.ResolverFirewallRuleGroupAssociation(
            name,
            firewall_rule_group_id=self._group.id,
            vpc_id=args.vpc_id,
            priority=_PRIORITY,
            mutation_protection="ENABLED" if args.retention.protection else "DISABLED",
            opts=self._child,
        )
        aws.route53.ResolverFirewallConfig(
            name, resource_id=args.vpc_id, firewall_fail_open="DISABLED", opts=self._child
        )
        logs = aws.cloudwatch.LogGroup(
            name,
            name=f"/aws/route53/{args.context.name('dns')}",
            retention_in_days=args.retention.log_days,
            kms_key_id=args.key_arn,
            opts=kept(self, args.retention.protection),
        )
        queries = aws.route53.ResolverQueryLogConfig(name, destination_arn=logs.arn, opts=self._child)
        aws.route53.ResolverQueryLogConfigAssociation(
            name, resolver_query_log_config_id=queries.id, resource_id=args.vpc_id, opts=self._child
        )
        self.log_group_name = logs.name
        self.expected_state = [
            ExpectedLogGroup(name=logs.name, key_arn=args.key_arn, retention_days=args.retention.log_days)
        ]
        self.register_outputs({"log_group_name": self.log_group_name})

    def _rule(self, use: str, action: str, names: list[str], priority: int, redirection: str) -> None:
        domains = aws.route53.ResolverFirewallDomainList(f"{self._name}-{use}", domains=names, opts=self._child)
        aws.route53.ResolverFirewallRule(
            f"{self._name}-{use}",
            name=use,
            firewall_rule_group_id=self._group.id,
            firewall_domain_list_id=domains.id,
            priority=priority,
            action=action,
            block_response="NODATA" if action == "BLOCK" else None,
            firewall_domain_redirection_action=redirection,
            opts=self._child,
        )


def endpoint_names(region: str) -> list[str]:
    """Return the names that the function asks for: the services of our endpoints, in this region."""
    hosts = [f"{service}.{region}.amazonaws.com" for service in _SERVICES]
    return sorted([*hosts, *(f"*.{host}" for host in hosts)])
