from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inmanta_tfplugin import tfplugin5_pb2 as pb

from offline.aws.terraform.cty import (
    UNKNOWN,
    CoercionError,
    coerce,
    coerce_block,
    decode,
    encode,
    has_unknown,
    proposed_state,
)
from offline.aws.terraform.schema import Block

leaf = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text()
    | st.just(UNKNOWN)
    | st.floats(allow_nan=False)
)
values = st.recursive(
    leaf,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def rule_block() -> Block:
    """Return a block with a required name, a computed state, and a set and a list of rules with computed ids."""
    attribute = pb.Schema.Attribute
    rule = pb.Schema.Block(
        attributes=[
            attribute(name="port", type=b'"number"', required=True),
            attribute(name="id", type=b'"string"', computed=True, optional=True),
        ]
    )
    return Block(
        pb.Schema.Block(
            attributes=[
                attribute(name="name", type=b'"string"', required=True),
                attribute(name="state", type=b'"string"', computed=True),
                attribute(name="tags", type=b'["map","string"]', optional=True),
            ],
            block_types=[
                pb.Schema.NestedBlock(type_name="rule", block=rule, nesting=pb.Schema.NestedBlock.SET),
                pb.Schema.NestedBlock(type_name="step", block=rule, nesting=pb.Schema.NestedBlock.LIST),
            ],
        )
    )


@given(values)
def test_a_value_is_unchanged_after_encoding_and_decoding(value: Any) -> None:
    assert decode(encode(value)) == value


def test_a_value_that_terraform_does_not_have_is_not_sent() -> None:
    with pytest.raises(TypeError, match="set"):
        encode({"a": {1, 2}})


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("string", True, "true"),
        ("string", 3, "3"),
        ("string", 0.5, "0.5"),
        ("number", "12", 12),
        ("number", "1.5", 1.5),
        ("number", 3.0, 3),
        ("bool", "false", False),
        (["list", "number"], ["1", 2], [1, 2]),
        (["map", "string"], {"a": 1}, {"a": "1"}),
        (["object", {"a": "string", "b": "bool"}], {"a": "x"}, {"a": "x", "b": None}),
        (["set", "string"], [UNKNOWN, None], [UNKNOWN, None]),
        ("string", UNKNOWN, UNKNOWN),
        ("dynamic", {"any": [1]}, {"any": [1]}),
    ],
)
def test_a_value_is_converted_to_its_type_by_terraforms_rules(kind: Any, value: Any, expected: Any) -> None:
    assert coerce(kind, value) == expected


@pytest.mark.parametrize(
    ("kind", "value", "path"),
    [
        ("number", "secret-text", ()),
        ("bool", "secret-text", ()),
        ("bool", 1, ()),
        ("number", True, ()),
        ("string", ["secret-text"], ()),
        (["list", "number"], [1, "secret-text"], (1,)),
        (["map", ["list", "bool"]], {"a": ["secret-text"]}, ("a", 0)),
        (["list", "string"], "secret-text", ()),
    ],
)
def test_the_error_for_a_wrong_type_has_the_path_and_not_the_value(
    kind: Any, value: Any, path: tuple[Any, ...]
) -> None:
    with pytest.raises(CoercionError) as failed:
        coerce(kind, value)
    assert failed.value.path == path
    assert "secret-text" not in str(failed.value)


def test_a_block_is_completed_and_an_error_in_it_has_a_path() -> None:
    block = rule_block()
    whole = coerce_block(block, {"name": "n", "rule": [{"port": "1"}]})
    assert whole == {"name": "n", "state": None, "tags": None, "rule": [{"port": 1, "id": None}], "step": []}
    assert coerce_block(block, {"rule": UNKNOWN})["rule"] is UNKNOWN
    with pytest.raises(CoercionError) as failed:
        coerce_block(block, {"step": [{"port": 1}, {"port": "x"}]})
    assert failed.value.path == ("step", 1, "port")


def test_a_proposed_state_has_the_prior_computed_values_and_the_new_given_values() -> None:
    block = rule_block()
    prior = {
        "name": "old", "state": "up", "tags": {"a": "1"},
        "rule": [{"port": 1, "id": "r1"}, {"port": 2, "id": "r2"}],
        "step": [{"port": 1, "id": "s1"}],
    }  # fmt: skip
    config = coerce_block(
        block, {"name": "new", "rule": [{"port": 2}, {"port": 3}], "step": [{"port": 9}, {"port": 8}]}
    )
    assert proposed_state(block, prior, config) == {
        "name": "new", "state": "up", "tags": None,
        "rule": [{"port": 2, "id": "r2"}, {"port": 3, "id": None}],
        "step": [{"port": 9, "id": "s1"}, {"port": 8, "id": None}],
    }  # fmt: skip
    assert proposed_state(block, prior, None) is None
    assert proposed_state(block, None, config)["state"] is None
    assert proposed_state(block, prior, coerce_block(block, {"name": "n", "rule": UNKNOWN}))["rule"] is UNKNOWN


@given(values)
def test_an_unknown_value_is_found_at_any_depth(value: Any) -> None:
    assert has_unknown({"a": [value, {"b": UNKNOWN}]})


def test_a_known_value_has_no_unknown_part() -> None:
    assert not has_unknown({"a": [1, {"b": None}], "c": "x"})
