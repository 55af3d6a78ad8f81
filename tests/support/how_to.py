"""Follows the steps of a page in `docs/how-to/` mechanically, so that a test proves that the page works.

The info string of a fenced code block says what the block is for:

- ``python title="FILE" append``: add the block to the end of FILE.
- ``python title="FILE" create``: create FILE with the block.
- ``python title="FILE" after="LINE"`` or ``before="LINE"``: insert the block behind or ahead of the only line that equals LINE.
- ``shell run``: run the commands, which have to succeed.

Any other block is an illustration.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^( *)```(?P<info>[^\n`]+)\n(?P<content>.*?)^\1```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r'title="(?P<file>[^"]+)" (?P<action>append|create|after|before)(="(?P<line>.*)")?$')


@dataclass(frozen=True)
class Step:
    """One block to follow: `append`, `create`, `after` or `before` with a file, or `run` without one."""

    action: str
    content: str
    file: str = ""
    line: str = ""


def steps(page: Path) -> list[Step]:
    """Return the steps of a page, in order."""
    found = []
    for block in _BLOCK.finditer(page.read_text("utf-8")):
        content = re.sub(f"^{block[1]}", "", block["content"], flags=re.MULTILINE)
        if match := _FILE.search(block["info"]):
            found.append(Step(match["action"], content, match["file"], (match["line"] or "").replace('\\"', '"')))
        elif block["info"] == "shell run":
            found.append(Step("run", content))
    return found


def follow(page: Path, folder: Path, environment: Mapping[str, str] = os.environ) -> list[str]:
    """Follow a page in a scratch folder; return the files that a reader edits.

    `python` in a command is the interpreter of the tests. A failed command raises AssertionError with its output.
    """
    edited = []
    for step in steps(page):
        file = folder / step.file
        match step.action:
            case "append":
                file.write_text(file.read_text("utf-8") + "\n\n" + step.content, "utf-8")
                edited.append(step.file)
            case "create":
                assert not file.exists(), f"{step.file} exists already"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(step.content, "utf-8")
                edited.append(step.file)
            case "after" | "before":
                _insert(file, step)
                edited.append(step.file)
            case _:
                _run(step.content, folder, environment)
    return edited


def _insert(file: Path, step: Step) -> None:
    lines = file.read_text("utf-8").splitlines(keepends=True)
    positions = [number for number, line in enumerate(lines) if line.rstrip("\n") == step.line]
    assert len(positions) == 1, f"{step.file}: expected one line {step.line!r}, found {len(positions)}"
    lines.insert(positions[0] + (step.action == "after"), step.content)
    file.write_text("".join(lines), "utf-8")


def _run(commands: str, folder: Path, environment: Mapping[str, str]) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}"
    done = subprocess.run(
        ["bash", "-euc", commands],
        cwd=folder,
        env={**environment, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{commands}\n{done.stdout}\n{done.stderr}"
