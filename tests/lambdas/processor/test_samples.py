import json
from pathlib import Path

import pytest

from tests.lambdas.processor.material import run

SAMPLES = Path(__file__).resolve().parents[3] / "samples"


def table() -> list[list[str]]:
    """The rows of the table in the samples' README."""
    rows = [
        line.strip("| ").split("|") for line in (SAMPLES / "README.md").read_text().splitlines() if line.startswith("|")
    ]
    return [[cell.strip(" `") for cell in row] for row in rows[2:]]


def test_every_sample_stands_in_the_table() -> None:
    files = {path.name for path in SAMPLES.iterdir()} - {"README.md"}
    assert {row[0] for row in table()} == files
    assert len(files) >= 8


@pytest.mark.parametrize("row", table(), ids=lambda row: row[0])
def test_a_sample_does_what_the_table_says(row: list[str]) -> None:
    name, status, read, accepted, rejected, dropped, *_ = row
    outcome = run((SAMPLES / name).read_bytes(), name)
    result = outcome.result
    counts = [str(count) for count in (result.read, result.accepted, result.rejected)]
    assert [result.status, *counts] == [status, read, accepted, rejected]
    assert ", ".join(result.dropped) == dropped.replace("none", "")
    assert len(outcome.rejected) == result.rejected


@pytest.mark.parametrize(
    ("table_name", "lines_name"), [("payments.csv", "payments.jsonl"), ("payments.csv", "payments.csv.gz")]
)
def test_samples_that_are_twins_have_the_same_accounts_and_totals(table_name: str, lines_name: str) -> None:
    one, other = (run((SAMPLES / name).read_bytes(), name) for name in (table_name, lines_name))
    assert [(record["transaction_id"], record["account_token"]) for record in one.accepted] == [
        (record["transaction_id"], record["account_token"]) for record in other.accepted
    ]
    assert one.result.totals == other.result.totals


def test_the_sample_of_rejects_shows_the_reason_that_each_transaction_id_names() -> None:
    outcome = run((SAMPLES / "rejects.jsonl").read_bytes(), "rejects.jsonl")
    for record in outcome.rejected:
        assert json.dumps(record["reasons"]) != "[]"
    fields = {str(reason).partition(":")[0] for reasons in outcome.reasons for reason in reasons}  # type: ignore[attr-defined]
    assert fields >= {"record", "transaction_id", "account", "amount", "currency", "booked_at", "kind", "memo"}
