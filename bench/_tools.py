"""Programs that only the measurements need; each has its own virtual environment in the user's cache."""

import shutil
import subprocess
from pathlib import Path

from cli.paths import CACHE, VENV


def tool(name: str, version: str) -> Path | None:
    """Return the program of a PyPI package of the same name, or None if it cannot be installed."""
    home = CACHE / f"{name}-{version}"
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
