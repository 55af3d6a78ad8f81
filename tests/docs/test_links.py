"""Every relative link of the documentation leads to a file of the repository, and to a heading if it names one."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENTRIES = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "policy/README.md",
    "offline/README.md",
    "examples/README.md",
)
PAGES = [ROOT / name for name in ENTRIES] + sorted((ROOT / "docs").rglob("*.md"))
CODE = re.compile(r"^( *)```.*?^\1```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
EXTERNAL = re.compile(r"[a-z]+:")


def links(page: Path) -> list[str]:
    found = LINK.findall(CODE.sub("", page.read_text("utf-8")))
    return [link for link in found if not EXTERNAL.match(link)]


@cache
def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives to a page's headings."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or not target.is_relative_to(ROOT):
            broken.append(f"{link}: no such file")
        elif anchor and target.suffix == ".md" and anchor not in anchors(target):
            broken.append(f"{link}: no such heading")
    assert broken == []


def test_the_entry_pages_show_the_pictures_and_link_the_reference() -> None:
    assert "docs/pictures/file.svg" in links(ROOT / "README.md")
    assert "docs/reference/README.md" in links(ROOT / "README.md")
    assert {"pictures/file.svg", "pictures/components.svg", "pictures/network.svg"} <= set(
        links(ROOT / "docs" / "architecture.md")
    )
