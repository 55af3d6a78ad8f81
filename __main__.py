"""Strongroom: secure processing of sensitive financial records on AWS."""

from typing import Any

import pulumi

from components.attestation.tier import Attestation, AttestationArgs
from components.audit.tier import Audit, AuditArgs
from components.base import Component
from components.constraints import first_zones
from components.context import available_zone_ids, caller_arn, current_context
from components.data.tier import Data, DataArgs
from components.emulation import NOT_ATTESTED
from components.keys.tier import Keys, KeysArgs, key_access
from components.monitoring.targets import ATTESTOR, monitoring_targets
from components.monitoring.tier import Monitoring, MonitoringArgs
from components.network.tier import Network, NetworkArgs
from components.outputs import outputs
from components.processing.tier import Processing, ProcessingArgs
from components.provider import provider_at
from components.replication.policies import ROLE
from components.replication.replica import Replica, ReplicaArgs
from components.replication.tier import Replication, ReplicationArgs
from components.settings import read
from components.tags import classified

settings = read(pulumi.Config())
context = current_context(prefix=f"{pulumi.get_project()}-{pulumi.get_stack()}")
for transformation in settings.transformations(context, pulumi.get_project(), pulumi.get_stack()):
    pulumi.runtime.register_stack_transformation(transformation)
principals = settings.principals(context)
if not pulumi.runtime.is_dry_run():  # a preview may run under a role that only reads
    settings.check_deployer(principals, caller_arn())
settings.warn_of_open_doors(principals)

keys_args = KeysArgs(
    context=context,
    principals=principals,
    trail_arn=settings.own_trail(context),
    rotation_days=settings.key_rotation_days,
    deletion_days=settings.key_deletion_days,
    retention=settings.retention,
)
keys = Keys("keys", keys_args)
network_args = NetworkArgs(
    context=context,
    cidr=settings.cidr,
    zone_ids=first_zones(available_zone_ids(), settings.zones),
    prefix_list_rules=settings.prefix_list_rules,
    dns_firewall=settings.dns_firewall,
    logs_key_arn=keys.arns["logs"],
    retention=settings.retention,
)
network = Network("network", network_args, classified("internal"))
data_args = DataArgs(
    context=context,
    principals=principals,
    key_arns=keys.arns,
    retention=settings.retention,
    trail_arn=settings.own_trail(context),
    endpoint_id=network.endpoint_ids["s3"] if settings.perimeter == "enforced" else None,
    malware_scan=settings.malware_scan == "guardduty",
    replication_role_arn=context.role_arn(ROLE) if settings.replica_region else None,
)
data = Data("data", data_args, classified("restricted"))
replica, replication, copies = None, None, settings.replica(context)
if copies is not None:
    copies_principals = settings.principals(copies)
    if settings.replica_role_arn:
        settings.check_deployer(copies_principals, settings.replica_role_arn)
    replica_args = ReplicaArgs(
        source=context,
        context=copies,
        principals=copies_principals,
        key_access=key_access(copies_principals, settings.retention, settings.key_deletion_days),
        rotation_days=settings.key_rotation_days,
        deletion_days=settings.key_deletion_days,
        retention=settings.retention,
        endpoint_id=data_args.endpoint_id,
        attestor=ATTESTOR,
        boundary_arn=copies.iam_arn(settings.permissions_boundary) if settings.permissions_boundary else "",
    )
    there = provider_at("replica", copies, settings.replica_role_arn)
    replica = Replica("replica", replica_args, pulumi.ResourceOptions(providers=[there]))
    replication_args = ReplicationArgs(
        context=context, principals=principals, data=data, key_arns=keys.arns, replica=replica
    )
    replication = Replication("replication", replication_args, classified("restricted"))
processing_args = ProcessingArgs(
    context=context,
    principals=principals,
    data=data,
    network=network,
    key_arns=keys.arns,
    retention=settings.retention,
    size=settings.function_size,
    account_last4=settings.account_last4,
    malware_scan=settings.malware_scan == "guardduty",
)
processing = Processing("processing", processing_args, classified("restricted"))
audit_args = AuditArgs(
    context=context,
    existing=settings.existing_trail,
    data=data,
    key_arn=keys.arns["audit"],
    retention=settings.retention,
    copies=replica.bucket_arns if replica and not replica.is_foreign else {},
    endpoint_ids=network.endpoint_ids if settings.trail_endpoint_ids else {},
    insights=settings.trail_insights,
)
audit = Audit("audit", audit_args, classified("audit"))
targets = monitoring_targets(
    context, principals, keys, network, data, processing, audit, replication, request_metrics=settings.request_metrics
)
monitoring_args = MonitoringArgs(
    targets=targets,
    key_arn=keys.arns["logs"],
    subscriptions={"page": settings.page_subscriptions, "ticket": settings.ticket_subscriptions},
    thresholds=settings.alarm_thresholds,
    saved_queries=settings.saved_queries,
)
monitoring = Monitoring("monitoring", monitoring_args, classified("internal"))
tiers: list[Component[Any]] = [keys, network, data, processing, audit, monitoring]
if replica is not None and replication is not None:
    tiers += [replica, replication]
attestation_args = AttestationArgs(
    context=context,
    expected_state=[resource for tier in tiers for resource in tier.expected_state],
    not_attested=() if settings.full_read_back else NOT_ATTESTED,
    audit_bucket=data.buckets["audit"].bucket_name,
    audit_bucket_arn=data.buckets["audit"].arn,
    audit_key_arn=keys.arns["audit"],
    artifact_bucket=data.buckets["artifacts"].bucket_name,
    key_arn=keys.arns["logs"],
    architecture=settings.function_architecture,
    retention=settings.retention,
)
attestation = Attestation("attestor", attestation_args, classified("internal", depends_on=tiers))
for name, value in outputs(keys, network, data, processing, audit, monitoring, attestation).items():
    pulumi.export(name, value)
