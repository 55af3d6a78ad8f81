"""The evidence: one JSON document a run, in the audit bucket, under a key that sorts by time."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from lambdas.attestor.intent import Pointer
from lambdas.attestor.reading import Client
from lambdas.attestor.verdict import Finding, Verdict
from lambdas.shared.errors import SafeError
from lambdas.shared.timestamps import timestamp

SCHEMA = 1
_LOOK_BACK_SECONDS = 7 * 24 * 3600
"""How far back the last run is looked for: further than anything is waited for."""


class BadEvidence(SafeError):
    """The last run's document is not what this one can go on from."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One invocation, as the evidence tells of it; the trail tells whose it was, by the request's id.

    Attributes
    ----------
    request_id, function
        Lambda's id of the invocation, and the function's ARN.
    trigger
        `create` or `update` of a deployment, `schedule`, or `request`.
    started_at
        Seconds since the epoch.
    """

    request_id: str
    function: str
    trigger: str
    started_at: float


@dataclass(frozen=True, kw_only=True)
class Previous:
    """What the last run left.

    Attributes
    ----------
    intent
        The intent that it compared with.
    since
        What it waited for, by control and resource: since when, in seconds since the epoch.
    """

    intent: Pointer
    since: Mapping[tuple[str, str], float]


def summary(findings: Sequence[Finding]) -> dict[str, int]:
    """Return the number of checks by verdict; all verdicts are in it."""
    counts = Counter(one.verdict for one in findings)
    return {verdict.value: counts[verdict] for verdict in Verdict}


def document(run: Run, pointer: Pointer, findings: Sequence[Finding], finished_at: float) -> dict[str, Any]:
    """Return a run's evidence."""
    return {
        "schema": SCHEMA,
        "run": {**asdict(run), "started_at": timestamp(run.started_at), "finished_at": timestamp(finished_at)},
        "intent": asdict(pointer),
        "summary": summary(findings),
        "controls": [_entry(one) for one in findings],
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
        Where the documents are; the prefix ends with a slash.
    """

    def __init__(self, s3: Client, bucket: str, prefix: str) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._prefix = prefix

    def add(self, run: Run, content: Mapping[str, Any]) -> str:
        """Store a run's evidence; return its key."""
        key = f"{self._prefix}{_stamp(run.started_at)}-{run.request_id}.json"
        body = json.dumps(content, indent=2).encode()
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType="application/json")
        return key

    def previous(self, now: float) -> Previous | None:
        """Return what the last run of these days left, if there was one.

        Raises
        ------
        BadEvidence
            Its document is not one of these.
        """
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix, StartAfter=f"{self._prefix}{_stamp(now - _LOOK_BACK_SECONDS)}"
        )
        keys = sorted(one["Key"] for page in pages for one in page.get("Contents", []))
        if not keys:
            return None
        body = self._s3.get_object(Bucket=self._bucket, Key=keys[-1])["Body"].read()
        try:
            whole = json.loads(body)
            return Previous(
                intent=Pointer(**whole["intent"]),
                since={
                    (one["control"], one["resource"]): datetime.fromisoformat(one["pending_since"]).timestamp()
                    for one in whole["controls"]
                    if "pending_since" in one
                },
            )
        except (ValueError, TypeError, KeyError) as error:
            raise BadEvidence(f"{keys[-1]} in {self._bucket} is no evidence of this schema: {error}") from None


def _stamp(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y%m%dT%H%M%S.%fZ")
