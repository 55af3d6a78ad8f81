"""The pictures are what the code draws, and people can read them."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from cli.pictures import PICTURES
from cli.pictures.components_picture import used_tiers
from cli.pictures.network_picture import outside_network
from cli.pictures.svg import Box, Picture
from cli.tiers import component_classes, creation_order

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
SVG = "{http://www.w3.org/2000/svg}"


def parsed(name: str) -> ET.Element:
    return ET.fromstring((FOLDER / name).read_text("utf-8"))  # noqa: S314 (a file of this repository)


@pytest.mark.parametrize("name", PICTURES)
def test_a_committed_picture_is_what_the_code_draws(name: str) -> None:
    assert (FOLDER / name).read_text("utf-8") == PICTURES[name]().svg(), "run `make diagram`"


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_fits_on_a_screen_and_tells_screen_readers_what_it_shows(name: str) -> None:
    root = parsed(name)
    assert int(root.attrib["width"]) <= 1100
    assert int(root.attrib["height"]) <= 700
    assert root.findtext(f"{SVG}title")
    assert len(root.findtext(f"{SVG}desc") or "") > 50


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_has_legible_text_in_light_and_dark_mode_and_loads_nothing(name: str) -> None:
    text = (FOLDER / name).read_text("utf-8")
    sizes = re.findall(r"font(?:-size)?: (\d+)px", text)
    assert sizes
    assert min(map(int, sizes)) >= 12
    assert "prefers-color-scheme: dark" in text
    assert '<rect class="ground"' in text
    assert not re.search(r"<script|@import|@font-face|href=|url\((?!#)", text)


@pytest.mark.parametrize("name", PICTURES)
def test_no_two_boxes_of_a_picture_overlap_and_all_are_inside_it(name: str) -> None:
    root = parsed(name)
    boxes = [
        Box(*(float(rectangle.attrib[side]) for side in ("x", "y", "width", "height")))
        for rectangle in root.iter(f"{SVG}rect")
        if rectangle.attrib["class"] not in ("ground", "frame")
    ]
    assert len(boxes) > 5
    for box in boxes:
        assert box.x >= 0
        assert box.right()[0] <= int(root.attrib["width"])
        assert box.bottom()[1] <= int(root.attrib["height"])
        for neighbour in boxes:
            apart = (
                box.right()[0] <= neighbour.x
                or neighbour.right()[0] <= box.x
                or box.bottom()[1] <= neighbour.y
                or neighbour.bottom()[1] <= box.y
            )
            assert apart or box is neighbour, (box, neighbour)


def test_text_that_does_not_fit_its_box_is_an_error() -> None:
    with pytest.raises(ValueError, match="the text of box 'Queue' is 61 px high, the box 40"):
        Picture("", "", 100, 100).box("Queue", ["far too much text"], Box(0, 0, 100, 40))


def test_the_components_picture_has_every_tier_that_the_program_creates() -> None:
    assert list(creation_order()) == [
        "keys", "network", "data", "replication", "processing", "audit", "monitoring", "attestation",
    ]  # fmt: skip
    assert set(component_classes()) == {*creation_order(), "shared"}
    network = [component.__name__ for component in component_classes()["network"]]
    assert network == ["Network", "DnsFirewall", "EndpointPolicies", "FlowLogs"]


def test_the_components_picture_reads_the_arrows_from_the_imports() -> None:
    uses = used_tiers(component_classes())
    assert uses["processing"] == {"data", "network", "shared"}
    assert uses["shared"] == set()


def test_the_network_picture_names_who_passes_the_perimeter() -> None:
    passing = outside_network()
    assert passing["attestor"] == ["audit"]
    assert {"deploy", "break-glass", "uploaders", "auditors"} <= set(passing)
    assert "processor" not in passing
