"""Asks the attestor of a deployed local stack whether all is as it was meant, and tells what it says."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lambdas.attestor.controls import BY_ID
from lambdas.attestor.expected_state import Check
from lambdas.attestor.findings import Finding, Verdict
from localcloud.console import Failure, Progress
from localcloud.stack import LocalStack

_WAIT_SECONDS = 330.0
"""Somewhat longer than the attestor may run."""


def attest(stack: LocalStack) -> dict[str, Any]:
    """Run the attestor and wait for it.

    Returns
    -------
    dict
        The run's evidence, as it stands in the audit bucket, and as `stored` the bucket and the key.

    Raises
    ------
    Failure
        The stack has no attestor, or its invocation failed.
    """
    function = stack.outputs().get("attestor_function")
    if not function:
        raise Failure("Stack local has no output attestor_function: deploy it anew with `make up STACK=local`.")
    with Progress(f"{function} reads back what is deployed"):
        answer = stack.client("lambda", read_timeout=_WAIT_SECONDS).invoke(FunctionName=function, Payload=b"{}")
        content = json.load(answer["Payload"])
    if "FunctionError" in answer:
        raise Failure(
            f"{function} failed with {content.get('errorType', 'an error')}: {content.get('errorMessage', 'no message')}. "
            f"Its log group is /aws/lambda/{function}."
        )
    evidence: dict[str, Any] = content
    return evidence


def summary(evidence: Mapping[str, Any]) -> str:
    """Return the counts by verdict, each control that did not pass with expected and found, and where it all stands."""
    counts = ", ".join(f"{count} {verdict}" for verdict, count in evidence["summary"].items())
    lines = [
        f"{verdict.upper():<8}{_finding(entry)}"
        for verdict in (Verdict.FAIL, Verdict.PENDING)
        for entry in evidence["controls"]
        if entry["verdict"] == verdict
    ]
    stored = evidence["stored"]
    return "\n".join([*lines, f"controls: {counts}; the evidence is s3://{stored['bucket']}/{stored['key']}"])


def _finding(entry: Mapping[str, Any]) -> Finding:
    since = entry.get("pending_since")
    return Finding(
        check=Check(control=BY_ID[entry["control"]], resource=entry["resource"], expected=entry["expected"]),
        verdict=Verdict(entry["verdict"]),
        found=entry["found"],
        reason=entry.get("reason"),
        since=None if since is None else datetime.fromisoformat(since).timestamp(),
    )
