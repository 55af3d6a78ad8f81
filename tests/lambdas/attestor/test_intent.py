import hashlib
import json
from typing import Any

import pytest

from lambdas.attestor.controls import BY_ID, CONTROLS, KINDS
from lambdas.attestor.intent import BadIntent, parse
from lambdas.attestor.readers import READERS

ALARM = {"kind": "alarm", "id": "a", "expected": {"alarm-actions-enabled": True, "alarm-actions": []}}
QUEUE = {"kind": "queue", "id": "q", "expected": {"sqs-encryption": "k", "sqs-redrive": None, "sqs-policy": None}}


def read(whole: object) -> list[tuple[str, str, Any]]:
    content = json.dumps(whole).encode()
    return [(one.control.id, one.resource, one.expected) for one in parse(content, hashlib.sha256(content).hexdigest())]


def test_an_intent_becomes_a_check_for_each_control_of_each_resource() -> None:
    assert read({"schema": 1, "resources": [ALARM, QUEUE]}) == [
        ("alarm-actions-enabled", "a", True), ("alarm-actions", "a", []),
        ("sqs-encryption", "q", "k"), ("sqs-redrive", "q", None), ("sqs-policy", "q", None),
    ]  # fmt: skip


def test_an_intent_that_is_not_the_one_that_was_named_is_refused() -> None:
    with pytest.raises(BadIntent, match=f"expected SHA-256 {'0' * 64}, found 44136fa3"):
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
        (altered(kind="alarms"), "resource 1: expected a kind, one of bucket, key"),
        (altered(id=""), "expected an id"),
        (altered(id=5), "expected an id"),
        (altered(expected=[]), "object of expected values"),
        (altered(expected={"alarm-actions": []}), r"alarm a: controls missing \['alarm-actions-enabled'\], unknown \[\]"),
        (altered(expected={**ALARM["expected"], "typo": 1}), r"missing \[\], unknown \['typo'\]"),  # type: ignore[dict-item]
        ({"schema": 1, "resources": [{**QUEUE, "expected": {**QUEUE["expected"], "sqs-policy": "text"}}]}, "sqs-policy is no policy document"),  # type: ignore[dict-item]
        ({"schema": 1, "resources": [QUEUE, ALARM, QUEUE]}, "resource 3: q stands in it twice"),
    ],
)  # fmt: skip
def test_a_malformed_intent_is_refused_with_the_place(whole: object, said: str) -> None:
    with pytest.raises(BadIntent, match=said):
        read(whole)


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(BadIntent, match="no JSON"):
        parse(b"{", hashlib.sha256(b"{").hexdigest())


def test_every_control_has_one_id_a_reader_and_references() -> None:
    assert len(BY_ID) == len(CONTROLS)
    assert set(READERS) == set(BY_ID)
    for control in CONTROLS:
        assert control.references
        assert all(one.startswith(("PCI-DSS-4.0:", "NIST-800-53r5:", "SEC-17a-4:")) for one in control.references)
        assert control.policy is control.id.endswith(("policy", "trust"))
        assert control.id in KINDS[control.kind]
