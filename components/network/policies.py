"""Policies of VPC endpoints: what may leave the network, even with somebody else's credentials.

Each allows what our functions call, on our own resources, to principals of our account; all else has no way out. That
closes the classic leak: an intruder in the network who writes to a bucket or table of their own.
"""

from collections.abc import Sequence

from components.shared.statements import Document, Statement, policy

DYNAMODB_ACTIONS = [
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
]


def s3_endpoint_policy(*, read_arns: Sequence[str], write_arns: Sequence[str], account_id: str) -> Document:
    """Let objects of some buckets be read, and of others be written."""
    objects = [f"{arn}/*" for arn in read_arns]
    return policy(
        [
            _allow("Read", ["s3:GetObject", "s3:GetObjectVersion"], objects, account_id),
            _allow("List", ["s3:ListBucket", "s3:ListBucketVersions"], read_arns, account_id),
            _allow(
                "Write", ["s3:PutObject", "s3:AbortMultipartUpload"], [f"{arn}/*" for arn in write_arns], account_id
            ),
        ]
    )


def dynamodb_endpoint_policy(*, table_arn: str, account_id: str) -> Document:
    """Let the items of one table and of its indexes be used."""
    return policy([_allow("Table", DYNAMODB_ACTIONS, [table_arn, f"{table_arn}/index/*"], account_id)])


def kms_endpoint_policy(*, key_arn: str, account_id: str) -> Document:
    """Let tokens be made with one key."""
    return policy([_allow("Tokens", ["kms:GenerateMac"], [key_arn], account_id)])


def _allow(sid: str, actions: Sequence[str], resources: Sequence[str], account_id: str) -> Statement:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": "*",
        "Action": list(actions),
        "Resource": list(resources),
        "Condition": {"StringEquals": {"aws:ResourceAccount": account_id, "aws:PrincipalAccount": account_id}},
    }
