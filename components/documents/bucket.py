"""Bucket policies."""

from typing import Any

from components.documents.policy import Document, Statement, deny_plain_http, policy

ALGORITHM = "s3:x-amz-server-side-encryption"
KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id"
CUSTOMER_ALGORITHM = "s3:x-amz-server-side-encryption-customer-algorithm"


def bucket_policy(bucket_arn: str, key_arn: str) -> Document:
    """Return the denies of a bucket whose objects are all under one customer key.

    It allows nothing: access is granted by the roles that need it. An upload that names no encryption gets the
    bucket's default, which is the key.
    """
    return policy(
        deny_plain_http([bucket_arn, f"{bucket_arn}/*"], "s3:*"),
        [_old_tls(bucket_arn)],
        [
            # A header that asks for another algorithm; no header at all takes the bucket's default.
            _put(
                bucket_arn,
                "DenyOtherAlgorithm",
                {"StringNotEquals": {ALGORITHM: "aws:kms"}, "Null": {ALGORITHM: "false"}},
            ),
            # Without a key id this takes the account's default key, not the bucket's.
            _put(bucket_arn, "DenyDefaultKey", {"StringEquals": {ALGORITHM: "aws:kms"}, "Null": {KEY_ID: "true"}}),
            _put(bucket_arn, "DenyOtherKey", {"StringNotEquals": {KEY_ID: key_arn}, "Null": {KEY_ID: "false"}}),
            # A key that only the caller has would put the object out of everybody else's reach.
            _put(bucket_arn, "DenyCallersKey", {"Null": {CUSTOMER_ALGORITHM: "false"}}),
        ],
    )


def _old_tls(bucket_arn: str) -> Statement:
    return {
        "Sid": "DenyOldTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
        "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
    }


def _put(bucket_arn: str, sid: str, condition: dict[str, Any]) -> Statement:
    return {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"{bucket_arn}/*",
        "Condition": condition,
    }
