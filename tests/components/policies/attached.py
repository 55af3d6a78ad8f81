"""The policy documents of the project, each by what it is attached to. A new document is one more entry here."""

from collections.abc import Mapping, Sequence
from typing import Any

from components.attestation.policies import attestor_permissions
from components.audit.policies import trail_permissions
from components.audit.tier import trail_arn
from components.context import AwsContext
from components.data.buckets import BUCKETS, MALWARE_SCAN, access
from components.data.policies import TableAccess, bucket_policy, table_policy
from components.keys.policies import (
    KeyAccess,
    audit_key_policy,
    logs_key_policy,
    records_key_policy,
    tokens_key_policy,
)
from components.network.policies import (
    dynamodb_endpoint_policy,
    flow_log_permissions,
    kms_endpoint_policy,
    s3_endpoint_policy,
)
from components.principals import Principals
from components.processing.malware_scan import SERVICE, malware_scan_permissions
from components.processing.policies import (
    dead_letter_queue_policy,
    processor_permissions,
    reconciler_permissions,
    redrive_permissions,
    work_queue_policy,
)
from components.shared.role_policies import function_trust, schedule_permissions
from components.shared.statements import service_trust
from components.shared.topic import topic_policy
from lambdas.processor.malware_scan import CLEAN, TAG
from tests.support.iam.builders import AWAY, HOME, allow, policy
from tests.support.iam.conditions import ContextValue
from tests.support.iam.request import Principal, Request, aws

REGION = "eu-central-1"
CONTEXT = AwsContext(partition="aws", region=REGION, account_id=HOME, prefix="strongroom-prod")


def local(service: str, name: str, account: str = HOME) -> str:
    return f"arn:aws:{service}:{REGION}:{account}:{name}"


def person(name: str) -> Principal:
    return aws(f"arn:aws:iam::{HOME}:role/{name}", name)


BUCKET_ARNS = {name: f"arn:aws:s3:::{name}" for name in BUCKETS}
INPUT, OUTPUT, QUARANTINE, ARTIFACTS, AUDIT, ACCESS_LOGS = (
    BUCKET_ARNS[name] for name in ("input", "output", "quarantine", "artifacts", "audit", "access-logs")
)
RECORDS_KEY, LOGS_KEY, AUDIT_KEY, TOKENS_KEY = (
    local("kms", f"key/{name}") for name in ("records", "logs", "audit", "tokens")
)
TABLE = local("dynamodb", f"table/{CONTEXT.transactions_table}")
BY_STATUS = f"{TABLE}/index/by_status"
QUEUE, DEAD_LETTERS = local("sqs", "work"), local("sqs", "work-dead")
TOPIC = local("sns", CONTEXT.name("page"))
LOG_GROUP = local("logs", "log-group:/aws/lambda/processor")
TRAIL_GROUP, FLOW_GROUP = local("logs", "log-group:/aws/cloudtrail/trail"), local("logs", "log-group:/aws/vpc/flow")
FUNCTION = local("lambda", f"function:{CONTEXT.name('processor')}")
TRAIL = trail_arn(CONTEXT)
FLOW_LOGS = local("ec2", "vpc-flow-log/*")
RECONCILER_FUNCTION, RECONCILER_LOG_GROUP = (
    local("lambda", f"function:{CONTEXT.name('reconciler')}"),
    local("logs", "log-group:/aws/lambda/reconciler"),
)
SCHEDULES = local("scheduler", "schedule-group/hourly")
THIS_SCHEDULE = local("scheduler", "schedule/hourly/hourly")
PLACEMENT = [local("ec2", "subnet/subnet-1"), local("ec2", "security-group/sg-1")]
"""Where the functions are in the network."""
ATTESTATION = f"attestation/{CONTEXT.name('attestor')}/"
ATTESTOR_LOG_GROUP = local("logs", "log-group:/aws/lambda/attestor")
PROCESSOR_ROLE, RECONCILER_ROLE, SCHEDULE_ROLE, REDRIVE_ROLE, ATTESTOR_ROLE, TRAIL_ROLE, FLOW_ROLE = map(
    CONTEXT.role_arn, ("processor", "reconciler", "reconciler-hourly", "redrive", "attestor", "trail", "flow")
)
REDRIVE_LOG_GROUP = local("logs", "log-group:/aws/lambda/redrive")
ENDPOINT_ID = "vpce-1"
ELSEWHERE = "arn:aws:s3:::other"
"""A bucket of the same account without a bucket policy."""
OTHER_TABLE, OTHER_QUEUE = local("dynamodb", "table/other"), local("sqs", "other")
"""A table and a queue of the same account without a policy of their own."""
OTHER_KEY = local("kms", "key/other")
"""A key of the same account that is not part of the stack; its policy allows everything."""
FOREIGN_BUCKET, FOREIGN_TABLE = "arn:aws:s3:::foreign", local("dynamodb", "table/foreign", AWAY)

PROCESSOR, ATTESTOR = aws(PROCESSOR_ROLE, "processor"), aws(ATTESTOR_ROLE, "attestor")
REDRIVE = aws(REDRIVE_ROLE, "redrive")
RECONCILER, SCHEDULE = aws(RECONCILER_ROLE, "reconciler"), aws(SCHEDULE_ROLE, "schedule")
SCANNER_ROLE = CONTEXT.role_arn(MALWARE_SCAN)
SCANNER, PLANS = aws(SCANNER_ROLE, "malware-scan"), local("guardduty", "malware-protection-plan/*")
TRAIL_WRITER, FLOW_WRITER = aws(TRAIL_ROLE, "trail"), aws(FLOW_ROLE, "flow")
DEPLOYER, BREAK_GLASS, UPLOADER, READER, OPERATOR, AUDITOR, ON_CALL = map(
    person, ("deploy", "break-glass", "uploader", "reader", "operator", "auditor", "on-call")
)
ADMINISTRATOR = person("administrator")
"""A member of no group. Identity policies allow people everything here, so that only our documents can deny a request."""
MACIE = person("macie")
"""A role that an AWS service acts through."""
STRANGER = aws(f"arn:aws:iam::{AWAY}:role/administrator", "stranger")
"""An administrator of another account."""

UPLOADING_READER = person("upload-and-read")
"""A principal that is uploader and reader. The settings reject this, and the documents deny it as well."""
_UPLOAD_AND_READ = CONTEXT.iam_arn("role/upload-and-read")
PEOPLE = Principals(
    deploy=(CONTEXT.iam_arn("role/deploy"),),
    break_glass=(CONTEXT.iam_arn("role/break-glass"),),
    uploaders=(CONTEXT.iam_arn("role/upload*"),),
    readers=(CONTEXT.iam_arn("role/reader"), _UPLOAD_AND_READ),
    quarantine_operators=(CONTEXT.iam_arn("role/operator"), _UPLOAD_AND_READ),
    auditors=(CONTEXT.iam_arn("role/auditor"), _UPLOAD_AND_READ),
    services=(CONTEXT.iam_arn("role/macie"),),
    operators=(CONTEXT.iam_arn("role/on-call"),),
)
"""Principals of a stack where every group has members, protection is on, the perimeter is enforced and uploads are scanned."""
ACCESS = {
    name: access(
        row,
        PEOPLE,
        {"processor": PROCESSOR_ROLE, "redrive": REDRIVE_ROLE, "attestor": ATTESTOR_ROLE},
        protection=True,
        scanner=SCANNER_ROLE,
    )
    for name, row in BUCKETS.items()
}
KEY_ACCESS = KeyAccess(
    administrators=PEOPLE.guardrail_admins,
    deletion_principals=PEOPLE.break_glass,
    deletion_days=30,
    never_read=PEOPLE.deploy,
)
UNRESTRICTED_KEY = KeyAccess()
KEY_BY_CLASS = {"records": RECORDS_KEY, "logs": LOGS_KEY, "audit": AUDIT_KEY, None: None}


def _bucket(arn: str, name: str) -> Any:
    row = BUCKETS[name]
    return bucket_policy(
        bucket_arn=arn,
        key_arn=KEY_BY_CLASS[row.key],
        access=ACCESS[name],
        endpoint_id=ENDPOINT_ID,
        deliveries=row.delivery(arn, TRAIL, CONTEXT) if row.delivery else (),
    )


TABLE_POLICY = table_policy(
    table_arn=TABLE,
    access=TableAccess(
        users=(PROCESSOR_ROLE, RECONCILER_ROLE, *PEOPLE.break_glass),
        copiers=(*PEOPLE.break_glass, *PEOPLE.services),
        deletion_principals=PEOPLE.break_glass,
        guardrail_admins=PEOPLE.guardrail_admins,
    ),
)
EVERYTHING = policy(allow(Sid="Everything"))
IDENTITY: Mapping[Principal, Any] = {
    **dict.fromkeys(
        (
            ADMINISTRATOR,
            STRANGER,
            DEPLOYER,
            BREAK_GLASS,
            UPLOADER,
            READER,
            OPERATOR,
            AUDITOR,
            ON_CALL,
            MACIE,
            UPLOADING_READER,
        ),
        EVERYTHING,
    ),
    PROCESSOR: processor_permissions(
        input_arn=INPUT,
        output_arn=OUTPUT,
        quarantine_arn=QUARANTINE,
        table_arn=TABLE,
        queue_arn=QUEUE,
        records_key_arn=RECORDS_KEY,
        logs_key_arn=LOGS_KEY,
        tokens_key_arn=TOKENS_KEY,
        placement_arns=PLACEMENT,
        log_group_arn=LOG_GROUP,
        function_arn=FUNCTION,
        malware_scan=True,
    ),
    SCANNER: malware_scan_permissions(context=CONTEXT, bucket_arn=INPUT, key_arn=RECORDS_KEY),
    RECONCILER: reconciler_permissions(
        region=REGION,
        input_arn=INPUT,
        table_arn=TABLE,
        index_name="by_status",
        records_key_arn=RECORDS_KEY,
        logs_key_arn=LOGS_KEY,
        placement_arns=PLACEMENT,
        log_group_arn=RECONCILER_LOG_GROUP,
        function_arn=RECONCILER_FUNCTION,
    ),
    REDRIVE: redrive_permissions(
        region=REGION,
        input_arn=INPUT,
        work_queue_arn=QUEUE,
        dead_letter_arn=DEAD_LETTERS,
        records_key_arn=RECORDS_KEY,
        logs_key_arn=LOGS_KEY,
        log_group_arn=REDRIVE_LOG_GROUP,
        function_arn=local("lambda", f"function:{CONTEXT.name('redrive')}"),
    ),
    ATTESTOR: attestor_permissions(
        partition="aws",
        region=REGION,
        account_id=HOME,
        stack=CONTEXT.prefix,
        reader_arns=[],
        resource_arns={
            "bucket": list(BUCKET_ARNS.values()),
            "notification": list(BUCKET_ARNS.values()),
            "key": [RECORDS_KEY, LOGS_KEY, AUDIT_KEY, TOKENS_KEY],
            "queue": [QUEUE, DEAD_LETTERS],
            "table": [TABLE],
        },
        audit_bucket_arn=AUDIT,
        prefix=ATTESTATION,
        audit_key_arn=AUDIT_KEY,
        key_arn=LOGS_KEY,
        log_group_arn=ATTESTOR_LOG_GROUP,
        function_arn=local("lambda", "function:attestor"),
    ),
    SCHEDULE: schedule_permissions(function_arn=RECONCILER_FUNCTION, key_arn=LOGS_KEY, schedule_arn=THIS_SCHEDULE),
    TRAIL_WRITER: trail_permissions(log_group_arn=TRAIL_GROUP),
    FLOW_WRITER: flow_log_permissions(log_group_arn=FLOW_GROUP),
}
RESOURCE: Mapping[str, Any] = {
    **{arn: _bucket(arn, name) for name, arn in BUCKET_ARNS.items()},
    TABLE: TABLE_POLICY,
    QUEUE: work_queue_policy(
        queue_arn=QUEUE, bucket_arn=INPUT, account_id=HOME, consumers=(PROCESSOR_ROLE, *PEOPLE.break_glass)
    ),
    DEAD_LETTERS: dead_letter_queue_policy(queue_arn=DEAD_LETTERS, consumers=(REDRIVE_ROLE, *PEOPLE.break_glass)),
    TOPIC: topic_policy(
        topic_arn=TOPIC,
        context=CONTEXT,
        publisher="cloudwatch.amazonaws.com",
        source_arn=CONTEXT.arn("cloudwatch", "alarm:*"),
        guardrail_admins=PEOPLE.guardrail_admins,
    ),
    FOREIGN_BUCKET: policy(allow(Principal="*")),
    FOREIGN_TABLE: policy(allow(Principal="*")),
}
KEY: Mapping[str, Any] = {
    RECORDS_KEY: records_key_policy(CONTEXT, KEY_ACCESS),
    LOGS_KEY: logs_key_policy(CONTEXT, KEY_ACCESS),
    AUDIT_KEY: audit_key_policy(CONTEXT, KEY_ACCESS, TRAIL),
    TOKENS_KEY: tokens_key_policy(CONTEXT, KEY_ACCESS, PROCESSOR_ROLE),
    OTHER_KEY: policy(allow(Principal="*")),
}
TRUST: Mapping[str, Any] = {
    PROCESSOR_ROLE: function_trust(),
    RECONCILER_ROLE: function_trust(),
    REDRIVE_ROLE: function_trust(),
    ATTESTOR_ROLE: function_trust(),
    SCHEDULE_ROLE: service_trust("scheduler.amazonaws.com", CONTEXT, SCHEDULES),
    TRAIL_ROLE: service_trust("cloudtrail.amazonaws.com", CONTEXT, TRAIL),
    SCANNER_ROLE: service_trust(SERVICE, CONTEXT, PLANS),
    FLOW_ROLE: service_trust("vpc-flow-logs.amazonaws.com", CONTEXT, FLOW_LOGS),
}
ENDPOINT: Mapping[str, Any] = {
    "s3": s3_endpoint_policy(
        read_arns=[arn for name, arn in BUCKET_ARNS.items() if "processor" in BUCKETS[name].readers],
        write_arns=[arn for name, arn in BUCKET_ARNS.items() if "processor" in BUCKETS[name].writers],
        account_id=HOME,
        malware_scan=True,
    ),
    "dynamodb": dynamodb_endpoint_policy(table_arn=TABLE, account_id=HOME),
    "kms": kms_endpoint_policy(key_arn=TOKENS_KEY, account_id=HOME),
}

CLEAN_FILE: Mapping[str, ContextValue] = {f"s3:ExistingObjectTag/{TAG}": CLEAN}
"""Condition key of a request for an object that the malware scan found clean."""
TLS: Mapping[str, ContextValue] = {"aws:SecureTransport": True, "s3:TlsVersion": "1.3"}
INSIDE: Mapping[str, ContextValue] = {"aws:SourceVpce": ENDPOINT_ID}
"""Condition keys of a request through the VPC endpoint, to which the endpoint policy applies."""


def request(
    principal: Principal, action: str, resource: str, keys: Mapping[str, ContextValue | Sequence[ContextValue]]
) -> Request:
    """Return a request with condition keys; it uses TLS 1.3 unless the keys say otherwise."""
    account = (AWAY if resource.startswith(FOREIGN_BUCKET) else HOME) if action.startswith("s3:") else None
    return Request(
        principal,
        action,
        resource,
        account=account,
        context={**({} if "aws:SecureTransport" in keys else TLS), **keys},
    )


def documents_for(request: Request) -> dict[str, Any]:
    """Return the documents that apply to a request, as arguments of `Policies`."""
    service = request.action.split(":", maxsplit=1)[0]
    owner = request.resource.split("/", maxsplit=1)[0] if service == "s3" else request.resource.partition("/index/")[0]
    return {
        "identity": [IDENTITY[request.principal]] if request.principal in IDENTITY else [],
        "endpoint": ENDPOINT[service] if "aws:SourceVpce" in request.context else None,
        "resource": RESOURCE.get(owner),
        "key": KEY.get(owner),
        "trust": TRUST.get(owner),
    }
