"""Controls of DynamoDB tables, which are read by name."""

from typing import Any

from lambdas.attestor.controls.control import ACCESS, ENCRYPTION, controls_of
from lambdas.attestor.policy_documents import parsed
from lambdas.attestor.reading import Reading

_ALARMS = ("table-changed-outside-deployment",)

control = controls_of("table")


def _description(aws: Reading, table: str) -> Any:
    return aws.call("dynamodb", "describe_table", TableName=table)["Table"]


@control(
    "dynamodb-encryption",
    requirement="The table is encrypted with the expected key.",
    references=ENCRYPTION,
    rules=("table-uses-customer-key", "data-class-has-one-key"),
    alarms=_ALARMS,
    actions=("dynamodb:DescribeTable",),
)
def encryption(aws: Reading, table: str) -> object:
    """Return the customer key."""
    description = _description(aws, table).get("SSEDescription", {})
    return description.get("KMSMasterKeyArn") if description.get("Status") in ("ENABLED", "UPDATING") else None


@control(
    "dynamodb-point-in-time-recovery",
    requirement="The table can be restored to any second of its recovery window.",
    references=("NIST-800-53r5:CP-9",),
    rules=("table-has-point-in-time-recovery",),
    alarms=_ALARMS,
    actions=("dynamodb:DescribeContinuousBackups",),
    expected=True,
)
def point_in_time_recovery(aws: Reading, table: str) -> object:
    """Return whether point-in-time recovery is enabled."""
    backups = aws.call("dynamodb", "describe_continuous_backups", TableName=table)["ContinuousBackupsDescription"]
    return backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") == "ENABLED"


@control(
    "dynamodb-policy",
    requirement="The policy of the table is the expected one: items are for the functions and break-glass.",
    references=ACCESS,
    rules=("resource-policy-is-closed", "policy-has-no-wildcard-action"),
    alarms=_ALARMS,
    actions=("dynamodb:DescribeTable", "dynamodb:GetResourcePolicy"),
    is_policy=True,
)
def table_policy(aws: Reading, table: str) -> object:
    """Return the table's policy."""
    arn = _description(aws, table)["TableArn"]
    answer = aws.call_unless({"PolicyNotFoundException"}, "dynamodb", "get_resource_policy", ResourceArn=arn)
    return answer and parsed(answer["Policy"])


@control(
    "dynamodb-deletion-protection",
    requirement="The table is protected from deletion where that is expected.",
    references=("NIST-800-53r5:SI-12",),
    rules=("database-has-deletion-protection",),
    alarms=_ALARMS,
    actions=("dynamodb:DescribeTable",),
)
def deletion_protection(aws: Reading, table: str) -> object:
    """Return whether deletion protection is on."""
    return _description(aws, table).get("DeletionProtectionEnabled", False)
