"""The page of the file format: it is rendered from the processor's tables, and what it says is true."""

from pathlib import Path
from typing import get_type_hints

import pytest

from cli.file_format import FIELD_RULES, MANIFEST_FIELDS, render
from lambdas.processor.manifest import Manifest
from lambdas.processor.records.fields import FIELDS
from tests.lambdas.processor.material import GOOD, process_record

PAGE = Path(__file__).parents[2] / "docs" / "file-format.md"


def test_the_committed_page_is_what_the_code_renders() -> None:
    assert PAGE.read_text("utf-8") == render(), "run `make docs`"


def test_the_page_describes_every_field_of_a_record_and_of_a_manifest() -> None:
    assert tuple(FIELD_RULES) == FIELDS
    assert tuple(MANIFEST_FIELDS) == tuple(get_type_hints(Manifest))


@pytest.mark.parametrize("field", FIELDS)
def test_the_examples_of_a_field_are_accepted_and_rejected_as_the_page_says(field: str) -> None:
    _, valid, invalid = FIELD_RULES[field]
    assert process_record({**GOOD, field: valid}).accepted
    (reasons,) = process_record({**GOOD, field: invalid}).reasons
    assert [str(reason).partition(":")[0] for reason in reasons] == [field]  # type: ignore[attr-defined]
