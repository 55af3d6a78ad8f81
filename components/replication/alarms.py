"""Alarms of replication."""

from components.data.buckets import BUCKETS
from components.shared.alarms.record import Alarm, Command, Expression, Metric, Requirement, Step, Threshold

RULE = "replica"
"""Id of the replication rule, a dimension of its metrics."""
REPLICAS = Requirement(text="a second copy", is_met=lambda targets: targets.storage.replicas is not None)
_REPLICATED = [name for name, row in BUCKETS.items() if row.replicated]


def _failures(bucket: str) -> Metric:
    # Of the replication metrics, only this one is published in the source's region:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html
    return Metric(
        namespace="AWS/S3",
        name="OperationsFailedReplication",
        dimensions=lambda targets: {
            "SourceBucket": targets.storage.buckets[bucket],
            "DestinationBucket": (targets.storage.replicas or {})[bucket],
            "RuleId": RULE,
        },
    )


ALARMS = (
    Alarm(
        name="replication-failed",
        title="Objects were not copied to the second region",
        area="storage",
        source=Expression(
            text="+".join(f"FILL({bucket},0)" for bucket in _REPLICATED),
            metrics={bucket: _failures(bucket) for bucket in _REPLICATED},
        ),
        threshold=Threshold(
            value=0, unit="operations in 5 minutes", reason="S3 retries by itself before it counts a failure"
        ),
        severity="ticket",
        meaning="S3 gave up copying results or evidence to the second region.",
        impact="These objects exist only once. They are locked and not lost.",
        investigation=Command(text="make attest"),
        response=(
            Step(
                "Run make attest. It names what differs: the rule, the role, or a replica's bucket or key.",
                by="auditor",
            ),
            Step("Deploy, which restores the configuration.", by="deployer"),
            Step(
                "Copy the failed objects with S3 Batch Replication.",
                by="deployer",
                actions=("s3:CreateJob", "s3:InitiateReplication"),
            ),
        ),
        false_positives="None. Objects that exist from before replication are not counted.",
        panel="trouble",
        requires=(REPLICAS,),
    ),
)
