import re

import pytest

from policy.model import (
    UNKNOWN,
    Block,
    ResourceData,
    Severity,
    Stack,
    UnknownRead,
    Value,
    is_urn,
    name_of,
    stack_of,
    type_of,
)
from policy.rules import RULES
from tests.policy.support import BUCKET, QUEUE, declare, urn

FUNCTION_ARN = "arn:aws-us-gov:lambda:us-gov-west-1:111122223333:function:ledger"


@pytest.mark.parametrize("value", [None, "", " ", [], {}])
def test_null_empty_and_blank_values_are_absent(value: Value) -> None:
    assert not Block({"key": value}).has("key")


@pytest.mark.parametrize("value", [0, False, "x", [None], {"a": None}, UNKNOWN])
def test_all_other_values_are_present_even_unknown_ones(value: Value) -> None:
    assert Block({"key": value}).has("key")


def test_reading_an_unknown_value_raises_an_error_with_its_path() -> None:
    block = Block({"rules": [{"default": {"key": UNKNOWN}}, UNKNOWN]})
    with pytest.raises(UnknownRead) as inner:
        block.blocks("rules")[0].block("default").text("key")
    with pytest.raises(UnknownRead) as whole:
        block.blocks("rules")[1].has("default")
    assert (inner.value.path, whole.value.path) == ("rules[0].default.key", "rules[1]")


def test_a_value_of_the_wrong_type_reads_as_absent() -> None:
    block = Block({"text": "x", "flag": True, "list": ["x"]})
    assert not block.block("text").has("anything")
    assert block.number("flag") is None
    assert block.number("text") is None
    assert not block.blocks("list")[0].has("anything")


@pytest.mark.parametrize(
    ("value", "true"), [(True, True), ("true", True), (False, False), ("false", False), ("yes", False)]
)
def test_true_is_the_boolean_or_its_text(value: Value, true: bool) -> None:
    assert Block({"key": value}).is_true("key") is true


def test_inputs_take_precedence_over_outputs_and_unknown_outputs_are_ignored() -> None:
    declared = declare(
        QUEUE, inputs={"a": 1, "b": None, "c": UNKNOWN}, outputs={"a": 2, "b": 3, "c": 4, "d": UNKNOWN, "e": [UNKNOWN]}
    )
    (resource,) = Stack([declared])
    assert (resource.value("a"), resource.value("b")) == (1, 3)
    assert not resource.has("d")
    assert not resource.has("e")
    with pytest.raises(UnknownRead):
        resource.value("c")


def test_the_logical_name_of_a_resource_does_not_contain_its_parents() -> None:
    child = ResourceData(urn=urn(BUCKET, "in::put", parents="app:index:Vault$"), inputs={})
    found = Stack([child]).get(child.urn)
    assert found is not None
    assert found.logical_name == f"{BUCKET}::in::put"
    assert (type_of(child.urn), name_of(child.urn), stack_of(child.urn)) == (BUCKET, "in::put", "dev")


def test_a_name_can_contain_the_separator_of_a_urn() -> None:
    assert is_urn(urn(BUCKET, "in::put"))
    assert is_urn(urn(BUCKET, "in"))
    assert not is_urn(urn(BUCKET, "in").rpartition("::")[0])
    assert not is_urn("aws:s3/bucket:Bucket::in::put::it")
    assert not is_urn(None)


def test_every_rule_has_a_name_a_reason_a_remedy_and_controls() -> None:
    assert len(RULES) >= 40
    for name, rule in RULES.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", name)
        assert rule.description.endswith(".")
        assert rule.remedy.endswith(".")
        assert rule.on
        assert rule.severity in Severity
        assert any(control.startswith("NIST-800-53r5:") for control in rule.controls)
        assert all(
            re.fullmatch(r"(PCI-DSS-4\.0\.1|NIST-800-53r5|CIS-AWS-3\.0|SEC-17a-4):\S+", control)
            for control in rule.controls
        )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{FUNCTION_ARN}", True),
        (f"{FUNCTION_ARN}:live", True),
        (f"{FUNCTION_ARN}:12", True),
        (f"{FUNCTION_ARN}:$LATEST", True),
        (f"{FUNCTION_ARN}-2:live", False),
        (f"{FUNCTION_ARN}:live:x", False),
    ],
)
def test_a_version_or_an_alias_of_a_function_is_the_function(text: str, found: bool) -> None:
    function = declare("aws:lambda/function:Function", outputs={"arn": FUNCTION_ARN})
    assert bool(Stack([function]).named(text)) is found
