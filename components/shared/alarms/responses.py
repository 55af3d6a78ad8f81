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
SCAN_AGAIN = Step(
    "If the error is NotScanned, have GuardDuty scan the file: aws guardduty send-object-malware-scan --s3-object "
    "Bucket=<bucket>,Key=<key>,VersionId=<version>.",
    by="operator",
    actions=("guardduty:SendObjectMalwareScan",),
)
REPLAY = Step(
    "Notify the processor of the file again with make replay STACK=<stack> KEY=<key>, or ask the sender to upload it again.",
    by="operator",
    actions=("lambda:InvokeFunction",),
)
DENY_PRINCIPAL = Step(
    "Attach the policy AWSDenyAll to the principal's role or user, which ends all its requests at once. Whoever manages IAM in the "
    "account then removes the permission.",
    by="break-glass",
    actions=("iam:AttachRolePolicy", "iam:AttachUserPolicy"),
)
