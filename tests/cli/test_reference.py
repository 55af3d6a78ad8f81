"""The API reference is what the docstrings say."""

from pathlib import Path

import pytest

from cli.reference import pages
from cli.tiers import component_classes

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
PAGES = pages()


def test_the_committed_pages_are_what_the_docstrings_render() -> None:
    assert {file.name: file.read_text("utf-8") for file in FOLDER.iterdir()} == PAGES, "run `make docs`"


def test_the_index_links_every_other_page() -> None:
    assert all(f"]({name})" in PAGES["README.md"] for name in PAGES if name != "README.md")


def test_the_reference_has_every_component_with_its_arguments_and_outputs() -> None:
    page = PAGES["components.md"]
    for tier, components in component_classes().items():
        assert f"\n## {tier.capitalize()}\n" in page
        assert all(f"\n### {component.__name__}\n" in page for component in components)
    assert "\n#### NetworkArgs\n" in page
    assert "| `cidr` | `str` | Address block, a /16 to /20 in CIDR notation. |" in page
    assert "| `vpc_id` | `Output[str]` | Id of the VPC. |" in page


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("policy.md", "evaluate(stack: Stack, settings: Settings, today: date, rules: Iterable[Rule] | None = None) -> Report"),
        ("policy.md", "| `today` | The date that decides whether a waiver has expired. |"),
        ("policy.md", "| `SettingsError` | The file cannot be used. |"),
        ("policy.md", "\n### UnknownRead\n"),
        ("processor.md", "\n### Result\n"),
        ("processor.md", "| `output` | `Path \\| None = None` | Local parts of accepted and rejected records;"),
    ],
)  # fmt: skip
def test_sections_of_docstrings_become_tables(page: str, expected: str) -> None:
    assert expected in PAGES[page]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_no_private_names(page: str) -> None:
    assert not [line for line in PAGES[page].splitlines() if line.startswith(("#", "| `_")) and "`_" in line]
    assert "### _" not in PAGES[page]
