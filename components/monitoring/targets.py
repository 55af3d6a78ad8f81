"""What monitoring watches of the other tiers: names that they have, and those that a later one will have."""

from pulumi import Input

from components.audit.tier import Audit
from components.context import AwsContext
from components.data.tier import Data
from components.keys.tier import Keys
from components.network.tier import Network
from components.principals import Principals
from components.processing.tier import Processing
from components.settings import Settings
from components.shared.alarms.targets import (
    FunctionTargets,
    MonitoringTargets,
    NetworkTargets,
    ProcessingTargets,
    StorageTargets,
    TrailTargets,
)
from components.shared.function import Function, physical_name

ATTESTOR = "attestor"
"""The attestor attests the alarms, so it is made after them, and they know it by its name."""


def targets(
    context: AwsContext,
    principals: Principals,
    settings: Settings,
    keys: Keys,
    network: Network,
    data: Data,
    processing: Processing,
    audit: Audit,
) -> MonitoringTargets[Input[str]]:
    """Return what is watched of a stack."""
    attestor = physical_name(context, ATTESTOR)
    service_roles: list[Input[str]] = [
        network.service_role_arn,
        processing.reconciler.schedule.role_arn,
        context.role_arn(f"{ATTESTOR}-daily"),
    ]
    if audit.role_arn is not None:
        service_roles.append(audit.role_arn)
    return MonitoringTargets(
        context=context,
        processing=ProcessingTargets(
            processor=_function(processing.processor),
            timeout=settings.function_timeout,
            concurrency=settings.function_concurrency,
            queue=processing.queue.name,
            dead_letters=processing.queue.dead_letter_name,
        ),
        storage=StorageTargets(
            input=data.input.bucket_name,
            output=data.output.bucket_name,
            quarantine=data.quarantine.bucket_name,
            guarded=(data.artifacts.bucket_name, data.audit.bucket_name, data.access_logs.bucket_name),
            evidence=data.audit.bucket_name,
            table=data.table.table_name,
            index=data.table.index_name,
            request_metrics=settings.request_metrics,
        ),
        network=NetworkTargets(
            ids=(network.vpc_id, network.route_table_id, *network.subnet_ids, *network.security_group_ids.values()),
            endpoint_ids=tuple(network.endpoint_ids.values()),
            dns_log_group=network.log_group_names.get("dns"),
        ),
        key_arns=tuple(keys.arns.values()),
        log_groups=(network.log_group_names["flow"],),
        service_role_arns=tuple(service_roles),
        reconciler=_function(processing.reconciler.function),
        attestor=FunctionTargets(
            name=attestor, log_group=f"/aws/lambda/{attestor}", role_arn=context.role_arn(ATTESTOR)
        ),
        trail=TrailTargets(arn=audit.trail_arn, log_group=audit.log_group_name) if audit.log_group_name else None,
        principals=principals,
    )


def _function(function: Function) -> FunctionTargets[Input[str]]:
    return FunctionTargets(name=function.function_name, log_group=function.log_group_name, role_arn=function.role_arn)
