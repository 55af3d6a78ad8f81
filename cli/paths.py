"""Paths of this checkout and of the user's cache.

Standard library only: setup imports this module before it has installed any package.
"""

from pathlib import Path

from offline.cache import user_cache

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""

VENV = ROOT / ".venv"
"""The checkout's virtual environment, with the launchers of the engine and its plugins."""

PULUMI = str(VENV / "bin" / "pulumi")
"""The launcher of the checkout's Pulumi engine."""

LOCAL = ROOT / ".local"
"""State, logs and generated settings of the checkout's local stack."""

CACHE = user_cache("strongroom")
"""What is made once per user: the engine, the Terraform provider's schema, the tools of the measurements."""
