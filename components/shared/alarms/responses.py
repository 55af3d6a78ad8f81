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
    "Return the dead letters to the processor with make redrive STACK=<stack>. Processing is idempotent, so a file that was "
    "already processed keeps its result.",
    by="operator",
    actions=("lambda:InvokeFunction",),
)
REPLAY = Step(
    "Notify the processor of the file again with make replay STACK=<stack> KEY=<key>, or ask the sender to upload it again.",
    by="operator",
    actions=("lambda:InvokeFunction",),
)
REMOVE_PERMISSION = Step(
    "Remove the permission of the principal.",
    by="break-glass",
    actions=("iam:DetachRolePolicy", "iam:DeleteRolePolicy", "iam:PutRolePolicy"),
)
