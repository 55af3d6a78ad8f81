"""The policy pack of another program: the same rules with its own settings."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))  # where the pack is kept

from policy.crossguard import run

run(Path(__file__).parent / "config")
