"""Policies of the network tier: VPC endpoints and flow logs.

An endpoint's policy allows only the calls that our functions make, on our own resources, by principals of our account.
An intruder in the network therefore cannot copy records to a bucket or table of their own, with any credentials.
"""

from collections.abc import Sequence

from components.shared.statements import Document, Statement, allow, policy, write_log_streams

DYNAMODB_ACTIONS = [
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
]


def s3_endpoint_policy(
    *, read_arns: Sequence[str], write_arns: Sequence[str], account_id: str, malware_scan: bool
) -> Document:
    """Allow reads from some buckets and writes to others.

    Parameters
    ----------
    malware_scan
        Whether the verdicts of the malware scan are read, which are tags of object versions.
    """
    objects = [f"{arn}/*" for arn in read_arns]
    verdict = ["s3:GetObjectVersionTagging"] if malware_scan else []
    return policy(
        [
            _endpoint_statement("Read", ["s3:GetObject", "s3:GetObjectVersion", *verdict], objects, account_id),
            _endpoint_statement("List", ["s3:ListBucket", "s3:ListBucketVersions"], read_arns, account_id),
            _endpoint_statement(
                "Write", ["s3:PutObject", "s3:AbortMultipartUpload"], [f"{arn}/*" for arn in write_arns], account_id
            ),
        ]
    )


def dynamodb_endpoint_policy(*, table_arn: str, account_id: str) -> Document:
    """Allow the use of one table and its indexes."""
    return policy([_endpoint_statement("Table", DYNAMODB_ACTIONS, [table_arn, f"{table_arn}/index/*"], account_id)])


def kms_endpoint_policy(*, key_arn: str, account_id: str) -> Document:
    """Allow the derivation of tokens from one key."""
    return policy([_endpoint_statement("Tokens", ["kms:GenerateMac"], [key_arn], account_id)])


def flow_log_permissions(*, log_group_arn: str) -> Document:
    """Let flow logs deliver to an existing log group."""
    return policy(
        write_log_streams(log_group_arn),
        [
            # DescribeLogGroups has no narrower resource.
            allow("DescribeLogGroups", "logs:DescribeLogGroups", "*"),
            allow("DescribeLogStreams", "logs:DescribeLogStreams", [log_group_arn, f"{log_group_arn}:*"]),
        ],
    )


def _endpoint_statement(sid: str, actions: Sequence[str], resources: Sequence[str], account_id: str) -> Statement:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": "*",
        "Action": list(actions),
        "Resource": list(resources),
        "Condition": {"StringEquals": {"aws:ResourceAccount": account_id, "aws:PrincipalAccount": account_id}},
    }
