"""Sends files into a deployed local stack, waits for their manifests and sums them up."""

import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from lambdas.shared.source import Source
from localcloud.console import Failure, Progress
from localcloud.stack import LocalStack

TERMINAL = ("COMPLETED", "FAILED", "QUARANTINED")
_WAIT_SECONDS = 300.0
_POLL_SECONDS = 0.1
_COLUMNS = ("file", "status", "read", "accepted", "rejected", "amounts of the accepted, by currency")


def send(stack: LocalStack, file: Path) -> dict[str, Any]:
    """Put a file into the input bucket and wait for its manifest.

    Returns
    -------
    dict
        The manifest, its counts as integers.

    Raises
    ------
    Failure
        The file cannot be read, or no terminal manifest appears within five minutes.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Failure(f"{file} cannot be read: {error.strerror}. Say FILE=<path of a file>.") from None
    outputs = stack.outputs()
    bucket, table = outputs["input_bucket"], outputs["transactions_table"]
    answer = stack.client("s3").put_object(Bucket=bucket, Key=file.name, Body=content)
    source = Source(bucket=bucket, key=file.name, version_id=answer["VersionId"])
    dynamodb = stack.client("dynamodb")
    deadline = time.monotonic() + _WAIT_SECONDS
    with Progress(f"{file.name} is on its way") as progress:
        while time.monotonic() < deadline:
            item = dynamodb.get_item(TableName=table, Key=source.item_key, ConsistentRead=True).get("Item")
            manifest = {name: TypeDeserializer().deserialize(value) for name, value in (item or {}).items()}
            progress.detail = manifest.get("manifest_status", "waiting")
            if manifest.get("manifest_status") in TERMINAL:
                return {name: _plain(value) for name, value in manifest.items() if name not in ("pk", "sk")}
            time.sleep(_POLL_SECONDS)
    raise Failure(
        f"{file.name} has no terminal manifest after {_WAIT_SECONDS:.0f} s (status: {progress.detail}). "
        f"Look at the function's log group {outputs['log_group_names'].get('processor')} and at the dead-letter queue."
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value)
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def summary(manifests: Sequence[Mapping[str, Any]]) -> str:
    """Return a table of manifests with their control totals: records, and amounts by currency."""
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
