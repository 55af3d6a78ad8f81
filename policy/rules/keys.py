"""Key rules: a customer key is rotated, hard to lose, closed to the world, and used for one class of data."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from policy.iam.documents import Statement, statements
from policy.model import (
    Block,
    Finding,
    NotApplicable,
    Outcome,
    Parameters,
    Resource,
    Severity,
    Stack,
    UnknownRead,
    for_each,
    rule,
)
from policy.rules._helpers.bucket_encryption import default_encryption, encryption_rules
from policy.rules._helpers.customer_keys import is_aws_managed
from policy.rules._helpers.parameter_types import text, whole_number
from policy.rules._helpers.resource_types import (
    BUCKET,
    DATABASE,
    DATABASE_CLUSTER,
    FILE_SYSTEM,
    KEY,
    KEY_ALIAS,
    KEY_POLICY,
    KEYS,
    LOG_GROUP,
    QUEUE,
    SECRET,
    TABLE,
    TOPIC,
    TRAIL,
)
from policy.rules._helpers.tags import tag


@rule(
    name="key-is-rotated",
    on=KEY,
    severity=Severity.HIGH,
    controls=("PCI-DSS-4.0:3.7.4", "NIST-800-53r5:SC-12", "CIS-AWS-3.0:3.6"),
    remedy="Set enable_key_rotation, and rotation_period_in_days within the bounds.",
    parameters={
        "minimumDays": whole_number("Least days between rotations", 90, 90, 2560),
        "maximumDays": whole_number("Most days between rotations", 365, 90, 2560),
    },
)
def key_is_rotated(key: Resource, parameters: Parameters) -> Iterator[Outcome]:
    """Rotate a symmetric key by itself, at least as often as the bounds say.

    Asymmetric and HMAC keys, and keys with material of one's own or in another store, know no automatic rotation:
    asking for it fails on AWS.
    """
    fixed = _why_never_rotated(key)
    if fixed is not None:
        if key.is_true("enableKeyRotation"):
            yield Finding(f"asks for a rotation (enableKeyRotation) that AWS refuses: {fixed}")
            return
        raise NotApplicable(fixed)
    if not key.is_true("enableKeyRotation"):
        yield Finding("is not rotated (enableKeyRotation)")
        return
    days = key.number("rotationPeriodInDays") if key.has("rotationPeriodInDays") else 365
    least, most = cast("int", parameters["minimumDays"]), cast("int", parameters["maximumDays"])
    if days is None or not least <= days <= most:
        told = key.text("rotationPeriodInDays")
        yield Finding(f"is rotated every {told} days (rotationPeriodInDays), expected {least} to {most}")


def _why_never_rotated(key: Resource) -> str | None:
    spec = key.text("customerMasterKeySpec") or "SYMMETRIC_DEFAULT"
    if spec != "SYMMETRIC_DEFAULT":
        return f"a key of spec {spec} has no automatic rotation"
    usage = key.text("keyUsage") or "ENCRYPT_DECRYPT"
    if usage != "ENCRYPT_DECRYPT":
        return f"a key for {usage} has no automatic rotation"
    return "a key in a custom key store has no automatic rotation" if key.has("customKeyStoreId") else None


@rule(
    name="key-deletion-waits",
    on=KEYS,
    severity=Severity.MEDIUM,
    controls=("PCI-DSS-4.0:3.7.5", "NIST-800-53r5:SC-12(1)"),
    remedy="Set deletion_window_in_days to at least the minimum, or leave it out for 30.",
    parameters={"minimumDays": whole_number("Least days that a deletion waits", 30, 7, 30)},
)
def key_deletion_waits(key: Resource, parameters: Parameters) -> Iterator[Outcome]:
    """Let a key's deletion wait long enough to be noticed: with the key goes all that it encrypts."""
    least = cast("int", parameters["minimumDays"])
    days = key.number("deletionWindowInDays")
    if key.has("deletionWindowInDays") and (days is None or not least <= days <= 30):
        told = key.text("deletionWindowInDays")
        yield Finding(
            f"is deleted after {told} days (deletionWindowInDays), expected {least}{' to 30' if least < 30 else ''}"
        )


@rule(
    name="key-policy-is-closed",
    on=(*KEYS, KEY_POLICY),
    severity=Severity.CRITICAL,
    controls=("PCI-DSS-4.0:3.7.1", "NIST-800-53r5:AC-3", "NIST-800-53r5:SC-12"),
    remedy="Name the principals, or narrow the statement by aws:PrincipalArn, aws:PrincipalOrgID or kms:CallerAccount.",
)
def key_policy_is_closed(holder: Resource) -> Iterator[Outcome]:
    """Let nobody use or administer a key who is not named."""
    yield from for_each(statements(holder), _open)


def _open(statement: Statement) -> Iterator[Outcome]:
    if statement.is_open:
        yield Finding(f"lets everybody in: {statement.label}")


@dataclass(frozen=True)
class Use:
    """A use of a key for data at rest."""

    owner: Resource
    block: Block
    property: str


_ON_ITSELF = {
    QUEUE: ("", "kmsMasterKeyId"),
    TOPIC: ("", "kmsMasterKeyId"),
    LOG_GROUP: ("", "kmsKeyId"),
    TRAIL: ("", "kmsKeyId"),
    TABLE: ("serverSideEncryption", "kmsKeyArn"),
    SECRET: ("", "kmsKeyId"),
    DATABASE: ("", "kmsKeyId"),
    DATABASE_CLUSTER: ("", "kmsKeyId"),
    FILE_SYSTEM: ("", "kmsKeyId"),
    "aws:backup/vault:Vault": ("", "kmsKeyArn"),
    "aws:ebs/volume:Volume": ("", "kmsKeyId"),
    "aws:kinesis/stream:Stream": ("", "kmsKeyId"),
}
"""Where a resource that holds data names its key: the group, and the property in it."""


@rule(
    name="data-class-has-one-key",
    on=(*BUCKET, *_ON_ITSELF),
    severity=Severity.HIGH,
    controls=("PCI-DSS-4.0:3.7.1", "NIST-800-53r5:SC-12", "NIST-800-53r5:AC-4"),
    remedy="Use the key that carries the same tag, or correct the tag of the one that is wrong.",
    parameters={"tag": text("The tag that tells the class of data", "data-classification")},
    whole_stack=True,
)
def data_class_has_one_key(resource: Resource, parameters: Parameters) -> Iterator[Outcome]:
    """Keep data of one class under that class's key, and nothing of another class.

    A key is then one switch for one class: whoever may use it reads that class and no other. The class's key is the
    symmetric key of the stack that carries the class's tag; where the stack has none, all data of the class has to be
    under the same key, whichever that is.
    """
    name = cast("str", parameters["tag"])
    of_class = tag(resource, name)
    if not of_class:
        raise NotApplicable(f"the resource has no tag {name}")
    yield from for_each(_uses(resource), lambda use: _class_key(use, name, of_class))


def _class_key(use: Use, name: str, of_class: str) -> Iterator[Outcome]:
    stack = use.owner.stack
    if not use.block.has(use.property):
        return  # without a key of its own it is another rule's matter, and so is a key of AWS
    used = _key(use)
    if is_aws_managed(used):
        return
    by_class, doubt = stack.once(("keys by class", name), lambda: _keys_by_class(stack, name))
    proper = by_class.get(of_class, {})
    where = f"{use.block.path}{use.property}"
    if used in proper:
        return
    if doubt is not None:
        raise UnknownRead(doubt)
    if proper:
        names = " or ".join(proper.values())
        yield Finding(f"holds {of_class} data under the key {_told(stack, used)} ({where}), expected {names}")
        return
    most = stack.once(("most used key", name, of_class), lambda: _most_used(stack, name, of_class))
    if most is not None and used != most:
        yield Finding(
            f"holds {of_class} data under the key {_told(stack, used)} ({where}), most of that class is under "
            f"{_told(stack, most)}"
        )


def _keys_by_class(stack: Stack, name: str) -> tuple[Mapping[str, Mapping[str, str]], str | None]:
    """Return the names of the keys that data can be under, by class and URN, and what is not known of one."""
    by_class: dict[str, dict[str, str]] = {}
    doubt: str | None = None
    for key in stack.of(KEY):
        try:
            if _encrypts(key):
                by_class.setdefault(tag(key, name), {})[key.urn] = key.name
        except UnknownRead as unknown:
            doubt = doubt or f"{unknown.path} of {key.logical_name}"
    return by_class, doubt


def _encrypts(key: Resource) -> bool:
    """Tell whether data can be under a key."""
    usage, spec = key.text("keyUsage"), key.text("customerMasterKeySpec")
    return usage in ("", "ENCRYPT_DECRYPT") and spec in ("", "SYMMETRIC_DEFAULT")


def _uses(resource: Resource) -> list[Use]:
    if resource.type in _ON_ITSELF:
        group, name = _ON_ITSELF[resource.type]
        return [Use(resource, resource.block(group) if group else resource, name)]
    return [Use(owner, default_encryption(one), "kmsMasterKeyId") for owner, one in encryption_rules(resource)]


def _key(use: Use) -> str:
    """Return which key is used: the URN of one of the stack's, else what names it."""
    found = use.owner.target(use.property, *KEYS, KEY_ALIAS, within=use.block)
    if found is not None and found.type == KEY_ALIAS:
        found = found.target("targetKeyId", *KEYS)
    return found.urn if found is not None else use.block.text(use.property)


def _most_used(stack: Stack, name: str, of_class: str) -> str | None:
    """Return the key that most data of a class is under, the first among equals."""
    counts: Counter[str] = Counter()
    for resource in stack.of(*BUCKET, *_ON_ITSELF):
        try:
            if resource.declared.managed and tag(resource, name) == of_class:
                keys = [_key(use) for use in _uses(resource) if use.block.has(use.property)]
                counts.update(key for key in keys if not is_aws_managed(key))
        except UnknownRead:
            continue  # it is undecided by itself
    return counts.most_common(1)[0][0] if counts else None


def _told(stack: Stack, key: str) -> str:
    found = stack.get(key)
    return found.name if found else key
