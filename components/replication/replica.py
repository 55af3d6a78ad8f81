"""The second copy: buckets and keys in another region, and in another account if the provider leads there."""

import json
from dataclasses import dataclass, replace

import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.base import Component
from components.context import AwsContext
from components.data.bucket import Bucket, BucketArgs
from components.data.buckets import BUCKETS, BucketRow, access, service_roles
from components.keys.expected import expected_key
from components.keys.policies import KeyAccess, replica_key_policy
from components.principals import Principals
from components.replication.policies import ROLE, encrypt_copies, reader_permissions, reader_trust, write_copies
from components.retention import Retention
from components.shared.documents import document_json
from components.shared.role import ServiceRole, ServiceRoleArgs
from components.shared.statements import Statement
from components.tags import classified
from lambdas.attestor.reading import Location

REPLICATED = {name: row for name, row in BUCKETS.items() if row.replicated}
"""The buckets that have a second copy."""
READER = "copies-attestor"
"""Name of the role, after the stack's prefix, that the attestor reads with in another account."""


@dataclass(frozen=True, kw_only=True)
class ReplicaArgs:
    """Inputs of a second copy.

    Attributes
    ----------
    source, context
        Account and region of the originals, and of the copies.
    principals
        People and pipelines of the copies' account, who may access the copies as they may access the originals.
    key_access
        Who may administer and delete the keys of the copies.
    rotation_days, deletion_days
        Days between rotations of these keys, and waiting period of their deletion.
    retention
        Lock and lifespan of the copies.
    endpoint_id
        VPC endpoint of the perimeter, which does not lead to another region: while it is given, only the principals that
        may be outside the network reach the copies.
    attestor
        Name, after the stack's prefix, of the attestor's role.
    boundary_arn
        Permissions boundary of roles in the copies' account; empty for none.
    """

    source: AwsContext
    context: AwsContext
    principals: Principals
    key_access: KeyAccess
    rotation_days: int
    deletion_days: int
    retention: Retention
    endpoint_id: Input[str] | None
    attestor: str
    boundary_arn: str


class Replica(Component[ReplicaArgs]):
    """A bucket with lock and key of its own for each bucket that the table of buckets calls replicated.

    Pass a provider of the other region, or of the other account, as `providers`.

    Attributes
    ----------
    bucket_names, bucket_arns
        Names and ARNs of the copies' buckets, by the name of the bucket that is copied.
    key_arns
        ARNs of their keys, likewise.
    region
        Region of the copies.
    is_foreign
        Whether they are in another account.
    """

    region: str
    is_foreign: bool
    bucket_names: dict[str, Output[str]]
    bucket_arns: dict[str, Output[str]]
    key_arns: dict[str, Output[str]]

    def create(self, name: str, args: ReplicaArgs) -> None:
        """Create keys, buckets, and in another account the role that the attestor reads them with."""
        self._args = args
        self.region = args.context.region
        self.is_foreign = args.context.account_id != args.source.account_id
        self.key_arns = {bucket: self._key(name, bucket, row) for bucket, row in REPLICATED.items()}
        logs = self._bucket(name, "access-logs", BUCKETS["access-logs"], log_bucket=None)
        copies = {bucket: self._bucket(name, bucket, row, logs.bucket_name) for bucket, row in REPLICATED.items()}
        buckets = {**copies, "access-logs": logs}
        self.bucket_names = {bucket: copy.bucket_name for bucket, copy in buckets.items()}
        self.bucket_arns = {bucket: copy.arn for bucket, copy in buckets.items()}
        reader = self._reader(name) if self.is_foreign else None
        location = Location(region=args.context.region, role_arn=reader)
        self.expected_state = [replace(resource, location=location) for resource in self.expected_state]

    def _key(self, name: str, bucket: str, row: BucketRow) -> Output[str]:
        args, protection = self._args, self._args.retention.protection
        copying = encrypt_copies(args.source) if self.is_foreign else []
        there = ResourceOptions.merge(self.protected_child(protection), classified(row.classification))
        key = aws.kms.Key(
            f"{name}-{bucket}",
            description=f"Strongroom: copy of {bucket}",
            enable_key_rotation=True,
            rotation_period_in_days=args.rotation_days,
            deletion_window_in_days=args.deletion_days,
            policy=json.dumps(replica_key_policy(args.context, args.key_access, copying)),
            opts=there,
        )
        aws.kms.Alias(
            f"{name}-{bucket}",
            name=f"alias/{args.context.name(f'{name}-{bucket}')}",
            target_key_id=key.key_id,
            opts=there,
        )
        self.expect(expected_key(arn=key.arn, rotation_days=args.rotation_days, policy=key.policy))
        return key.arn

    def _bucket(self, name: str, bucket: str, row: BucketRow, log_bucket: Input[str] | None) -> Bucket:
        args = self._args
        original = access(row, args.principals, service_roles(args.context), protection=args.retention.protection)
        role_arn = args.source.role_arn(ROLE)
        # Only S3 writes copies, whoever writes originals.
        only_replicas = replace(
            original,
            writers=(role_arn,),
            limited_writers=(),
            outside_network=(*original.outside_network, role_arn),
        )

        def deliveries(bucket_arn: str) -> list[Statement]:
            if row.replicated:
                return write_copies(bucket_arn, args.source) if self.is_foreign else []
            return row.delivery(bucket_arn, None, args.context) if row.delivery else []

        return Bucket(
            f"{name}-{bucket}",
            BucketArgs(
                key_arn=self.key_arns.get(bucket),
                lifespan=row.lifespan(args.retention),
                lock=args.retention.lock if row.locked else None,
                access=only_replicas if row.replicated else original,
                log_bucket=log_bucket,
                endpoint_id=args.endpoint_id,
                protection=args.retention.protection,
                deliveries=deliveries,
            ),
            ResourceOptions.merge(self.child, classified(row.classification)),
        )

    def _reader(self, name: str) -> str:
        args = self._args
        ServiceRole(
            f"{name}-attestor",
            ServiceRoleArgs(
                role_name=args.context.name(READER),
                trust=json.dumps(reader_trust(args.source, args.attestor)),
                permissions=document_json(
                    reader_permissions,
                    bucket_arns=list(self.bucket_arns.values()),
                    key_arns=list(self.key_arns.values()),
                    role_arn=args.context.role_arn(READER),
                ),
                boundary_arn=args.boundary_arn or None,
            ),
            ResourceOptions.merge(self.child, classified("internal")),
        )
        return args.context.role_arn(READER)
