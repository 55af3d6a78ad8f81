from typing import Any

import pytest
from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime import rpc

from offline.aws.terraform.cty import UNKNOWN
from offline.aws.translation.property_values import Asset, Properties, decode, encode, leaves, value_at

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
plain = st.recursive(
    st.booleans() | st.integers(-(2**50), 2**50) | st.text() | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def message(values: dict[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct


def secret(value: Any) -> dict[str, Any]:
    return {SIGNATURE: SECRET, "value": value}


@given(st.dictionaries(st.text(), plain, max_size=4))
def test_properties_are_unchanged_after_encoding_and_decoding(values: dict[str, Any]) -> None:
    assert decode(encode(values)) == Properties(values)


def test_a_secret_keeps_its_path_and_a_secret_in_a_list_makes_the_list_secret() -> None:
    wire = message({"a": secret("x"), "b": {"c": secret({"d": 1}), "e": 2}, "f": [1, {"g": secret("y")}], "h": "z"})
    found = decode(wire)
    assert found.secret == {("a",), ("b", "c"), ("f",)}
    assert found.values == {"a": "x", "b": {"c": {"d": 1}, "e": 2}, "f": [1, {"g": "y"}], "h": "z"}
    again = encode(found.values, found.secret)
    assert decode(again) == found
    inner = again.fields["b"].struct_value.fields
    assert inner["e"].number_value == 2
    assert inner["c"].struct_value.fields[SIGNATURE].string_value == SECRET


def test_an_output_value_is_decoded_to_its_value_a_secret_or_unknown() -> None:
    output = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
    wire = {
        "a": {SIGNATURE: output, "value": 1, "secret": True},
        "b": {SIGNATURE: output},
        "c": {SIGNATURE: output, "value": "v"},
    }
    assert decode(message(wire)) == Properties({"a": 1, "b": UNKNOWN, "c": "v"}, frozenset({("a",)}))


def test_the_constants_of_the_protocol_are_those_of_the_sdk() -> None:
    assert decode(message({"a": rpc.UNKNOWN})).values["a"] is UNKNOWN
    assert rpc._special_secret_sig == SECRET


def test_an_old_asset_has_only_a_hash() -> None:
    kind = rpc._special_archive_sig
    found = decode(message({"code": {SIGNATURE: kind, "hash": "h", "assets": {}}})).values["code"]
    assert found == Asset(True, hash="h", path="/somewhere")
    assert not found.has_contents
    assert found != Asset(False, hash="h")
    assert Asset(True) != Asset(True)


def test_an_archive_of_assets_is_unchanged_after_encoding_and_decoding() -> None:
    archive = Asset(
        True, hash="h", assets={"a": Asset(False, hash="i", text="t"), "b": Asset(True, hash="j", path="p")}
    )
    found = decode(encode({"code": archive})).values["code"]
    assert found.assets == archive.assets
    assert found.assets["a"].text == "t"


def test_an_unknown_signature_is_an_error() -> None:
    with pytest.raises(ValueError, match="deadbeef"):
        decode(message({"a": {SIGNATURE: "deadbeef"}}))


def test_a_leaf_in_a_list_has_the_path_of_the_list() -> None:
    value = {"a": {"b": [{"c": 1}, 2]}, "d": "x"}
    assert list(leaves(value)) == [(("a", "b"), 1), (("a", "b"), 2), (("d",), "x")]
    assert value_at(value, ("a", "b")) == [{"c": 1}, 2]
    assert value_at(value, ("d", "none")) is None
