"""Uploads files to the local stack, waits for their manifests, summarises them, and asks for more attempts."""

import json
import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import ClientError

from cli.stack import EmulatedStack
from lambdas.shared.source import Source
from offline.terminal import Progress, UserError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

TERMINAL = ("COMPLETED", "FAILED", "QUARANTINED")
_WAIT_SECONDS = 300.0
_POLL_SECONDS = 0.1
REDRIVE_TIMEOUT = 330.0
"""Seconds to wait for an answer: somewhat longer than the function's timeout."""
_COLUMNS = ("file", "status", "read", "accepted", "rejected", "accepted amounts by currency")


def process_file(stack: EmulatedStack, file: Path) -> dict[str, Any]:
    """Upload a file to the input bucket and wait for its manifest.

    Returns
    -------
    dict
        The manifest, with counts as integers.

    Raises
    ------
    UserError
        The file cannot be read, or its processing does not end within five minutes.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}. Name an existing file with FILE=<path>.") from None
    outputs = stack.outputs()
    bucket, table = outputs["input_bucket"], outputs["transactions_table"]
    answer = stack.client("s3").put_object(Bucket=bucket, Key=file.name, Body=content)
    source = Source(bucket=bucket, key=file.name, version_id=answer["VersionId"])
    dynamodb = stack.client("dynamodb")
    deadline = time.monotonic() + _WAIT_SECONDS
    with Progress(f"processing {file.name}") as progress:
        while time.monotonic() < deadline:
            item = dynamodb.get_item(TableName=table, Key=source.item_key, ConsistentRead=True).get("Item")
            manifest = {name: TypeDeserializer().deserialize(value) for name, value in (item or {}).items()}
            progress.detail = manifest.get("manifest_status", "waiting")
            if manifest.get("manifest_status") in TERMINAL:
                return {name: _plain(value) for name, value in manifest.items() if name not in ("pk", "sk")}
            time.sleep(_POLL_SECONDS)
    raise UserError(
        f"The processing of {file.name} has not ended after {_WAIT_SECONDS:.0f} s (status: {progress.detail}). "
        f"Read the log group {outputs['log_group_names'].get('processor')} and the dead-letter queue."
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def summary(manifests: Sequence[Mapping[str, Any]]) -> str:
    """Return a table of manifests with their control totals: numbers of records, and amounts by currency."""
    rows = [_COLUMNS, *(_row(manifest) for manifest in manifests)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    counts = {
        name: sum(manifest.get(f"records_{name}", 0) for manifest in manifests)
        for name in ("read", "accepted", "rejected")
    }
    balance = "balances" if counts["read"] == counts["accepted"] + counts["rejected"] else "DOES NOT BALANCE"
    total = f"control totals: {counts['read']} read = {counts['accepted']} accepted + {counts['rejected']} rejected: {balance}"
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:], "", total])


def _row(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    amounts = ", ".join(
        f"{currency} +{total['positive']} {total['negative']} ({total['count']})"
        for currency, total in sorted(manifest.get("amounts", {}).items())
    )
    counts = [str(manifest.get(f"records_{name}", "")) for name in ("read", "accepted", "rejected")]
    return (manifest["key"], manifest["manifest_status"], *counts, amounts or manifest.get("error", ""))


def ask_redrive(client: "LambdaClient", function: str, request: dict[str, str]) -> dict[str, Any]:
    """Invoke the redrive function, and return its answer.

    Raises
    ------
    UserError
        The function cannot be invoked, or it failed; the message says why.
    """
    try:
        with Progress(f"{function} does {request['operation']}"):
            invoked = client.invoke(FunctionName=function, Payload=json.dumps(request))
            answer: dict[str, Any] = json.load(invoked["Payload"])
    except ClientError as error:
        reason = error.response["Error"]
        raise UserError(
            f"{function} cannot be invoked: AWS answered {reason['Code']}: {reason.get('Message', 'no message')}. Use the "
            f"credentials of an operator of this stack."
        ) from None
    if "FunctionError" in invoked:
        raise UserError(
            f"{function} failed with {answer.get('errorType', 'an error')}: {answer.get('errorMessage', 'no message')}. Its "
            f"log group is /aws/lambda/{function}."
        )
    return answer
