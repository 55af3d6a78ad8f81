"""A run: fetch the intent, read back, judge, leave evidence, tell."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lambdas.attestor.evidence import Archive, Previous, Run, document, summary
from lambdas.attestor.intent import Check, Pointer, parse
from lambdas.attestor.observation import observe
from lambdas.attestor.reading import Client
from lambdas.attestor.request import BadRequest, Request
from lambdas.attestor.verdict import Finding, Verdict, judge
from lambdas.shared.errors import SafeError
from lambdas.shared.retry_budget import RetryBudget
from lambdas.shared.telemetry import Telemetry

_MESSAGE = 8_000
"""Characters of a message to a person: it is shown on a terminal, and the evidence says it all."""


class AttestationFailed(SafeError):
    """What is deployed is not what was meant; the message names control, resource, expected and found."""


@dataclass(frozen=True, kw_only=True)
class Attestor:
    """All that a run needs.

    Attributes
    ----------
    client
        Gives the boto3 client of a service.
    bucket, prefix
        The audit bucket, and where in it the evidence goes, ending with a slash.
    """

    client: Callable[[str], Client]
    bucket: str
    prefix: str
    budget: RetryBudget
    telemetry: Telemetry

    def run(self, request: Request, run: Run) -> dict[str, Any]:
        """Attest; return the evidence, and as `stored` where it is kept.

        Raises
        ------
        AttestationFailed
            A control failed and a deployment waits for the answer; the evidence is stored by then.
        BadRequest, BadIntent, BadEvidence, ClientError, BotoCoreError
            There was nothing to compare with, or nowhere to leave the evidence.
        """
        archive = Archive(self.client("s3"), self.bucket, self.prefix)
        previous = self.budget.call(lambda: archive.previous(run.started_at))
        pointer = request.intent or (previous.intent if previous else None)
        if pointer is None:
            raise BadRequest("it names no intent, and no run of the last days did. Deploy first, or name one")
        checks, written_at = self.budget.call(lambda: self._intent(pointer))
        observed = observe(checks, self.client, self.budget, self.telemetry)
        now = self.budget.invocation.clock()
        findings = [
            judge(
                check,
                observed[check],
                since=_since(check, previous, written_at, now),
                now=now,
                deploying=request.deploying,
            )
            for check in checks
        ]
        self._tell(findings)
        evidence = document(run, pointer, findings, now)
        key = self.budget.call(lambda: archive.add(run, evidence))
        self.telemetry.log("INFO", "evidence stored", bucket=self.bucket, key=key)
        failed = [one for one in findings if one.verdict is Verdict.FAIL]
        if failed and request.deploying:
            raise AttestationFailed(message(failed, len(findings), f"s3://{self.bucket}/{key}"))
        return {**evidence, "stored": {"bucket": self.bucket, "key": key}}

    def _intent(self, pointer: Pointer) -> tuple[tuple[Check, ...], float]:
        answer = self.client("s3").get_object(Bucket=self.bucket, Key=pointer.key, VersionId=pointer.version_id)
        return parse(answer["Body"].read(), pointer.sha256), answer["LastModified"].timestamp()

    def _tell(self, findings: Sequence[Finding]) -> None:
        for one in findings:
            if one.verdict is not Verdict.PASS:
                level = "ERROR" if one.verdict is Verdict.FAIL else "WARN"
                self.telemetry.log(
                    level,
                    f"control {one.verdict}",
                    control=one.check.control.id,
                    resource=one.check.resource,
                    message=str(one),
                )
        counts = summary(findings)
        self.telemetry.measure(
            "ERROR" if counts["fail"] else "INFO",
            "attested",
            {"Attestations": 1, "FailedControls": counts["fail"], "PendingControls": counts["pending"]},
        )


def _since(check: Check, previous: Previous | None, written_at: float, now: float) -> float:
    """Return when a value was first waited for: without a record of it, as early as it can have been."""
    if previous is None:
        return written_at
    return previous.since.get((check.control.id, check.resource), now)


def message(failed: Sequence[Finding], checked: int, place: str) -> str:
    """Return one line for each failed control, as many as fit, and where all stand."""
    lines = [f"{len(failed)} of {checked} controls failed; the evidence is {place}"]
    room = _MESSAGE
    for number, one in enumerate(failed):
        line = str(one)
        room -= len(line)
        if room < 0:
            left: Mapping[str, None] = dict.fromkeys(each.check.control.id for each in failed[number:])
            lines.append(f"and {len(failed) - number} more, of {', '.join(left)}")
            break
        lines.append(line)
    return "\n".join(lines)
