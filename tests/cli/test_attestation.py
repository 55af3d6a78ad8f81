import io
import json
from typing import Any

import pytest

from cli import attestation, commands
from cli.attestation import attest, summary
from offline.terminal import UserError

EVIDENCE: dict[str, Any] = {
    "summary": {"pass": 1, "fail": 2, "pending": 1},
    "controls": [
        {"control": "s3-versioning", "resource": "output", "verdict": "pass", "expected": "Enabled", "found": "Enabled"},
        {"control": "cloudtrail-delivery", "resource": "arn:trail", "verdict": "pending", "expected": "delivered", "found": "nothing delivered yet", "pending_since": "2026-01-01T00:00:00.000Z"},
        {"control": "logs-retention", "resource": "/x", "verdict": "fail", "expected": 3653, "found": 30},
        {"control": "kms-enabled", "resource": "arn:key", "verdict": "fail", "expected": "Enabled", "found": None, "reason": "it could not be read: AWS answered AccessDenied"},
    ],
    "stored": {"bucket": "audit", "key": "attestation/x/evidence/1.json"},
}  # fmt: skip


class Deployed:
    """A stack with a fake attestor."""

    endpoint = "http://127.0.0.1:1"

    def __init__(self, answer: object, *, failed: bool = False, outputs: dict[str, str] | None = None) -> None:
        self._answer = {"Payload": io.BytesIO(json.dumps(answer).encode())}
        self._failed = {"FunctionError": "Unhandled"} if failed else {}
        self._outputs = {"attestor_function": "strongroom-local-attestor"} if outputs is None else outputs
        self.asked: list[object] = []

    def outputs(self) -> dict[str, str]:
        return self._outputs

    def client(self, service: str, read_timeout: float) -> "Deployed":
        assert (service, read_timeout > 300) == ("lambda", True)
        return self

    def invoke(self, **parameters: object) -> dict[str, object]:
        self.asked.append(parameters)
        return {**self._answer, **self._failed}


def deployed(answer: object, **more: Any) -> Any:
    return Deployed(answer, **more)


def test_the_deployed_attestor_is_invoked_and_its_evidence_returned() -> None:
    stack = deployed(EVIDENCE)
    assert attest(stack) == EVIDENCE
    assert stack.asked == [{"FunctionName": "strongroom-local-attestor", "Payload": b"{}"}]


def test_the_error_of_a_failed_attestor_contains_the_reason() -> None:
    answer = {"errorType": "InvalidRequest", "errorMessage": "it names no expected state"}
    with pytest.raises(
        UserError, match="strongroom-local-attestor failed with InvalidRequest: it names no expected state"
    ):
        attest(deployed(answer, failed=True))


def test_the_error_for_a_stack_without_an_attestor_says_what_to_do() -> None:
    with pytest.raises(UserError, match="make up STACK=local"):
        attest(deployed({}, outputs={"vpc_id": "vpc-1"}))


def test_the_summary_lists_failed_and_pending_controls_with_reasons() -> None:
    assert summary(EVIDENCE).splitlines() == [
        "FAIL    logs-retention of log-group /x: expected 3653, found 30",
        'FAIL    kms-enabled of key arn:key: expected "Enabled", it could not be read: AWS answered AccessDenied',
        'PENDING cloudtrail-delivery of trail arn:trail: expected "delivered", found "nothing delivered yet"',
        "controls: 1 pass, 2 fail, 1 pending; the evidence is s3://audit/attestation/x/evidence/1.json",
    ]


@pytest.mark.parametrize(("failed", "code"), [(0, None), (2, "2 of 4 controls failed")])
def test_the_command_prints_only_json_and_fails_if_a_control_failed(
    failed: int, code: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    evidence = {**EVIDENCE, "summary": {**EVIDENCE["summary"], "fail": failed}}
    monkeypatch.setattr(commands, "require_emulator", lambda _: None)
    monkeypatch.setattr(attestation, "attest", lambda _: evidence)
    if code is None:
        commands.attest()
    else:
        with pytest.raises(UserError, match=code):
            commands.attest()
    shown = capsys.readouterr()
    assert json.loads(shown.out) == evidence
    assert "controls: 1 pass" in shown.err
