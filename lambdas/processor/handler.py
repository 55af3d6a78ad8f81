"""Edge of the processor: takes messages about new objects from the queue, answers with those to be delivered again.

What becomes of trouble:

| trouble | answer |
|---|---|
| content that is no file of records | the file is QUARANTINED, with its reason |
| a record that breaks a rule | it goes to quarantine, masked, with all its reasons |
| the object version is gone, or its key has over 900 bytes | the file is FAILED, with its reason |
| totals that do not balance | the file is FAILED, and a metric says so |
| anything else: no access, throttling, no time | the message comes again; after the last time it is a dead letter |
"""

import json
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from lambdas.processor.pipeline import KEY_BYTES, Result, Source, manifest, process
from lambdas.processor.store import Store
from lambdas.processor.tokens import DERIVATION, Tokens

NAMESPACE = "Strongroom"
_CHUNK = 1 << 16
_GONE = {"NoSuchKey", "NoSuchVersion", "404"}
_NAMES = ("INPUT_BUCKET", "OUTPUT_BUCKET", "QUARANTINE_BUCKET", "TRANSACTIONS_TABLE", "TOKEN_KEY_ID", "ACCOUNT_LAST4")


@cache
def environment() -> dict[str, str]:
    """Return the function's settings.

    Raises
    ------
    RuntimeError
        One is missing.
    """
    missing = [name for name in _NAMES if not os.environ.get(name)]
    if missing:
        raise RuntimeError(
            f"environment variables are missing: {', '.join(missing)}; they are set where the function is deployed"
        )
    return {name: os.environ[name] for name in _NAMES}


@cache
def _client(service: str) -> Any:
    retries = Config(retries={"mode": "standard", "max_attempts": 5})
    # An emulator at one address knows buckets by path only.
    by_path = Config(s3={"addressing_style": "path"})
    config = retries.merge(by_path) if os.environ.get("AWS_ENDPOINT_URL") else retries
    return boto3.client(service, config=config)  # type: ignore[call-overload]


@cache
def _tokens(key_id: str) -> Tokens:
    """Derive the working key, once for the life of the process: the KMS key itself never leaves KMS."""
    answer = _client("kms").generate_mac(KeyId=key_id, Message=DERIVATION, MacAlgorithm="HMAC_SHA_256")
    return Tokens(answer["Mac"])


def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry point: an SQS batch in, the messages that failed out (Lambda's partial batch response)."""
    failed = []
    for message in event["Records"]:
        try:
            for source in sources(message["body"]):
                run(source, context)
        except Exception as error:
            _log(
                "failed",
                request_id=context.aws_request_id,
                message_id=message["messageId"],
                error=f"{type(error).__name__}: {error}",
            )
            failed.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failed}


def sources(body: str) -> Iterator[Source]:
    """Yield the objects that a notification of S3 names.

    Raises
    ------
    ValueError
        It is no such notification.
    """
    notification = json.loads(body)
    if not isinstance(notification, dict):
        raise ValueError("the message is no notification of S3")
    if notification.get("Event") == "s3:TestEvent":
        return
    records = notification.get("Records")
    if not isinstance(records, list):
        raise ValueError("the message is no notification of S3: it has no Records")
    for record in records:
        if not str(record.get("eventName", "")).removeprefix("s3:").startswith("ObjectCreated"):
            _log("ignored", event_name=str(record.get("eventName")))
            continue
        described = record["s3"]
        key = unquote_plus(described["object"]["key"])
        yield Source(
            bucket=described["bucket"]["name"], key=key, version_id=described["object"].get("versionId", "null")
        )


def run(source: Source, context: Any) -> None:
    """Process one object, unless that has been done."""
    settings = environment()
    if source.bucket != settings["INPUT_BUCKET"]:
        raise ValueError("the notification is of another bucket than the input bucket")
    store = Store(
        _client("s3"),
        _client("dynamodb"),
        output=settings["OUTPUT_BUCKET"],
        quarantine=settings["QUARANTINE_BUCKET"],
        table=settings["TRANSACTIONS_TABLE"],
        remaining=lambda: context.get_remaining_time_in_millis() / 1000,
    )
    started_at = _now()
    if not store.claim(source, time.time(), started_at):
        _log("done before", file_id=source.file_id)
        return
    with tempfile.TemporaryDirectory() as folder:
        result = _result(source, settings, Path(folder))
        whole = manifest(source, result, started_at, _now())
        store.publish(source, result, whole)
    _measure(source, result)


def _result(source: Source, settings: dict[str, str], folder: Path) -> Result:
    if len(source.key.encode()) > KEY_BYTES:
        return Result(status="FAILED", error=f"key: has more than {KEY_BYTES} bytes")
    version = {} if source.version_id == "null" else {"VersionId": source.version_id}
    try:
        body = _client("s3").get_object(Bucket=source.bucket, Key=source.key, **version)["Body"]
    except ClientError as error:
        if error.response["Error"]["Code"] in _GONE:
            return Result(status="FAILED", error="object: this version of it is gone")
        raise
    tokens = _tokens(settings["TOKEN_KEY_ID"])
    return process(source.key, body.iter_chunks(_CHUNK), tokens, folder, last4=settings["ACCOUNT_LAST4"] == "true")


def _measure(source: Source, result: Result) -> None:
    """Print counts as one line in CloudWatch's embedded metric format; it is the log of the file as well."""
    counts = {
        "FilesCompleted": int(result.status == "COMPLETED"),
        "FilesFailed": int(result.status == "FAILED"),
        "FilesQuarantined": int(result.status == "QUARANTINED"),
        "RecordsRead": result.read,
        "RecordsAccepted": result.accepted,
        "RecordsRejected": result.rejected,
        "ControlTotalMismatch": int(result.read != result.accepted + result.rejected),
    }
    metrics = [{"Name": name, "Unit": "Count"} for name in counts]
    directive = {"Namespace": NAMESPACE, "Dimensions": [[]], "Metrics": metrics}
    emitted = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}
    _log("processed", file_id=source.file_id, status=result.status, error=result.error, _aws=emitted, **counts)


def _log(event: str, **details: Any) -> None:
    print(json.dumps({"event": event, **{name: value for name, value in details.items() if value is not None}}))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
