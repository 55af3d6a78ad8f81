"""The pages of `docs/how-to/` work when they are followed step by step, and cost as many files as their table says."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.how_to import follow, steps

ROOT = Path(__file__).resolve().parents[2]
HOW_TO = ROOT / "docs" / "how-to"
ROW = re.compile(r"^\| [^|]+ \| \[[^\]]+\]\((?P<page>[^)]+)\) \| (?P<count>\d+)", re.MULTILINE)
COSTS = {match["page"]: int(match["count"]) for match in ROW.finditer((HOW_TO / "README.md").read_text("utf-8"))}
FOLLOWED_ELSEWHERE = {"add-a-policy-rule.md"}
"""Followed by the tests of the pack, which need less than a copy of the repository."""


def copy_of_the_repository(folder: Path) -> Path:
    """Copy what git would commit."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.mark.parametrize("page", sorted(set(COSTS) - FOLLOWED_ELSEWHERE))
def test_a_page_works_when_it_is_followed_step_by_step(page: str, tmp_path: Path) -> None:
    follow(HOW_TO / page, copy_of_the_repository(tmp_path))


@pytest.mark.parametrize(("page", "count"), COSTS.items())
def test_a_change_costs_as_many_files_as_the_table_says(page: str, count: int) -> None:
    edited = {step.file for step in steps(HOW_TO / page) if step.file and not step.file.startswith("tests/")}
    assert len(edited) == count, edited


def test_the_index_links_every_page() -> None:
    linked = set(re.findall(r"\]\(([\w-]+\.md)\)", (HOW_TO / "README.md").read_text("utf-8")))
    assert linked == {page.name for page in HOW_TO.glob("*.md")} - {"README.md"}


@pytest.mark.parametrize("page", sorted(page.name for page in HOW_TO.glob("*.md") if page.name != "README.md"))
def test_a_page_ends_with_the_command_that_proves_it(page: str) -> None:
    assert steps(HOW_TO / page)[-1].action == "run"
