"""The user's cache. Everything in it can be deleted; it is made again when it is needed.

Standard library only: a project's setup imports this module before it has installed any package.
"""

import os
from pathlib import Path

DEFAULT_NAME = "pulumi-offline"


def user_cache(name: str = DEFAULT_NAME) -> Path:
    """Return an application's cache folder as the XDG base directory specification defines it."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / name
