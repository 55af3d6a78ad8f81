"""Programs that a measurement needs and the project does not: each in an environment of its own, made once per user."""

import shutil
import subprocess
from pathlib import Path

from localcloud.paths import VENV, cache


def tool(name: str, version: str) -> Path | None:
    """Return a program of a PyPI package of the same name; None where it cannot be had."""
    home = cache() / f"{name}-{version}"
    program = home / "bin" / name
    if program.exists():
        return program
    shutil.rmtree(home, ignore_errors=True)
    uv = str(VENV / "bin" / "uv")
    for command in (
        [uv, "venv", str(home)],
        [uv, "pip", "install", "--python", str(home / "bin" / "python"), f"{name}=={version}"],
    ):
        if subprocess.run(command, capture_output=True, check=False).returncode:
            shutil.rmtree(home, ignore_errors=True)
            return None
    return program
