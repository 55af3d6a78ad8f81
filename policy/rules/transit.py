"""Transit rules: requests use TLS, and uploads use the bucket's default encryption."""

import re
from collections.abc import Iterator, Mapping

from policy.iam.documents import Statement, statements
from policy.iam.requests import Request, is_denied
from policy.model import Finding, NotApplicable, Outcome, Resource, Severity, rule, stop_at_unknown
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

_TRANSIT = ("PCI-DSS-4.0.1:4.2.1", "NIST-800-53r5:SC-8(1)")
_KEYS = ("PCI-DSS-4.0.1:3.5.1", "NIST-800-53r5:SC-28(1)", "NIST-800-53r5:SC-12")

_SECURE_TRANSPORT = "aws:securetransport"
_TLS_VERSION = "s3:tlsversion"
_ALGORITHM = "s3:x-amz-server-side-encryption"
_KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id"
_SSE_C_ALGORITHM = "s3:x-amz-server-side-encryption-customer-algorithm"
_PLAIN_UPLOAD: Mapping[str, str | None] = {
    _ALGORITHM: None,
    _KEY_ID: None,
    _SSE_C_ALGORITHM: None,
    _SECURE_TRANSPORT: "true",
    _TLS_VERSION: "1.3",
}
"""The condition keys of an upload over TLS without encryption headers."""


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
    """A bucket policy denies every request without TLS, and every request with a TLS version older than 1.2."""
    document = _statements(bucket, BUCKET_POLICY, by="bucket")
    insecure: dict[str, dict[str, str | None]] = {
        "without TLS": {_SECURE_TRANSPORT: "false", _TLS_VERSION: None},
        "with a TLS version older than 1.2": {_SECURE_TRANSPORT: "true", _TLS_VERSION: "1.1"},
    }
    for requests, context in insecure.items():
        yield from stop_at_unknown(_denied(f"allows requests {requests}", _all_requests(bucket, context), document))


@rule(
    name="queue-requires-tls",
    on=QUEUE,
    severity=Severity.MEDIUM,
    controls=_TRANSIT,
    remedy="Deny sqs:* where aws:SecureTransport is false, in a QueuePolicy.",
    whole_stack=True,
)
def queue_requires_tls(queue: Resource) -> Iterator[Outcome]:
    """A queue policy denies every request without TLS."""
    requests = [
        Request(f"sqs:{action}", _arn(queue), {_SECURE_TRANSPORT: "false"})
        for action in ("SendMessage", "ReceiveMessage")
    ]
    yield from _denied("allows requests without TLS", requests, _statements(queue, QUEUE_POLICY, by="queueUrl"))


@rule(
    name="topic-requires-tls",
    on=(TOPIC, TOPIC_SUBSCRIPTION),
    severity=Severity.MEDIUM,
    controls=_TRANSIT,
    remedy="Deny sns:Publish where aws:SecureTransport is false, in a TopicPolicy. Subscribe with https, not http.",
    whole_stack=True,
)
def topic_requires_tls(topic: Resource) -> Iterator[Outcome]:
    """A topic policy denies every message without TLS, and no subscription delivers over plain HTTP."""
    if topic.type == TOPIC_SUBSCRIPTION:
        if topic.text("protocol") == "http":
            yield Finding("delivers messages without TLS (protocol)")
        return
    requests = [Request("sns:Publish", _arn(topic), {_SECURE_TRANSPORT: "false"})]
    yield from _denied("allows messages without TLS", requests, _statements(topic, TOPIC_POLICY, by="arn"))


@rule(
    name="bucket-denies-other-keys",
    on=BUCKET,
    severity=Severity.HIGH,
    controls=_KEYS,
    remedy="Deny s3:PutObject with an encryption header other than aws:kms, with aws:kms but no key id, and with another key "
    "id than the bucket's. Requests without headers get the bucket's default encryption.",
    whole_stack=True,
)
def bucket_denies_other_keys(bucket: Resource) -> Iterator[Outcome]:
    """A bucket policy denies uploads with other encryption than the bucket's default.

    The default applies only to requests without encryption headers. With the header `AES256`, S3 uses its own key; with
    `aws:kms` but no key id, it uses the account's default key.
    """
    key = _default_key(bucket)
    document = _statements(bucket, BUCKET_POLICY, by="bucket")
    for encryption, algorithm, key_ids in (
        ("with S3's own key (header AES256)", "AES256", [None]),
        ("with the account's default key (header aws:kms without a key id)", "aws:kms", [None]),
        ("with another key (header with a key id)", "aws:kms", _other_keys(key, document)),
    ):
        requests = [_put(bucket, {**_PLAIN_UPLOAD, _ALGORITHM: algorithm, _KEY_ID: key_id}) for key_id in key_ids]
        yield from stop_at_unknown(_denied(f"allows uploads {encryption}", requests, document))


@rule(
    name="bucket-denies-sse-c",
    on=BUCKET,
    severity=Severity.MEDIUM,
    controls=_KEYS,
    remedy="Deny s3:PutObject where s3:x-amz-server-side-encryption-customer-algorithm is present, or block SSE-C in the "
    "bucket's encryption configuration.",
    whole_stack=True,
)
def bucket_denies_sse_c(bucket: Resource) -> Iterator[Outcome]:
    """A bucket denies uploads with a key that only the caller has (SSE-C), which ransomware uses to lock out the owner."""
    if _blocks_sse_c(bucket):
        return
    requests = [_put(bucket, {**_PLAIN_UPLOAD, _SSE_C_ALGORITHM: "AES256"})]
    document = _statements(bucket, BUCKET_POLICY, by="bucket")
    yield from _denied("allows uploads with a key of the caller (SSE-C)", requests, document)


def _statements(owner: Resource, *types: str, by: str) -> list[Statement]:
    """Return the statements of the policies beside a resource, or of its own policy where there are none."""
    sides = owner.attached(*types, by=by, inline=("policy",))
    return [statement for side in sides or [owner] for statement in statements(side)]


def _denied(finding: str, requests: list[Request], document: list[Statement]) -> Iterator[Outcome]:
    if not all(is_denied(request, document) for request in requests):
        yield Finding(finding)


def _arn(owner: Resource) -> str | None:
    return owner.text("arn") or None if owner.knows("arn") else None


def _all_requests(bucket: Resource, context: dict[str, str | None]) -> list[Request]:
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
    """Return the ARN of a bucket, None where its name is not known; without a name, Pulumi generates one at creation."""
    if not bucket.knows("bucket") or not bucket.has("bucket"):
        return _arn(bucket)
    return f"arn:aws:s3:::{bucket.text('bucket')}"


def _default_key(bucket: Resource) -> str | None:
    """Return the customer key of a bucket, None where it is not known yet.

    Raises
    ------
    NotApplicable
        The bucket has no customer key.
    """
    for _, encryption_rule in encryption_rules(bucket):
        default = default_encryption(encryption_rule)
        if default.has("kmsMasterKeyId"):
            return default.text("kmsMasterKeyId") if default.knows("kmsMasterKeyId") else None
    raise NotApplicable("the bucket has no customer key, which bucket-uses-customer-key reports")


def _other_keys(key: str | None, document: list[Statement]) -> list[str]:
    """Return ARNs of keys other than the bucket's: a made-up one, and those that the bucket policy names.

    The made-up key is in the account and region of the bucket's key, where these are known.
    """
    stem = key.rpartition("/")[0] if key and key.startswith("arn:") else "arn:aws:kms:eu-central-1:111122223333:key"
    other_keys = [f"{stem}/00000000-0000-0000-0000-000000000000"]
    if key and ":key/" in key:
        other_keys += [arn for arn in _named_keys(document) if arn.rpartition("/")[2] != key.rpartition("/")[2]]
    return other_keys


def _named_keys(document: list[Statement]) -> Iterator[str]:
    for statement in document:
        for condition in statement.conditions:
            if condition.key == _KEY_ID:
                yield from (arn for arn in condition.values if ":key/" in arn and not re.search(r"[*?]", arn))


def _blocks_sse_c(bucket: Resource) -> bool:
    return any(
        "SSE-C" in encryption_rule.texts("blockedEncryptionTypes") for _, encryption_rule in encryption_rules(bucket)
    )
