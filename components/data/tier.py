"""The data tier: where records come in, where results, rejects and evidence are kept, and the table that finds them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pulumi
from pulumi import Input, ResourceOptions

from components.context import AwsContext
from components.data.bucket import Bucket, BucketArgs
from components.data.lifecycle import Lifespan, evidence
from components.data.policies import Access, access_log_delivery, trail_delivery
from components.data.table import TransactionsTable, TransactionsTableArgs
from components.principals import Principals
from components.retention import Retention
from components.shared.expected import ExpectedResource
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
    context
        Where it is.
    principals
        Who may come near the records from outside.
    processor_role_arn, attestor_role_arn
        The roles that read input and write results, and that write evidence.
    key_arns
        Keys of the records, of internal data, which the functions' code is, and of evidence: `records`, `logs`, `audit`.
    retention
        How long raw data, results, evidence and access logs are kept.
    trail_arn
        The trail that delivers into the audit bucket; none where it has a bucket of its own.
    endpoint_id
        The VPC endpoint through which alone the function reaches objects; none leaves the perimeter open.
    """

    context: AwsContext
    principals: Principals
    processor_role_arn: str
    attestor_role_arn: str
    key_arns: Mapping[str, Input[str]]
    retention: Retention
    trail_arn: str | None
    endpoint_id: Input[str] | None


class Data(pulumi.ComponentResource):
    """Buckets for input, output, quarantine, code, evidence and access logs, and the table of transaction metadata.

    Attributes
    ----------
    input, output, quarantine, artifacts, audit, access_logs
        The buckets.
    table
        The table, an index of what stands in the output bucket.
    expected_state
        What is meant of them.
    """

    input: Bucket
    output: Bucket
    quarantine: Bucket
    artifacts: Bucket
    audit: Bucket
    access_logs: Bucket
    table: TransactionsTable
    expected_state: list[ExpectedResource]

    def __init__(self, name: str, args: DataArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("strongroom:data:Data", name, {}, opts)
        context, retention = args.context, args.retention
        access = accesses(args)
        restricted = ResourceOptions(parent=self)
        internal = ResourceOptions.merge(restricted, classified("internal"))
        self.access_logs = Bucket(
            f"{name}-access-logs",
            BucketArgs(
                key_arn=None,
                lifespan=Lifespan(days=retention.log_days, old_version_days=_OLD_RAW_DAYS),
                lock=None,
                access=access["access_logs"],
                log_bucket=None,
                endpoint_id=args.endpoint_id,
                protection=retention.protection,
                deliveries=lambda bucket_arn: access_log_delivery(bucket_arn, context),
            ),
            internal,
        )
        raw = BucketArgs(
            key_arn=args.key_arns["records"],
            lifespan=Lifespan(days=retention.raw_days, old_version_days=_OLD_RAW_DAYS),
            lock=None,
            access=access["input"],
            log_bucket=self.access_logs.bucket_name,
            endpoint_id=args.endpoint_id,
            protection=retention.protection,
        )
        locked = replace(raw, lifespan=evidence(retention.lock.years), lock=retention.lock, access=access["output"])
        trail = args.trail_arn
        self.input = Bucket(f"{name}-input", raw, restricted)
        self.output = Bucket(f"{name}-output", locked, restricted)
        self.quarantine = Bucket(f"{name}-quarantine", replace(raw, access=access["quarantine"]), restricted)
        self.artifacts = Bucket(
            f"{name}-artifacts",
            replace(
                raw,
                key_arn=args.key_arns["logs"],
                lifespan=Lifespan(days=None, old_version_days=_OLD_CODE_DAYS),
                access=access["artifacts"],
            ),
            internal,
        )
        self.audit = Bucket(
            f"{name}-audit",
            replace(
                locked,
                key_arn=args.key_arns["audit"],
                access=access["audit"],
                deliveries=(lambda bucket_arn: trail_delivery(bucket_arn, trail, context)) if trail else None,
            ),
            ResourceOptions.merge(restricted, classified("audit")),
        )
        self.table = TransactionsTable(
            f"{name}-transactions",
            TransactionsTableArgs(key_arn=args.key_arns["records"], protection=retention.protection),
            restricted,
        )
        parts = (self.access_logs, self.input, self.output, self.quarantine, self.artifacts, self.audit, self.table)
        self.expected_state = [expected for part in parts for expected in part.expected_state]
        self.register_outputs({})


def accesses(args: DataArgs) -> dict[str, Access]:
    """Return whom each bucket keeps out: one who brings input reads nothing, and one who reads brings none."""
    principals = args.principals
    deployers = (*principals.deploy, *principals.break_glass)
    everybody = Access(guardrail_admins=principals.guardrail_admins, outside=(*deployers, *principals.clients))
    deletion_principals = principals.break_glass if args.retention.protection else None
    processor, attestor = args.processor_role_arn, args.attestor_role_arn

    def only(group: tuple[str, ...], *others: str) -> tuple[str, ...]:
        """Return a group with those that always belong to it; where nobody is named, IAM alone decides."""
        return (*group, *others, *principals.break_glass) if group else ()

    return {
        # Nobody but the processor has to see a whole account number.
        "input": replace(
            everybody,
            writers=only(principals.uploaders),
            readers=(processor, *principals.break_glass),
            never_write=principals.readers,
        ),
        "output": replace(
            everybody,
            writers=(processor,),
            readers=only(principals.readers, *principals.auditors, processor),
            never_read=principals.uploaders,
            deletion_principals=deletion_principals,
        ),
        "quarantine": replace(
            everybody,
            writers=(processor,),
            readers=only(principals.quarantine_operators),
            never_read=principals.uploaders,
        ),
        "artifacts": replace(everybody, writers=principals.deploy, never_read=principals.clients),
        "audit": replace(
            everybody,
            writers=only(principals.deploy, attestor),
            readers=only(principals.auditors, *principals.deploy, attestor),
            never_read=principals.uploaders,
            deletion_principals=deletion_principals,
            outside=(*everybody.outside, attestor),
        ),
        "access_logs": replace(everybody, readers=only(principals.auditors), deletion_principals=deletion_principals),
    }
