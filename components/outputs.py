"""The stack outputs: names and ids that clients and tests need, none of them secret."""

from pulumi import Output

from components.attestation.tier import Attestation
from components.audit.tier import Audit
from components.data.buckets import BUCKETS
from components.data.tier import Data
from components.keys.tier import Keys
from components.monitoring.tier import Monitoring
from components.network.tier import Network
from components.processing.tier import Processing

Value = Output[str] | list[Output[str]] | dict[str, Output[str]]


def outputs(
    keys: Keys,
    network: Network,
    data: Data,
    processing: Processing,
    audit: Audit,
    monitoring: Monitoring,
    attestation: Attestation,
) -> dict[str, Value]:
    """Return the stack's outputs by name."""
    log_groups = {
        **network.log_group_names,
        "processor": processing.processor.log_group_name,
        "reconciler": processing.reconciler.function.log_group_name,
        "redrive": processing.redrive.log_group_name,
        "attestor": attestation.function.log_group_name,
    }
    if audit.log_group_name is not None:
        log_groups["trail"] = audit.log_group_name
    return {
        "vpc_id": network.vpc_id,
        "private_subnet_ids": network.subnet_ids,
        "security_group_ids": network.security_group_ids,
        "vpc_endpoint_ids": network.endpoint_ids,
        "key_arns": keys.arns,
        **{row.output: data.buckets[bucket].bucket_name for bucket, row in BUCKETS.items()},
        "transactions_table": data.table.table_name,
        "work_queue_url": processing.queue.url,
        "dead_letter_queue_url": processing.queue.dead_letter_url,
        "processor_function": processing.processor.function_name,
        "redrive_function": processing.redrive.function_name,
        "attestor_function": attestation.function.function_name,
        "trail_arn": audit.trail_arn,
        "log_group_names": log_groups,
        "topic_arns": monitoring.topic_arns,
        "alarm_names": monitoring.alarm_names,
        "dashboard_name": monitoring.dashboard_name,
    }
