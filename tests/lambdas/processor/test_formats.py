import gzip
import json
import subprocess
import sys
import tracemalloc
import zlib
from contextlib import closing

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lambdas.processor.formats.compression import decompress
from lambdas.processor.formats.csv import MAX_RECORD_LINES, RowReader
from lambdas.processor.formats.format import FORMATS
from lambdas.processor.formats.physical_lines import Line
from lambdas.processor.part_files import SeenIds
from lambdas.processor.records.fields import MAX_RECORD_BYTES
from tests.lambdas.processor.material import CARD, ENDINGS, GOOD, IBAN, Outcome, csv_of, jsonl_of, run

HEADER = b"transaction_id,account,amount,currency,booked_at,memo\n"


def row(number: int, memo: bytes = b"") -> bytes:
    return b"T-%d,%s,1,EUR,2026-11-23T09:15:00Z,%s\n" % (number, IBAN.encode(), memo)


def lines_of(outcome: Outcome) -> list[tuple[int, str | None]]:
    """The line of each record, and its first reason."""
    found: list[tuple[int, str | None]] = [(int(str(record["line"])), None) for record in outcome.accepted]
    for record in outcome.rejected:
        reasons = record["reasons"]
        assert isinstance(reasons, list)
        found.append((int(str(record["line"])), reasons[0]))
    return sorted(found)


def balanced(outcome: Outcome) -> bool:
    result = outcome.result
    return (
        result.status in ("COMPLETED", "QUARANTINED")
        and result.read == result.accepted + result.rejected
        and (result.accepted, result.rejected) == (len(outcome.accepted), len(outcome.rejected))
    )


# Whole files


@pytest.mark.parametrize("key", ["f.csv", "f.jsonl", "f.ndjson.gz", "f.txt"])
def test_a_file_without_bytes_is_quarantined(key: str) -> None:
    outcome = run(b"", key)
    assert outcome.result.status == "QUARANTINED"
    assert outcome.result.error == (
        "file: empty, 0 bytes"
        if key != "f.txt"
        else f"file: unknown format, the name must end with {ENDINGS}, each with or without .gz"
    )


def test_the_formats_are_csv_and_json_lines() -> None:
    endings = {known.name: known.endings for known in FORMATS}
    assert (endings["CSV"], endings["JSON Lines"]) == ((".csv",), (".jsonl", ".ndjson"))


@pytest.mark.parametrize("key", ["f", "f.gz", "f.txt", "f.csv.zip", "f.json", "csv", "f.csv.gz.gz", "f.tar.gz"])
def test_an_unknown_ending_quarantines_the_file_with_its_checksum(key: str) -> None:
    outcome = run(HEADER, key)
    assert outcome.result.status == "QUARANTINED"
    assert outcome.result.error is not None
    assert outcome.result.sha256 == run(HEADER, "f.csv").result.sha256


@pytest.mark.parametrize("key", ["F.CSV", "a/b.Csv", "f.CSV.GZ"])
def test_an_ending_may_have_any_case(key: str) -> None:
    content = HEADER + row(1)
    assert run(gzip.compress(content) if key.endswith("GZ") else content, key).result.accepted == 1


def test_a_header_alone_is_completed_with_zeros() -> None:
    for content in (HEADER, HEADER.strip(), HEADER + b"\n\n \t\r\n"):
        result = run(content).result
        assert (result.status, result.read, result.output, result.quarantine) == ("COMPLETED", 0, None, None)


def test_a_file_whose_records_are_all_rejected_is_completed() -> None:
    result = run(HEADER + b"x\ny\n").result
    assert (result.status, result.read, result.rejected) == ("COMPLETED", 2, 2)


@pytest.mark.parametrize(
    ("header", "error"),
    [
        (b"transaction_id,account,amount,currency,memo\n", "header: missing required columns: booked_at"),
        (b"Transaction_ID,account,amount,currency,booked_at\n", "header: missing required columns: transaction_id"),
        (b"transaction_id,account,amount,amount,currency,booked_at\n", "header: duplicate column: amount"),
        (HEADER.strip() + b",note,note\n", "header: duplicate column: one that is not kept"),
        (HEADER.strip() + b',"x\n', "header: missing closing quote"),
        (HEADER.strip() + b",\xff\n", "header: not valid UTF-8"),
        (HEADER.strip() + b",\0\n", "header: contains a NUL character"),
        (b"x" * (MAX_RECORD_BYTES + 1), f"header: longer than {MAX_RECORD_BYTES} bytes"),
        (
            HEADER.replace(b"\n", b"\r") + row(1).replace(b"\n", b"\r"),
            "header: carriage return in an unquoted field",
        ),
    ],
)
def test_an_invalid_header_quarantines_the_file_with_its_reason(header: bytes, error: str) -> None:
    outcome = run(header + row(1))
    assert (outcome.result.status, outcome.result.error) == ("QUARANTINED", error)
    assert (outcome.result.read, outcome.parts) == (0, (b"", b""))


@pytest.mark.parametrize("content", [b"\n\n", b" \r\n", b"\xef\xbb\xbf"])
def test_csv_without_a_header_is_quarantined(content: bytes) -> None:
    result = run(content).result
    assert (result.status, result.error) == ("QUARANTINED", "header: missing")


def test_a_header_may_have_any_order_a_byte_order_mark_quotes_and_spaces_around_names() -> None:
    content = '\ufeff"booked_at", currency ,amount,account,transaction_id\n'.encode()
    content += f"2026-11-23T09:15:00Z,EUR,1,{IBAN},T-1\n".encode()
    assert run(content).result.accepted == 1


# CSV records


def test_a_quoted_field_may_contain_separators_quotes_and_line_breaks() -> None:
    outcome = run(HEADER + row(1, b'"a, ""b""\r\nc\n\nd"') + row(2))
    assert [(record["line"], record.get("memo")) for record in outcome.accepted] == [(2, 'a, "b"\r\nc\n\nd'), (6, None)]


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_lines_end_with_lf_or_crlf(ending: bytes) -> None:
    outcome = run((HEADER + row(1, b"x") + b"\n" + row(2, b"y")).replace(b"\n", ending))
    assert [(record["line"], record["memo"]) for record in outcome.accepted] == [(2, "x"), (4, "y")]


def test_a_last_line_needs_no_ending() -> None:
    assert run((HEADER + row(1)).removesuffix(b"\n")).result.accepted == 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"T-1,x", "record: 2 fields, the header has 6"),
        (row(1).strip() + b",,", "record: 8 fields, the header has 6"),
        (b"\xff,,,,,", "record: not valid UTF-8"),
        (b"\0,,,,,", "record: contains a NUL character"),
        (b'T-1,5" pipe,,,,', "record: quote in an unquoted field"),
        (b'T-1,"5" pipe,,,,', "record: text after a closing quote"),
        (b"T-1,a\rb,,,,", "record: carriage return in an unquoted field"),
        (b'T-1,"never closed,,,,', "record: missing closing quote"),
        (b"x" * (MAX_RECORD_BYTES + 1), f"record: longer than {MAX_RECORD_BYTES} bytes"),
        (b"x" * (3 * MAX_RECORD_BYTES), f"record: longer than {MAX_RECORD_BYTES} bytes"),
        (b'"' + b"x" * (3 * MAX_RECORD_BYTES), f"record: longer than {MAX_RECORD_BYTES} bytes"),
    ],
)
def test_an_invalid_row_is_rejected_alone(line: bytes, reason: str) -> None:
    outcome = run(HEADER + row(8) + line + b"\r\n" + row(9))
    assert lines_of(outcome) == [(2, None), (3, reason), (4, None)]
    (record,) = outcome.rejected
    assert (record["offset"], record["length"]) == (len(HEADER + row(8)), len(line))


@pytest.mark.parametrize(
    "after",
    [
        [row(2), row(3)],  # nothing closes it
        [row(2), row(3, b'"quoted"')],  # what closes it is followed by text
        [row(2), b'T-3,"' + IBAN.encode() + b'",1,EUR,2026-11-23T09:15:00Z,\n'],
        [row(2), row(3, b'"two\nlines"')],
        [row(2)] * 5 + [b'x,"\n'],  # what closes it makes a row with too few fields
    ],
)
def test_a_missing_closing_quote_rejects_no_other_line(after: list[bytes]) -> None:
    alone = run(HEADER + b"".join(after))
    outcome = run(HEADER + b'T-1,x,"open\n' + b"".join(after))
    assert lines_of(outcome)[0] == (2, "record: missing closing quote")
    assert [(line + 1, reason) for line, reason in lines_of(alone)] == lines_of(outcome)[1:]


def test_a_closing_quote_beyond_the_limit_of_lines_counts_as_missing() -> None:
    many = b"".join(row(number) for number in range(2, MAX_RECORD_LINES + 10))
    outcome = run(HEADER + row(1, b'"open')[:-1] + b"\n" + many + b'"\n')
    assert (outcome.result.accepted, outcome.result.rejected) == (MAX_RECORD_LINES + 8, 2)


@pytest.mark.parametrize("pattern", [b'x,"\n', b'x,""\n', b'x,"\nx,""\n', b'x,"\nx,"y"\nx\n', b'"""\n', b'x,"""\nx\n'])
def test_no_line_is_read_more_than_twice_whatever_quotes_are_missing(
    pattern: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = 0
    read = RowReader._next_line

    def counted(source: RowReader) -> Line | None:
        nonlocal reads
        reads += 1
        return read(source)

    monkeypatch.setattr(RowReader, "_next_line", counted)
    content = HEADER + pattern * 1500
    assert balanced(run(content))
    assert 0 < reads <= 2 * content.count(b"\n") + 10


# JSON Lines


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "record: not valid JSON"),
        (b"{} {}", "record: not valid JSON"),
        (b"[]", "record: not a JSON object"),
        (b"null", "record: not a JSON object"),
        (b'"text"', "record: not a JSON object"),
        (b"7", "record: not a JSON object"),
        (b"NaN", "record: not valid JSON"),
        (b'{"memo": NaN}', "record: not valid JSON"),
        (b'{"x": -Infinity}', "record: not valid JSON"),
        (b'{"memo": "a\tb"}', "record: not valid JSON"),
        (b"[" * 100_000, "record: nested too deeply"),
        (b'{"x":' * 50_000 + b"1" + b"}" * 50_000, "record: nested too deeply"),
        (b'{"amount": "1", "amount": "2"}', "amount: duplicate JSON member"),
        (b'{"x": 1, "x": 2}', "record: duplicate JSON member"),
        (b'{"x": {"y": 1, "y": 1}}', "record: duplicate JSON member"),
        (b'{"memo": "\xff"}', "record: not valid UTF-8"),
        (b'{"x": "' + b"x" * MAX_RECORD_BYTES + b'"}', f"record: longer than {MAX_RECORD_BYTES} bytes"),
    ],
)
def test_a_line_that_is_not_a_json_object_is_rejected_alone(line: bytes, reason: str) -> None:
    content = jsonl_of([GOOD]) + line + b"\n" + jsonl_of([{**GOOD, "transaction_id": "T-2"}])
    outcome = run(content, "f.jsonl")
    assert lines_of(outcome) == [(1, None), (2, reason), (3, None)]


def test_dropped_members_may_contain_numbers_of_any_length() -> None:
    line = json.dumps(GOOD)[:-1].encode() + b', "x": ' + b"9" * 10_000 + b', "y": {"amount": 1e999}}\n'
    outcome = run(line, "f.jsonl")
    assert (outcome.result.accepted, outcome.result.dropped) == (1, ["x", "y"])


def test_json_lines_may_have_a_byte_order_mark_blank_lines_and_spaces() -> None:
    content = b"\xef\xbb\xbf" + b" " + jsonl_of([GOOD]).strip() + b" \r\n\r\n\t\n"
    (record,) = run(content, "f.ndjson").accepted
    assert record["line"] == 1
    assert run(b"\n\n", "f.jsonl").result.status == "COMPLETED"


# Dropped columns


def test_unknown_columns_are_dropped_and_named() -> None:
    outcome = run(csv_of([{**GOOD, "zeta": "1", "alpha": "2", "line": "3"}]))
    assert outcome.result.dropped == ["alpha", "line", "zeta"]
    assert outcome.accepted[0]["line"] == 2
    assert "alpha" not in outcome.accepted[0]


@pytest.mark.parametrize("key", ["f.csv", "f.jsonl"])
def test_names_of_dropped_columns_are_limited_shortened_and_masked(key: str) -> None:
    names = [f"card {CARD}", "x" * 1000, *(f"c{number}" for number in range(200))]
    record = {**GOOD, **dict.fromkeys(names, "1")}
    dropped = run(csv_of([record]) if key == "f.csv" else jsonl_of([record]), key).result.dropped
    assert len(dropped) == 100
    assert dropped == sorted(dropped)
    assert max(map(len, dropped)) == 64
    assert CARD not in "".join(dropped)
    assert "card ************1111" in dropped


# Compression


@pytest.mark.parametrize("chunk", [1, 7, 1 << 16])
def test_gzip_may_have_several_members_and_padding(chunk: int) -> None:
    members = [HEADER, b"", row(1), row(2)[:10], row(2)[10:]]
    content = b"".join(map(gzip.compress, members)) + b"\0" * 512
    assert run(content, "f.csv.gz", chunk=chunk).result.accepted == 2


@given(st.integers(1, 200), st.booleans())
def test_truncated_or_corrupt_gzip_quarantines_the_whole_file(place: int, cut: bool) -> None:
    whole = gzip.compress(HEADER + b"".join(map(row, range(9))))
    place = min(place, len(whole) - 1)
    broken = whole[:-place] if cut else whole[:-place] + bytes([whole[-place] ^ 0xFF]) + whole[len(whole) - place + 1 :]
    outcome = run(broken, "f.csv.gz")
    if outcome.result.status == "COMPLETED":  # a changed byte of the header that means nothing
        assert outcome.result.accepted == 9
        assert not cut
    else:
        assert outcome.result.error in ("file: not valid gzip data", "file: truncated gzip data")
        assert outcome.parts == (b"", b"")


@pytest.mark.parametrize("tail", [b"garbage", b"\0\0x", b"\x1f\x8b"])
def test_other_bytes_after_gzip_quarantine_the_file(tail: bytes) -> None:
    assert run(gzip.compress(HEADER + row(1)) + tail, "f.csv.gz").result.status == "QUARANTINED"


def test_a_decompression_bomb_cannot_exhaust_memory() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    assert len(bomb) < 100_000
    tracemalloc.start()
    assert sum(map(len, decompress([bomb]))) == 64 << 20
    outcome = run(bomb, "f.jsonl.gz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert outcome.reasons == [[f"record: longer than {MAX_RECORD_BYTES} bytes"]]
    assert peak < 12 << 20


# Rules that hold for whatever bytes come

FRAGMENTS = st.sampled_from(
    [
        b'"',
        b",",
        b"\n",
        b"\r\n",
        b"\r",
        b'""',
        b"{",
        b"}",
        b"\xff",
        b"\0",
        b"x",
        b" ",
        b"\xef\xbb\xbf",
        row(1),
        row(2, b'"a\nb"'),
    ]
)
BYTES = st.lists(FRAGMENTS | st.binary(max_size=8), max_size=30).map(b"".join)


@given(BYTES, st.sampled_from(["f.csv", "f.jsonl", "f.csv.gz"]), st.integers(1, 50))
@example(b"", "f.csv", 1)
def test_records_read_equal_records_accepted_plus_rejected_for_any_bytes(content: bytes, key: str, chunk: int) -> None:
    assert balanced(run(content, key, chunk=chunk))
    assert balanced(run(HEADER + content, key, chunk=chunk))


@given(BYTES, st.sampled_from(["f.csv", "f.jsonl"]), st.integers(1, 50))
def test_offset_and_length_locate_the_record(content: bytes, key: str, chunk: int) -> None:
    content = (HEADER if key == "f.csv" else b"") + content
    outcome = run(content, key, chunk=chunk)
    end = 0
    for record in outcome.rejected:
        offset, length, line = (int(str(record[name])) for name in ("offset", "length", "line"))
        raw = content[offset : offset + length]
        assert offset >= end
        assert content[:offset].count(b"\n") == line - 1
        assert content[:offset].removeprefix(b"\xef\xbb\xbf").endswith(b"\n") or offset in (0, 3)
        assert content[offset + length : offset + length + 2].strip(b"\r")[:1] in (b"\n", b"")
        if not any(character.isalnum() for character in raw.decode(errors="replace")):
            assert record["record"] == raw.decode(errors="replace")
        end = offset + length
    # No line that is not blank is left out.
    starts = {int(str(record["line"])) for record in [*outcome.accepted, *outcome.rejected]}
    spans = [(int(str(record["line"])), record) for record in outcome.rejected]
    assert len(spans) + len(outcome.accepted) == len(starts)


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["memo", "counterparty", "amount", "kind"]),
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=12),
        )
    )
)
def test_csv_and_json_lines_of_the_same_records_give_the_same_results(records: list[dict[str, str]]) -> None:
    whole = [
        {**GOOD, "kind": "", "counterparty": "", "memo": "", **record, "transaction_id": f"T-{number}"}
        for number, record in enumerate(records)
    ]
    table, lines = run(csv_of(whole)), run(jsonl_of(whole), "f.jsonl")

    def without_line(records: list[dict[str, object]]) -> list[dict[str, object]]:
        return [{name: value for name, value in record.items() if name != "line"} for record in records]

    assert without_line(table.accepted) == without_line(lines.accepted)
    assert table.reasons == lines.reasons
    assert table.result.totals == lines.result.totals


@given(BYTES, st.integers(1, 50))
def test_the_same_content_gives_the_same_bytes_in_chunks_of_any_size(content: bytes, chunk: int) -> None:
    content = HEADER + row(7) + content
    assert run(content, chunk=chunk).parts == run(content).parts


def test_a_part_names_no_file_and_no_time() -> None:
    part = run(HEADER + row(1)).parts[0]
    assert part[3] & 0b11111 == 0
    assert part[4:8] == bytes(4)


_MEASURE = """
import resource, sys, tempfile
from pathlib import Path
from lambdas.processor.pipeline import process
from lambdas.processor.records.tokens import Tokens

def content(records):
    for number in range(records):
        account = b"4111111111111111" if number % 3 else b"none"
        yield (
            b'{"transaction_id": "T-%d", "account": "%s", "amount": "1", "currency": "EUR", '
            b'"booked_at": "2026-11-23T09:15:00Z", "x": "%s"}\\n' % (number, account, b"x" * 5000)
        )

for records in (1000, 10000):
    with tempfile.TemporaryDirectory() as folder:
        result = process("f.jsonl", content(records), Tokens(bytes(32)), Path(folder), last4=True)
    print(result.read, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_is_the_same_for_fifty_megabytes_as_for_five() -> None:
    done = subprocess.run([sys.executable, "-c", _MEASURE], capture_output=True, text=True, check=True)
    (small, before), (large, after) = (map(int, line.split()) for line in done.stdout.splitlines())
    assert (small, large) == (1000, 10000)
    assert after - before < 4096  # KiB


def test_ids_are_exact_beyond_the_memory_cache() -> None:
    with closing(SeenIds()) as seen:
        assert all(seen.add(f"{number:064d}") for number in range(60_000))  # 4 MB of ids, a cache of 2 MB
        assert not any(seen.add(f"{number:064d}") for number in range(0, 60_000, 7))
        assert seen.add("new")
