"""Steps of a response that several alarms share."""

from components.shared.alarms.record import Step

RESTORE = Step("Deploy the stack again with a refresh, which restores the settings.", by="deployer")
CHECK_CONTROLS = Step("Check that the attestor's next evidence has no failed control.", by="auditor")
ASK_WHY = Step("Identify the principal, and ask why.", by="auditor")
STOP_PROCESSOR = Step(
    "Stop the processor: aws lambda put-function-concurrency with 0. Files wait in the queue.", by="deployer"
)
COMPARE_CODE = Step("Compare the checksum of the function's code with the release.", by="auditor")
REDRIVE = Step(
    "Redrive the dead-letter queue with aws sqs start-message-move-task. Processing is idempotent, so a file that was "
    "already processed keeps its result.",
    by="operator",
    actions=(
        "sqs:StartMessageMoveTask",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:SendMessage",
        "kms:Decrypt",
        "kms:GenerateDataKey",
    ),
)
"""Source of the actions: SQS Developer Guide, "Configuring queue permissions for dead-letter queue redrive"."""
NOTIFY_AGAIN = Step(
    "Copy the object onto itself, which sends a new notification, or ask the sender to upload the file again. Nobody else may "
    "read input.",
    by="break-glass",
    actions=("s3:GetObject", "s3:PutObject", "kms:Decrypt", "kms:GenerateDataKey"),
)
REMOVE_PERMISSION = Step(
    "Remove the permission of the principal.",
    by="operator",
    actions=("iam:DetachRolePolicy", "iam:DeleteRolePolicy", "iam:PutRolePolicy"),
)
