"""The monitoring targets of a stack: what the other tiers created, and the names that the attestor will have."""

from pulumi import Input

from components.audit.tier import Audit
from components.context import AwsContext
from components.data.tier import Data
from components.keys.tier import Keys
from components.network.dns_firewall import DnsFirewall
from components.network.tier import Network
from components.principals import Principals
from components.processing.tier import Processing
from components.replication.tier import Replication
from components.shared.alarms.targets import (
    DnsFirewallTargets,
    FunctionTargets,
    MalwareScanTargets,
    MonitoringTargets,
    NetworkTargets,
    ProcessingTargets,
    StorageTargets,
    TrailTargets,
)
from components.shared.function import Function, function_log_group

ATTESTOR = "attestor"
"""The attestor is created after the alarms, which it attests; they know it by its name."""


def monitoring_targets(
    context: AwsContext,
    principals: Principals,
    keys: Keys,
    network: Network,
    data: Data,
    processing: Processing,
    audit: Audit,
    replication: Replication | None,
    *,
    request_metrics: bool,
) -> MonitoringTargets[Input[str]]:
    """Return the monitoring targets of a stack."""
    replica = replication.replica if replication else None
    attestor = context.name(ATTESTOR)
    scan = processing.malware_scan
    return MonitoringTargets(
        context=context,
        processing=ProcessingTargets(
            processor=_function(processing.processor),
            timeout=processing.size.timeout,
            concurrency=processing.size.concurrency,
            queue=processing.queue.queue_name,
            dead_letter_queue=processing.queue.dead_letter_name,
        ),
        storage=StorageTargets(
            buckets={name: bucket.bucket_name for name, bucket in data.buckets.items()},
            table=data.table.table_name,
            index=data.table.index_name,
            replicas=replica.bucket_names if replica else None,
            are_replicas_own=replica is not None and not replica.is_foreign,
            request_metrics=request_metrics,
        ),
        network=NetworkTargets(
            vpc_id=network.vpc_id,
            route_table_id=network.route_table_id,
            subnet_ids=tuple(network.subnet_ids),
            security_group_ids=tuple(network.security_group_ids.values()),
            endpoint_ids=tuple(network.endpoint_ids.values()),
            dns_firewall=_dns_firewall(network.dns_firewall) if network.dns_firewall else None,
        ),
        key_arns=(*keys.arns.values(), *(replica.key_arns.values() if replica and not replica.is_foreign else ())),
        log_groups=(network.log_group_names["flow"],),
        reconciler=_function(processing.reconciler.function),
        redrive=_function(processing.redrive),
        attestor=FunctionTargets(
            name=attestor, log_group=function_log_group(attestor), role_arn=context.role_arn(ATTESTOR)
        ),
        malware_scan=MalwareScanTargets(plan_id=scan.plan_id, role_arn=scan.role_arn) if scan else None,
        trail=TrailTargets(arn=audit.trail_arn, log_group=audit.log_group_name) if audit.log_group_name else None,
        principals=principals,
    )


def _dns_firewall(firewall: DnsFirewall) -> DnsFirewallTargets[Input[str]]:
    return DnsFirewallTargets(
        log_group=firewall.log_group_name,
        rule_group_id=firewall.rule_group_id,
        association_id=firewall.association_id,
        domain_list_ids=tuple(firewall.domain_list_ids),
        query_log_id=firewall.query_log_id,
    )


def _function(function: Function) -> FunctionTargets[Input[str]]:
    return FunctionTargets(name=function.function_name, log_group=function.log_group_name, role_arn=function.role_arn)
