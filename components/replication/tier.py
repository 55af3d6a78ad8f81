"""The replication tier: a second copy of results and evidence in another region, under its own keys and locks."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions, ResourceTransformationArgs, ResourceTransformationResult

from components.base import Component
from components.context import AwsContext
from components.data.bucket import Bucket, BucketArgs
from components.data.buckets import BUCKETS, BucketRow, access, service_roles
from components.data.tier import Data
from components.keys.expected import expected_key
from components.keys.policies import KeyAccess, replica_key_policy
from components.principals import Principals
from components.replication.alarms import RULE
from components.replication.expected import MINUTES, expected_replication
from components.replication.policies import ROLE, Copy, replication_permissions, replication_trust
from components.retention import Retention
from components.shared.role import ServiceRole, ServiceRoleArgs
from components.tags import Transformation, classified


@dataclass(frozen=True, kw_only=True)
class ReplicationArgs:
    """Inputs of the replication tier.

    Attributes
    ----------
    context
        Account and region of the buckets that are copied.
    region
        Region of the copies.
    principals
        People and pipelines that may access the copies, as they may access the originals.
    data
        Buckets that are copied.
    key_arns
        Customer keys of these buckets by class of data.
    key_access
        Who may administer and delete the keys of the copies.
    rotation_days, deletion_days
        Days between rotations of these keys, and waiting period of their deletion.
    retention
        Lock and lifespan of the copies.
    endpoint_id
        VPC endpoint of the perimeter, which does not lead to another region: while it is given, only the principals that
        may be outside the network reach the copies.
    """

    context: AwsContext
    region: str
    principals: Principals
    data: Data
    key_arns: Mapping[str, Input[str]]
    key_access: KeyAccess
    rotation_days: int
    deletion_days: int
    retention: Retention
    endpoint_id: Input[str] | None


class Replication(Component[ReplicationArgs]):
    """A copy of each bucket that the table of buckets calls replicated, and the rules by which S3 writes it.

    S3 copies what arrives after the rule exists. Older objects need S3 Batch Replication.

    Attributes
    ----------
    bucket_names
        Names of the copies' buckets, by the name of the bucket that is copied.
    key_arns
        ARNs of their keys, likewise.
    role_arn
        Role that S3 replicates with.
    """

    bucket_names: dict[str, Output[str]]
    key_arns: dict[str, Output[str]]
    role_arn: Output[str]

    def create(self, name: str, args: ReplicationArgs) -> None:
        """Create keys and buckets in the other region, the role, and the rules."""
        self._args = args
        replicated = {bucket: row for bucket, row in BUCKETS.items() if row.replicated}
        self.key_arns = {bucket: self._key(name, bucket, row) for bucket, row in replicated.items()}
        logs = self._bucket(name, "access-logs", log_bucket=None)
        copies = {bucket: self._bucket(name, bucket, log_bucket=logs.bucket_name) for bucket in replicated}
        self.bucket_names = {bucket: copy.bucket_name for bucket, copy in copies.items()}
        described = [
            Output.all(
                source_arn=args.data.buckets[bucket].arn,
                source_key_arn=args.key_arns[str(row.key)],
                replica_arn=copies[bucket].arn,
                replica_key_arn=self.key_arns[bucket],
            )
            for bucket, row in replicated.items()
        ]
        role = ServiceRole(
            name,
            ServiceRoleArgs(
                role_name=args.context.name(ROLE),
                trust=json.dumps(replication_trust()),
                permissions=Output.all(*described).apply(
                    lambda known: json.dumps(
                        replication_permissions(
                            [Copy(**copy) for copy in known], region=args.context.region, replica_region=args.region
                        )
                    )
                ),
            ),
            self.child,
        )
        self.role_arn = role.arn
        for bucket in replicated:
            self._rule(f"{name}-{bucket}", bucket, copies[bucket], role)

    def _key(self, name: str, bucket: str, row: BucketRow) -> Output[str]:
        args, protection = self._args, self._args.retention.protection
        there = ResourceOptions.merge(self.protected_child(protection), self._there(row))
        key = aws.kms.Key(
            f"{name}-{bucket}",
            description=f"Strongroom: copy of {bucket}",
            enable_key_rotation=True,
            rotation_period_in_days=args.rotation_days,
            deletion_window_in_days=args.deletion_days,
            policy=json.dumps(replica_key_policy(replace(args.context, region=args.region), args.key_access)),
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

    def _bucket(self, name: str, bucket: str, *, log_bucket: Input[str] | None) -> Bucket:
        args, row = self._args, BUCKETS[bucket]
        original = access(row, args.principals, service_roles(args.context), protection=args.retention.protection)
        role_arn = args.context.role_arn(ROLE)
        # Only S3 writes copies, whoever writes originals.
        only_replicas = replace(
            original,
            writers=(role_arn,),
            limited_writers=(),
            outside_network=(*original.outside_network, role_arn),
        )

        def deliveries(bucket_arn: str) -> list[dict[str, object]]:
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
            ResourceOptions.merge(self.child, self._there(row)),
        )

    def _there(self, row: BucketRow) -> ResourceOptions:
        there = ResourceOptions(transformations=[_in_region(self._args.region)])
        return ResourceOptions.merge(classified(row.classification), there)

    def _rule(self, name: str, bucket: str, copy: Bucket, role: ServiceRole) -> None:
        source, key_arn = self._args.data.buckets[bucket].bucket_name, self.key_arns[bucket]
        aws.s3.BucketReplicationConfig(
            name,
            bucket=source,
            role=role.arn,
            rules=[
                {
                    "id": RULE,
                    "status": "Enabled",
                    "priority": 1,
                    "filter": {"prefix": ""},
                    "delete_marker_replication": {"status": "Disabled"},
                    "source_selection_criteria": {
                        "sse_kms_encrypted_objects": {"status": "Enabled"},
                        "replica_modifications": {"status": "Disabled"},
                    },
                    "destination": {
                        "bucket": copy.arn,
                        "encryption_configuration": {"replica_kms_key_id": key_arn},
                        "metrics": {"status": "Enabled", "event_threshold": {"minutes": MINUTES}},
                        "replication_time": {"status": "Enabled", "time": {"minutes": MINUTES}},
                    },
                }
            ],
            opts=self.child_after(role),
        )
        self.expect(
            expected_replication(bucket=source, role_arn=role.arn, replica_arn=copy.arn, replica_key_arn=key_arn)
        )


def _in_region(region: str) -> Transformation:
    """Return a transformation that puts every resource of AWS into a region, by the property that each of them has."""

    def put(args: ResourceTransformationArgs) -> ResourceTransformationResult | None:
        if not hasattr(type(args.resource), "region"):
            return None
        return ResourceTransformationResult(props={**args.props, "region": region}, opts=args.opts)

    return put
