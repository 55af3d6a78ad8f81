"""Entry point of the processor: takes a batch of S3 notifications from the queue, returns the messages that failed.

A deployment asks a new version to process the canary file instead; an error then fails the deployment.

How each failure is handled:

| failure | handling |
|---|---|
| a record breaks a rule | the record goes to quarantine, masked, with all its reasons; the file is COMPLETED |
| unknown ending, broken header or compression, no bytes | the file is QUARANTINED with the reason |
| the malware scan found threats or did not complete | the file is QUARANTINED with the reason; its content is not read |
| the malware scan has no verdict yet | the message is retried |
| a key of over 900 bytes | the file is FAILED with the reason; the message is deleted |
| the object version is deleted or archived | the file is FAILED with the reason: a retry cannot succeed |
| control totals that do not balance | the file is FAILED, nothing is published, an alarm pages |
| access denied, KMS key disabled | the message is retried: nothing is lost once permissions are repaired |
| throttling, broken streams, full disk, a defect | the message is retried |
| the deadline is near | the file is released, the message is retried |
| another invocation holds the file's lease | the message is retried |
| not a notification of S3, another bucket, no version | the message is retried until it reaches the dead-letter queue |

On the last of `MAX_RECEIVES` deliveries an error makes the file FAILED. FAILED is not final: a message redriven from
the dead-letter queue is processed like a new one. S3 answers "access denied" for a deleted version unless the role may
list the bucket.
"""

import os
import time
from functools import cache
from typing import TYPE_CHECKING, TypedDict

import boto3

from lambdas.processor.canary import Canary, process_canary
from lambdas.processor.notifications import parse_notification
from lambdas.processor.objects import Objects
from lambdas.processor.records.tokens import DERIVATION, Tokens
from lambdas.processor.service import Service
from lambdas.processor.settings import Settings, settings_from
from lambdas.processor.table import Table
from lambdas.shared.clients import client_config
from lambdas.shared.errors import SafeError, describe
from lambdas.shared.invocation import Context, invocation_of
from lambdas.shared.retry_budget import RetryBudget
from lambdas.shared.telemetry import Telemetry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client


class Message(TypedDict):
    """The parts of an SQS message that the processor uses."""

    messageId: str
    body: str
    attributes: dict[str, str]


class Event(TypedDict):
    """A batch of messages."""

    Records: list[Message]


class CanaryRequest(TypedDict):
    """A deployment's request to process the canary file."""

    canary: bool


class Failure(TypedDict):
    """A message that failed."""

    itemIdentifier: str


class Response(TypedDict):
    """Lambda's partial batch response: the messages to deliver again."""

    batchItemFailures: list[Failure]


class FilesFailed(SafeError):
    """Some files of a message failed; each has its own line in the log."""


@cache
def _settings() -> Settings:
    return settings_from(os.environ)


@cache
def _s3() -> "S3Client":
    return boto3.client("s3", config=client_config(attempts=5, read_timeout=30))


@cache
def _dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=client_config(attempts=5, read_timeout=30))


@cache
def _tokens() -> Tokens:
    """Derive the working key, once for the life of the process: the KMS key itself never leaves KMS."""
    kms = boto3.client("kms", config=client_config(attempts=5, read_timeout=30))
    answer = kms.generate_mac(KeyId=_settings().token_key_id, Message=DERIVATION, MacAlgorithm="HMAC_SHA_256")
    return Tokens(answer["Mac"])


def handle(event: Event | CanaryRequest, context: Context) -> Response | Canary:
    """Process a batch of messages and return those that failed, or process the canary file and return its totals."""
    telemetry = Telemetry(context.function_name, context.aws_request_id, time.time)
    if "canary" in event:
        return _process_canary(context, telemetry)
    failures: list[Failure] = []
    for message in event["Records"]:
        try:
            _process(message, context, telemetry)
        except Exception as error:
            # Lambda's metric Errors does not count partial batch failures.
            telemetry.measure(
                "ERROR", "message failed", {"MessagesFailed": 1}, message_id=message["messageId"], error=describe(error)
            )
            failures.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failures}


def _process_canary(context: Context, telemetry: Telemetry) -> Canary:
    # Permissions that the deployment has just granted take time to propagate.
    budget = RetryBudget(invocation=invocation_of(context), started_at=time.time(), settling=True)
    totals = budget.call(lambda: process_canary(_service(_settings(), context, telemetry)))
    telemetry.log("INFO", "canary processed", version=context.invoked_function_arn.rpartition(":")[2])
    return totals


def _process(message: Message, context: Context, telemetry: Telemetry) -> None:
    """Process all files that a message names; one that fails does not stop the others."""
    settings = _settings()
    notification = parse_notification(message["body"], settings.input_bucket)
    for name in notification.ignored_events:
        telemetry.log("INFO", "event ignored", event_name=name, message_id=message["messageId"])
    if not notification.sources:
        return
    service = _service(settings, context, telemetry)
    receives = int(message.get("attributes", {}).get("ApproximateReceiveCount", "1"))
    last_attempt = settings.max_receives is not None and receives >= settings.max_receives
    failed = 0
    for source in notification.sources:
        try:
            service.run(source, last_attempt=last_attempt)
        except Exception as error:
            telemetry.log(
                "ERROR",
                "file failed",
                file_id=source.file_id,
                key=source.key,
                receives=receives,
                error=describe(error),
            )
            failed += 1
    if failed:
        raise FilesFailed(f"{failed} of {len(notification.sources)} files failed")


def _service(settings: Settings, context: Context, telemetry: Telemetry) -> Service:
    invocation = invocation_of(context)
    return Service(
        objects=Objects(_s3(), output=settings.output_bucket, quarantine=settings.quarantine_bucket),
        table=Table(_dynamodb(), settings.transactions_table, invocation),
        tokens=_tokens(),
        telemetry=telemetry,
        invocation=invocation,
        account_last4=settings.account_last4,
        malware_scan=settings.malware_scan,
    )
