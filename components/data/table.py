"""The table of transaction metadata: an index of what is in the output bucket, which can be rebuilt from there."""

from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import Input, Output

from components.base import Component
from components.data.expected import expected_table
from components.data.policies import TableAccess, table_policy
from components.shared.documents import document_json


@dataclass(frozen=True, kw_only=True)
class TransactionsTableArgs:
    """Inputs of the table.

    Attributes
    ----------
    table_name
        Name in AWS.
    key_arn
        Customer key of the items.
    access
        Access restrictions that hold whatever IAM allows.
    protection
        Whether the engine and the table itself refuse deletion.
    """

    table_name: str
    key_arn: Input[str]
    access: TableAccess
    protection: bool


class TransactionsTable(Component[TransactionsTableArgs]):
    """An on-demand table under a customer key that can be restored to any second of the last 35 days.

    Attributes
    ----------
    table_name, arn
        Name and ARN in AWS. Both wait for the table's policy, so that nothing uses the table before its denies are in force.
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
            name=args.table_name,
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
        policy = aws.dynamodb.ResourcePolicy(
            name,
            resource_arn=table.arn,
            policy=document_json(
                lambda table_arn: table_policy(table_arn=table_arn, access=args.access), table_arn=table.arn
            ),
            opts=self.child,
        )
        self.table_name = policy.id.apply(lambda _: table.name)
        self.arn = policy.id.apply(lambda _: table.arn)
        self.expect(
            expected_table(
                name=table.name, key_arn=args.key_arn, policy=policy.policy, deletion_protection=args.protection
            )
        )
