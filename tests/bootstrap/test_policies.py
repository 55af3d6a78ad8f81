"""What the roles may do, request by request, and who may assume them."""

import json
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import pytest

from bootstrap.deployment import boundary, deploy_permissions, preview_permissions, state_key_policy
from bootstrap.grants import grants
from bootstrap.groups import GROUPS, github_trust, people_trust
from bootstrap.names import DEPLOY_ROLE, PREVIEW_ROLE, Copies, boundary_arn, provider_arn, role_arn
from components.monitoring.catalogue import COMPOSITES, all_alarms
from components.principals import Principals
from components.processing.malware_scan import SERVICE
from components.shared.alarms.record import Command
from components.shared.statements import policy
from tests.components.policies import attached
from tests.components.policies.attached import CONTEXT, KEY, RECORDS_KEY, local
from tests.components.policies.rows import attestor, logs, malware_scan, processor, reconciler
from tests.components.policies.rows.malware_scan import PLAN
from tests.support.iam.builders import AWAY, HOME
from tests.support.iam.builders import policy as document
from tests.support.iam.conditions import ContextValue
from tests.support.iam.evaluation import Policies, decide
from tests.support.iam.request import Principal, Request, aws, federated

STATE, STATE_KEY = "arn:aws:s3:::strongroom-bootstrap-state-0a1b2c3", local("kms", "key/state")
STATE_KEY_POLICY = state_key_policy(CONTEXT)
BUCKET, ANOTHER = "arn:aws:s3:::strongroom-prod-data-{}-0a1b2c3", "arn:aws:s3:::payroll"
TAGS: Mapping[str, ContextValue] = {"aws:ResourceTag/project": "strongroom", "aws:ResourceTag/stack": "prod"}
NEW: Mapping[str, ContextValue] = {"aws:RequestTag/project": "strongroom", "aws:RequestTag/stack": "prod"}
BOUNDED: Mapping[str, ContextValue] = {"iam:PermissionsBoundary": boundary_arn(CONTEXT)}
FUNCTION = local("lambda", "function:strongroom-prod-processor")
IDENTITY = {
    DEPLOY_ROLE: list(deploy_permissions(CONTEXT, STATE, STATE_KEY).values()),
    PREVIEW_ROLE: [preview_permissions(CONTEXT, STATE, STATE_KEY)],
    **{group.name: [group.permissions(CONTEXT)] for group in GROUPS},
}
Keys = Mapping[str, ContextValue | Sequence[ContextValue]]
Row = tuple[str, str, str, Keys, bool]


def alias(purpose: str, service: str) -> dict[str, Any]:
    return {
        "kms:ResourceAliases": [f"alias/strongroom-prod-{purpose}"],
        "kms:ViaService": f"{service}.eu-central-1.amazonaws.com",
    }


def role(name: str) -> str:
    return CONTEXT.iam_arn(f"role/{name}")


def bucket(name: str, key: str = "") -> str:
    return BUCKET.format(name) + (f"/{key}" if key else "")


def state(path: str) -> str:
    return f"{STATE}/.pulumi/{path}"


DENY_ALL = "arn:aws:iam::aws:policy/AWSDenyAll"
BREAK_GLASS, UPLOADER, READER, QUARANTINE, AUDITOR, OPERATOR = (
    f"strongroom-{name}" for name in ("break-glass", "uploader", "reader", "quarantine-operator", "auditor", "operator")
)
WORK, DEAD = (
    local("sqs", "strongroom-prod-processing-work-0a1b2c3"),
    local("sqs", "strongroom-prod-processing-work-dead-letters-0a1b2c3"),
)
WATCHED = {
    "cloudwatch:DescribeAlarms": "*",
    "cloudwatch:GetDashboard": f"arn:aws:cloudwatch::{HOME}:dashboard/strongroom-prod",
    "logs:DescribeMetricFilters": local("logs", "log-group:/aws/cloudtrail/strongroom-prod"),
}
ROWS: list[Row] = [
    # The role that deploys uses the stack's resources, by name or tags.
    (DEPLOY_ROLE, "s3:CreateBucket", bucket("input"), {}, True),
    (DEPLOY_ROLE, "s3:PutBucketPolicy", bucket("output"), {}, True),
    (DEPLOY_ROLE, "s3:PutBucketPolicy", ANOTHER, {}, False),
    (DEPLOY_ROLE, "s3:PutBucketPolicy", "arn:aws:s3:::strongroom-dev-data-output-0a1b2c3", {}, False),
    (DEPLOY_ROLE, "s3:GetObject", bucket("input", "a.csv"), {}, False),
    (DEPLOY_ROLE, "s3:GetObject", bucket("output", "id/part-00000.jsonl.gz"), {}, False),
    (DEPLOY_ROLE, "s3:DeleteObject", bucket("audit", "AWSLogs/a"), {}, False),
    (DEPLOY_ROLE, "s3:PutObject", bucket("artifacts", "functions/processor.zip"), {}, True),
    (DEPLOY_ROLE, "s3:PutObject", bucket("audit", "attestation/strongroom-prod-attestor/expected-state.json"), {}, True),
    (DEPLOY_ROLE, "s3:PutObject", bucket("audit", "AWSLogs/a"), {}, False),
    (DEPLOY_ROLE, "s3:DeleteObjectVersion", bucket("audit", "attestation/a"), {}, False),
    (DEPLOY_ROLE, "dynamodb:CreateTable", local("dynamodb", "table/strongroom-prod-data-transactions-1"), {}, True),
    (DEPLOY_ROLE, "dynamodb:GetItem", local("dynamodb", "table/strongroom-prod-data-transactions-1"), {}, False),
    (DEPLOY_ROLE, "dynamodb:DeleteTable", local("dynamodb", "table/ledger"), {}, False),
    (DEPLOY_ROLE, "sqs:ReceiveMessage", WORK, {}, False),
    (DEPLOY_ROLE, "kms:CreateKey", "*", NEW, True),
    (DEPLOY_ROLE, "kms:CreateKey", "*", {}, False),
    (DEPLOY_ROLE, "kms:PutKeyPolicy", RECORDS_KEY, TAGS, True),
    (DEPLOY_ROLE, "kms:PutKeyPolicy", RECORDS_KEY, {**TAGS, "aws:ResourceTag/stack": "dev"}, False),
    (DEPLOY_ROLE, "kms:PutKeyPolicy", RECORDS_KEY, {}, False),
    (DEPLOY_ROLE, "kms:Decrypt", attached.LOGS_KEY, TAGS, False),
    (DEPLOY_ROLE, "kms:Decrypt", attached.LOGS_KEY, {**TAGS, "kms:ViaService": "lambda.eu-central-1.amazonaws.com"}, True),
    (DEPLOY_ROLE, "kms:GenerateMac", attached.TOKENS_KEY, TAGS, False),
    (DEPLOY_ROLE, "ec2:CreateVpc", local("ec2", "vpc/*"), NEW, True),
    (DEPLOY_ROLE, "ec2:CreateVpc", local("ec2", "vpc/*"), {}, False),
    (DEPLOY_ROLE, "ec2:DeleteVpc", local("ec2", "vpc/vpc-1"), TAGS, True),
    (DEPLOY_ROLE, "ec2:DeleteVpc", local("ec2", "vpc/vpc-1"), {}, False),
    (DEPLOY_ROLE, "ec2:CreateInternetGateway", local("ec2", "internet-gateway/*"), NEW, False),
    (DEPLOY_ROLE, "ec2:CreateTags", local("ec2", "vpc/vpc-1"), {"ec2:CreateAction": "CreateVpc"}, True),
    (DEPLOY_ROLE, "ec2:CreateTags", local("ec2", "vpc/vpc-1"), NEW, False),
    (DEPLOY_ROLE, "ec2:RunInstances", local("ec2", "instance/*"), NEW, False),
    (DEPLOY_ROLE, "lambda:UpdateFunctionCode", FUNCTION, {}, True),
    (DEPLOY_ROLE, "lambda:UpdateFunctionCode", local("lambda", "function:payroll"), {}, False),
    (DEPLOY_ROLE, "lambda:InvokeFunction", FUNCTION, {}, False),
    (DEPLOY_ROLE, "lambda:InvokeFunction", f"{FUNCTION}:12", {}, True),
    (DEPLOY_ROLE, "lambda:InvokeFunction", f"{FUNCTION}-2:12", {}, False),
    (DEPLOY_ROLE, "lambda:InvokeFunction", local("lambda", "function:strongroom-prod-reconciler:12"), {}, False),
    (DEPLOY_ROLE, "lambda:InvokeFunction", local("lambda", "function:strongroom-prod-attestor"), {}, True),
    (DEPLOY_ROLE, "lambda:PublishVersion", FUNCTION, {}, True),
    (DEPLOY_ROLE, "lambda:UpdateAlias", f"{FUNCTION}:live", {}, True),
    (DEPLOY_ROLE, "lambda:UpdateAlias", local("lambda", "function:payroll:live"), {}, False),
    (DEPLOY_ROLE, "logs:CreateLogGroup", local("logs", "log-group:/aws/lambda/strongroom-prod-processor"), {}, True),
    (DEPLOY_ROLE, "logs:DeleteLogGroup", local("logs", "log-group:/aws/lambda/payroll"), {}, False),
    (DEPLOY_ROLE, "logs:GetLogEvents", local("logs", "log-group:/aws/lambda/strongroom-prod-processor"), {}, False),
    (DEPLOY_ROLE, "cloudtrail:StopLogging", local("cloudtrail", "trail/organisation"), {}, False),
    # It creates roles only inside the boundary, and changes neither the boundary nor itself nor the other groups' roles.
    (DEPLOY_ROLE, "iam:CreateRole", role("strongroom-prod-processor"), BOUNDED, True),
    (DEPLOY_ROLE, "iam:CreateRole", role("strongroom-prod-processor"), {}, False),
    (DEPLOY_ROLE, "iam:CreateRole", role("strongroom-prod-processor"), {"iam:PermissionsBoundary": CONTEXT.iam_arn("policy/any")}, False),
    (DEPLOY_ROLE, "iam:CreateRole", role("administrator"), BOUNDED, False),
    (DEPLOY_ROLE, "iam:PutRolePolicy", role("strongroom-prod-processor"), BOUNDED, True),
    (DEPLOY_ROLE, "iam:PutRolePolicy", role("strongroom-prod-processor"), {}, False),
    (DEPLOY_ROLE, "iam:AttachRolePolicy", role("strongroom-prod-processor"), BOUNDED, False),
    (DEPLOY_ROLE, "iam:DeleteRolePermissionsBoundary", role("strongroom-prod-processor"), BOUNDED, False),
    (DEPLOY_ROLE, "iam:PutRolePermissionsBoundary", role("strongroom-prod-processor"), BOUNDED, True),
    (DEPLOY_ROLE, "iam:CreatePolicyVersion", boundary_arn(CONTEXT), {}, False),
    (DEPLOY_ROLE, "iam:SetDefaultPolicyVersion", CONTEXT.iam_arn(f"policy/{DEPLOY_ROLE}-data"), {}, False),
    *(
        (DEPLOY_ROLE, f"iam:{action}", role(name), BOUNDED, False)
        for action in ("PutRolePolicy", "UpdateAssumeRolePolicy", "PassRole", "DeleteRole")
        for name in (DEPLOY_ROLE, PREVIEW_ROLE, BREAK_GLASS, READER)
    ),
    (DEPLOY_ROLE, "iam:GetRole", role(DEPLOY_ROLE), {}, True),
    (DEPLOY_ROLE, "iam:PassRole", role("strongroom-prod-processor"), {"iam:PassedToService": "lambda.amazonaws.com"}, True),
    (DEPLOY_ROLE, "iam:PassRole", role("strongroom-prod-processor"), {"iam:PassedToService": "ec2.amazonaws.com"}, False),
    (DEPLOY_ROLE, "iam:PassRole", role("strongroom-prod-malware-scan"), {"iam:PassedToService": SERVICE}, True),
    (DEPLOY_ROLE, "guardduty:CreateMalwareProtectionPlan", "*", NEW, True),
    (DEPLOY_ROLE, "guardduty:CreateMalwareProtectionPlan", "*", {}, False),
    (DEPLOY_ROLE, "guardduty:TagResource", PLAN, NEW, True),
    *(
        (DEPLOY_ROLE, f"guardduty:{action}MalwareProtectionPlan", PLAN, keys, allowed)
        for action in ("Delete", "Get", "Update")
        for keys, allowed in ((TAGS, True), ({}, False))
    ),
    (DEPLOY_ROLE, "guardduty:DeleteDetector", local("guardduty", "detector/d"), TAGS, False),
    (PREVIEW_ROLE, "guardduty:GetMalwareProtectionPlan", PLAN, TAGS, True),
    (PREVIEW_ROLE, "guardduty:UpdateMalwareProtectionPlan", PLAN, TAGS, False),
    (DEPLOY_ROLE, "iam:PassRole", role("administrator"), {"iam:PassedToService": "lambda.amazonaws.com"}, False),
    (DEPLOY_ROLE, "iam:CreateUser", CONTEXT.iam_arn("user/x"), {}, False),
    (DEPLOY_ROLE, "iam:UpdateOpenIDConnectProviderThumbprint", provider_arn(CONTEXT), {}, False),
    (DEPLOY_ROLE, "sts:AssumeRole", role(BREAK_GLASS), {}, False),
    # It keeps the state of the stacks, and not that of the bootstrap program.
    (DEPLOY_ROLE, "s3:PutObject", state("stacks/strongroom/prod.json"), {}, True),
    (DEPLOY_ROLE, "s3:PutObject", state("locks/organization/strongroom/prod/1.json"), {}, True),
    (DEPLOY_ROLE, "s3:DeleteObject", state("locks/organization/strongroom/prod/1.json"), {}, True),
    (DEPLOY_ROLE, "s3:GetObject", state("meta.yaml"), {}, True),
    (DEPLOY_ROLE, "s3:PutObject", state("stacks/strongroom-bootstrap/prod.json"), {}, False),
    (DEPLOY_ROLE, "s3:DeleteObjectVersion", state("stacks/strongroom/prod.json"), {}, False),
    (DEPLOY_ROLE, "s3:PutBucketPolicy", STATE, {}, False),
    (DEPLOY_ROLE, "kms:Decrypt", STATE_KEY, {}, True),
    (DEPLOY_ROLE, "kms:PutKeyPolicy", STATE_KEY, TAGS, False),
    (DEPLOY_ROLE, "kms:ScheduleKeyDeletion", STATE_KEY, TAGS, False),
    # The role that previews reads state and configuration, changes nothing, and sees no content.
    (PREVIEW_ROLE, "s3:GetObject", state("stacks/strongroom/prod.json"), {}, True),
    (PREVIEW_ROLE, "s3:PutObject", state("stacks/strongroom/prod.json"), {}, False),
    (PREVIEW_ROLE, "kms:Decrypt", STATE_KEY, {}, True),
    (PREVIEW_ROLE, "kms:Encrypt", STATE_KEY, {}, False),
    (PREVIEW_ROLE, "kms:Decrypt", RECORDS_KEY, {**TAGS, "kms:ViaService": "s3.eu-central-1.amazonaws.com"}, False),
    (PREVIEW_ROLE, "kms:GetKeyPolicy", RECORDS_KEY, TAGS, True),
    (PREVIEW_ROLE, "s3:GetBucketPolicy", bucket("output"), {}, True),
    *((PREVIEW_ROLE, "s3:GetObject", bucket(name, "a"), {}, False) for name in ("input", "output", "quarantine", "audit", "artifacts")),
    (PREVIEW_ROLE, "ec2:DescribeVpcs", "*", {}, True),
    (PREVIEW_ROLE, "dynamodb:DescribeTable", local("dynamodb", "table/strongroom-prod-t"), {}, True),
    (PREVIEW_ROLE, "dynamodb:Scan", local("dynamodb", "table/strongroom-prod-t"), {}, False),
    (PREVIEW_ROLE, "sqs:ReceiveMessage", DEAD, {}, False),
    (PREVIEW_ROLE, "lambda:InvokeFunction", local("lambda", "function:strongroom-prod-attestor"), {}, False),
    (PREVIEW_ROLE, "lambda:InvokeFunction", f"{FUNCTION}:12", {}, False),
    (PREVIEW_ROLE, "lambda:GetAlias", f"{FUNCTION}:live", {}, True),
    (PREVIEW_ROLE, "iam:PassRole", role("strongroom-prod-processor"), {"iam:PassedToService": "lambda.amazonaws.com"}, False),
    # Uploaders write input and read nothing.
    (UPLOADER, "s3:PutObject", bucket("input", "a.csv"), {}, True),
    (UPLOADER, "s3:PutObject", bucket("output", "a.csv"), {}, False),
    (UPLOADER, "s3:GetObject", bucket("input", "a.csv"), {}, False),
    (UPLOADER, "s3:ListBucket", bucket("input"), {}, False),
    (UPLOADER, "kms:GenerateDataKey", RECORDS_KEY, alias("records", "s3"), True),
    (UPLOADER, "kms:GenerateDataKey", attached.AUDIT_KEY, alias("audit", "s3"), False),
    (UPLOADER, "kms:Decrypt", RECORDS_KEY, {"kms:ResourceAliases": ["alias/strongroom-prod-records"]}, False),
    # Readers read results, and nothing else.
    (READER, "s3:GetObject", bucket("output", "id/manifest.json"), {}, True),
    (READER, "s3:ListBucket", bucket("output"), {}, True),
    *((READER, "s3:GetObject", bucket(name, "a"), {}, False) for name in ("input", "quarantine", "audit", "artifacts")),
    (READER, "s3:PutObject", bucket("output", "a"), {}, False),
    (READER, "kms:Decrypt", RECORDS_KEY, alias("records", "s3"), True),
    (READER, "kms:Decrypt", RECORDS_KEY, alias("records", "sqs"), False),
    # Quarantine operators read rejects.
    (QUARANTINE, "s3:GetObject", bucket("quarantine", "id/part-00000.jsonl.gz"), {}, True),
    *((QUARANTINE, "s3:GetObject", bucket(name, "a"), {}, False) for name in ("input", "output", "audit")),
    (QUARANTINE, "s3:ListBucket", bucket("quarantine"), {}, True),
    (QUARANTINE, "kms:Decrypt", RECORDS_KEY, alias("records", "s3"), True),
    (QUARANTINE, "s3:DeleteObject", bucket("quarantine", "a"), {}, False),
    # Auditors read results, evidence and configuration, and change nothing.
    *((AUDITOR, "s3:GetObject", bucket(name, "a"), {}, True) for name in ("output", "audit", "access-logs")),
    *((AUDITOR, "s3:GetObject", bucket(name, "a"), {}, False) for name in ("input", "quarantine", "artifacts")),
    (AUDITOR, "kms:Decrypt", attached.AUDIT_KEY, alias("audit", "s3"), True),
    (AUDITOR, "kms:GetKeyPolicy", RECORDS_KEY, {"kms:ResourceAliases": ["alias/strongroom-prod-records"]}, True),
    (AUDITOR, "s3:GetBucketPolicy", bucket("output"), {}, True),
    # An export for an examiner finds the buckets by their names, and reads all versions in two of them.
    (AUDITOR, "s3:ListAllMyBuckets", "*", {}, True),
    *((AUDITOR, f"s3:{action}", bucket(name, key), {}, True) for name in ("output", "audit") for action, key in (("ListBucketVersions", ""), ("GetObjectVersion", "a"))),
    *((name, "s3:ListAllMyBuckets", "*", {}, False) for name in (UPLOADER, READER, QUARANTINE, OPERATOR)),
    (AUDITOR, "kms:Decrypt", RECORDS_KEY, alias("records", "s3"), True),
    (AUDITOR, "s3:PutObject", bucket("audit", "a"), {}, False),
    (AUDITOR, "s3:PutBucketPolicy", bucket("audit"), {}, False),
    (AUDITOR, "kms:ScheduleKeyDeletion", RECORDS_KEY, {"kms:ResourceAliases": ["alias/strongroom-prod-records"]}, False),
    # Operators redrive dead letters and read logs and metrics, and no records.
    *((OPERATOR, "lambda:InvokeFunction", local("lambda", f"function:strongroom-prod-{name}"), {}, True) for name in ("redrive", "attestor")),
    *((OPERATOR, "lambda:InvokeFunction", local("lambda", f"function:strongroom-{name}"), {}, False) for name in ("prod-processor", "dev-redrive")),
    (OPERATOR, "sqs:GetQueueAttributes", DEAD, {}, True),
    (OPERATOR, "dynamodb:DescribeTable", local("dynamodb", "table/strongroom-prod-transactions"), {}, True),
    (OPERATOR, "dynamodb:DescribeTable", local("dynamodb", "table/payroll"), {}, False),
    (OPERATOR, "sns:ListSubscriptionsByTopic", local("sns", "strongroom-prod-page"), {}, True),
    (OPERATOR, "cloudtrail:GetTrailStatus", local("cloudtrail", "trail/strongroom-prod"), {}, True),
    (OPERATOR, "lambda:GetFunctionConfiguration", FUNCTION, {}, True),
    (OPERATOR, "lambda:GetFunction", FUNCTION, {}, False),
    (OPERATOR, "lambda:ListEventSourceMappings", "*", {}, True),
    (OPERATOR, "guardduty:SendObjectMalwareScan", "*", {}, True),
    (OPERATOR, "guardduty:DeleteMalwareProtectionPlan", PLAN, TAGS, False),
    *((OPERATOR, f"sqs:{action}", queue, {}, False) for queue in (WORK, DEAD) for action in ("ReceiveMessage", "DeleteMessage", "PurgeQueue", "SendMessage", "SetQueueAttributes", "StartMessageMoveTask")),
    *((OPERATOR, "kms:Decrypt", RECORDS_KEY, alias("records", name), False) for name in ("s3", "sqs", "dynamodb")),
    *((OPERATOR, f"iam:{action}", role("x"), {"iam:PolicyARN": DENY_ALL}, False) for action in ("AttachRolePolicy", "PutRolePolicy")),
    (BREAK_GLASS, "iam:AttachRolePolicy", role("x"), {"iam:PolicyARN": DENY_ALL}, True),
    (BREAK_GLASS, "iam:AttachUserPolicy", CONTEXT.iam_arn("user/x"), {"iam:PolicyARN": DENY_ALL}, True),
    (BREAK_GLASS, "iam:AttachRolePolicy", role("x"), {"iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"}, False),
    *((BREAK_GLASS, f"iam:{action}", role("x"), {}, False) for action in ("PutRolePolicy", "DetachRolePolicy", "DeleteRolePolicy", "UpdateAssumeRolePolicy")),
    *((OPERATOR, "s3:GetObject", bucket(name, "a"), {}, False) for name in ("input", "output", "quarantine", "audit")),
    (OPERATOR, "dynamodb:GetItem", local("dynamodb", "table/strongroom-prod-t"), {}, False),
    (OPERATOR, "logs:FilterLogEvents", local("logs", "log-group:/aws/lambda/strongroom-prod-processor"), {}, True),
    (OPERATOR, "logs:FilterLogEvents", local("logs", "log-group:/aws/lambda/payroll"), {}, False),
    (OPERATOR, "logs:GetQueryResults", "*", {}, True),
    *((name, action, resource, {}, True) for name in (AUDITOR, OPERATOR, BREAK_GLASS) for action, resource in WATCHED.items()),
    # Break-glass reads and deletes what is the stack's, and not the account's.
    *((BREAK_GLASS, "s3:GetObject", bucket(name, "a"), {}, True) for name in ("input", "output", "quarantine", "audit")),
    (BREAK_GLASS, "s3:BypassGovernanceRetention", bucket("output", "a"), {}, True),
    (BREAK_GLASS, "s3:GetObject", f"{ANOTHER}/a", {}, False),
    (BREAK_GLASS, "kms:ScheduleKeyDeletion", RECORDS_KEY, {"kms:ResourceAliases": ["alias/strongroom-prod-records"]}, True),
    (BREAK_GLASS, "kms:ScheduleKeyDeletion", attached.OTHER_KEY, {"kms:ResourceAliases": ["alias/payroll"]}, False),
    (BREAK_GLASS, "kms:GenerateMac", attached.TOKENS_KEY, {"kms:ResourceAliases": ["alias/strongroom-prod-tokens"]}, False),
    (BREAK_GLASS, "s3:PutBucketPolicy", bucket("output"), {}, True),
    (BREAK_GLASS, "dynamodb:GetItem", local("dynamodb", "table/strongroom-prod-t"), {}, True),
    (BREAK_GLASS, "lambda:PutFunctionConcurrency", FUNCTION, {}, True),
    (BREAK_GLASS, "cloudtrail:StartLogging", local("cloudtrail", "trail/strongroom-prod"), {}, True),
    (BREAK_GLASS, "iam:CreateUser", CONTEXT.iam_arn("user/x"), {}, False),
]  # fmt: skip


def ask(row: Row, change: Any = lambda documents: documents) -> bool:
    name, action, resource, keys, _ = row
    account = HOME if action.startswith(("s3:", "cloudwatch:")) else None
    request = Request(aws(role(name), "session"), action, resource, account=account, context=keys)
    # A key's policy that leaves everything to IAM, so that only the role decides.
    key = document(
        {
            "Sid": "All",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{HOME}:root"},
            "Action": "*",
            "Resource": "*",
        }
    )
    is_key = action.startswith("kms:") and ":key/" in resource
    trust = policy(people_trust(CONTEXT, ["user/admin"])) if action.startswith("sts:") else None
    return decide(request, Policies(identity=change(IDENTITY[name]), key=key if is_key else None, trust=trust)).allowed


@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(row[:3]))
def test_a_role_is_allowed_what_its_task_needs_and_nothing_beside_it(row: Row) -> None:
    assert ask(row) is row[-1]


@pytest.mark.parametrize("name", [group.name for group in GROUPS])
def test_every_statement_of_a_groups_role_changes_the_answer_to_a_row(name: str) -> None:
    (permissions,) = IDENTITY[name]
    rows = [row for row in ROWS if row[0] == name]
    for statement in permissions["Statement"]:
        reduced = [{**permissions, "Statement": [kept for kept in permissions["Statement"] if kept is not statement]}]
        changed = any(ask(row, lambda _, reduced=reduced: reduced) is not row[-1] for row in rows)
        assert changed, f"add a request to ROWS that {statement['Sid']} decides"


@pytest.mark.parametrize("area", deploy_permissions(CONTEXT, STATE, STATE_KEY))
def test_a_managed_policy_has_the_length_that_iam_accepts(area: str) -> None:
    longest = CONTEXT.__class__(
        partition="aws-us-gov", region="ap-southeast-1", account_id=HOME, prefix="strongroom-" + 20 * "x"
    )
    assert len(json.dumps(deploy_permissions(longest, STATE, STATE_KEY)[area], separators=(",", ":"))) <= 6_144
    assert len(json.dumps(boundary(longest), separators=(",", ":"))) <= 6_144
    assert len(json.dumps(preview_permissions(longest, STATE, STATE_KEY), separators=(",", ":"))) <= 10_240


def test_no_read_of_the_table_is_an_action_that_changes_something() -> None:
    verbs = ("Describe", "Get", "List")
    assert not [
        action for grant in grants(CONTEXT) for action in grant.reads if not action.partition(":")[2].startswith(verbs)
    ]


WORK_ROWS = [
    row for table in (processor, reconciler, attestor, logs, malware_scan) for row in table.ROWS if row[-1] == "yes"
]


def renamed(value: Any) -> Any:
    """Give the sample's buckets, queues and tables the names that the stack gives them."""
    text = json.dumps(value)
    for kind in ("input", "output", "quarantine", "artifacts", "audit", "access-logs"):
        text = text.replace(f'arn:aws:s3:::{kind}"', f'arn:aws:s3:::strongroom-prod-{kind}"').replace(
            f"arn:aws:s3:::{kind}/", f"arn:aws:s3:::strongroom-prod-{kind}/"
        )
    for service, name in (("sqs", "work"), ("dynamodb", "table/transactions"), ("lambda", "function:attestor")):
        head, _, last = name.rpartition("/") if "/" in name else name.rpartition(":")
        own = f"{head}{name[len(head) : len(head) + 1] if head else ''}strongroom-prod-{last}"
        text = text.replace(local(service, name), local(service, own))
    for service in ("lambda", "vpc", "cloudtrail"):
        text = text.replace(f"log-group:/aws/{service}/", f"log-group:/aws/{service}/strongroom-prod-")
    return json.loads(text)


@pytest.mark.parametrize(
    "row", [row for row in WORK_ROWS if row[0] in attached.IDENTITY], ids=lambda row: " ".join(row[1:3])
)
def test_the_boundary_leaves_every_function_the_work_that_its_role_allows(row: Any) -> None:
    principal, action, resource, keys, _ = row
    if action.startswith("sts:"):
        pytest.skip("a trust policy decides")
    limited = boundary(CONTEXT)
    request = attached.request(
        principal, action, renamed(resource), {k: v for k, v in keys.items() if k != "aws:SourceVpce"}
    )
    identity = renamed(attached.IDENTITY[principal])
    key = KEY.get(resource)
    assert decide(request, Policies(identity=[identity], boundary=limited, key=key)).allowed


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:CreateRole", role("strongroom-prod-x")),
        ("iam:PutRolePolicy", role("strongroom-prod-x")),
        ("sts:AssumeRole", role("administrator")),
        ("s3:GetObject", f"{ANOTHER}/a"),
        ("s3:PutBucketPolicy", bucket("output")),
        ("s3:PutBucketNotification", bucket("input")),
        ("events:PutRule", local("events", "rule/other")),
        ("s3:BypassGovernanceRetention", bucket("output", "a")),
        ("secretsmanager:GetSecretValue", local("secretsmanager", "secret:x")),
        ("ec2:RunInstances", local("ec2", "instance/*")),
        ("cloudtrail:StopLogging", local("cloudtrail", "trail/strongroom-prod")),
        ("logs:DeleteLogGroup", local("logs", "log-group:/aws/lambda/strongroom-prod-processor")),
        ("organizations:LeaveOrganization", "*"),
    ],
)
def test_a_role_that_a_deployment_makes_is_denied_by_the_boundary_whatever_it_grants(
    action: str, resource: str
) -> None:
    account = HOME if action.startswith("s3:") else None
    request = Request(aws(role("strongroom-prod-x"), "session"), action, resource, account=account)
    trust = policy(people_trust(CONTEXT, ["role/strongroom-prod-x"])) if action.startswith("sts:") else None
    decision = decide(request, Policies(identity=[attached.EVERYTHING], boundary=boundary(CONTEXT), trust=trust))
    assert not decision.allowed


HOST = "token.actions.githubusercontent.com"
TOKEN: Mapping[str, ContextValue] = {
    f"{HOST}:aud": "sts.amazonaws.com",
    f"{HOST}:sub": "repo:octo-org/octo-repo:environment:prod",
}


@pytest.mark.parametrize(
    ("claims", "allowed"),
    [
        ({}, True),
        ({"sub": "repo:octo-org/octo-repo:environment:dev"}, False),
        ({"sub": "repo:octo-org/octo-repo:environment:preview"}, False),
        ({"sub": "repo:octo-org/octo-repo:ref:refs/heads/main"}, False),
        ({"sub": "repo:octo-org/octo-repo:pull_request"}, False),
        ({"sub": "repo:octo-org/octo-repo-2:environment:prod"}, False),
        ({"sub": "repo:evil/octo-repo:environment:prod"}, False),
        ({"aud": "https://github.com/octo-org"}, False),
    ],
)
def test_only_the_workflow_of_the_repository_and_environment_assumes_the_role(
    claims: Mapping[str, str], allowed: bool
) -> None:
    trust = policy([github_trust(CONTEXT, "octo-org/octo-repo", "prod")])
    context = {**TOKEN, **{f"{HOST}:{name}": value for name, value in claims.items()}}
    request = Request(
        federated(provider_arn(CONTEXT)), "sts:AssumeRoleWithWebIdentity", role(DEPLOY_ROLE), context=context
    )
    assert decide(request, Policies(trust=trust)).allowed is allowed


@pytest.mark.parametrize("missing", TOKEN)
def test_a_token_without_subject_or_audience_assumes_no_role(missing: str) -> None:
    trust = policy([github_trust(CONTEXT, "octo-org/octo-repo", "prod")])
    context = {name: value for name, value in TOKEN.items() if name != missing}
    request = Request(
        federated(provider_arn(CONTEXT)), "sts:AssumeRoleWithWebIdentity", role(DEPLOY_ROLE), context=context
    )
    assert not decide(request, Policies(trust=trust)).allowed


def assume(principal: Principal, mfa: bool, context: Mapping[str, ContextValue]) -> bool:
    trust = policy(people_trust(CONTEXT, ["user/ann", "role/team-*"], mfa=mfa))
    request = Request(principal, "sts:AssumeRole", role(BREAK_GLASS), context=context)
    return decide(request, Policies(identity=[attached.EVERYTHING], trust=trust)).allowed


@pytest.mark.parametrize(
    ("principal", "mfa", "context", "allowed"),
    [
        (aws(CONTEXT.iam_arn("user/ann")), False, {}, True),
        (aws(CONTEXT.iam_arn("role/team-a"), "x"), False, {}, True),
        (aws(CONTEXT.iam_arn("user/bob")), False, {}, False),
        (aws(f"arn:aws:iam::{AWAY}:user/ann"), False, {}, False),
        (aws(CONTEXT.iam_arn("user/ann")), True, {}, False),
        (aws(CONTEXT.iam_arn("user/ann")), True, {"aws:MultiFactorAuthPresent": False}, False),
        (aws(CONTEXT.iam_arn("user/ann")), True, {"aws:MultiFactorAuthPresent": True, "aws:MultiFactorAuthAge": 60}, True),
        (aws(CONTEXT.iam_arn("user/ann")), True, {"aws:MultiFactorAuthPresent": True, "aws:MultiFactorAuthAge": 3601}, False),
    ],
)  # fmt: skip
def test_named_people_assume_a_role_and_break_glass_needs_a_fresh_second_factor(
    principal: Principal, mfa: bool, context: Mapping[str, ContextValue], allowed: bool
) -> None:
    assert assume(principal, mfa, context) is allowed


def test_only_break_glass_needs_a_second_factor_and_a_group_without_members_lets_nobody() -> None:
    assert [group.name for group in GROUPS if group.mfa] == [BREAK_GLASS]
    assert people_trust(CONTEXT, []) == []


@pytest.mark.parametrize(("name", "allowed"), [(BREAK_GLASS, True), ("administrator", False), (DEPLOY_ROLE, False)])
def test_only_break_glass_may_end_the_key_of_the_state(name: str, allowed: bool) -> None:
    request = Request(aws(role_arn(CONTEXT, name), "x"), "kms:ScheduleKeyDeletion", STATE_KEY)
    decision = decide(request, Policies(identity=[attached.EVERYTHING], key=STATE_KEY_POLICY))
    assert decision.allowed is allowed


STEPS = [
    (alarm.name, "operator", alarm.investigation.actions)
    for alarm in (*all_alarms(Principals()), *COMPOSITES)
    if isinstance(alarm.investigation, Command)
] + [
    (alarm.name, step.by, step.actions)
    for alarm in (*all_alarms(Principals()), *COMPOSITES)
    for step in alarm.response
    if step.by in ("operator", "break-glass")
]


@pytest.mark.parametrize(("alarm", "group", "needed"), STEPS, ids=lambda value: value if isinstance(value, str) else "")
def test_the_role_of_a_group_has_the_actions_of_its_steps_in_a_runbook(
    alarm: str, group: str, needed: Sequence[str]
) -> None:
    (document,) = IDENTITY[f"strongroom-{group}"]
    granted = [
        pattern
        for statement in document["Statement"]
        for pattern in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    ]
    missing = [action for action in needed if not any(fnmatchcase(action, pattern) for pattern in granted)]
    assert missing == [], f"the runbook of {alarm}"


REGION, SPARE = "eu-west-1", "777788889999"
THERE = Copies(region=REGION)
ABROAD = Copies(region=REGION, role_arn=f"arn:aws:iam::{SPARE}:role/strongroom-deploy")
STACK_TAGS: Mapping[str, ContextValue] = {
    "aws:ResourceTag/project": "strongroom", "aws:ResourceTag/stack": CONTEXT.prefix.removeprefix("strongroom-"),
}  # fmt: skip


def deploys(copies: Copies | None, action: str, resource: str, **context: ContextValue) -> bool:
    documents = list(deploy_permissions(CONTEXT, STATE, STATE_KEY, copies).values())
    root = {"AWS": [f"arn:aws:iam::{HOME}:root"]}
    everything = document({"Effect": "Allow", "Principal": root, "Action": "*", "Resource": "*"})
    trust = policy(people_trust(CONTEXT, [role(DEPLOY_ROLE)])) if action.startswith("sts:") else None
    request = Request(aws(role(DEPLOY_ROLE), "session"), action, resource, context=context)
    key = everything if action.startswith("kms:") else None
    return decide(request, Policies(identity=documents, key=key, trust=trust)).allowed


def test_a_deployer_administers_keys_of_copies_in_their_region_only() -> None:
    key = f"arn:aws:kms:{REGION}:{HOME}:key/0f1c3a52-6d1f-4a0e-9c55-6f0f3b1d2e4a"
    assert deploys(THERE, "kms:PutKeyPolicy", key, **STACK_TAGS)
    assert not deploys(THERE, "kms:Decrypt", key, **STACK_TAGS)
    assert not deploys(THERE, "kms:PutKeyPolicy", key.replace(REGION, "us-east-1"), **STACK_TAGS)
    assert not deploys(None, "kms:PutKeyPolicy", key, **STACK_TAGS)


def test_a_deployer_assumes_the_role_of_the_copies_account_and_no_other() -> None:
    assert any(
        statement["Action"] == ["sts:AssumeRole"] and statement["Resource"] == [ABROAD.role_arn]
        for statement in deploy_permissions(CONTEXT, STATE, STATE_KEY, ABROAD)["copies"]["Statement"]
    )
    assert "copies" not in deploy_permissions(CONTEXT, STATE, STATE_KEY)


@pytest.mark.parametrize(("copies", "account"), [(THERE, HOME), (ABROAD, SPARE)])
def test_the_boundary_lets_a_role_of_the_stack_encrypt_copies_where_they_are(copies: Copies, account: str) -> None:
    key = f"arn:aws:kms:{REGION}:{account}:key/0f1c3a52-6d1f-4a0e-9c55-6f0f3b1d2e4a"

    def encrypts(limit: Copies | None) -> bool:
        root = {"AWS": f"arn:aws:iam::{HOME}:root"}
        allowing = document({"Effect": "Allow", "Principal": root, "Action": "*", "Resource": "*"})
        request = Request(aws(CONTEXT.role_arn("replication"), "s3"), "kms:Encrypt", key, account=account)
        policies = Policies(identity=[attached.EVERYTHING], boundary=boundary(CONTEXT, limit), key=allowing)
        return decide(request, policies).allowed

    assert encrypts(copies)
    assert not encrypts(None)


@pytest.mark.parametrize(
    ("principal", "allowed"),
    [(f"arn:aws:iam::{HOME}:role/strongroom-deploy", True), (f"arn:aws:iam::{HOME}:role/other", False)],
)
def test_a_deployer_of_another_account_may_be_named_by_its_arn(principal: str, allowed: bool) -> None:
    spare = CONTEXT.__class__(partition="aws", region=REGION, account_id=SPARE, prefix=CONTEXT.prefix)
    trust = policy(people_trust(spare, ["user/ann", f"arn:aws:iam::{HOME}:role/strongroom-deploy"]))
    request = Request(aws(principal, "session"), "sts:AssumeRole", ABROAD.role_arn, account=SPARE)
    assert decide(request, Policies(identity=[attached.EVERYTHING], trust=trust)).allowed is allowed
