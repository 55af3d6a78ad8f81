"""Entry point of the redrive function, which operators invoke: `make redrive` and `make replay`.

Operators decide that something is processed again, and see nothing of it: they can invoke this function, and cannot read
the queues, the bucket or the table. How each request and failure is handled:

| request or failure | handling |
|---|---|
| `{"operation": "redrive"}` | all messages of the dead-letter queue return to the work queue; the answer has their number |
| `{"operation": "replay", "key": …}` | the processor is notified of the object again; the answer has its `file_id` |
| an unknown operation, or an object that does not exist | the invocation fails, and its message says why |
| AWS throttles, fails or cannot be reached | retried, then the invocation fails; asking again is safe |
| the deadline is near before the dead-letter queue is empty | the invocation fails; asking again moves the rest |

Processing is idempotent: a file that is COMPLETED or QUARANTINED keeps its result.
"""

import os
from functools import cache
from typing import TYPE_CHECKING

import boto3

from lambdas.redrive.files import replay
from lambdas.redrive.queues import redrive
from lambdas.redrive.request import Redrive, request_from
from lambdas.redrive.settings import settings_from
from lambdas.shared.clients import client_config
from lambdas.shared.errors import describe
from lambdas.shared.invocation import Context, invocation_of
from lambdas.shared.telemetry import Telemetry

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

_ATTEMPTS = 5
"""Attempts of a call: some seconds in all, while an operator waits."""


@cache
def _s3() -> "S3Client":
    return boto3.client("s3", config=client_config(attempts=_ATTEMPTS, read_timeout=30))


@cache
def _sqs() -> "SQSClient":
    return boto3.client("sqs", config=client_config(attempts=_ATTEMPTS, read_timeout=30))


def handle(event: object, context: Context) -> dict[str, object]:
    """Do what an operator asks for; return what was done."""
    invocation = invocation_of(context)
    telemetry = Telemetry(context.function_name, context.aws_request_id, invocation.clock)
    try:
        request, settings = request_from(event), settings_from(os.environ)
        if isinstance(request, Redrive):
            answer: dict[str, object] = {"moved": redrive(_sqs(), settings, invocation)}
        else:
            source = replay(_s3(), _sqs(), settings, request)
            answer = {"file_id": source.file_id, "version_id": source.version_id}
    except Exception as error:
        telemetry.log("ERROR", "request failed", error=describe(error))
        raise
    telemetry.log("INFO", "request done", **answer)
    return answer
