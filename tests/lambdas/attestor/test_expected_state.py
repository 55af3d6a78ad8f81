import hashlib
import json
from typing import Any

import pytest

from lambdas.attestor.controls import BY_ID, CONTROLS, KINDS
from lambdas.attestor.expected_state import InvalidExpectedState, parse

ALARM = {
    "kind": "alarm",
    "id": "a",
    "expected": {
        "alarm-actions-enabled": True,
        "alarm-actions": [],
        "alarm-condition": {"rule": "r"},
        "alarm-expression": None,
    },
}
QUEUE = {"kind": "queue", "id": "q", "expected": {"sqs-encryption": "k", "sqs-redrive": None, "sqs-policy": None}}


def read(whole: object) -> list[tuple[str, str, Any]]:
    content = json.dumps(whole).encode()
    return [
        (check.control.id, check.resource, check.expected)
        for check in parse(content, hashlib.sha256(content).hexdigest())
    ]


def test_an_expected_state_has_a_check_for_each_control_of_each_resource() -> None:
    assert read({"schema": 1, "resources": [ALARM, QUEUE]}) == [
        ("alarm-actions-enabled", "a", True), ("alarm-actions", "a", []),
        ("alarm-condition", "a", {"rule": "r"}), ("alarm-expression", "a", None),
        ("sqs-encryption", "q", "k"), ("sqs-redrive", "q", None), ("sqs-policy", "q", None),
    ]  # fmt: skip


def test_a_control_that_is_not_attested_needs_no_expected_value() -> None:
    queue = {**QUEUE, "expected": {"sqs-encryption": "k", "sqs-policy": None}}
    state = {"schema": 1, "not_attested": ["sqs-redrive"], "resources": [queue]}
    assert [control for control, *_ in read(state)] == ["sqs-encryption", "sqs-policy"]
    with pytest.raises(InvalidExpectedState, match="not_attested: expected a list"):
        read({**state, "not_attested": "sqs-redrive"})


def test_an_expected_state_with_another_checksum_is_refused() -> None:
    with pytest.raises(InvalidExpectedState, match=f"expected SHA-256 {'0' * 64}, found 44136fa3"):
        parse(b"{}", "0" * 64)


def altered(**changes: object) -> dict[str, Any]:
    return {"schema": 1, "resources": [{**ALARM, **changes}]}


@pytest.mark.parametrize(
    ("whole", "said"),
    [
        ([], '"schema": 1'),
        ({"schema": 2, "resources": []}, '"schema": 1'),
        ({"schema": 1, "resources": {}}, "list of resources"),
        ({"schema": 1, "resources": ["text"]}, "resource 1: expected a kind"),
        (altered(kind="alarms"), "resource 1: expected a kind, one of alarm, bucket"),
        (altered(id=""), "expected an id"),
        (altered(id=5), "expected an id"),
        (altered(expected=[]), "object of expected values"),
        (altered(expected={"alarm-actions": [], "alarm-condition": {}, "alarm-expression": None}), r"alarm a: controls missing \['alarm-actions-enabled'\], unknown \[\]"),
        (altered(expected={**ALARM["expected"], "typo": 1}), r"missing \[\], unknown \['typo'\]"),  # type: ignore[dict-item]
        ({"schema": 1, "resources": [{**QUEUE, "expected": {**QUEUE["expected"], "sqs-policy": "text"}}]}, "sqs-policy is not a policy document"),  # type: ignore[dict-item]
        ({"schema": 1, "resources": [QUEUE, ALARM, QUEUE]}, "resource 3: duplicate resource q"),
    ],
)  # fmt: skip
def test_an_invalid_expected_state_is_refused_and_the_message_says_where(whole: object, said: str) -> None:
    with pytest.raises(InvalidExpectedState, match=said):
        read(whole)


def test_content_that_is_not_json_is_refused() -> None:
    with pytest.raises(InvalidExpectedState, match="not JSON"):
        parse(b"{", hashlib.sha256(b"{").hexdigest())


def test_every_control_has_a_unique_id_and_known_references() -> None:
    assert len(BY_ID) == len(CONTROLS)
    for control in CONTROLS:
        assert control.references
        assert all(
            reference.startswith(("PCI-DSS-4.0.1:", "NIST-800-53r5:", "SEC-17a-4:")) for reference in control.references
        )
        assert control.is_policy is control.id.endswith(("policy", "trust"))
        assert control in KINDS[control.kind]
