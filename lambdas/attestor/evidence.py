"""The evidence: one JSON document for each run, in the audit bucket, under a key that sorts by time."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from lambdas.attestor.expected_state import ObjectReference
from lambdas.attestor.findings import Finding, Verdict
from lambdas.attestor.reading import Client
from lambdas.shared.errors import SafeError
from lambdas.shared.timestamps import timestamp

SCHEMA = 2
_LOOK_BACK_SECONDS = 7 * 24 * 3600
"""How far back the attestor looks for the previous run: longer than a value may be pending."""


class InvalidEvidence(SafeError):
    """The document of the previous run is not valid evidence."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One invocation, as the evidence describes it; the trail records who invoked it, under the same request id.

    Attributes
    ----------
    request_id, function
        Lambda's id of the invocation, and the function's ARN.
    trigger
        `create` or `update` for a deployment, `schedule`, or `request`.
    started_at
        Seconds since the epoch.
    """

    request_id: str
    function: str
    trigger: str
    started_at: float


@dataclass(frozen=True, kw_only=True)
class PreviousRun:
    """What a run needs to know of the previous one.

    Attributes
    ----------
    expected_state
        Its expected state.
    pending_since
        Start of the pending time in seconds since the epoch, by control and resource.
    """

    expected_state: ObjectReference
    pending_since: Mapping[tuple[str, str], float]


def count_verdicts(findings: Sequence[Finding]) -> dict[str, int]:
    """Return the number of findings for every verdict."""
    counts = Counter(finding.verdict for finding in findings)
    return {verdict.value: counts[verdict] for verdict in Verdict}


def evidence_document(
    run: Run, reference: ObjectReference, findings: Sequence[Finding], finished_at: float
) -> dict[str, Any]:
    """Return the evidence of a run."""
    return {
        "schema": SCHEMA,
        "run": {**asdict(run), "started_at": timestamp(run.started_at), "finished_at": timestamp(finished_at)},
        "expected_state": asdict(reference),
        "summary": count_verdicts(findings),
        "controls": [_entry(finding) for finding in findings],
    }


def _entry(finding: Finding) -> dict[str, Any]:
    control = finding.check.control
    entry = {
        "control": control.id,
        "kind": control.kind,
        "resource": finding.check.resource,
        "references": control.references,
        "verdict": finding.verdict.value,
        "expected": finding.check.expected,
        "found": finding.found,
    }
    if finding.reason is not None:
        entry["reason"] = finding.reason
    if finding.since is not None:
        entry["pending_since"] = timestamp(finding.since)
    return entry


class Archive:
    """The evidence in the audit bucket.

    Parameters
    ----------
    s3
        The client.
    bucket, prefix
        Bucket and prefix of the documents; the prefix ends with a slash.
    """

    def __init__(self, s3: Client, bucket: str, prefix: str) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._prefix = prefix

    def add(self, run: Run, evidence: Mapping[str, Any]) -> str:
        """Store the evidence of a run; return its key."""
        key = f"{self._prefix}{_sortable(run.started_at)}-{run.request_id}.json"
        body = json.dumps(evidence, indent=2).encode()
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType="application/json")
        return key

    def previous(self, now: float) -> PreviousRun | None:
        """Return the previous run of the last seven days; none if there is none, or its evidence has another schema.

        Raises
        ------
        InvalidEvidence
            Its document is not evidence.
        """
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix, StartAfter=f"{self._prefix}{_sortable(now - _LOOK_BACK_SECONDS)}"
        )
        keys = sorted(entry["Key"] for page in pages for entry in page.get("Contents", []))
        if not keys:
            return None
        body = self._s3.get_object(Bucket=self._bucket, Key=keys[-1])["Body"].read()
        try:
            evidence = json.loads(body)
            if evidence["schema"] != SCHEMA:
                return None
            return PreviousRun(
                expected_state=ObjectReference(**evidence["expected_state"]),
                pending_since={
                    (entry["control"], entry["resource"]): datetime.fromisoformat(entry["pending_since"]).timestamp()
                    for entry in evidence["controls"]
                    if "pending_since" in entry
                },
            )
        except (ValueError, TypeError, KeyError) as error:
            raise InvalidEvidence(f"object {keys[-1]} in bucket {self._bucket} is not evidence: {error}") from None


def _sortable(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%dT%H%M%S.%fZ")
