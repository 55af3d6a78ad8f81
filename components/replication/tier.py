"""The replication tier: what S3 copies results and evidence with, and what it says when a copy is late."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import Input, Output

from components.base import Component
from components.context import AwsContext
from components.data.expected import expected_notification
from components.data.tier import Data
from components.principals import Principals
from components.replication.alarms import RULE, TOPIC
from components.replication.expected import MINUTES, expected_replication
from components.replication.policies import ROLE, Copy, replication_permissions, replication_trust
from components.replication.replica import REPLICATED, Replica
from components.shared.role import ServiceRole, ServiceRoleArgs
from components.shared.topic import create_topic, expected_topic

_LATE = ["s3:Replication:OperationMissedThreshold", "s3:Replication:OperationNotTracked"]
"""Events of objects that Replication Time Control did not copy in time, or has given up measuring.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-metrics-events.html
"""


@dataclass(frozen=True, kw_only=True)
class ReplicationArgs:
    """Inputs of the replication tier.

    Attributes
    ----------
    context
        Account and region of the buckets that are copied.
    principals
        Who may change the topic.
    data
        Buckets that are copied.
    key_arns
        Customer keys of these buckets by class of data.
    replica
        The copies.
    """

    context: AwsContext
    principals: Principals
    data: Data
    key_arns: Mapping[str, Input[str]]
    replica: Replica


class Replication(Component[ReplicationArgs]):
    """The rule by which S3 copies each replicated bucket, its role, and a topic that S3 tells of late copies.

    S3 copies what arrives after the rule exists. Older objects need S3 Batch Replication. Nobody subscribes to the topic: the
    number of its messages is a metric in this region, which AWS publishes the latency itself not in.

    Attributes
    ----------
    replica
        The copies.
    """

    replica: Replica

    def create(self, name: str, args: ReplicationArgs) -> None:
        """Create the role, the topic, and rule and notification of each bucket."""
        self._args, self.replica = args, args.replica
        role = self._role(name)
        topic_arn = self._topic(name)
        for bucket in REPLICATED:
            self._rule(f"{name}-{bucket}", bucket, role)
            source = args.data.buckets[bucket].bucket_name
            aws.s3.BucketNotification(
                f"{name}-{bucket}",
                bucket=source,
                topics=[{"topic_arn": topic_arn, "events": _LATE}],
                opts=self.child,
            )
            self.expect(expected_notification(bucket=source, events=_LATE, target_arn=topic_arn))

    def _role(self, name: str) -> ServiceRole:
        args, replica = self._args, self.replica
        copies = Output.all(
            *(
                Output.all(
                    source_arn=args.data.buckets[bucket].arn,
                    source_key_arn=args.key_arns[str(row.key)],
                    replica_arn=replica.bucket_arns[bucket],
                    replica_key_arn=replica.key_arns[bucket],
                )
                for bucket, row in REPLICATED.items()
            )
        ).apply(lambda known: [Copy(**copy) for copy in known])
        permissions = copies.apply(
            lambda known: json.dumps(
                replication_permissions(known, region=args.context.region, replica_region=replica.region)
            )
        )
        role_args = ServiceRoleArgs(
            role_name=args.context.name(ROLE), trust=json.dumps(replication_trust()), permissions=permissions
        )
        return ServiceRole(name, role_args, self.child)

    def _topic(self, name: str) -> Output[str]:
        args = self._args
        key_arn = args.key_arns["records"]
        policy = create_topic(
            name,
            context=args.context,
            topic_name=args.context.name(TOPIC),
            key_arn=key_arn,
            publisher="s3.amazonaws.com",
            source_arn=f"arn:{args.context.partition}:s3:::*",
            guardrail_admins=args.principals.guardrail_admins,
            opts=self.child,
        )
        self.expect(expected_topic(arn=policy.arn, key_arn=key_arn, policy=policy.policy, subscriptions=[]))
        return policy.arn

    def _rule(self, name: str, bucket: str, role: ServiceRole) -> None:
        source, replica = self._args.data.buckets[bucket].bucket_name, self.replica
        key_arn, replica_arn = replica.key_arns[bucket], replica.bucket_arns[bucket]
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
                        "bucket": replica_arn,
                        "encryption_configuration": {"replica_kms_key_id": key_arn},
                        "metrics": {"status": "Enabled", "event_threshold": {"minutes": MINUTES}},
                        "replication_time": {"status": "Enabled", "time": {"minutes": MINUTES}},
                    },
                }
            ],
            opts=self.child_after(role),
        )
        self.expect(
            expected_replication(bucket=source, role_arn=role.arn, replica_arn=replica_arn, replica_key_arn=key_arn)
        )
