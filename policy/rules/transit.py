"""Rules of the way in and out: requests over TLS only, and uploads under the bucket's own key only."""

import re
from collections.abc import Iterator, Mapping

from policy.iam.documents import Statement, statements
from policy.iam.requests import Request, is_denied
from policy.model import (
    Finding,
    NotApplicable,
    Outcome,
    Resource,
    Severity,
    as_far_as_known,
    rule,
)
from policy.rules._helpers.bucket_encryption import default_encryption, encryption_rules
from policy.rules._helpers.resource_types import (
    BUCKET,
    BUCKET_POLICY,
    QUEUE,
    QUEUE_POLICY,
    TOPIC,
    TOPIC_POLICY,
    TOPIC_SUBSCRIPTION,
)

_TRANSIT = ("PCI-DSS-4.0:4.2.1", "NIST-800-53r5:SC-8(1)")
_KEYS = ("PCI-DSS-4.0:3.5.1", "NIST-800-53r5:SC-28(1)", "NIST-800-53r5:SC-12")

_SECURE = "aws:securetransport"
_TLS = "s3:tlsversion"
_ALGORITHM = "s3:x-amz-server-side-encryption"
_KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id"
_CALLERS_KEY = "s3:x-amz-server-side-encryption-customer-algorithm"
_PLAIN: Mapping[str, str | None] = {
    _ALGORITHM: None,
    _KEY_ID: None,
    _CALLERS_KEY: None,
    _SECURE: "true",
    _TLS: "1.3",
}
"""An upload over TLS that asks for no encryption."""


@rule(
    name="bucket-requires-tls",
    on=BUCKET,
    severity=Severity.HIGH,
    controls=(*_TRANSIT, "CIS-AWS-3.0:2.1.1"),
    remedy="Deny s3:* on the bucket and its objects where aws:SecureTransport is false, and where s3:TlsVersion is "
    "less than 1.2.",
    whole_stack=True,
)
def bucket_requires_tls(bucket: Resource) -> Iterator[Outcome]:
    """Deny every request to a bucket that does not come over TLS, or over one older than 1.2."""
    document = _statements(bucket, BUCKET_POLICY, by="bucket")
    ways: dict[str, dict[str, str | None]] = {
        "without TLS": {_SECURE: "false", _TLS: None},
        "over TLS older than 1.2": {_SECURE: "true", _TLS: "1.1"},
    }
    for what, context in ways.items():
        yield from as_far_as_known(_denied(f"allows requests {what}", _everything(bucket, context), document))


@rule(
    name="queue-requires-tls",
    on=QUEUE,
    severity=Severity.MEDIUM,
    controls=_TRANSIT,
    remedy="Deny sqs:* where aws:SecureTransport is false, in a QueuePolicy.",
    whole_stack=True,
)
def queue_requires_tls(queue: Resource) -> Iterator[Outcome]:
    """Deny every request to a queue that does not come over TLS."""
    requests = [Request(f"sqs:{one}", _arn(queue), {_SECURE: "false"}) for one in ("SendMessage", "ReceiveMessage")]
    yield from _denied("allows requests without TLS", requests, _statements(queue, QUEUE_POLICY, by="queueUrl"))


@rule(
    name="topic-requires-tls",
    on=(TOPIC, TOPIC_SUBSCRIPTION),
    severity=Severity.MEDIUM,
    controls=_TRANSIT,
    remedy="Deny sns:Publish where aws:SecureTransport is false, in a TopicPolicy; subscribe by https, not http.",
    whole_stack=True,
)
def topic_requires_tls(topic: Resource) -> Iterator[Outcome]:
    """Deny every message to a topic that does not come over TLS, and deliver none without it."""
    if topic.type == TOPIC_SUBSCRIPTION:
        if topic.text("protocol") == "http":
            yield Finding("gets its messages without TLS (protocol)")
        return
    requests = [Request("sns:Publish", _arn(topic), {_SECURE: "false"})]
    yield from _denied("allows messages without TLS", requests, _statements(topic, TOPIC_POLICY, by="arn"))


@rule(
    name="bucket-denies-other-keys",
    on=BUCKET,
    severity=Severity.HIGH,
    controls=_KEYS,
    remedy="Deny s3:PutObject with an encryption header that is not aws:kms, with aws:kms and no key id, and with a "
    "key id that is not the bucket's; requests without headers get the bucket's default.",
    whole_stack=True,
)
def bucket_denies_other_keys(bucket: Resource) -> Iterator[Outcome]:
    """Deny uploads that ask for another encryption than the bucket's default.

    The default is only what a request gets that asks for nothing: a header `AES256` gives S3's own key, and `aws:kms`
    without a key id gives the account's default key, not the bucket's.
    """
    key = _default_key(bucket)
    document = _statements(bucket, BUCKET_POLICY, by="bucket")
    for what, algorithm, key_ids in (
        ("under S3's own key (header AES256)", "AES256", [None]),
        ("under the account's default key (header aws:kms without a key id)", "aws:kms", [None]),
        ("under another key (header with a key id)", "aws:kms", _others(key, document)),
    ):
        requests = [_put(bucket, {**_PLAIN, _ALGORITHM: algorithm, _KEY_ID: key_id}) for key_id in key_ids]
        yield from as_far_as_known(_denied(f"allows uploads {what}", requests, document))


@rule(
    name="bucket-denies-callers-keys",
    on=BUCKET,
    severity=Severity.MEDIUM,
    controls=_KEYS,
    remedy="Deny s3:PutObject where s3:x-amz-server-side-encryption-customer-algorithm is present, or block SSE-C in "
    "the bucket's encryption configuration.",
    whole_stack=True,
)
def bucket_denies_callers_keys(bucket: Resource) -> Iterator[Outcome]:
    """Deny uploads under a key that only the caller has (SSE-C): nobody else could read them, ransomware likes it."""
    if _blocks_callers_keys(bucket):
        return
    requests = [_put(bucket, {**_PLAIN, _CALLERS_KEY: "AES256"})]
    document = _statements(bucket, BUCKET_POLICY, by="bucket")
    yield from _denied("allows uploads under a key of the caller's (SSE-C)", requests, document)


def _statements(owner: Resource, *types: str, by: str) -> list[Statement]:
    """Return the statements of a resource's own policy and of the policies beside it."""
    sides = owner.attached(*types, by=by, inline=("policy",))
    return [one for side in sides or [owner] for one in statements(side)]


def _denied(finding: str, requests: list[Request], document: list[Statement]) -> Iterator[Outcome]:
    if not all(is_denied(one, document) for one in requests):
        yield Finding(finding)


def _arn(owner: Resource) -> str | None:
    return owner.text("arn") or None if owner.knows("arn") else None


def _everything(bucket: Resource, context: dict[str, str | None]) -> list[Request]:
    arn = _bucket_arn(bucket)
    objects = f"{arn}/any/object" if arn else None
    return [
        Request("s3:GetObject", objects, context),
        Request("s3:PutObject", objects, context),
        Request("s3:ListBucket", arn, context),
    ]


def _put(bucket: Resource, context: dict[str, str | None]) -> Request:
    arn = _bucket_arn(bucket)
    return Request("s3:PutObject", f"{arn}/any/object" if arn else None, context)


def _bucket_arn(bucket: Resource) -> str | None:
    """Return a bucket's ARN where its name is known; a name that is not given is made up when the bucket is."""
    if not bucket.knows("bucket") or not bucket.has("bucket"):
        return _arn(bucket)
    return f"arn:aws:s3:::{bucket.text('bucket')}"


def _default_key(bucket: Resource) -> str | None:
    """Return the customer key of a bucket, None where it is not known yet.

    Raises
    ------
    NotApplicable
        It has none.
    """
    for _, one in encryption_rules(bucket):
        default = default_encryption(one)
        if default.has("kmsMasterKeyId"):
            return default.text("kmsMasterKeyId") if default.knows("kmsMasterKeyId") else None
    raise NotApplicable("the bucket has no customer key, which is bucket-uses-customer-key's matter")


def _others(key: str | None, document: list[Statement]) -> list[str]:
    """Return the ARNs of other keys than a bucket's: one beside it, and those that its policy names.

    The one beside it is in the same account and region, where these are known.
    """
    stem = key.rpartition("/")[0] if key and key.startswith("arn:") else "arn:aws:kms:eu-central-1:111122223333:key"
    others = [f"{stem}/00000000-0000-0000-0000-000000000000"]
    if key and ":key/" in key:
        others += [one for one in _named_keys(document) if one.rpartition("/")[2] != key.rpartition("/")[2]]
    return others


def _named_keys(document: list[Statement]) -> Iterator[str]:
    for statement in document:
        for condition in statement.conditions:
            if condition.key == _KEY_ID:
                yield from (one for one in condition.values if ":key/" in one and not re.search(r"[*?]", one))


def _blocks_callers_keys(bucket: Resource) -> bool:
    return any("SSE-C" in one.texts("blockedEncryptionTypes") for _, one in encryption_rules(bucket))
