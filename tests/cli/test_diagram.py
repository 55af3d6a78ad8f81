from typing import Any

from cli.diagram import mermaid


def test_components_are_drawn_with_their_resources_and_dependencies() -> None:
    resources: list[dict[str, Any]] = [
        {"urn": "u::keys", "type": "strongroom:keys:Keys"},
        {"urn": "u::data", "type": "strongroom:data:Data"},
        {"urn": "u::key", "type": "aws:kms/key:Key", "parent": "u::keys"},
        {"urn": "u::table", "type": "aws:dynamodb/table:Table", "parent": "u::data", "dependencies": ["u::key"]},
    ]
    assert mermaid(resources).splitlines() == [
        "flowchart LR",
        '    data["<b>data</b><br/>1 Table"]',
        '    keys["<b>keys</b><br/>1 Key"]',
        "    data --> keys",
    ]


def test_an_arrow_that_follows_from_other_arrows_is_left_out() -> None:
    names = ("a", "b", "c")
    resources: list[dict[str, Any]] = [{"urn": f"u::{name}", "type": "strongroom:x:X"} for name in names]
    resources += [
        {"urn": f"u::{name}1", "type": "aws:kms/key:Key", "parent": f"u::{name}", "dependencies": needed}
        for name, needed in (("a", ["u::b1", "u::c1"]), ("b", ["u::c1"]), ("c", []))
    ]
    arrows = [line.strip() for line in mermaid(resources).splitlines() if "-->" in line]
    assert arrows == ["a --> b", "b --> c"]


def test_two_components_that_depend_on_each_other_keep_both_arrows() -> None:
    resources: list[dict[str, Any]] = [{"urn": f"u::{name}", "type": "strongroom:x:X"} for name in "ab"]
    resources += [
        {"urn": "u::a1", "type": "aws:kms/key:Key", "parent": "u::a", "dependencies": ["u::b1"]},
        {"urn": "u::b1", "type": "aws:kms/key:Key", "parent": "u::b", "dependencies": []},
        {"urn": "u::b2", "type": "aws:kms/key:Key", "parent": "u::b", "dependencies": ["u::a1"]},
    ]
    assert sum("-->" in line for line in mermaid(resources).splitlines()) == 2
