"""Strongroom's rules with the settings of the archive team."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder that contains Strongroom's policy/

from policy.crossguard import run

run(Path(__file__).resolve().parent / "config")
