"""Runs the attestor of the local stack, and summarises its evidence."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cli.stack import EmulatedStack
from lambdas.attestor.controls import BY_ID
from lambdas.attestor.expected_state import Check
from lambdas.attestor.findings import Finding, Verdict
from offline.terminal import Progress, UserError

_WAIT_SECONDS = 330.0
"""Somewhat longer than the attestor's timeout."""


def attest(stack: EmulatedStack) -> dict[str, Any]:
    """Run the attestor and wait for its evidence.

    Returns
    -------
    dict
        The evidence as in the audit bucket, with bucket and key in `stored`.

    Raises
    ------
    UserError
        The stack has no attestor, or the attestor failed.
    """
    function = stack.outputs().get("attestor_function")
    if not function:
        raise UserError("Stack local has no output attestor_function. Deploy it again with `make up STACK=local`.")
    with Progress(f"{function} is reading the deployed resources"):
        answer = stack.client("lambda", read_timeout=_WAIT_SECONDS).invoke(FunctionName=function, Payload=b"{}")
        content = json.load(answer["Payload"])
    if "FunctionError" in answer:
        raise UserError(
            f"{function} failed with {content.get('errorType', 'an error')}: {content.get('errorMessage', 'no message')}. "
            f"Read its log group /aws/lambda/{function}."
        )
    evidence: dict[str, Any] = content
    return evidence


def summary(evidence: Mapping[str, Any]) -> str:
    """Return each failed or pending control with its expected and actual value, the counts, and the evidence's location."""
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
