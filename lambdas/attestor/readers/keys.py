"""Reads keys, by ARN."""

from typing import Any

from lambdas.attestor.policies import parsed
from lambdas.attestor.reading import Reading


def _key(aws: Reading, key: str) -> dict[str, Any]:
    metadata: dict[str, Any] = aws.ask("kms", "describe_key", KeyId=key)["KeyMetadata"]
    return metadata


def _enabled(aws: Reading, key: str) -> object:
    return _key(aws, key)["KeyState"]


def _rotation(aws: Reading, key: str) -> object:
    """Return the days between rotations, or nothing where the key is not rotated: KMS refuses to tell of HMAC keys."""
    if _key(aws, key)["KeySpec"] != "SYMMETRIC_DEFAULT":
        return None
    rotation = aws.ask("kms", "get_key_rotation_status", KeyId=key)
    return rotation["RotationPeriodInDays"] if rotation["KeyRotationEnabled"] else None


def _policy(aws: Reading, key: str) -> object:
    return parsed(aws.ask("kms", "get_key_policy", KeyId=key)["Policy"])


READERS = {"kms-enabled": _enabled, "kms-rotation": _rotation, "kms-policy": _policy}
