"""Strongroom: secure processing of sensitive financial records on AWS."""

from pathlib import Path

import pulumi
import pulumi_aws as aws

from components import settings as stack_settings
from components.alarms.watched import (
    Watched,
    WatchedFunction,
    WatchedNetwork,
    WatchedProcessing,
    WatchedStorage,
)
from components.data import Data, DataArgs
from components.keys import Keys, KeysArgs
from components.monitoring import Monitoring, MonitoringArgs
from components.network import Network, NetworkArgs
from components.place import deployed_to
from components.principals import Principals
from components.processing import Processing, ProcessingArgs
from components.tags import classified, stack_tags, tagging

settings = stack_settings.read(pulumi.Config())
tags = stack_tags(
    environment=settings.environment,
    owner=settings.owner,
    cost_centre=settings.cost_centre,
    repository=settings.repository,
    project=pulumi.get_project(),
    stack=pulumi.get_stack(),
)
pulumi.runtime.register_stack_transformation(tagging(tags))

place = deployed_to(f"{pulumi.get_project()}-{pulumi.get_stack()}")
# Only zones that need no opt-in, by id: names mean different zones in different accounts.
zones = aws.get_availability_zones(
    state="available", filters=[{"name": "opt-in-status", "values": ["opt-in-not-required"]}]
).zone_ids

keys = Keys(
    "keys",
    KeysArgs(
        place=place,
        rotation_days=settings.key_rotation_days,
        deletion_days=settings.key_deletion_days,
        protection=settings.protection,
    ),
)
network = Network(
    "network",
    NetworkArgs(
        place=place,
        cidr=settings.cidr,
        zone_ids=stack_settings.first_zones(zones, settings.zones),
        prefix_list_rules=settings.prefix_list_rules,
        full_read_back=settings.full_read_back,
    ),
    classified("internal"),
)
data = Data(
    "data",
    DataArgs(
        records_key_arn=keys.arns["records"],
        logs_key_arn=keys.arns["logs"],
        raw_retention_days=settings.raw_retention_days,
        protection=settings.protection,
    ),
    classified("restricted"),
)
processing = Processing(
    "processing",
    ProcessingArgs(
        place=place,
        data=data,
        network=network,
        records_key_arn=keys.arns["records"],
        logs_key_arn=keys.arns["logs"],
        tokens_key_arn=keys.arns["tokens"],
        source=Path(__file__).parent,
        log_retention_days=settings.log_retention_days,
        memory=settings.function_memory,
        timeout=settings.function_timeout,
        concurrency=settings.function_concurrency,
        architecture=settings.function_architecture,
        account_last4=settings.account_last4,
        protection=settings.protection,
    ),
    classified("restricted"),
)
monitoring = Monitoring(
    "monitoring",
    MonitoringArgs(
        watched=Watched(
            place=place,
            processing=WatchedProcessing(
                processor=WatchedFunction(
                    name=processing.processor.function_name,
                    log_group=processing.processor.log_group_name,
                    role_arn=processing.processor.role_arn,
                ),
                timeout=settings.function_timeout,
                concurrency=settings.function_concurrency,
                queue=processing.queue.name,
                dead_letters=processing.queue.dead_letter_name,
            ),
            storage=WatchedStorage(
                input=data.input.bucket_name,
                output=data.output.bucket_name,
                quarantine=data.quarantine.bucket_name,
                guarded=(data.artifacts.bucket_name,),
                evidence=None,
                table=data.table_name,
                index="by_status",
                request_metrics=False,
            ),
            network=WatchedNetwork(
                ids=(network.vpc_id, *network.subnet_ids, *network.security_group_ids.values()),
                endpoint_ids=tuple(network.endpoint_ids.values()),
                dns_log_group=None,
            ),
            key_arns=tuple(keys.arns.values()),
            log_groups=(),
            service_role_arns=(),
            sweep=None,
            attestor=None,
            trail=None,
            principals=Principals(),
        ),
        key_arn=keys.arns["logs"],
        subscriptions={"page": settings.page_subscriptions, "ticket": settings.ticket_subscriptions},
        thresholds={},
        saved_queries=settings.full_read_back,
        full_read_back=settings.full_read_back,
    ),
    classified("internal"),
)

for name, value in {
    "vpc_id": network.vpc_id,
    "private_subnet_ids": network.subnet_ids,
    "security_group_ids": network.security_group_ids,
    "vpc_endpoint_ids": network.endpoint_ids,
    "key_arns": keys.arns,
    "input_bucket": data.input.bucket_name,
    "output_bucket": data.output.bucket_name,
    "quarantine_bucket": data.quarantine.bucket_name,
    "artifact_bucket": data.artifacts.bucket_name,
    "transactions_table": data.table_name,
    "work_queue_url": processing.queue.url,
    "dead_letter_queue_url": processing.queue.dead_letter_url,
    "processor_function": processing.processor.function_name,
    "log_group_names": {"processor": processing.processor.log_group_name},
    "topic_arns": monitoring.topic_arns,
    "alarm_names": monitoring.alarm_names,
    "dashboard_name": monitoring.dashboard_name,
}.items():
    pulumi.export(name, value)
