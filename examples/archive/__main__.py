"""A private archive for another team: keys, a locked bucket and a log group, from Strongroom's components."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder that contains Strongroom's components/

import pulumi

from components.context import current_context
from components.data.bucket import Bucket, BucketArgs
from components.data.lifecycle import evidence_lifespan
from components.data.policies import Access
from components.keys.tier import Keys, KeysArgs
from components.principals import Principals
from components.retention import ObjectLock, Retention
from components.shared.log_group import LogGroup, LogGroupArgs
from components.tags import classified, tagging

protection = pulumi.Config().require_bool("protection")
tags = {"owner": "archive-team", "environment": pulumi.get_stack(), "cost-centre": "archive", "managed-by": "pulumi"}
pulumi.runtime.register_stack_transformation(tagging(tags))

context = current_context(prefix=f"{pulumi.get_project()}-{pulumi.get_stack()}")
retention = Retention(raw_days=90, log_days=3653, lock=ObjectLock(mode="GOVERNANCE", years=10), protection=protection)
keys_args = KeysArgs(
    context=context,
    principals=Principals(),
    trail_arn=None,
    rotation_days=365,
    deletion_days=30,
    retention=retention,
)
keys = Keys("keys", keys_args)
archive_args = BucketArgs(
    key_arn=keys.arns["records"],
    lifespan=evidence_lifespan(retention),
    lock=retention.lock,
    access=Access(),
    log_bucket=None,
    endpoint_id=None,
    protection=protection,
)
archive = Bucket("archive", archive_args, classified("restricted"))
logs_args = LogGroupArgs(log_group_name=context.name("imports"), key_arn=keys.arns["logs"], retention=retention)
logs = LogGroup("imports", logs_args, classified("internal"))

pulumi.export("archive_bucket", archive.bucket_name)
pulumi.export("log_group", logs.log_group_name)
