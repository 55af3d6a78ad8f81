"""Edge of the processor: takes messages about new objects from the queue, answers with those that failed.

What becomes of trouble:

| trouble | what becomes of it |
|---|---|
| a record breaks a rule | it goes to quarantine, masked, with all its reasons; the file is COMPLETED |
| content is no file of records: ending, header, compression, no bytes | the file is QUARANTINED with its reason |
| a key of over 900 bytes | the file is FAILED with its reason; the message is done |
| the object version is deleted or archived | the same: it will not come back by itself |
| control totals that do not balance | the same, and nothing is published: the metric's alarm calls for a person |
| access denied, KMS key disabled | the message comes again: permissions get repaired, and then nothing is lost |
| throttles, broken streams, full disk, a defect | the message comes again |
| the deadline nears | the file is let go, the message comes again |
| another invocation works on the file | the message comes again |
| a message that S3 did not send, about another bucket or an unversioned one | it comes again, to be a dead letter |

A message that came `MAX_RECEIVES` times is a dead letter next; its file is FAILED then. One that is put back from there
is processed like a new one: FAILED is not final. S3 answers "access denied" for a version that is gone unless the role
may list the bucket.
"""

import os
import random
import time
from functools import cache
from typing import TYPE_CHECKING, Protocol, TypedDict

import boto3

from lambdas.clients import config
from lambdas.invocation import Invocation
from lambdas.processor.notifications import objects_in
from lambdas.processor.objects import Objects
from lambdas.processor.service import Service
from lambdas.processor.settings import Settings, settings_from
from lambdas.processor.table import Table
from lambdas.processor.tokens import DERIVATION, Tokens
from lambdas.telemetry import Telemetry, Told, described

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client


class Context(Protocol):
    """What Lambda tells of an invocation, as far as it is used."""

    aws_request_id: str
    function_name: str

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the invocation is ended."""


class Message(TypedDict):
    """A message of the queue, as far as it is used."""

    messageId: str
    body: str
    attributes: dict[str, str]


class Event(TypedDict):
    """A batch of messages."""

    Records: list[Message]


class Failure(TypedDict):
    """A message that failed."""

    itemIdentifier: str


class Answer(TypedDict):
    """Lambda's partial batch response: the messages to deliver again."""

    batchItemFailures: list[Failure]


class SomeFailed(Told):
    """Of the files that a message names, some failed; each has its own line in the log."""


@cache
def _settings() -> Settings:
    return settings_from(os.environ)


@cache
def _s3() -> "S3Client":
    return boto3.client("s3", config=config(attempts=5, read_timeout=30))


@cache
def _dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=config(attempts=5, read_timeout=30))


@cache
def _tokens() -> Tokens:
    """Derive the working key, once for the life of the process: the KMS key itself never leaves KMS."""
    kms = boto3.client("kms", config=config(attempts=5, read_timeout=30))
    answer = kms.generate_mac(KeyId=_settings().token_key_id, Message=DERIVATION, MacAlgorithm="HMAC_SHA_256")
    return Tokens(answer["Mac"])


def handle(event: Event, context: Context) -> Answer:
    """Entry point: a batch of messages in, those that failed out."""
    telemetry = Telemetry(context.aws_request_id, time.time)
    failed: list[Failure] = []
    for message in event["Records"]:
        try:
            _process(message, context, telemetry)
        except Exception as error:
            # Of a part of a batch Lambda counts no error.
            telemetry.measure(
                "ERROR",
                "message failed",
                {"MessagesFailed": 1},
                {"FunctionName": context.function_name},
                message_id=message["messageId"],
                error=described(error),
            )
            failed.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failed}


def _process(message: Message, context: Context, telemetry: Telemetry) -> None:
    """Process all objects that a message names; one that fails does not keep the others from being processed."""
    settings = _settings()
    notification = objects_in(message["body"], settings.input_bucket)
    for name in notification.ignored:
        telemetry.log("INFO", "event ignored", event_name=name, message_id=message["messageId"])
    if not notification.sources:
        return
    service = _service(settings, context, telemetry)
    receives = int(message.get("attributes", {}).get("ApproximateReceiveCount", "1"))
    last = settings.max_receives is not None and receives >= settings.max_receives
    failures = 0
    for source in notification.sources:
        try:
            service.run(source, last=last)
        except Exception as error:
            telemetry.log(
                "ERROR",
                "file failed",
                file_id=source.file_id,
                key=source.key,
                receives=receives,
                error=described(error),
            )
            failures += 1
    if failures:
        raise SomeFailed(f"{failures} of {len(notification.sources)} files")


def _service(settings: Settings, context: Context, telemetry: Telemetry) -> Service:
    invocation = Invocation(
        request_id=context.aws_request_id,
        clock=time.time,
        remaining=lambda: context.get_remaining_time_in_millis() / 1000,
        sleep=time.sleep,
        random=random.random,
    )
    return Service(
        objects=Objects(_s3(), output=settings.output_bucket, quarantine=settings.quarantine_bucket),
        table=Table(_dynamodb(), settings.transactions_table, invocation),
        tokens=_tokens(),
        telemetry=telemetry,
        invocation=invocation,
        account_last4=settings.account_last4,
        function=context.function_name,
    )
