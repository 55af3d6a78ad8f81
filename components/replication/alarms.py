"""Alarms of replication."""

from components.data.buckets import BUCKETS
from components.shared.alarms.record import Alarm, Command, Expression, Metric, Requirement, Step, Threshold

RULE = "replica"
"""Id of the replication rule, a dimension of its metrics."""
TOPIC = "late-copies"
"""Name of the topic after the stack's prefix; its messages name objects that were not copied in time."""
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


_COPY_AGAIN = Step(
    "For S3 Batch Replication of the objects, let its role call s3:InitiateReplication in the bucket's policy, and deploy. Whoever "
    "manages the account then creates the job.",
    by="deployer",
)

ALARMS = (
    Alarm(
        name="copies-late",
        title="Objects were not copied to the second region in time",
        area="storage",
        # AWS publishes the latency in the region of the copies only; S3's notifications of late objects arrive in ours.
        source=Metric(
            namespace="AWS/SNS",
            name="NumberOfMessagesPublished",
            dimensions=lambda targets: {"TopicName": targets.context.name(TOPIC)},
        ),
        threshold=Threshold(
            value=0, unit="objects in 5 minutes", reason="Replication Time Control copies 99.99 % in 15 minutes"
        ),
        severity="ticket",
        meaning="S3 needs more than 15 minutes to copy results or evidence to the second region.",
        impact="If the region were lost now, so would be these objects.",
        investigation=Command(
            text="aws health describe-events --filter services=S3,eventStatusCodes=open",
            actions=("health:DescribeEvents",),
        ),
        response=(
            Step("Wait: S3 goes on copying.", by="operator"),
            Step("If it lasts for a day, look for a failed control of the attestor.", by="auditor"),
            _COPY_AGAIN,
        ),
        false_positives="Single objects: S3 promises the time for 99.9 % of a month's objects only.",
        panel="trouble",
        is_event=True,
        requires=(REPLICAS,),
    ),
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
            _COPY_AGAIN,
        ),
        false_positives="None. Objects that exist from before replication are not counted.",
        panel="trouble",
        requires=(REPLICAS,),
    ),
)
