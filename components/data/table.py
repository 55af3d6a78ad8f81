"""The table of transaction metadata: an index of what is in the output bucket, which can be rebuilt from there."""

from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import Input, Output

from components.base import Component
from components.data.expected import expected_table


@dataclass(frozen=True, kw_only=True)
class TransactionsTableArgs:
    """Inputs of the table.

    Attributes
    ----------
    key_arn
        Customer key of the items.
    protection
        Whether the engine and the table itself refuse deletion.
    """

    key_arn: Input[str]
    protection: bool


class TransactionsTable(Component[TransactionsTableArgs]):
    """An on-demand table under a customer key that can be restored to any second of the last 35 days.

    Attributes
    ----------
    table_name, arn
        Name and ARN in AWS.
    index_name
        Index of manifests by status.
    """

    table_name: Output[str]
    arn: Output[str]
    index_name: str = "by_status"

    def create(self, name: str, args: TransactionsTableArgs) -> None:
        """Create the table."""
        table = aws.dynamodb.Table(
            name,
            billing_mode="PAY_PER_REQUEST",
            hash_key="pk",
            range_key="sk",
            attributes=[{"name": key, "type": "S"} for key in ("pk", "sk", "manifest_status", "started_at")],
            # Only manifests have a status, so the index holds few items and none of its partitions runs hot.
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
            opts=self.protected_child(args.protection),
        )
        self.table_name = table.name
        self.arn = table.arn
        self.expect(expected_table(name=table.name, key_arn=args.key_arn, deletion_protection=args.protection))
