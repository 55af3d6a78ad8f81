"""Writes the runbooks: `python -m components.alarms [FOLDER]`, by default docs/runbooks."""

import sys
from pathlib import Path

from components.alarms.pages import pages
from components.alarms.rendering import RUNBOOKS


def main(folder: Path) -> None:
    """Write all pages, and take away those of alarms that are no more."""
    written = pages()
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")
    for page in folder.glob("*.md"):
        if page.name not in written:
            page.unlink()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else RUNBOOKS))
