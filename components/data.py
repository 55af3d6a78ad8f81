"""The data tier: where records come in, where results and rejects go, and the table that finds them."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.bucket import StrongBucket, StrongBucketArgs
from components.tags import classified

_OLD_CODE_DAYS = 90
"""A function may be rolled back to code of the last three months."""
_OLD_RAW_DAYS = 1
"""A raw file that was overwritten has been processed as a version of its own: its copy goes on the next day."""


@dataclass(frozen=True, kw_only=True)
class DataArgs:
    """What the data tier needs to know.

    Attributes
    ----------
    records_key_arn, logs_key_arn
        Keys of the records and of internal data, which the function's code is.
    raw_retention_days
        Days that input and quarantine are kept: card numbers stay no longer than they are needed (PCI DSS 3.2.1).
    protection
        Whether the engine and the table itself refuse deletion.
    """

    records_key_arn: Input[str]
    logs_key_arn: Input[str]
    raw_retention_days: int
    protection: bool


class Data(pulumi.ComponentResource):
    """Buckets for input, output, quarantine and code, and the table of transaction metadata.

    Attributes
    ----------
    input, output, quarantine, artifacts
        The buckets.
    table_name, table_arn
        The table, an index of what stands in the output bucket.
    """

    input: StrongBucket
    output: StrongBucket
    quarantine: StrongBucket
    artifacts: StrongBucket
    table_name: Output[str]
    table_arn: Output[str]

    def __init__(self, name: str, args: DataArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("strongroom:data:Data", name, {}, opts)
        raw = StrongBucketArgs(
            key_arn=args.records_key_arn,
            expire_days=args.raw_retention_days,
            old_version_days=_OLD_RAW_DAYS,
            evidence=False,
            protection=args.protection,
        )
        kept = StrongBucketArgs(
            key_arn=args.records_key_arn,
            expire_days=None,
            old_version_days=None,
            evidence=True,
            protection=args.protection,
        )
        code = StrongBucketArgs(
            key_arn=args.logs_key_arn,
            expire_days=None,
            old_version_days=_OLD_CODE_DAYS,
            evidence=False,
            protection=args.protection,
        )
        child = ResourceOptions(parent=self)
        self.input = StrongBucket(f"{name}-input", raw, child)
        self.output = StrongBucket(f"{name}-output", kept, child)
        self.quarantine = StrongBucket(f"{name}-quarantine", raw, child)
        self.artifacts = StrongBucket(f"{name}-artifacts", code, ResourceOptions.merge(child, classified("internal")))
        table = aws.dynamodb.Table(
            f"{name}-transactions",
            billing_mode="PAY_PER_REQUEST",
            hash_key="pk",
            range_key="sk",
            attributes=[{"name": key, "type": "S"} for key in ("pk", "sk", "manifest_status", "started_at")],
            # Only manifests have a status, so the index holds few items and no partition of it runs hot.
            global_secondary_indexes=[
                {
                    "name": "by_status",
                    "hash_key": "manifest_status",
                    "range_key": "started_at",
                    "projection_type": "ALL",
                }
            ],
            server_side_encryption={"enabled": True, "kms_key_arn": args.records_key_arn},
            point_in_time_recovery={"enabled": True},
            deletion_protection_enabled=args.protection,
            opts=ResourceOptions(parent=self, protect=args.protection),
        )
        self.table_name = table.name
        self.table_arn = table.arn
        self.register_outputs({"table_name": self.table_name, "table_arn": self.table_arn})
