import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline.aws.provider.diff import Change, changes, covers, equivalent, matches
from offline.aws.terraform.cty import UNKNOWN, Path
from offline.aws.translation.conversion import format_path, parse_path, to_pulumi, to_pulumi_path, to_terraform
from offline.aws.translation.fields import Field, Fields

RULE = Fields("", (Field("port", "port", None, None, False, True, False, None),))
FIELDS = Fields(
    "thing",
    (
        Field("rule", "rules", None, "set", False, True, False, RULE),
        Field("step", "steps", None, "list", False, True, False, RULE),
        Field("config", "config", None, "list", True, True, False, RULE),
        Field("tags", "tags", None, "map", False, True, False, None),
    ),
)


def found(before: dict[str, object], after: dict[str, object]) -> dict[str, str]:
    return {format_path(change.path): change.kind for change in changes(FIELDS, before, after)}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1}, {"a": 2}, {"a": "UPDATE"}),
        ({}, {"a": 2}, {"a": "ADD"}),
        ({"a": 1}, {}, {"a": "DELETE"}),
        ({"tags": {"x": "1", "y": "2"}}, {"tags": {"x": "9", "z.z": "3"}}, {"tags.x": "UPDATE", "tags.y": "DELETE", 'tags["z.z"]': "ADD"}),
        ({"rules": [{"port": 1}, {"port": 2}]}, {"rules": [{"port": 2}, {"port": 1}]}, {}),
        ({"steps": [{"port": 1}, {"port": 2}]}, {"steps": [{"port": 2}, {"port": 1}]}, {"steps[0].port": "UPDATE", "steps[1].port": "UPDATE"}),
        ({"rules": [{"port": 1}, {"port": 2}]}, {"rules": [{"port": 2}]}, {"rules[0]": "DELETE"}),
        ({"rules": [{"port": 2}]}, {"rules": [{"port": 1}, {"port": 2}]}, {"rules[0]": "ADD"}),
        ({"steps": [{"port": 1}]}, {"steps": [{"port": 1}, {"port": 3}]}, {"steps[1]": "ADD"}),
        ({"config": {"port": 1}}, {"config": {"port": UNKNOWN}}, {"config.port": "UPDATE"}),
        ({"policy": '{"a": [1]}'}, {"policy": '{"a":[1]}'}, {}),
        ({"policy": '{"a":1}'}, {"policy": '{"a":2}'}, {"policy": "UPDATE"}),
        ({"a": []}, {}, {}),
        ({"a": True}, {"a": 1}, {"a": "UPDATE"}),
        ({"a": "1.0"}, {"a": "1"}, {"a": "UPDATE"}),
    ],
)  # fmt: skip
def test_a_change_is_reported_with_its_path(
    before: dict[str, object], after: dict[str, object], expected: dict[str, str]
) -> None:
    assert found(before, after) == expected


def test_equal_values_have_no_changes() -> None:
    value = {"rules": [{"port": 1}], "tags": {"a": "b"}, "x": UNKNOWN}
    assert list(changes(FIELDS, value, value)) == []
    assert list(changes(FIELDS, {}, {"a": 1})) == [Change(("a",), "ADD")]


@pytest.mark.parametrize(
    ("given_value", "actual", "expected"),
    [
        ("1", 1, True),
        (True, "true", True),
        ({"a": 1}, {"a": 1, "computed": "x"}, True),
        ({"a": 1}, {"b": 1}, False),
        ({"a": None}, {}, True),
        ([{"b": 2}, {"b": 1}], [{"b": 1, "id": "x"}, {"b": 2, "id": "y"}], True),
        ([1, 2], [1], False),
        ([1], [1, 2], False),
        (UNKNOWN, "x", True),
        ("a", "b", False),
        ("a", None, False),
    ],
)
def test_an_input_is_kept_while_it_matches_the_actual_value(
    given_value: object, actual: object, expected: bool
) -> None:
    assert matches(given_value, actual) is expected


def test_invalid_json_is_compared_as_a_string() -> None:
    assert not equivalent("{a", "{b")
    assert equivalent("[1, 2]", "[1,2]")
    assert not equivalent("{}", "[]")


steps = st.text(min_size=1).filter(lambda text: text != "*") | st.integers(0, 99)


@given(st.text(min_size=1, max_size=5).filter(lambda text: text != "*"), st.lists(steps, max_size=4))
def test_a_formatted_path_is_parsed_to_the_same_path(first: str, rest: list[str | int]) -> None:
    path: Path = (first, *rest)
    assert parse_path(format_path(path)) == path


def test_a_path_covers_the_paths_in_it() -> None:
    assert covers(("a",), ("a", 0, "b"))
    assert covers(("a", "*", "b"), ("a", 3, "b"))
    assert not covers(("a", "b"), ("a",))
    assert not covers(("name",), ("namePrefix",))


def test_paths_and_values_are_converted_from_terraform_to_pulumi() -> None:
    assert to_pulumi_path(FIELDS, ("config", 0, "port")) == ("config", "port")
    assert to_pulumi_path(FIELDS, ("step", 1, "port")) == ("steps", 1, "port")
    assert to_pulumi_path(FIELDS, ("tags", "step")) == ("tags", "step")
    terraform = {"rule": [{"port": 1}], "step": [], "config": [{"port": 2}], "tags": {"a": "b"}}
    pulumi = {"rules": [{"port": 1}], "steps": [], "config": {"port": 2}, "tags": {"a": "b"}}
    assert to_pulumi(FIELDS, terraform) == pulumi
    assert to_terraform(FIELDS, pulumi) == (terraform, [])
    assert to_pulumi(FIELDS, {"config": [], "rule": UNKNOWN}) == {"rules": UNKNOWN}


def test_a_property_that_terraform_does_not_have_is_reported_with_its_path() -> None:
    _, missing = to_terraform(FIELDS, {"rules": [{"port": 1}, {"prot": 2}], "config": {"x": 1}, "none": None})
    assert [format_path(path) for path in missing] == ["rules[1].prot", "config.x", "none"]
