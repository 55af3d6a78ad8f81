"""Copies of the repository, which a test may change."""

import shutil
import subprocess
from pathlib import Path

from cli.paths import ROOT, VENV


def copy_repository(folder: Path) -> Path:
    """Copy what is tracked to a new folder, with the packages that `make setup` installed; return the folder."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(VENV)
    return folder
