"""Where things are kept: in the project what belongs to one checkout, in the user's cache what serves all of them.

Standard library only: setup runs before anything is installed.
"""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""

VENV = ROOT / ".venv"
"""The Python environment of this checkout, with the launchers of engine and plugins."""

PULUMI = str(VENV / "bin" / "pulumi")
"""The engine of this checkout, by the launcher that setup writes."""

LOCAL = ROOT / ".local"
"""State, logs and generated configuration of this checkout's local stack."""


def cache() -> Path:
    """Folder of what is made once per user: the built engine, the provider's schema. Safe to delete.

    Follows the XDG base directory specification.
    """
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "strongroom"
