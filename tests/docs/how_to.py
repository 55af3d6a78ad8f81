"""Follows a how-to page: applies its code blocks to a copy of the repository and runs its last command there.

A code block with a `title` is a change of that file. Without a mode it creates the file; `append` adds the block at the end; `after` and
`before` insert it behind or ahead of the first line that equals the given text. Blocks may be indented, as in a list.
"""

import os
import re
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "how-to"
_BLOCK = re.compile(r"^(?P<indent> *)```(?P<info>[^\n]*)\n(?P<body>.*?)^ *```$", re.MULTILINE | re.DOTALL)
_ATTRIBUTE = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
RENDERED = ("docs/", "policy/config/schema.json")
"""What `make docs` writes, and what a page therefore does not count as a change."""


@dataclass(frozen=True)
class Block:
    """A code block of a page: its attributes, its mode and its text."""

    attributes: dict[str, str]
    append: bool
    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    """Return the code blocks of a page in order."""
    found = []
    for match in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        info = match["info"]
        attributes = {key: value.replace('\\"', '"') for key, value in _ATTRIBUTE.findall(info)}
        # The block's own indentation belongs to the list around it.
        body = "".join(line[len(match["indent"]) :] or "\n" for line in match["body"].splitlines(keepends=True))
        found.append(Block(attributes, "append" in _ATTRIBUTE.sub("", info).split(), info.split(" ")[0], body))
    return found


def changed_files(page: Path) -> set[str]:
    """Return the files that a reader edits, without tests and without what is rendered."""
    titles = {block.attributes["title"] for block in blocks(page) if "title" in block.attributes}
    return {title for title in titles if not title.startswith(("tests/", *RENDERED))}


def copy_repository(folder: Path) -> Path:
    """Copy the files that git knows to a folder, with the virtual environment of this checkout."""
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
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


def apply(block: Block, folder: Path) -> None:
    """Make the change of one block."""
    file, text = folder / block.attributes["title"], block.text
    anchor = block.attributes.get("after") or block.attributes.get("before")
    if anchor is None:
        existing = file.read_text(encoding="utf-8") if block.append else ""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(existing + text, encoding="utf-8")
        return
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    positions = [number for number, line in enumerate(lines) if line.rstrip("\n") == anchor]
    if len(positions) != 1:
        raise ValueError(f"{block.attributes['title']}: expected one line {anchor!r}, found {len(positions)}")
    position = positions[0] + (1 if "after" in block.attributes else 0)
    lines.insert(position, text)
    file.write_text("".join(lines), encoding="utf-8")


def follow(page: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Apply all changes of a page to a copy of the repository, and return the result of its commands."""
    copy_repository(folder)
    commands = ""
    for block in blocks(page):
        if "title" in block.attributes:
            apply(block, folder)
        elif block.language == "sh":
            commands = block.text
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    # `make docs` would first run setup, which this copy does not need: it has the environment of this checkout.
    commands = commands.replace("make docs", f"{sys.executable} -m localcloud docs")
    script = textwrap.dedent(commands)
    return subprocess.run(
        ["bash", "-euc", script], cwd=folder, env=environment, check=False, capture_output=True, text=True
    )
