"""Strongroom: secure processing of sensitive financial records on AWS."""

import pulumi

from components import settings as stack_settings
from components.attestation import Attestation, AttestationArgs
from components.audit import Audit, AuditArgs
from components.data import Data, DataArgs
from components.keys import Keys, KeysArgs
from components.monitoring import Monitoring, MonitoringArgs
from components.network import Network, NetworkArgs
from components.outputs import outputs
from components.place import deployed_to, offered_zones
from components.processing import Processing, ProcessingArgs
from components.tags import classified
from components.watching import watched

settings = stack_settings.read(pulumi.Config())
for transformation in settings.transformations(pulumi.get_project(), pulumi.get_stack()):
    pulumi.runtime.register_stack_transformation(transformation)
place = deployed_to(prefix=f"{pulumi.get_project()}-{pulumi.get_stack()}")
principals = settings.principals(place)

keys_args = KeysArgs(
    place=place,
    principals=principals,
    trail_arn=settings.own_trail(place),
    rotation_days=settings.key_rotation_days,
    deletion_days=settings.key_deletion_days,
    protection=settings.protection,
)
keys = Keys("keys", keys_args)
network_args = NetworkArgs(
    place=place,
    cidr=settings.cidr,
    zone_ids=stack_settings.first_zones(offered_zones(), settings.zones),
    prefix_list_rules=settings.prefix_list_rules,
    dns_firewall=settings.dns_firewall,
    logs_key_arn=keys.arns["logs"],
    retention=settings.retention,
)
network = Network("network", network_args, classified("internal"))
data_args = DataArgs(
    place=place,
    principals=principals,
    processor_role_arn=place.role_arn("processor"),
    attestor_role_arn=place.role_arn("attestor"),
    key_arns=keys.arns,
    retention=settings.retention,
    trail_arn=settings.own_trail(place),
    endpoint_id=network.endpoint_ids["s3"] if settings.perimeter == "enforced" else None,
)
data = Data("data", data_args, classified("restricted"))
processing_args = ProcessingArgs(
    place=place,
    data=data,
    network=network,
    key_arns=keys.arns,
    retention=settings.retention,
    size=settings.function_size,
    account_last4=settings.account_last4,
)
processing = Processing("processing", processing_args, classified("restricted"))
audit_args = AuditArgs(
    place=place,
    existing=settings.existing_trail,
    bucket=data.audit.bucket_name,
    key_arn=keys.arns["audit"],
    bucket_arns=[data.input.arn, data.output.arn, data.quarantine.arn],
    audit_bucket_arn=data.audit.arn,
    table_arn=data.table.arn,
    retention=settings.retention,
    insights=settings.trail_insights,
)
audit = Audit("audit", audit_args, classified("audit"))
monitoring_args = MonitoringArgs(
    watched=watched(place, principals, settings, keys, network, data, processing, audit),
    key_arn=keys.arns["logs"],
    subscriptions={"page": settings.page_subscriptions, "ticket": settings.ticket_subscriptions},
    thresholds=settings.alarm_thresholds,
    saved_queries=settings.saved_queries,
)
monitoring = Monitoring("monitoring", monitoring_args, classified("internal"))
tiers = (keys, network, data, processing, audit, monitoring)
attestation_args = AttestationArgs(
    place=place,
    intents=[intent for tier in tiers for intent in tier.intents],
    untold=() if settings.full_read_back else ("endpoint",),
    audit_bucket=data.audit.bucket_name,
    audit_bucket_arn=data.audit.arn,
    audit_key_arn=keys.arns["audit"],
    artifact_bucket=data.artifacts.bucket_name,
    key_arn=keys.arns["logs"],
    architecture=settings.function_architecture,
    retention=settings.retention,
)
attestation = Attestation("attestor", attestation_args, classified("internal", depends_on=tiers))
for name, value in outputs(keys, network, data, processing, audit, monitoring, attestation).items():
    pulumi.export(name, value)
