from typing import Any

from localcloud.diagram import mermaid


def test_components_are_drawn_with_what_is_in_them_and_what_they_need() -> None:
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
