"""Draws the pictures in `docs/pictures/` from the code."""

from collections.abc import Callable, Mapping
from pathlib import Path

from cli.paths import ROOT
from cli.pictures.components_picture import components_picture
from cli.pictures.file_picture import file_picture
from cli.pictures.network_picture import network_picture
from cli.pictures.svg import Picture

PICTURES: Mapping[str, Callable[[], Picture]] = {
    "file.svg": file_picture,
    "network.svg": network_picture,
    "components.svg": components_picture,
}
"""The function that draws each picture, by file name."""


def write(folder: Path = ROOT / "docs" / "pictures") -> None:
    """Draw all pictures."""
    folder.mkdir(exist_ok=True)
    for name, draw in PICTURES.items():
        (folder / name).write_text(draw().svg(), encoding="utf-8")
