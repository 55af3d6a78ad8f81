"""Trust policies and statements that the roles of functions and schedules share."""

from components.shared.statements import Document, Statement, allow, deny, policy, write_log_streams

_NETWORK_INTERFACES = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
]
"""What Lambda needs to put a function into a VPC."""


def function_trust() -> Document:
    """Let the Lambda service assume the role.

    There is no source condition: AWS documents none for execution roles, and CreateFunction checks the trust policy
    without one.
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


def write_logs_and_traces(log_group_arn: str) -> list[Statement]:
    """Let a function write to its log group and send traces; X-Ray has no narrower resource."""
    return [
        *write_log_streams(log_group_arn),
        allow("Traces", ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*"),
    ]


def use_vpc(function_arn: str) -> list[Statement]:
    """Let Lambda manage the network interfaces of a function in a VPC, and deny the same to the function's own code.

    The actions have no narrower resource.
    """
    return [
        allow("NetworkInterfaces", _NETWORK_INTERFACES, "*"),
        deny(
            "DenyNetworkInterfacesToCode",
            _NETWORK_INTERFACES,
            "*",
            {"ArnEquals": {"lambda:SourceFunctionArn": function_arn}},
        ),
    ]


def deny_guardrail_changes() -> list[Statement]:
    """Deny a function to stop the trail, delete logs or disable a key, whatever it is granted later."""
    return [
        deny(
            "DenyGuardrailChanges",
            [
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
            "*",
        )
    ]


def schedule_permissions(*, function_arn: str) -> Document:
    """Let a schedule invoke its function and nothing else."""
    return policy([allow("InvokeFunction", "lambda:InvokeFunction", function_arn)])
