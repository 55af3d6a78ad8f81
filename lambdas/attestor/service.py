"""A run: read the expected state, read the actual state, compare them, store evidence, report."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lambdas.attestor.actual_state import read_actual_state
from lambdas.attestor.evidence import Archive, PreviousRun, Run, count_verdicts, evidence_document
from lambdas.attestor.expected_state import Check, ObjectReference, parse
from lambdas.attestor.findings import Finding, Verdict, judge
from lambdas.attestor.reading import Clients
from lambdas.attestor.request import InvalidRequest, Request
from lambdas.shared.errors import SafeError
from lambdas.shared.retry_budget import RetryBudget
from lambdas.shared.telemetry import Telemetry

_MESSAGE_LENGTH = 8_000
"""Characters of a message to a person, for a terminal; the evidence has everything."""


class AttestationFailed(SafeError):
    """The actual state differs from the expected state; the message names control, resource, expected and found."""


@dataclass(frozen=True, kw_only=True)
class Attestor:
    """Attests during one invocation.

    Attributes
    ----------
    clients
        Returns the boto3 client of a service.
    bucket, prefix
        The audit bucket, and the prefix of the evidence in it, which ends with a slash.
    """

    clients: Clients
    bucket: str
    prefix: str
    budget: RetryBudget
    telemetry: Telemetry

    def run(self, request: Request, run: Run) -> dict[str, Any]:
        """Attest; return the evidence, with its bucket and key as `stored`.

        Raises
        ------
        AttestationFailed
            A control failed, and a deployment waits for the response. The evidence is stored.
        InvalidRequest, InvalidExpectedState, InvalidEvidence, ClientError, BotoCoreError
            The expected state cannot be read, or the evidence cannot be stored.
        """
        archive = Archive(self.clients("s3"), self.bucket, self.prefix)
        previous = self.budget.call(lambda: archive.previous(run.started_at))
        reference = request.expected_state or (previous.expected_state if previous else None)
        if reference is None:
            raise InvalidRequest(
                "the request names no expected state, and there was no run in the last seven days. Deploy first"
            )
        checks, written_at = self.budget.call(lambda: self._read_expected_state(reference))
        actual = read_actual_state(checks, self.clients, self.budget, self.telemetry)
        now = self.budget.invocation.clock()
        findings = [
            judge(
                check,
                actual[check],
                since=_pending_since(check, previous, written_at, now),
                now=now,
                deploying=request.deploying,
            )
            for check in checks
        ]
        self._report(findings)
        evidence = evidence_document(run, reference, findings, now)
        key = self.budget.call(lambda: archive.add(run, evidence))
        self.telemetry.log("INFO", "evidence stored", bucket=self.bucket, key=key)
        failed = [finding for finding in findings if finding.verdict is Verdict.FAIL]
        if failed and request.deploying:
            raise AttestationFailed(failure_message(failed, len(findings), f"s3://{self.bucket}/{key}"))
        return {**evidence, "stored": {"bucket": self.bucket, "key": key}}

    def _read_expected_state(self, reference: ObjectReference) -> tuple[tuple[Check, ...], float]:
        response = self.clients("s3").get_object(Bucket=self.bucket, Key=reference.key, VersionId=reference.version_id)
        return parse(response["Body"].read(), reference.sha256), response["LastModified"].timestamp()

    def _report(self, findings: Sequence[Finding]) -> None:
        for finding in findings:
            if finding.verdict is not Verdict.PASS:
                self.telemetry.log(
                    "ERROR" if finding.verdict is Verdict.FAIL else "WARN",
                    f"control {finding.verdict}",
                    control=finding.check.control.id,
                    resource=finding.check.resource,
                    message=str(finding),
                )
        counts = count_verdicts(findings)
        self.telemetry.measure(
            "ERROR" if counts["fail"] else "INFO",
            "attested",
            {"Attestations": 1, "FailedControls": counts["fail"], "PendingControls": counts["pending"]},
        )


def _pending_since(check: Check, previous: PreviousRun | None, written_at: float, now: float) -> float:
    """Return the start of the pending time: without a previous run, as early as it can have been."""
    if previous is None:
        return written_at
    return previous.pending_since.get((check.control.id, check.resource), now)


def failure_message(failed: Sequence[Finding], checked: int, evidence: str) -> str:
    """Return one line for each failed control, as many as fit, and where the evidence is."""
    lines = [f"{len(failed)} of {checked} controls failed. Evidence: {evidence}"]
    remaining = _MESSAGE_LENGTH
    for number, finding in enumerate(failed):
        line = str(finding)
        remaining -= len(line)
        if remaining < 0:
            omitted = dict.fromkeys(finding.check.control.id for finding in failed[number:])
            lines.append(f"{len(failed) - number} more failed controls: {', '.join(omitted)}")
            break
        lines.append(line)
    return "\n".join(lines)
