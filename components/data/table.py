"""The table of transaction metadata: an index of what stands in the output bucket, rebuildable from there."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.data.expected import ExpectedTable
from components.retention import kept
from components.shared.expected import ExpectedResource


@dataclass(frozen=True, kw_only=True)
class TransactionsTableArgs:
    """What the table needs to know.

    Attributes
    ----------
    key_arn
        The customer key of its items.
    protection
        Whether the engine and the table itself refuse deletion.
    """

    key_arn: Input[str]
    protection: bool


class TransactionsTable(pulumi.ComponentResource):
    """A table on demand, under a customer key, that can be restored to any second of the last 35 days.

    Attributes
    ----------
    table_name, arn
        The table.
    index_name
        The index of manifests by status.
    expected_state
        What is meant of it.
    """

    table_name: Output[str]
    arn: Output[str]
    index_name = "by_status"
    expected_state: list[ExpectedResource]

    def __init__(self, name: str, args: TransactionsTableArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("strongroom:data:TransactionsTable", name, {}, opts)
        table = aws.dynamodb.Table(
            name,
            billing_mode="PAY_PER_REQUEST",
            hash_key="pk",
            range_key="sk",
            attributes=[{"name": key, "type": "S"} for key in ("pk", "sk", "manifest_status", "started_at")],
            # Only manifests have a status, so the index holds few items and no partition of it runs hot.
            global_secondary_indexes=[
                {
                    "name": self.index_name,
                    "hash_key": "manifest_status",
                    "range_key": "started_at",
                    "projection_type": "ALL",
                }
            ],
            server_side_encryption={"enabled": True, "kms_key_arn": args.key_arn},
            point_in_time_recovery={"enabled": True},
            deletion_protection_enabled=args.protection,
            opts=kept(self, args.protection),
        )
        self.table_name = table.name
        self.arn = table.arn
        self.expected_state = [
            ExpectedTable(name=table.name, key_arn=args.key_arn, deletion_protection=args.protection)
        ]
        self.register_outputs({"table_name": self.table_name, "arn": self.arn})
