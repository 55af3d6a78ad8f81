"""The manifest of a file: which file it is, its status, and its control totals."""

import json
from typing import NotRequired, TypedDict

from lambdas.processor.pipeline import Result
from lambdas.processor.records.totals import TotalFields
from lambdas.shared.checksums import sha256_of
from lambdas.shared.source import Source

PART = "part-00000.jsonl.gz"
MANIFEST = "manifest.json"


class Manifest(TypedDict):
    """A manifest, as it is stored beside the parts, kept in the table and printed. Absent values are left out."""

    bucket: str
    key: str
    version_id: str
    manifest_status: str
    records_read: int
    records_accepted: int
    records_rejected: int
    amounts: dict[str, TotalFields]
    output_parts: int
    quarantine_parts: int
    started_at: str
    finished_at: str
    dropped_columns: NotRequired[list[str]]
    input_sha256: NotRequired[str]
    output_prefix: NotRequired[str]
    output_sha256: NotRequired[str]
    quarantine_prefix: NotRequired[str]
    quarantine_sha256: NotRequired[str]
    error: NotRequired[str]


def manifest_of(source: Source, result: Result, started_at: str, finished_at: str) -> Manifest:
    """Return the manifest of a file, whose parts still exist."""
    manifest: Manifest = {
        "bucket": source.bucket,
        "key": source.key,
        "version_id": source.version_id,
        "manifest_status": result.status,
        "records_read": result.read,
        "records_accepted": result.accepted,
        "records_rejected": result.rejected,
        "amounts": {currency: total.fields() for currency, total in sorted(result.totals.items())},
        "output_parts": int(result.output is not None),
        "quarantine_parts": int(result.quarantine is not None),
        "started_at": started_at,
        "finished_at": finished_at,
    }
    if result.dropped:
        manifest["dropped_columns"] = result.dropped
    if result.sha256 is not None:
        manifest["input_sha256"] = result.sha256
    if result.output is not None:
        manifest["output_prefix"] = f"{source.file_id}/"
        manifest["output_sha256"] = sha256_of(result.output)
    if result.quarantine is not None:
        manifest["quarantine_prefix"] = f"{source.file_id}/"
        manifest["quarantine_sha256"] = sha256_of(result.quarantine)
    if result.error is not None:
        manifest["error"] = result.error
    return manifest


def manifest_json(manifest: Manifest) -> str:
    """Return a manifest as JSON text."""
    return json.dumps(manifest, sort_keys=True, indent=2) + "\n"
