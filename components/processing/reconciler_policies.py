"""What the sweep may do."""

from components.shared.function_policies import deny_touching_guards, function_base
from components.shared.statements import Document, policy


def reconciler_permissions(
    *,
    region: str,
    input_arn: str,
    table_arn: str,
    index_name: str,
    records_key_arn: str,
    logs_key_arn: str,
    log_group_arn: str,
    function_arn: str,
) -> Document:
    """Return what the sweep asks, and the denies that hold whatever else is granted to it later.

    It sees which files there are and whether they have a manifest; no content of a file, and no transaction.

    Parameters
    ----------
    index_name
        The table's index of manifests by status.
    """
    return policy(
        function_base(log_group_arn, function_arn),
        deny_touching_guards(),
        [
            {"Sid": "ListInput", "Effect": "Allow", "Action": "s3:ListBucketVersions", "Resource": input_arn},
            {
                "Sid": "FindManifests",
                "Effect": "Allow",
                "Action": "dynamodb:BatchGetItem",
                "Resource": table_arn,
                # Of no keys at all everything holds, hence the second condition.
                "Condition": {
                    "ForAllValues:StringLike": {"dynamodb:LeadingKeys": "file#*"},
                    "Null": {"dynamodb:LeadingKeys": "false"},
                },
            },
            {
                # Only manifests have a status, so no transaction is in it.
                "Sid": "FindProcessing",
                "Effect": "Allow",
                "Action": "dynamodb:Query",
                "Resource": f"{table_arn}/index/{index_name}",
            },
            {
                "Sid": "RecordsKeyThroughTable",
                "Effect": "Allow",
                "Action": "kms:Decrypt",
                "Resource": records_key_arn,
                "Condition": {"StringEquals": {"kms:ViaService": f"dynamodb.{region}.amazonaws.com"}},
            },
            {"Sid": "OwnEnvironment", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": logs_key_arn},
            {
                "Sid": "DenyContent",
                "Effect": "Deny",
                "Action": [
                    "s3:DeleteObject*",
                    "s3:GetObject*",
                    "s3:PutObject*",
                    "s3:RestoreObject",
                    "dynamodb:BatchWriteItem",
                    "dynamodb:DeleteItem",
                    "dynamodb:PartiQL*",
                    "dynamodb:PutItem",
                    "dynamodb:Scan",
                    "dynamodb:UpdateItem",
                    "sqs:ReceiveMessage",
                ],
                "Resource": "*",
            },
            {
                "Sid": "DenyLosingData",
                "Effect": "Deny",
                "Action": [
                    "s3:BypassGovernanceRetention",
                    "s3:DeleteBucket*",
                    "s3:PutBucket*",
                    "s3:PutLifecycleConfiguration",
                    "dynamodb:DeleteTable",
                    "dynamodb:UpdateContinuousBackups",
                    "dynamodb:UpdateTable",
                ],
                "Resource": "*",
            },
        ],
    )
