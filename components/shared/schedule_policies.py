"""What a schedule may do."""

from components.shared.statements import Document, policy


def schedule_permissions(*, function_arn: str) -> Document:
    """Let a schedule call its function and nothing else."""
    return policy(
        [{"Sid": "CallFunction", "Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": function_arn}]
    )
