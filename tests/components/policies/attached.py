"""The project's documents, each where the program attaches it: a new document is one more entry here."""

from collections.abc import Mapping
from typing import Any

from components.attestation.policies import attestor_permissions
from components.audit.policies import trail_permissions
from components.audit.tier import trail_arn
from components.context import AwsContext
from components.data.buckets import BUCKETS, access
from components.data.policies import bucket_policy
from components.keys.policies import (
    KeyAccess,
    audit_key_policy,
    logs_key_policy,
    records_key_policy,
    tokens_key_policy,
)
from components.monitoring.policies import topic_policy
from components.network.policies import (
    dynamodb_endpoint_policy,
    flow_log_permissions,
    kms_endpoint_policy,
    s3_endpoint_policy,
)
from components.principals import Principals
from components.processing.policies import (
    dead_letter_queue_policy,
    processor_permissions,
    reconciler_permissions,
    work_queue_policy,
)
from components.shared.role_policies import function_trust, schedule_permissions
from components.shared.statements import service_trust
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
TABLE = local("dynamodb", "table/transactions")
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
ATTESTATION = f"attestation/{CONTEXT.name('attestor')}/"
ATTESTOR_LOG_GROUP = local("logs", "log-group:/aws/lambda/attestor")
PROCESSOR_ROLE, RECONCILER_ROLE, SCHEDULE_ROLE, ATTESTOR_ROLE, TRAIL_ROLE, FLOW_ROLE = map(
    CONTEXT.role_arn, ("processor", "reconciler", "reconciler-hourly", "attestor", "trail", "flow")
)
ENDPOINT_ID = "vpce-1"
ELSEWHERE = "arn:aws:s3:::other"
"""A bucket of the account that has no guards of its own."""
OTHER_KEY = local("kms", "key/other")
"""A key of the account that is not the stack's, and has no guards."""
FOREIGN_BUCKET, FOREIGN_TABLE = "arn:aws:s3:::foreign", local("dynamodb", "table/foreign", AWAY)

PROCESSOR, ATTESTOR = aws(PROCESSOR_ROLE, "processor"), aws(ATTESTOR_ROLE, "attestor")
RECONCILER, SCHEDULE = aws(RECONCILER_ROLE, "reconciler"), aws(SCHEDULE_ROLE, "schedule")
TRAIL_WRITER, FLOW_WRITER = aws(TRAIL_ROLE, "trail"), aws(FLOW_ROLE, "flow")
DEPLOYER, BREAK_GLASS, UPLOADER, READER, OPERATOR, AUDITOR = map(
    person, ("deploy", "break-glass", "uploader", "reader", "operator", "auditor")
)
ADMINISTRATOR = person("administrator")
"""One of no group. The account's own policies allow everybody everything: what stops them stands in our documents."""
STRANGER = aws(f"arn:aws:iam::{AWAY}:role/administrator", "stranger")
"""The same of another account."""

UPLOADING_READER = person("upload-and-read")
"""One who brings input and reads: the settings refuse it, and so do the documents."""
_BOTH = CONTEXT.principal("role/upload-and-read")
PEOPLE = Principals(
    deploy=(CONTEXT.principal("role/deploy"),),
    break_glass=(CONTEXT.principal("role/break-glass"),),
    uploaders=(CONTEXT.principal("role/upload*"),),
    readers=(CONTEXT.principal("role/reader"), _BOTH),
    quarantine_operators=(CONTEXT.principal("role/operator"), _BOTH),
    auditors=(CONTEXT.principal("role/auditor"), _BOTH),
)
"""A stack where everybody is named, protection is on and the perimeter enforced."""
ACCESS = {
    name: access(row, PEOPLE, {"processor": PROCESSOR_ROLE, "attestor": ATTESTOR_ROLE}, protection=True)
    for name, row in BUCKETS.items()
}
KEY_ACCESS = KeyAccess(
    administrators=PEOPLE.guardrail_admins, deletion_principals=PEOPLE.break_glass, never_read=PEOPLE.deploy
)


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


EVERYTHING = policy(allow(Sid="Everything"))
IDENTITY: Mapping[Principal, Any] = {
    **dict.fromkeys(
        (ADMINISTRATOR, STRANGER, DEPLOYER, BREAK_GLASS, UPLOADER, READER, OPERATOR, AUDITOR, UPLOADING_READER),
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
        log_group_arn=LOG_GROUP,
        function_arn=FUNCTION,
    ),
    RECONCILER: reconciler_permissions(
        region=REGION,
        input_arn=INPUT,
        table_arn=TABLE,
        index_name="by_status",
        records_key_arn=RECORDS_KEY,
        logs_key_arn=LOGS_KEY,
        log_group_arn=RECONCILER_LOG_GROUP,
        function_arn=RECONCILER_FUNCTION,
    ),
    ATTESTOR: attestor_permissions(
        partition="aws",
        region=REGION,
        account_id=HOME,
        stack=CONTEXT.prefix,
        resource_arns={
            "bucket": list(BUCKET_ARNS.values()),
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
    SCHEDULE: schedule_permissions(function_arn=RECONCILER_FUNCTION),
    TRAIL_WRITER: trail_permissions(log_group_arn=TRAIL_GROUP),
    FLOW_WRITER: flow_log_permissions(log_group_arn=FLOW_GROUP),
}
RESOURCE: Mapping[str, Any] = {
    **{arn: _bucket(arn, name) for name, arn in BUCKET_ARNS.items()},
    QUEUE: work_queue_policy(queue_arn=QUEUE, bucket_arn=INPUT, account_id=HOME),
    DEAD_LETTERS: dead_letter_queue_policy(queue_arn=DEAD_LETTERS),
    TOPIC: topic_policy(topic_arn=TOPIC, context=CONTEXT),
    FOREIGN_BUCKET: policy(allow(Principal="*")),
    FOREIGN_TABLE: policy(allow(Principal="*")),
}
KEY: Mapping[str, Any] = {
    RECORDS_KEY: records_key_policy(CONTEXT, KEY_ACCESS),
    LOGS_KEY: logs_key_policy(CONTEXT, KEY_ACCESS),
    AUDIT_KEY: audit_key_policy(CONTEXT, KEY_ACCESS, TRAIL),
    TOKENS_KEY: tokens_key_policy(CONTEXT, KEY_ACCESS),
    OTHER_KEY: policy(allow(Principal="*")),
}
TRUST: Mapping[str, Any] = {
    PROCESSOR_ROLE: function_trust(),
    RECONCILER_ROLE: function_trust(),
    ATTESTOR_ROLE: function_trust(),
    SCHEDULE_ROLE: service_trust("scheduler.amazonaws.com", CONTEXT, SCHEDULES),
    TRAIL_ROLE: service_trust("cloudtrail.amazonaws.com", CONTEXT, TRAIL),
    FLOW_ROLE: service_trust("vpc-flow-logs.amazonaws.com", CONTEXT, FLOW_LOGS),
}
ENDPOINT: Mapping[str, Any] = {
    "s3": s3_endpoint_policy(
        read_arns=[arn for name, arn in BUCKET_ARNS.items() if "processor" in BUCKETS[name].readers],
        write_arns=[arn for name, arn in BUCKET_ARNS.items() if "processor" in BUCKETS[name].writers],
        account_id=HOME,
    ),
    "dynamodb": dynamodb_endpoint_policy(table_arn=TABLE, account_id=HOME),
    "kms": kms_endpoint_policy(key_arn=TOKENS_KEY, account_id=HOME),
}

TLS: Mapping[str, ContextValue] = {"aws:SecureTransport": True, "s3:TlsVersion": "1.3"}
INSIDE: Mapping[str, ContextValue] = {"aws:SourceVpce": ENDPOINT_ID}
"""The circumstances of a request out of the network, whose endpoint's policy is in force then."""


def request(who: Principal, action: str, what: str, circumstances: Mapping[str, ContextValue]) -> Request:
    """Return a request, over TLS 1.3 where the circumstances, condition keys and their values, say nothing of that."""
    account = (AWAY if what.startswith(FOREIGN_BUCKET) else HOME) if action.startswith("s3:") else None
    return Request(
        who,
        action,
        what,
        account=account,
        context={**({} if "aws:SecureTransport" in circumstances else TLS), **circumstances},
    )


def in_force(asked: Request) -> dict[str, Any]:
    """Return the documents that are attached where a request comes by, as `Policies` takes them."""
    service = asked.action.split(":", maxsplit=1)[0]
    owner = asked.resource.split("/", maxsplit=1)[0] if service == "s3" else asked.resource
    return {
        "identity": [IDENTITY[asked.principal]] if asked.principal in IDENTITY else [],
        "endpoint": ENDPOINT[service] if "aws:SourceVpce" in asked.context else None,
        "resource": RESOURCE.get(owner),
        "key": KEY.get(owner),
        "trust": TRUST.get(owner),
    }
