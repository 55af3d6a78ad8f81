"""Edge of the sweep: called by an hourly schedule, or by a person; what goes in does not matter.

What becomes of trouble:

| trouble | what becomes of it |
|---|---|
| a file has no manifest though its message can come no more | the log names it, the metric `FilesWithoutManifest` counts it |
| a file is PROCESSING since that long, and its lease has ended | the log names it, the metric `OverrunLeases` counts it |
| a file FAILED | nothing: that is an outcome, and has a metric and an alarm of its own |
| a file came in lately | nothing yet: a later sweep looks |
| AWS throttles, fails or cannot be reached | tried again, then the invocation fails |
| the deadline nears before all was seen | the invocation fails |

An invocation that fails tells what it found until then, and no metric `Sweeps`, whose absence is an alarm. None goes on where
another one stopped: each looks at everything, so that also a manifest which is lost later shows. Of a million files that is a
thousand pages of S3's list and ten thousand batches of the table, one after the other, and 80 s of a whole core: about half of
the time that there is. Raw input expires, which bounds it.
"""

import os
import random
import time
from functools import cache
from typing import TYPE_CHECKING, Protocol

import boto3

from lambdas.clients import config
from lambdas.invocation import Invocation
from lambdas.sweep.bucket import pages
from lambdas.sweep.findings import Findings
from lambdas.sweep.settings import settings_from
from lambdas.sweep.table import Table
from lambdas.telemetry import Telemetry, described

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

_ATTEMPTS = 8
"""Of a call that is throttled or fails: about a minute in all, and nobody waits for a sweep."""


class Context(Protocol):
    """What Lambda tells of an invocation, as far as it is used."""

    aws_request_id: str
    function_name: str

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the invocation is ended."""


@cache
def _s3() -> "S3Client":
    return boto3.client("s3", config=config(attempts=_ATTEMPTS, read_timeout=30))


@cache
def _dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=config(attempts=_ATTEMPTS, read_timeout=30))


def handle(_: object, context: Context) -> dict[str, int]:
    """Entry point; returns how many files were looked for, and how many gaps of each kind were found."""
    invocation = Invocation(
        request_id=context.aws_request_id,
        clock=time.time,
        remaining=lambda: context.get_remaining_time_in_millis() / 1000,
        sleep=time.sleep,
        random=random.random,
    )
    findings = Findings(Telemetry(context.aws_request_id, invocation.clock), context.function_name)
    try:
        _sweep(invocation, findings)
    except Exception as error:
        findings.broken_off(described(error))
        raise
    findings.finished()
    return {
        "files": findings.files,
        "without_manifest": findings.without_manifest,
        "overruns": findings.overruns,
    }


def _sweep(invocation: Invocation, findings: Findings) -> None:
    settings = settings_from(os.environ)
    now = invocation.clock()
    before = now - settings.allowed_seconds
    table = Table(_dynamodb(), settings.transactions_table, invocation)
    # First what is few: it is told even if the bucket is too large for one sweep.
    for one in table.overruns(before, now):
        findings.overran(one)
    for sources in pages(_s3(), settings.input_bucket, before, invocation):
        findings.looked_for(sources, table.without_manifest(sources))
