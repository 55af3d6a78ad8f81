"""Policies of VPC endpoints: what may leave the network, even with somebody else's credentials."""

from components.documents.policy import Document, policy


def storage_endpoint_policy(actions: list[str], account_id: str) -> Document:
    """Allow actions on resources of this account by principals of this account; all else has no way out.

    The resource condition closes the classic leak: an intruder in the network who writes to a bucket or table of
    their own.
    """
    return policy(
        [
            {
                "Sid": "OwnResourcesByOwnPrincipals",
                "Effect": "Allow",
                "Principal": "*",
                "Action": actions,
                "Resource": "*",
                "Condition": {
                    "StringEquals": {"aws:ResourceAccount": account_id, "aws:PrincipalAccount": account_id},
                },
            }
        ]
    )


S3_ACTIONS = [
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:PutObject",
    "s3:ListBucket",
    "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts",
]
DYNAMODB_ACTIONS = [
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
]
KMS_ACTIONS = ["kms:GenerateMac"]
