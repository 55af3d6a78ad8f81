"""Strongroom: secure processing of sensitive financial records on AWS."""

from pathlib import Path

import pulumi

from components import settings as stack_settings
from components.audit import Audit, AuditArgs, trail_arn
from components.boundary import bounded
from components.data import Data, DataArgs
from components.emulation import not_compared
from components.keys import Keys, KeysArgs
from components.monitoring import Monitoring, MonitoringArgs
from components.network import Network, NetworkArgs
from components.outputs import outputs
from components.place import deployed_to, offered_zones
from components.processing import Processing, ProcessingArgs
from components.tags import classified, tagging

settings = stack_settings.read(pulumi.Config())
pulumi.runtime.register_stack_transformation(tagging(settings.tags(pulumi.get_project(), pulumi.get_stack())))
if settings.permissions_boundary:
    pulumi.runtime.register_stack_transformation(bounded(settings.permissions_boundary))
if not settings.full_read_back:
    pulumi.runtime.register_stack_transformation(not_compared)

place = deployed_to(prefix=f"{pulumi.get_project()}-{pulumi.get_stack()}")
principals = settings.principals(place)
retention = settings.retention
own_trail = None if settings.existing_trail else trail_arn(place)

keys_args = KeysArgs(
    place=place,
    principals=principals,
    trail_arn=own_trail,
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
    retention=retention,
)
network = Network("network", network_args, classified("internal"))
data_args = DataArgs(
    place=place,
    principals=principals,
    processor_role_arn=place.role_arn("processor"),
    attestor_role_arn=place.role_arn("attestor"),
    key_arns=keys.arns,
    retention=retention,
    trail_arn=own_trail,
    endpoint_id=network.endpoint_ids["s3"] if settings.perimeter == "enforced" else None,
)
data = Data("data", data_args, classified("restricted"))
processing_args = ProcessingArgs(
    place=place,
    data=data,
    network=network,
    key_arns=keys.arns,
    source=Path(__file__).parent,
    retention=retention,
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
    retention=retention,
    insights=settings.trail_insights,
)
audit = Audit("audit", audit_args, classified("audit"))
monitoring_args = MonitoringArgs(
    place=place,
    key_arn=keys.arns["logs"],
    subscriptions={"page": settings.page_subscriptions, "ticket": settings.ticket_subscriptions},
    dead_letter_name=processing.queue.dead_letter_name,
)
monitoring = Monitoring("monitoring", monitoring_args, classified("internal"))

for name, value in outputs(keys, network, data, processing, audit, monitoring).items():
    pulumi.export(name, value)
