"""The expected state of a replication configuration."""

from pulumi import Input

from components.expected import ExpectedResource
from lambdas.attestor.controls import bucket as bucket_controls

MINUTES = 15
"""The only threshold that Replication Time Control offers."""


def expected_replication(
    *, bucket: Input[str], role_arn: Input[str], replica_arn: Input[str], replica_key_arn: Input[str]
) -> ExpectedResource:
    """Return the expected state of the only replication rule of a bucket, which copies all its objects."""
    rule = {
        "scope": "all objects",
        "destination": replica_arn,
        "account": None,
        "key": replica_key_arn,
        "storage_class": None,
        "encrypted_objects": "Enabled",
        "delete_markers": "Disabled",
        "replica_modifications": "Disabled",
        "minutes": MINUTES,
        "metrics": "Enabled",
    }
    return ExpectedResource(id=bucket, values={bucket_controls.replication: {"role": role_arn, "rules": [rule]}})
