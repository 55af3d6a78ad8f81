"""The project's documents, each where the program attaches it: a new document is one more entry here."""

from collections.abc import Mapping
from typing import Any

from components.documents.bucket import bucket_policy
from components.documents.endpoint import DYNAMODB_ACTIONS, KMS_ACTIONS, S3_ACTIONS, storage_endpoint_policy
from components.documents.key import logs_key_policy, records_key_policy, tokens_key_policy
from components.documents.queue import closed_queue_policy, topic_policy, work_queue_policy
from components.documents.role import function_trust, processor_permissions
from components.place import Place
from tests.iam.conditions import ContextValue
from tests.iam.material import AWAY, HOME, allow, policy
from tests.iam.request import Principal, Request, aws

REGION = "eu-central-1"
PLACE = Place(partition="aws", region=REGION, account_id=HOME, prefix="strongroom-test")


def local(service: str, name: str, account: str = HOME) -> str:
    return f"arn:aws:{service}:{REGION}:{account}:{name}"


INPUT, OUTPUT, QUARANTINE, ARTIFACTS = (
    f"arn:aws:s3:::{name}" for name in ("input", "output", "quarantine", "artifacts")
)
RECORDS_KEY, LOGS_KEY, TOKENS_KEY = (local("kms", f"key/{name}") for name in ("records", "logs", "tokens"))
TABLE = local("dynamodb", "table/transactions")
QUEUE, DEAD_LETTERS = local("sqs", "work"), local("sqs", "work-dead")
TOPIC = local("sns", "page")
LOG_GROUP = local("logs", "log-group:/aws/lambda/processor")
FUNCTION = local("lambda", "function:processor")
PROCESSOR_ROLE = f"arn:aws:iam::{HOME}:role/processor"
FOREIGN_BUCKET, FOREIGN_TABLE = "arn:aws:s3:::foreign", local("dynamodb", "table/foreign", AWAY)

PROCESSOR = aws(PROCESSOR_ROLE, "processor")
ADMINISTRATOR = aws(f"arn:aws:iam::{HOME}:role/administrator", "administrator")
"""Whom the account's own policies allow everything: what stops them stands in our documents."""
STRANGER = aws(f"arn:aws:iam::{AWAY}:role/administrator", "stranger")
"""The same of another account."""

EVERYTHING = policy(allow(Sid="Everything"))
IDENTITY: Mapping[Principal, Any] = {
    ADMINISTRATOR: EVERYTHING,
    STRANGER: EVERYTHING,
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
}
RESOURCE: Mapping[str, Any] = {
    INPUT: bucket_policy(INPUT, RECORDS_KEY),
    OUTPUT: bucket_policy(OUTPUT, RECORDS_KEY),
    QUARANTINE: bucket_policy(QUARANTINE, RECORDS_KEY),
    ARTIFACTS: bucket_policy(ARTIFACTS, LOGS_KEY),
    QUEUE: work_queue_policy(queue_arn=QUEUE, bucket_arn=INPUT, account_id=HOME),
    DEAD_LETTERS: closed_queue_policy(queue_arn=DEAD_LETTERS),
    TOPIC: topic_policy(topic_arn=TOPIC, place=PLACE),
    FOREIGN_BUCKET: policy(allow(Principal="*")),
    FOREIGN_TABLE: policy(allow(Principal="*")),
}
KEY: Mapping[str, Any] = {
    RECORDS_KEY: records_key_policy("aws", HOME),
    LOGS_KEY: logs_key_policy("aws", HOME, REGION),
    TOKENS_KEY: tokens_key_policy("aws", HOME),
}
TRUST: Mapping[str, Any] = {PROCESSOR_ROLE: function_trust()}
ENDPOINT: Mapping[str, Any] = {
    "s3": storage_endpoint_policy(S3_ACTIONS, HOME),
    "dynamodb": storage_endpoint_policy(DYNAMODB_ACTIONS, HOME),
    "kms": storage_endpoint_policy(KMS_ACTIONS, HOME),
}

TLS: Mapping[str, ContextValue] = {"aws:SecureTransport": True, "s3:TlsVersion": "1.3"}
INSIDE: Mapping[str, ContextValue] = {"aws:SourceVpce": "vpce-1"}
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
