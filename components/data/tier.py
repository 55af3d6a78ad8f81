"""The data tier: the buckets and the table of transaction metadata."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pulumi import Input, ResourceOptions

from components.base import Component
from components.context import AwsContext
from components.data.bucket import Bucket, BucketArgs
from components.data.buckets import BUCKETS, MALWARE_SCAN, BucketRow, access, service_roles
from components.data.policies import TableAccess
from components.data.table import TransactionsTable, TransactionsTableArgs
from components.principals import Principals
from components.retention import Retention
from components.shared.statements import Statement
from components.tags import classified


@dataclass(frozen=True, kw_only=True)
class DataArgs:
    """Inputs of the data tier.

    Attributes
    ----------
    context
        Account and region.
    principals
        People and pipelines that may access the records.
    key_arns
        Customer keys by class of data: `records`, `logs`, `audit`.
    retention
        How long raw data, results, evidence and access logs are kept.
    trail_arn
        Trail that delivers to the audit bucket; None if the stack uses an existing trail.
    endpoint_id
        VPC endpoint through which objects are reached; None leaves the perimeter open.
    malware_scan
        Whether uploads are scanned for malware.
    replication_role_arn
        Role that copies the replicated buckets to another region; None for no second copy.
    """

    context: AwsContext
    principals: Principals
    key_arns: Mapping[str, Input[str]]
    retention: Retention
    trail_arn: str | None
    endpoint_id: Input[str] | None
    malware_scan: bool
    replication_role_arn: str | None = None


class Data(Component[DataArgs]):
    """The buckets of the table in `components/data/buckets.py`, and the table of transaction metadata.

    Attributes
    ----------
    buckets
        Buckets by name: `input`, `output`, `quarantine`, `artifacts`, `audit`, `access-logs`.
    replicated
        Names of the buckets that have a second copy.
    table
        The table, an index of what is in the output bucket.
    """

    buckets: dict[str, Bucket]
    replicated: list[str]
    table: TransactionsTable

    def create(self, name: str, args: DataArgs) -> None:
        """Create the buckets and the table."""
        self.buckets = {}
        self.replicated = [bucket for bucket, row in BUCKETS.items() if row.replicated and args.replication_role_arn]
        # Buckets that log no access come first: the others log to one of them.
        for bucket, row in sorted(BUCKETS.items(), key=lambda item: item[1].access_logged):
            options = ResourceOptions.merge(self.child, classified(row.classification))
            self.buckets[bucket] = Bucket(f"{name}-{bucket}", self._bucket_args(args, row), options)
        self.table = TransactionsTable(
            f"{name}-transactions",
            TransactionsTableArgs(
                table_name=args.context.transactions_table,
                key_arn=args.key_arns["records"],
                access=_table_access(args),
                protection=args.retention.protection,
            ),
            self.child,
        )

    def _bucket_args(self, args: DataArgs, row: BucketRow) -> BucketArgs:
        retention, delivery = args.retention, row.delivery
        # S3 copies objects in the name of a role, which needs the same exemptions as the role of another service.
        copiers = (args.replication_role_arn,) if row.replicated and args.replication_role_arn else ()
        principals = replace(args.principals, services=(*args.principals.services, *copiers))

        def deliveries(bucket_arn: str) -> list[Statement]:
            return delivery(bucket_arn, args.trail_arn, args.context) if delivery else []

        return BucketArgs(
            key_arn=args.key_arns[row.key] if row.key else None,
            lifespan=row.lifespan(retention),
            lock=retention.lock if row.locked else None,
            access=access(
                row,
                principals,
                service_roles(args.context),
                protection=retention.protection,
                scanner=args.context.role_arn(MALWARE_SCAN) if args.malware_scan else None,
            ),
            log_bucket=self.buckets["access-logs"].bucket_name if row.access_logged else None,
            endpoint_id=args.endpoint_id,
            protection=retention.protection,
            deliveries=deliveries,
        )


def _table_access(args: DataArgs) -> TableAccess:
    principals, functions = args.principals, map(args.context.role_arn, ("processor", "reconciler"))
    return TableAccess(
        users=(*functions, *principals.break_glass),
        copiers=(*principals.break_glass, *principals.services),
        deletion_principals=principals.break_glass if args.retention.protection else None,
        guardrail_admins=principals.guardrail_admins,
    )
