"""Trust policies and statements that the roles of functions and schedules share."""

from collections.abc import Sequence

from components.shared.statements import Document, Statement, allow, deny, policy, write_log_streams

_DESCRIBE_NETWORK = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"]
"""EC2 describes on all resources only."""
_CHANGE_INTERFACES = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
]


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


def use_vpc(function_arn: str, placement_arns: Sequence[str]) -> list[Statement]:
    """Let Lambda manage the network interfaces of a function in a VPC, and deny the same to the function's own code.

    Interfaces are created only in the function's subnets and security groups. To delete one, Lambda needs its id, which nobody
    knows beforehand, or all ids: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html

    Parameters
    ----------
    placement_arns
        Subnets and security groups of the function.
    """
    account = function_arn.partition(":function:")[0].replace(":lambda:", ":ec2:")
    return [
        allow("DescribeNetwork", _DESCRIBE_NETWORK, "*"),
        allow(
            "CreateNetworkInterfaces", "ec2:CreateNetworkInterface", [f"{account}:network-interface/*", *placement_arns]
        ),
        allow("ChangeNetworkInterfaces", _CHANGE_INTERFACES, f"{account}:*/*"),
        deny(
            "DenyNetworkInterfacesToCode",
            ["ec2:CreateNetworkInterface", *_CHANGE_INTERFACES, *_DESCRIBE_NETWORK],
            "*",
            # Lambda's pages show the ARN without a version, and do not say that it always is: both are denied.
            {"ArnLike": {"lambda:SourceFunctionArn": [function_arn, f"{function_arn}:*"]}},
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


def schedule_permissions(*, function_arn: str, key_arn: str, schedule_arn: str) -> Document:
    """Let a schedule invoke its function and decrypt its own payload, and nothing else.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html
    """
    payload = {"StringEquals": {"kms:EncryptionContext:aws:scheduler:schedule:arn": schedule_arn}}
    return policy(
        [
            allow("InvokeFunction", "lambda:InvokeFunction", function_arn),
            allow("DecryptPayload", "kms:Decrypt", key_arn, payload),
        ]
    )
