"""Entry point of the reconciler: invoked by an hourly schedule or by a person; it ignores its input.

How each finding and failure is handled:

| finding or failure | handling |
|---|---|
| a file has no manifest, and its message cannot be delivered again | logged, and counted by the metric `FilesWithoutManifest` |
| a file is PROCESSING for as long, and its lease has expired | logged, and counted by the metric `OverrunLeases` |
| a file is FAILED | nothing: this outcome has its own metric and alarm |
| a file was uploaded recently | nothing: a later reconciliation checks it |
| AWS throttles, fails or cannot be reached | retried, then the invocation fails |
| the deadline is near before everything was checked | the invocation fails |

A failed invocation reports what it found so far, but not the metric `Reconciliations`, whose absence raises an alarm. None
continues where another stopped: each checks everything, so that a manifest that is lost later is found too. A million files
take a thousand pages of S3's list and ten thousand batches of the table, in sequence, and 80 s of a whole core: about half
of the available time. Raw input expires, which limits the number of files.
"""

import os
from functools import cache
from typing import TYPE_CHECKING

import boto3

from lambdas.reconciler.findings import Findings
from lambdas.reconciler.input_bucket import uploads
from lambdas.reconciler.settings import settings_from
from lambdas.reconciler.table import Table
from lambdas.shared.clients import client_config
from lambdas.shared.errors import describe
from lambdas.shared.invocation import Context, Invocation, invocation_of
from lambdas.shared.telemetry import Telemetry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

_ATTEMPTS = 8
"""Attempts of a call: about a minute in all, which is fine because nobody waits for a reconciliation."""


@cache
def _s3() -> "S3Client":
    return boto3.client("s3", config=client_config(attempts=_ATTEMPTS, read_timeout=30))


@cache
def _dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=client_config(attempts=_ATTEMPTS, read_timeout=30))


def handle(_: object, context: Context) -> dict[str, int]:
    """Check every file; return the number of files checked, and of findings by kind."""
    invocation = invocation_of(context)
    findings = Findings(Telemetry(context.function_name, context.aws_request_id, invocation.clock))
    try:
        _reconcile(invocation, findings)
    except Exception as error:
        findings.report_failure(describe(error))
        raise
    findings.report()
    return {
        "files": findings.files,
        "without_manifest": findings.without_manifest,
        "overruns": findings.overruns,
    }


def _reconcile(invocation: Invocation, findings: Findings) -> None:
    settings = settings_from(os.environ)
    now = invocation.clock()
    before = now - settings.allowed_seconds
    table = Table(_dynamodb(), settings.transactions_table, invocation)
    # Overruns are few, so they come first: they are reported even if the bucket is too large for one invocation.
    for lease in table.overruns(before, now):
        findings.add_overrun(lease)
    for sources in uploads(_s3(), settings.input_bucket, before, invocation):
        findings.add_files(sources, table.without_manifest(sources))
