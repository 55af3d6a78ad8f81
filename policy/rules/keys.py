"""Key rules: a customer key is rotated, protected from deletion, not public, and used for one class of data."""

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
    check_each,
    rule,
)
from policy.rules._helpers.bucket_encryption import default_encryption, encryption_rules
from policy.rules._helpers.customer_keys import is_aws_managed
from policy.rules._helpers.parameter_types import integer_parameter, text_parameter
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
from policy.rules._helpers.tags import tag_value


@rule(
    name="key-is-rotated",
    on=KEY,
    severity=Severity.HIGH,
    controls=("PCI-DSS-4.0.1:3.7.4", "NIST-800-53r5:SC-12", "CIS-AWS-3.0:3.6"),
    remedy="Set enable_key_rotation, and rotation_period_in_days to a value in the allowed range.",
    parameters={
        "minimumDays": integer_parameter("Minimum number of days between rotations", 90, 90, 2560),
        "maximumDays": integer_parameter("Maximum number of days between rotations", 365, 90, 2560),
    },
)
def key_is_rotated(key: Resource, parameters: Parameters) -> Iterator[Outcome]:
    """A symmetric key is rotated automatically, with a period in the allowed range.

    KMS does not rotate asymmetric keys, HMAC keys, keys with imported material or keys in a custom key store, and
    rejects a request to do so.
    """
    reason = _why_not_rotatable(key)
    if reason is not None:
        if key.is_true("enableKeyRotation"):
            yield Finding(f"enables a rotation (enableKeyRotation) that KMS rejects: {reason}")
            return
        raise NotApplicable(reason)
    if not key.is_true("enableKeyRotation"):
        yield Finding("is not rotated (enableKeyRotation)")
        return
    days = key.number("rotationPeriodInDays") if key.has("rotationPeriodInDays") else 365
    minimum, maximum = cast("int", parameters["minimumDays"]), cast("int", parameters["maximumDays"])
    if days is None or not minimum <= days <= maximum:
        period = key.text("rotationPeriodInDays")
        yield Finding(f"is rotated every {period} days (rotationPeriodInDays), expected {minimum} to {maximum}")


def _why_not_rotatable(key: Resource) -> str | None:
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
    controls=("PCI-DSS-4.0.1:3.7.5", "NIST-800-53r5:SC-12(1)"),
    remedy="Set deletion_window_in_days to at least the minimum, or omit it: the default is 30.",
    parameters={"minimumDays": integer_parameter("Minimum deletion window in days", 30, 7, 30)},
)
def key_deletion_waits(key: Resource, parameters: Parameters) -> Iterator[Outcome]:
    """The deletion window of a key is long enough to notice a mistake: without the key, all its data is lost."""
    minimum = cast("int", parameters["minimumDays"])
    days = key.number("deletionWindowInDays")
    if key.has("deletionWindowInDays") and (days is None or not minimum <= days <= 30):
        window = key.text("deletionWindowInDays")
        expected = f"{minimum} to 30" if minimum < 30 else "30"
        yield Finding(f"has a deletion window of {window} days (deletionWindowInDays), expected {expected}")


@rule(
    name="key-policy-is-closed",
    on=(*KEYS, KEY_POLICY),
    severity=Severity.CRITICAL,
    controls=("PCI-DSS-4.0.1:3.6.1", "NIST-800-53r5:AC-3", "NIST-800-53r5:SC-12"),
    remedy="Name the principals, or restrict the statement by aws:PrincipalArn, aws:PrincipalOrgID or kms:CallerAccount.",
)
def key_policy_is_closed(resource: Resource) -> Iterator[Outcome]:
    """A key policy is not public: only named principals use or administer a key."""
    yield from check_each(statements(resource), _public)


def _public(statement: Statement) -> Iterator[Outcome]:
    if statement.is_public:
        yield Finding(f"allows access to everyone: {statement.label}")


@dataclass(frozen=True)
class KeyUse:
    """A property of a resource that names the key for data at rest."""

    owner: Resource
    block: Block
    property: str


_KEY_PROPERTIES = {
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
"""The block and property in which a type that stores data names its key; an empty block is the resource itself."""


@rule(
    name="data-class-has-one-key",
    on=(*BUCKET, *_KEY_PROPERTIES),
    severity=Severity.HIGH,
    controls=("PCI-DSS-4.0.1:3.6.1", "NIST-800-53r5:SC-12", "NIST-800-53r5:AC-4"),
    remedy="Use the key with the same tag as the resource, or correct the wrong tag.",
    parameters={"tag": text_parameter("The tag that names the data class", "data-classification")},
    whole_stack=True,
)
def data_class_has_one_key(resource: Resource, parameters: Parameters) -> Iterator[Outcome]:
    """All data of a class is encrypted with the key of that class, and no other data is.

    Access to a key is then access to one class of data. The key of a class is the stack's symmetric key with the tag of
    the class. Where the stack has no such key, all data of the class has to be encrypted with the same key.
    """
    name = cast("str", parameters["tag"])
    data_class = tag_value(resource, name)
    if not data_class:
        raise NotApplicable(f"the resource has no tag {name}")
    yield from check_each(_uses(resource), lambda use: _check_class_key(use, name, data_class))


def _check_class_key(use: KeyUse, name: str, data_class: str) -> Iterator[Outcome]:
    stack = use.owner.stack
    if not use.block.has(use.property):
        return  # other rules check that there is a key, and that it is a customer key
    key = _key(use)
    if is_aws_managed(key):
        return
    by_class, unknown = stack.cached(("keys by class", name), lambda: _keys_by_class(stack, name))
    keys_of_class = by_class.get(data_class, {})
    if key in keys_of_class:
        return
    if unknown is not None:
        raise UnknownRead(unknown)
    finding = f"encrypts {data_class} data with the key {_label(stack, key)} ({use.block.path}{use.property})"
    if keys_of_class:
        yield Finding(f"{finding}, expected {' or '.join(keys_of_class.values())}")
        return
    most_used = stack.cached(("most used key", name, data_class), lambda: _most_used_key(stack, name, data_class))
    if most_used is not None and key != most_used:
        yield Finding(f"{finding}, expected {_label(stack, most_used)}, which encrypts most data of this class")


def _keys_by_class(stack: Stack, name: str) -> tuple[Mapping[str, Mapping[str, str]], str | None]:
    """Return the names of the stack's data keys by class and URN, and the first property of a key that is unknown."""
    by_class: dict[str, dict[str, str]] = {}
    first_unknown: str | None = None
    for key in stack.of_type(KEY):
        try:
            if _encrypts_data(key):
                by_class.setdefault(tag_value(key, name), {})[key.urn] = key.name
        except UnknownRead as unknown:
            first_unknown = first_unknown or f"{unknown.path} of {key.logical_name}"
    return by_class, first_unknown


def _encrypts_data(key: Resource) -> bool:
    """Tell whether a key can encrypt data at rest."""
    usage, spec = key.text("keyUsage"), key.text("customerMasterKeySpec")
    return usage in ("", "ENCRYPT_DECRYPT") and spec in ("", "SYMMETRIC_DEFAULT")


def _uses(resource: Resource) -> list[KeyUse]:
    if resource.type in _KEY_PROPERTIES:
        block, name = _KEY_PROPERTIES[resource.type]
        return [KeyUse(resource, resource.block(block) if block else resource, name)]
    return [
        KeyUse(owner, default_encryption(encryption_rule), "kmsMasterKeyId")
        for owner, encryption_rule in encryption_rules(resource)
    ]


def _key(use: KeyUse) -> str:
    """Return the key's URN if it belongs to the stack, else its id, ARN or alias."""
    key = use.owner.target(use.property, *KEYS, KEY_ALIAS, within=use.block)
    if key is not None and key.type == KEY_ALIAS:
        key = key.target("targetKeyId", *KEYS)
    return key.urn if key is not None else use.block.text(use.property)


def _most_used_key(stack: Stack, name: str, data_class: str) -> str | None:
    """Return the key that encrypts most resources of a class, the first of several."""
    counts: Counter[str] = Counter()
    for resource in stack.of_type(*BUCKET, *_KEY_PROPERTIES):
        try:
            if resource.data.managed and tag_value(resource, name) == data_class:
                keys = [_key(use) for use in _uses(resource) if use.block.has(use.property)]
                counts.update(key for key in keys if not is_aws_managed(key))
        except UnknownRead:
            continue  # the rule is undecided for that resource
    return counts.most_common(1)[0][0] if counts else None


def _label(stack: Stack, key: str) -> str:
    resource = stack.get(key)
    return resource.name if resource else key
