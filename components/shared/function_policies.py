"""Trust and permissions of roles."""

from components.shared.statements import Document, Statement, policy, write_streams


def function_trust() -> Document:
    """Let the Lambda service assume the role.

    No source condition: AWS documents none for execution roles, and creating a function checks the trust without it.
    """
    return policy(
        [
            {
                "Sid": "Lambda",
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ]
    )


def function_base(log_group_arn: str, function_arn: str) -> list[Statement]:
    """Return what any function in the network needs: its log streams, its traces, its network interfaces.

    The interface actions know no narrower resource; the deny keeps the function's own code from using what only the
    service needs.
    """
    interfaces = ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces",
                  "ec2:DescribeSubnets", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"]  # fmt: skip
    return [
        *write_streams(log_group_arn),
        {
            "Sid": "Traces",
            "Effect": "Allow",
            "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
            "Resource": "*",
        },
        {"Sid": "Interfaces", "Effect": "Allow", "Action": interfaces, "Resource": "*"},
        {
            "Sid": "DenyInterfacesToCode",
            "Effect": "Deny",
            "Action": interfaces,
            "Resource": "*",
            "Condition": {"ArnEquals": {"lambda:SourceFunctionArn": function_arn}},
        },
    ]


def deny_touching_guards() -> list[Statement]:
    """Deny a function what would blind the audit or end a key, whatever else is granted to it later."""
    return [
        {
            "Sid": "DenyTouchingGuards",
            "Effect": "Deny",
            "Action": [
                "cloudtrail:DeleteTrail",
                "cloudtrail:PutEventSelectors",
                "cloudtrail:PutInsightSelectors",
                "cloudtrail:StopLogging",
                "cloudtrail:UpdateTrail",
                "kms:DisableKey",
                "kms:DisableKeyRotation",
                "kms:PutKeyPolicy",
                "kms:ScheduleKeyDeletion",
                "logs:DeleteLogGroup",
                "logs:DeleteLogStream",
                "logs:DeleteRetentionPolicy",
                "logs:PutRetentionPolicy",
            ],
            "Resource": "*",
        }
    ]


def trail_permissions(*, log_group_arn: str) -> Document:
    """Return what a trail needs to deliver to a log group that is there."""
    return policy(write_streams(log_group_arn))


def flow_log_permissions(*, log_group_arn: str) -> Document:
    """Return what flow logs need to deliver to a log group that is there."""
    return policy(
        write_streams(log_group_arn),
        [
            # Describing groups knows no narrower resource.
            {"Sid": "FindGroup", "Effect": "Allow", "Action": "logs:DescribeLogGroups", "Resource": "*"},
            {
                "Sid": "FindStreams",
                "Effect": "Allow",
                "Action": "logs:DescribeLogStreams",
                "Resource": [log_group_arn, f"{log_group_arn}:*"],
            },
        ],
    )


def processor_permissions(
    *,
    input_arn: str,
    output_arn: str,
    quarantine_arn: str,
    table_arn: str,
    queue_arn: str,
    records_key_arn: str,
    logs_key_arn: str,
    tokens_key_arn: str,
    log_group_arn: str,
    function_arn: str,
) -> Document:
    """Return what the processor calls, and the denies that hold whatever else is granted to it later."""
    return policy(
        function_base(log_group_arn, function_arn),
        deny_touching_guards(),
        [
            {
                "Sid": "ReadInput",
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:GetObjectVersion"],
                "Resource": f"{input_arn}/*",
            },
            {
                "Sid": "WriteResults",
                "Effect": "Allow",
                "Action": ["s3:PutObject", "s3:AbortMultipartUpload"],
                "Resource": [f"{output_arn}/*", f"{quarantine_arn}/*"],
            },
            {
                # Whether a manifest object stands decides whether a redelivered message has work to do.
                "Sid": "ReadManifests",
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": f"{output_arn}/*/manifest.json",
            },
            {
                # Without it S3 answers "forbidden" where an object is not there.
                "Sid": "TellMissingObjects",
                "Effect": "Allow",
                "Action": "s3:ListBucket",
                "Resource": [input_arn, output_arn],
            },
            {
                "Sid": "Table",
                "Effect": "Allow",
                "Action": ["dynamodb:BatchWriteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
                "Resource": table_arn,
            },
            {
                "Sid": "TakeWork",
                "Effect": "Allow",
                "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
                "Resource": queue_arn,
            },
            {
                "Sid": "RecordsKey",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": records_key_arn,
            },
            {"Sid": "OwnEnvironment", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": logs_key_arn},
            {"Sid": "DeriveTokenKey", "Effect": "Allow", "Action": "kms:GenerateMac", "Resource": tokens_key_arn},
            {
                "Sid": "DenyLosingData",
                "Effect": "Deny",
                "Action": [
                    "s3:BypassGovernanceRetention",
                    "s3:DeleteBucket*",
                    "s3:DeleteObject*",
                    "s3:PutBucket*",
                    "s3:PutLifecycleConfiguration",
                    "s3:PutObjectLegalHold",
                    "s3:PutObjectRetention",
                    "dynamodb:DeleteItem",
                    "dynamodb:DeleteTable",
                    "dynamodb:Scan",
                    "dynamodb:UpdateContinuousBackups",
                    "dynamodb:UpdateTable",
                ],
                "Resource": "*",
            },
        ],
    )
