"""What is meant of each kind of resource, as the attestor compares it with what it finds.

A tier's own values go in, plain or as outputs; `lambdas/attestor/controls.py` says what each control requires. None says
"none, on purpose", and is compared like any other value.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pulumi import Input, Output

from lambdas.attestor.intent import SCHEMA


class Intent(Protocol):
    """What is meant of one resource."""

    def controls(self) -> tuple[str, Input[str], Mapping[str, Any]]:
        """Return the kind, what the resource is asked by, and the value by control."""


@dataclass(frozen=True, kw_only=True)
class BucketIntent:
    """A bucket.

    Attributes
    ----------
    name
        The bucket.
    key_arn
        The customer key of its objects; none for S3's own encryption.
    policy
        Its policy, as JSON.
    expire_days, old_version_days, abort_days
        Days after which objects, old versions and unfinished uploads go; none keeps them.
    lock
        Mode (`GOVERNANCE`, `COMPLIANCE`) and years of its object lock.
    log_bucket
        Where access to it is logged.
    """

    name: Input[str]
    key_arn: Input[str] | None
    policy: Input[str]
    expire_days: int | None
    old_version_days: int | None
    abort_days: int | None
    lock: tuple[str, int] | None
    log_bucket: Input[str] | None

    def controls(self) -> tuple[str, Input[str], Mapping[str, Any]]:
        """Return what is meant."""
        effects = {
            "expire": self.expire_days,
            "expire old versions": self.old_version_days,
            "abort uploads": self.abort_days,
        }
        blocks = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        return (
            "bucket",
            self.name,
            {
                "s3-default-encryption": {"algorithm": "aws:kms" if self.key_arn else "AES256", "key": self.key_arn},
                "s3-bucket-key": self.key_arn is not None,
                "s3-versioning": "Enabled",
                "s3-public-access-block": dict.fromkeys(blocks, True),
                "s3-ownership": "BucketOwnerEnforced",
                "s3-object-lock": self.lock and {"mode": self.lock[0], "years": self.lock[1]},
                "s3-lifecycle": [f"{name} after {days} days" for name, days in effects.items() if days is not None],
                "s3-policy": _document(self.policy),
                "s3-access-log": self.log_bucket,
            },
        )


@dataclass(frozen=True, kw_only=True)
class KeyIntent:
    """A key.

    Attributes
    ----------
    arn
        The key.
    rotation_days
        Days between rotations; none for an HMAC key, which knows none.
    policy
        Its policy, as JSON.
    """

    arn: Input[str]
    rotation_days: int | None
    policy: Input[str]

    def controls(self) -> tuple[str, Input[str], Mapping[str, Any]]:
        """Return what is meant."""
        return (
            "key",
            self.arn,
            {
                "kms-enabled": "Enabled",
                "kms-rotation": self.rotation_days,
                "kms-policy": _document(self.policy),
            },
        )


@dataclass(frozen=True, kw_only=True)
class TableIntent:
    """A table.

    Attributes
    ----------
    name
        The table.
    key_arn
        The customer key of its items.
    deletion_protection
        Whether it refuses to be deleted.
    """

    name: Input[str]
    key_arn: Input[str]
    deletion_protection: bool

    def controls(self) -> tuple[str, Input[str], Mapping[str, Any]]:
        """Return what is meant."""
        return (
            "table",
            self.name,
            {
                "dynamodb-encryption": self.key_arn,
                "dynamodb-point-in-time-recovery": True,
                "dynamodb-deletion-protection": self.deletion_protection,
            },
        )


@dataclass(frozen=True, kw_only=True)
class QueueIntent:
    """A queue.

    Attributes
    ----------
    url
        The queue.
    key_arn
        The customer key of its messages.
    policy
        Its policy, as JSON.
    dead_letters
        ARN of the queue where messages are set aside, and after how many attempts; none for such a queue itself.
    """

    url: Input[str]
    key_arn: Input[str]
    policy: Input[str]
    dead_letters: tuple[Input[str], int] | None

    def controls(self) -> tuple[str, Input[str], Mapping[str, Any]]:
        """Return what is meant."""
        return (
            "queue",
            self.url,
            {
                "sqs-encryption": self.key_arn,
                "sqs-redrive": self.dead_letters and {"target": self.dead_letters[0], "receives": self.dead_letters[1]},
                "sqs-policy": _document(self.policy),
            },
        )


@dataclass(frozen=True, kw_only=True)
class TopicIntent:
    """A topic.

    Attributes
    ----------
    arn
        The topic.
    key_arn
        The customer key of its notifications.
    policy
        Its policy, as JSON.
    subscriptions
        Who is subscribed: pairs of protocol (`email`, `sqs`, `lambda`) and address.
    """

    arn: Input[str]
    key_arn: Input[str]
    policy: Input[str]
    subscriptions: Sequence[tuple[str, Input[str]]]

    def controls(self) -> tuple[str, Input[str], Mapping[str, Any]]:
        """Return what is meant."""
        subscribed = Output.all(*(Output.concat(protocol, " ", address) for protocol, address in self.subscriptions))
        return (
            "topic",
            self.arn,
            {
                "sns-encryption": self.key_arn,
                "sns-policy": _document(self.policy),
                "sns-subscriptions": subscribed.apply(lambda names: dict.fromkeys(names, "confirmed")),
            },
        )


@dataclass(frozen=True, kw_only=True)
class LogGroupIntent:
    """A log group.

    Attributes
    ----------
    name
        The group.
    key_arn
        The customer key of its events.
    retention_days
        Days that they are kept.
    """

    name: Input[str]
    key_arn: Input[str]
    retention_days: int

    def controls(self) -> tuple[str, Input[str], Mapping[str, Any]]:
        """Return what is meant."""
        return "log-group", self.name, {"logs-retention": self.retention_days, "logs-encryption": self.key_arn}


@dataclass(frozen=True, kw_only=True)
class AlarmIntent:
    """An alarm, of a metric or composite.

    Attributes
    ----------
    name
        The alarm.
    actions
        ARNs of the topics that it notifies; at least one.
    """

    name: Input[str]
    actions: Sequence[Input[str]]

    def controls(self) -> tuple[str, Input[str], Mapping[str, Any]]:
        """Return what is meant."""
        return "alarm", self.name, {"alarm-actions-enabled": True, "alarm-actions": list(self.actions)}


@dataclass(frozen=True, kw_only=True)
class FunctionIntent:
    """A function.

    Attributes
    ----------
    name
        The function.
    code_sha256
        SHA-256 of its code, in base64.
    role_arn
        Its role.
    key_arn
        The customer key of its environment.
    subnet_ids, security_group_ids
        Where it is in the network; without any it is outside.
    """

    name: Input[str]
    code_sha256: Input[str]
    role_arn: Input[str]
    key_arn: Input[str]
    subnet_ids: Sequence[Input[str]] = ()
    security_group_ids: Sequence[Input[str]] = ()

    def controls(self) -> tuple[str, Input[str], Mapping[str, Any]]:
        """Return what is meant."""
        network = {"subnets": list(self.subnet_ids), "security_groups": list(self.security_group_ids)}
        return (
            "function",
            self.name,
            {
                "lambda-code": self.code_sha256,
                "lambda-network": network if self.subnet_ids else None,
                "lambda-environment-key": self.key_arn,
                "lambda-role": self.role_arn,
            },
        )


@dataclass(frozen=True, kw_only=True)
class VpcIntent:
    """A network without a way out.

    Attributes
    ----------
    id
        The network.
    flow_log_destinations
        ARNs of the buckets or log groups that get its traffic logs.
    """

    id: Input[str]
    flow_log_destinations: Sequence[Input[str]]

    def controls(self) -> tuple[str, Input[str], Mapping[str, Any]]:
        """Return what is meant."""
        destinations = Output.all(*self.flow_log_destinations)
        return (
            "vpc",
            self.id,
            {
                "vpc-internet-gateways": [],
                "vpc-nat-gateways": [],
                "vpc-routes": [],
                "vpc-default-group": [],
                "vpc-flow-logs": destinations.apply(lambda arns: [f"ALL to {arn.removesuffix(':*')}" for arn in arns]),
            },
        )


@dataclass(frozen=True, kw_only=True)
class EndpointIntent:
    """An endpoint of a network.

    Attributes
    ----------
    id
        The endpoint.
    policy
        Its policy, as JSON.
    """

    id: Input[str]
    policy: Input[str]

    def controls(self) -> tuple[str, Input[str], Mapping[str, Any]]:
        """Return what is meant."""
        return "endpoint", self.id, {"vpc-endpoint-policy": _document(self.policy)}


@dataclass(frozen=True, kw_only=True)
class TrailIntent:
    """A trail.

    Attributes
    ----------
    arn
        The trail.
    key_arn
        The customer key of its log files.
    bucket
        Where they go.
    """

    arn: Input[str]
    key_arn: Input[str]
    bucket: Input[str]

    def controls(self) -> tuple[str, Input[str], Mapping[str, Any]]:
        """Return what is meant."""
        return (
            "trail",
            self.arn,
            {
                "cloudtrail-logging": True,
                "cloudtrail-validation": True,
                "cloudtrail-encryption": self.key_arn,
                "cloudtrail-destination": self.bucket,
                "cloudtrail-delivery": "delivered",
            },
        )


def written(intents: Sequence[Intent]) -> Output[str]:
    """Return the intent of a whole stack, as the attestor reads it."""
    entries = [
        {"kind": kind, "id": identity, "expected": expected}
        for kind, identity, expected in (one.controls() for one in intents)
    ]
    return Output.json_dumps({"schema": SCHEMA, "resources": entries}, indent=2, sort_keys=True)


def _document(policy: Input[str]) -> Output[Any]:
    return Output.from_input(policy).apply(json.loads)
