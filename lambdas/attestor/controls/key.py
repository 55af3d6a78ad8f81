"""Controls of KMS keys, which are read by ARN."""

from typing import Any

from lambdas.attestor.controls.control import controls_of
from lambdas.attestor.policy_documents import parsed
from lambdas.attestor.reading import Reading

control = controls_of("key")


def _metadata(aws: Reading, key: str) -> Any:
    return aws.call("kms", "describe_key", KeyId=key)["KeyMetadata"]


@control(
    "kms-enabled",
    requirement="The key is enabled and not scheduled for deletion.",
    references=("NIST-800-53r5:SC-12(1)",),
    rules=("key-deletion-waits",),
    alarms=("key-disabled-or-deleted",),
    actions=("kms:DescribeKey",),
    expected="Enabled",
)
def state(aws: Reading, key: str) -> object:
    """Return the state of the key."""
    return _metadata(aws, key)["KeyState"]


@control(
    "kms-rotation",
    requirement="A symmetric key is rotated automatically in the expected period.",
    references=("PCI-DSS-4.0.1:3.7.4", "NIST-800-53r5:SC-12"),
    rules=("key-is-rotated",),
    alarms=("key-changed-outside-deployment",),
    actions=("kms:DescribeKey", "kms:GetKeyRotationStatus"),
)
def rotation(aws: Reading, key: str) -> object:
    """Return the days between rotations, or none if the key is not rotated."""
    if _metadata(aws, key)["KeySpec"] != "SYMMETRIC_DEFAULT":
        return None  # KMS refuses the call below for HMAC keys
    status = aws.call("kms", "get_key_rotation_status", KeyId=key)
    return status["RotationPeriodInDays"] if status["KeyRotationEnabled"] else None


@control(
    "kms-policy",
    requirement="The key policy lets exactly the expected principals use and administer the key.",
    references=("PCI-DSS-4.0.1:3.6.1", "PCI-DSS-4.0.1:7.2.1", "NIST-800-53r5:AC-6"),
    rules=("key-policy-is-closed", "service-principal-has-source-condition", "policy-has-no-wildcard-action"),
    alarms=("key-changed-outside-deployment",),
    actions=("kms:GetKeyPolicy",),
    is_policy=True,
)
def key_policy(aws: Reading, key: str) -> object:
    """Return the key policy."""
    return parsed(aws.call("kms", "get_key_policy", KeyId=key)["Policy"])
