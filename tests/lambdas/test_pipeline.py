import gzip
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdas.processor.pipeline import Result, Source, manifest, process
from lambdas.processor.reader import RECORD_BYTES
from lambdas.processor.tokens import Tokens

HEADER = b"transaction_id,account,amount,currency,booked_at\n"
ROOT = Path(__file__).parents[2]


def row(identity: str, amount: str = "1.00", account: str = "4111111111111111") -> bytes:
    return f"{identity},{account},{amount},EUR,2026-11-23T09:15:00Z\n".encode()


def run(folder: Path, key: str, content: bytes, size: int = 7) -> Result:
    chunks: Iterable[bytes] = (content[n : n + size] for n in range(0, len(content), size))
    return process(key, chunks, Tokens(b"k" * 32), folder, last4=True)


def lines(part: Path | None) -> list[dict[str, Any]]:
    return [] if part is None else [json.loads(line) for line in gzip.decompress(part.read_bytes()).splitlines()]


def test_accepted_records_leave_with_token_last4_and_line(tmp_path: Path) -> None:
    result = run(tmp_path, "a.csv", HEADER + b"\n" + row("A", account="DE89 3704 0044 0532 0130 00"))
    (record,) = lines(result.output)
    assert record["line"] == 3
    assert record["account_last4"] == "3000"
    assert re.fullmatch(r"v1\.[0-9a-f]{64}", record["account_token"])
    assert "account" not in record


def test_the_same_records_as_csv_and_as_json_lines_give_the_same_tokens(tmp_path: Path) -> None:
    body = {
        "transaction_id": "A",
        "account": "4111 1111 1111 1111",
        "amount": "1.00",
        "currency": "EUR",
        "booked_at": "2026-11-23T09:15:00Z",
    }
    (tmp_path / "j").mkdir()
    (tmp_path / "c").mkdir()
    (one,) = lines(run(tmp_path / "j", "a.NDJSON", b"\xef\xbb\xbf" + json.dumps(body).encode()).output)
    (other,) = lines(run(tmp_path / "c", "a.CSV.gz", gzip.compress(HEADER) + gzip.compress(row("A"))).output)
    assert {**one, "line": 0} == {**other, "line": 0}


def test_of_equal_ids_the_first_line_wins(tmp_path: Path) -> None:
    result = run(tmp_path, "a.csv", HEADER + row("A") + row("A", "2.00") + row("B"))
    assert [record["line"] for record in lines(result.output)] == [2, 4]
    assert lines(result.quarantine)[0]["reasons"] == ["transaction_id: stands on an earlier line of this file"]


def test_a_rejected_record_is_found_again_by_offset_and_length(tmp_path: Path) -> None:
    bad = b'X,"4111111111111111\n",1.001,EUR,2026-11-23T09:15:00Z\r\n'
    content = HEADER + row("A") + bad + row("B")
    (rejected,) = lines(run(tmp_path, "a.csv", content).quarantine)
    assert rejected["line"] == 3
    assert content[rejected["offset"] : rejected["offset"] + rejected["length"]] == bad
    assert "4111" not in rejected["record"]


def test_a_quote_that_is_not_closed_costs_its_own_line_only(tmp_path: Path) -> None:
    result = run(tmp_path, "a.csv", HEADER + b'X,"oops,1,EUR,2026-11-23T09:15:00Z\n' + row("A") + row("B"), 4096)
    assert (result.read, result.accepted, result.rejected) == (3, 2, 1)
    assert lines(result.quarantine)[0]["reasons"] == ["record: a quote is not closed"]


def test_a_record_that_is_too_long_is_rejected_and_the_next_is_read(tmp_path: Path) -> None:
    result = run(tmp_path, "a.jsonl", b'{"a":"' + b"x" * 3 * RECORD_BYTES + b'"}\n{}\n', 4096)
    first, second = lines(result.quarantine)
    assert "longer" in first["reasons"][0]
    assert second["offset"] == first["length"]


@pytest.mark.parametrize(
    ("key", "content", "reason"),
    [
        ("a.csv", b"", "no bytes"),
        ("a.jsonl", b"", "no bytes"),
        ("a.csv.gz", gzip.compress(b""), "no bytes"),
        ("a.csv", b"\n\n", "header: is missing"),
        ("a.csv", b"transaction_id,amount\n", "lacks the required account, currency, booked_at"),
        ("a.csv", HEADER.replace(b"amount", b"account"), "twice"),
        ("a.csv", b"\xff" + HEADER, "UTF-8"),
        ("a.txt", HEADER, "ends with none"),
        ("a.gz", gzip.compress(HEADER), "ends with none"),
        ("a.csv.gz", HEADER, "not valid gzip"),
        ("a.csv.gz", gzip.compress(HEADER + row("A"))[:-9], "too early"),
    ],
)
def test_a_file_that_is_none_is_quarantined_whole_with_its_reason(
    tmp_path: Path, key: str, content: bytes, reason: str
) -> None:
    result = run(tmp_path, key, content)
    assert result.status == "QUARANTINED"
    assert reason in (result.error or "")
    assert (result.output, result.quarantine, result.read) == (None, None, 0)


@pytest.mark.parametrize(
    "line",
    [b"[1]", b"{", b'{"amount": NaN}', b'{"amount":"1","amount":"2"}', b"[" * 5000, b"\xff", b'"text"', b"null"],
)
def test_a_line_that_is_no_json_object_is_rejected_and_the_rest_is_read(tmp_path: Path, line: bytes) -> None:
    result = run(tmp_path, "a.jsonl", line + b"\n\n" + line + b"\n")
    assert (result.status, result.read, result.rejected) == ("COMPLETED", 2, 2)
    assert [record["line"] for record in lines(result.quarantine)] == [1, 3]


def test_a_header_alone_is_a_complete_file(tmp_path: Path) -> None:
    assert run(tmp_path, "a.csv", HEADER).status == "COMPLETED"


def test_totals_are_exact(tmp_path: Path) -> None:
    content = HEADER + row("A", "0.10") + row("B", "0.20") + row("C", "-999999999999999.99") + row("D", "-0.01")
    total = run(tmp_path, "a.csv", content).totals["EUR"].plain()
    assert total == {"count": 4, "positive": "0.30", "negative": "-1000000000000000.00"}


def test_columns_that_are_not_known_are_dropped_and_named(tmp_path: Path) -> None:
    content = b"zeta,4111111111111111," + HEADER + b"1,2," + row("A")
    result = run(tmp_path, "a.csv", content)
    assert result.dropped == ["************1111", "zeta"]
    assert "zeta" not in lines(result.output)[0]


def test_the_manifest_leaves_out_what_is_absent(tmp_path: Path) -> None:
    source = Source(bucket="b", key="a.csv", version_id="1")
    whole = manifest(source, run(tmp_path, "a.csv", HEADER), "s", "f")
    assert "error" not in whole
    assert "output_prefix" not in whole
    assert whole["records_read"] == 0


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.lists(
        st.sampled_from([b'"', b",", b"\n", b"\r\n", b"4111111111111111", b"x", b"\xff", row("A"), row("B")]),
        max_size=30,
    ),
    st.integers(1, 50),
)
def test_every_record_that_is_read_is_accepted_or_rejected_however_the_bytes_arrive(
    tmp_path: Path, parts: list[bytes], size: int
) -> None:
    content = HEADER + b"".join(parts)
    result = run(tmp_path, "a.csv", content, size)
    first = lines(result.output), lines(result.quarantine)
    assert result.read == result.accepted + result.rejected
    for record in first[1]:
        assert "4111111111111111" not in record["record"]
        assert record["offset"] + record["length"] <= len(content)
    again = run(tmp_path, "a.csv", content, 4096)
    assert (lines(again.output), lines(again.quarantine)) == first


def test_the_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    content = HEADER + row("A") + b"bad\n"
    one = run(tmp_path, "a.csv", content)
    assert one.output is not None
    before = one.output.read_bytes()
    again = run(tmp_path, "a.csv", content, 100)
    assert again.output is not None
    assert again.output.read_bytes() == before


def _table() -> list[list[str]]:
    rows = [
        line.strip("| \n").split(" | ")
        for line in (ROOT / "samples/README.md").read_text().splitlines()
        if "." in line and line.startswith("|")
    ]
    return [[cell.strip() for cell in cells] for cells in rows]


@pytest.mark.parametrize("cells", _table(), ids=lambda cells: str(cells[0]))
def test_each_sample_does_what_its_table_says(tmp_path: Path, cells: list[str]) -> None:
    result = run(tmp_path, cells[0], (ROOT / "samples" / cells[0]).read_bytes())
    assert [result.status, str(result.read), str(result.accepted), str(result.rejected)] == cells[1:5]
