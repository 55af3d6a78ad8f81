"""The export for an examiner: what it packs, what it verifies, and what it leaves out."""

import csv
import errno
import gzip
import html.parser
import io
import json
import re
import subprocess
import tempfile
import tracemalloc
import zipfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from cli import commands
from cli.examination.export import export_period
from cli.examination.index import COLUMNS, Contents
from cli.examination.objects import WORKERS, Download, Version, in_order
from cli.examination.package import Package, cell, csv_chunks, new_package
from cli.examination.period import Period, parse_period
from cli.examination.records import Result, _candidates, write_result
from cli.file_format import OUTPUT_FIELDS
from lambdas.processor.manifest import MANIFEST, PART, manifest_json, manifest_of
from lambdas.processor.pipeline import process
from lambdas.processor.records.tokens import Tokens
from lambdas.shared.source import Source
from offline.terminal import UserError
from tests.lambdas.conftest import shared_session
from tests.lambdas.processor.material import CARD, GOOD, KEY, csv_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["shared_session"]

OUTPUT, AUDIT = "strongroom-dev-data-output-0a1b2c3", "strongroom-dev-data-audit-0a1b2c3"
JANUARY = parse_period("2026-01-01", "2026-02-01")
NOW = datetime(2026, 11, 25, 1, 2, 4, tzinfo=UTC)
INSIDE = "2026-01-15T09:15:01.250Z"
DIGEST = (  # as in https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
    "AWSLogs/111122223333/CloudTrail-Digest/eu-central-1/{0:%Y/%m/%d}/"
    "111122223333_CloudTrail-Digest_eu-central-1_strongroom-dev_eu-central-1_{0:%Y%m%dT%H%M%SZ}.json.gz"
)
LOG = (  # as in https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
    "AWSLogs/111122223333/CloudTrail/{1}/{0:%Y/%m/%d}/111122223333_CloudTrail_{1}_{0:%Y%m%dT%H%MZ}_Mu0KsOhtH1ar15ZZ.json.gz"
)
EVIDENCE = "attestation/strongroom-dev-attestor/evidence/{:%Y%m%dT%H%M%S.%fZ}-request.json"


@dataclass
class Stack:
    """The buckets of stack dev."""

    s3: "S3Client"
    folder: Path

    def finish(
        self,
        key: str = "in/file.csv",
        *,
        at: str = INSIDE,
        content: bytes | None = None,
        part: bytes | None = None,
        bucket: str = OUTPUT,
        **changed: Any,
    ) -> Source:
        """Store the result of a file as the processor does.

        Parameters
        ----------
        part
            Other bytes for the part; empty for no part.
        changed
            Members of the manifest that differ.
        """
        source = Source(bucket="input", key=key, version_id="v1")
        work = self.folder / f"work-{len(list(self.folder.iterdir()))}"
        work.mkdir()
        result = process(key, [csv_of([GOOD]) if content is None else content], Tokens(KEY), work, last4=True)
        manifest: Any = manifest_of(source, result, "2026-01-01T00:00:00.000Z", at)
        stored = part if part is not None else result.output.read_bytes() if result.output else b""
        if stored:
            self.put(f"{source.file_id}/{PART}", stored, bucket)
        self.put(f"{source.file_id}/{MANIFEST}", manifest_json(manifest | changed).encode(), bucket)
        return source

    def put(
        self, key: str, content: bytes = b"x", bucket: str = OUTPUT, metadata: Mapping[str, str] | None = None
    ) -> str:
        return self.s3.put_object(Bucket=bucket, Key=key, Body=content, Metadata=metadata or {})["VersionId"]

    def export(self, period: Period = JANUARY, name: str = "export.zip", now: datetime = NOW) -> "Exported":
        path = self.folder / name
        contents = export_period(self.s3, stack="dev", period=period, path=path, clock=lambda: now)
        return Exported(path, contents)


@dataclass
class Exported:
    """A package that was written."""

    path: Path
    contents: Contents

    @property
    def zip(self) -> zipfile.ZipFile:
        return zipfile.ZipFile(io.BytesIO(self.path.read_bytes()))

    @property
    def names(self) -> list[str]:
        return self.zip.namelist()

    def table(self, name: str = "index.csv") -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.zip.read(name).decode(), newline="")))

    @property
    def keys(self) -> list[str]:
        """Keys of the source files in the index."""
        return [row["key"] for row in self.table()]

    def unpack(self, folder: Path) -> Path:
        self.zip.extractall(folder)
        return folder


@pytest.fixture
def stack(shared_session: boto3.Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Stack]:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        s3 = shared_session.client("s3")
        for bucket in (OUTPUT, AUDIT):
            create(s3, bucket)
        yield Stack(s3, tmp_path)


def create(s3: "S3Client", bucket: str) -> None:
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


def folder_of(source: Source, number: int = 1, day: str = "2026-01-15") -> str:
    return f"records/{OUTPUT}/{day}/{source.file_id}-{number}"


def test_a_result_is_packed_as_stored_with_its_records_as_a_table(stack: Stack) -> None:
    content = csv_of(
        [{**GOOD, "memo": 'Tea, "green"'}, {**GOOD, "transaction_id": "T-2", "amount": "-1.20", "account": CARD}]
    )
    source = stack.finish(content=content)
    exported = stack.export()
    folder = folder_of(source)
    stored = {
        name: stack.s3.get_object(Bucket=OUTPUT, Key=f"{source.file_id}/{name}")["Body"].read()
        for name in (MANIFEST, PART)
    }
    assert {name: exported.zip.read(f"{folder}/{name}") for name in stored} == stored
    records = [json.loads(line) for line in gzip.decompress(stored[PART]).splitlines()]
    table = exported.table(f"{folder}/records.csv")
    assert tuple(table[0]) == tuple(OUTPUT_FIELDS)
    assert [{name: value for name, value in row.items() if value} for row in table] == [
        {name: str(value) for name, value in record.items()} for record in records
    ]
    assert [row["amount"] for row in table] == ["12.50", "-1.20"]


def test_memory_does_not_grow_with_the_part(tmp_path: Path) -> None:
    line = json.dumps({**GOOD, "line": 2}).encode() + b"\n"
    peaks = []
    for count in (4_000, 30_000):
        file = tempfile.SpooledTemporaryFile[bytes](1 << 10)
        with gzip.open(file, "wb") as part:
            for _ in range(count):
                part.write(line)
        manifest: Any = {"bucket": "input", "key": "a.csv", "version_id": "v", "amounts": {}}
        version = Version(OUTPUT, f"{64 * 'a'}/{MANIFEST}", "v", NOW, "current")
        result = Result(version, 1, manifest, NOW, b"", version, Download(file, 0, "", {}), "")
        with (tmp_path / "a.zip").open("wb") as target, closing(Package(target)) as package:
            tracemalloc.start()
            row = write_result(package, result)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert row["csv_entry"]
    assert peaks[1] < peaks[0] + 100_000


def test_every_field_of_a_record_has_a_column(tmp_path: Path) -> None:
    full = {**GOOD, "kind": "credit", "counterparty": "Shop", "memo": "x"}
    part = process("a.csv", [csv_of([full])], Tokens(KEY), tmp_path, last4=True).output
    assert part is not None
    assert set(json.loads(gzip.decompress(part.read_bytes()))) == set(OUTPUT_FIELDS)


def test_the_index_has_a_row_for_each_result_in_the_order_of_processing(stack: Stack) -> None:
    stack.finish("b.csv", at="2026-01-20T00:00:00.000Z", content=b"")
    source = stack.finish("a.csv", content=csv_of([GOOD, {**GOOD, "amount": "x"}]))
    first, second = stack.export().table()
    assert tuple(first) == COLUMNS
    assert (first["key"], first["version_id"], first["file_id"]) == ("a.csv", "v1", source.file_id)
    assert (first["records_read"], first["records_accepted"], first["records_rejected"]) == ("2", "1", "1")
    assert json.loads(first["amounts"]) == {"EUR": {"count": 1, "positive": "12.50", "negative": "0.00"}}
    assert first["part_sha256"] == first["output_sha256"] != ""
    assert (second["manifest_status"], second["error"]) == ("QUARANTINED", "file: empty, 0 bytes")
    assert (second["part_entry"], second["csv_entry"], second["problem"]) == ("", "", "")


@pytest.mark.parametrize(
    ("at", "inside"),
    [
        ("2025-12-31T23:59:59.999Z", False),
        ("2026-01-01T00:00:00.000Z", True),
        ("2026-01-31T23:59:59.999Z", True),
        ("2026-02-01T00:00:00.000Z", False),
        ("2026-02-01T00:30:00.000+01:00", True),
    ],
)
def test_a_result_belongs_to_the_period_in_which_its_processing_finished(stack: Stack, at: str, inside: bool) -> None:
    stack.finish(at=at)
    assert len(stack.export().contents.rows) == inside


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
DAYS = st.dates(datetime(2020, 1, 1).date(), datetime(2030, 1, 1).date())


@given(moment=MOMENTS, days=st.sets(DAYS, min_size=3, max_size=3))
def test_consecutive_periods_share_no_moment_and_lose_none(moment: datetime, days: set[Any]) -> None:
    first, middle, last = (day.isoformat() for day in sorted(days))
    halves = [moment in parse_period(first, middle), moment in parse_period(middle, last)]
    assert sum(halves) == (moment in parse_period(first, last))


@given(
    finished=MOMENTS,
    delay=st.timedeltas(timedelta(minutes=-59), timedelta(days=900)),
    days=st.sets(DAYS, min_size=2, max_size=2),
)
def test_no_manifest_of_the_period_is_skipped_by_when_it_was_stored(
    finished: datetime, delay: timedelta, days: set[Any]
) -> None:
    first, last = (day.isoformat() for day in sorted(days))
    period = parse_period(first, last)
    version = Version(OUTPUT, f"{64 * 'a'}/{MANIFEST}", "v", finished + delay, "current")
    assert list(_candidates([version], period)) or finished not in period


@pytest.mark.parametrize(
    ("first", "end", "message"),
    [
        ("2026-01-01", "2026-01-01", "has no day. TO is the day after the last one"),
        ("2026-02-01", "2026-01-01", "has no day"),
        ("", "2026-01-01", "FROM is ''; expected a day such as 2026-01-31"),
        ("2026-01-01", "2026-02-30", "TO is '2026-02-30'"),
    ],
)
def test_an_invalid_period_is_refused(first: str, end: str, message: str) -> None:
    with pytest.raises(UserError, match=re.escape(message)):
        parse_period(first, end)


def test_every_entry_is_verified_by_sha256sum(stack: Stack, tmp_path: Path) -> None:
    stack.finish()
    stack.put(LOG.format(JANUARY.start, "eu-central-1"), bucket=AUDIT)
    exported = stack.export()
    unpacked = exported.unpack(tmp_path / "unpacked")
    checked = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=unpacked, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert len(checked.stdout.splitlines()) == len(exported.names) - 1
    (unpacked / "index.html").write_text("changed")
    assert subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=unpacked, capture_output=True, check=False).returncode


def test_equal_buckets_give_equal_bytes(stack: Stack) -> None:
    for number in range(30):
        stack.finish(f"{number}.csv")
        stack.put(LOG.format(JANUARY.start + timedelta(hours=number), "eu-central-1"), bucket=AUDIT)
    first, second = stack.export(name="a.zip"), stack.export(name="b.zip")
    assert first.path.read_bytes() == second.path.read_bytes()


def test_a_damaged_part_is_packed_as_found_and_named_and_the_others_are_packed(stack: Stack) -> None:
    other = gzip.compress(b'{"transaction_id":"forged"}\n')
    source = stack.finish("damaged.csv", part=other)
    stack.finish("whole.csv")
    exported = stack.export()
    assert exported.zip.read(f"{folder_of(source)}/{PART}") == other
    assert f"{folder_of(source)}/records.csv" not in exported.names
    problems = {row["key"]: row["problem"] for row in exported.table()}
    assert re.search(
        rf"{source.file_id}/{PART}.*has the SHA-256 \w{{64}}, its manifest says \w{{64}}", problems["damaged.csv"]
    )
    assert problems["whole.csv"] == ""
    for name in ("README.txt", "index.html"):
        assert problems["damaged.csv"] in exported.zip.read(name).decode()


def test_a_missing_part_is_named(stack: Stack) -> None:
    stack.finish("gone.csv", part=b"")
    exported = stack.export()
    assert exported.contents.problems == [f"gone.csv: {PART} is missing, which the manifest names"]
    assert exported.table()[0]["part_entry"] == ""


def test_a_manifest_that_names_no_checksum_of_its_part_is_a_problem(stack: Stack) -> None:
    stack.finish(output_sha256=None)
    assert "its manifest says None" in stack.export().contents.problems[0]


@pytest.mark.parametrize("content", [b"no json", b"{}", b"[]", b"\xff", manifest_json({}).encode()])  # type: ignore[typeddict-item]
def test_an_object_that_is_no_manifest_is_named_and_left_out(stack: Stack, content: bytes) -> None:
    key = f"{64 * '0'}/{MANIFEST}"
    stack.put(key, content)
    today = datetime.now(UTC)
    period = parse_period(f"{today:%Y-%m-%d}", f"{today + timedelta(days=2):%Y-%m-%d}")
    exported = stack.export(period)
    assert [problem.partition(",")[0] for problem in exported.contents.problems] == [key]
    assert not [name for name in exported.names if name.startswith("records/")]
    assert stack.export(JANUARY, "other.zip").contents.problems == []


def test_a_manifest_without_control_totals_is_named_and_left_out(stack: Stack) -> None:
    source = stack.finish()
    key = f"{source.file_id}/{MANIFEST}"
    manifest = json.loads(stack.s3.get_object(Bucket=OUTPUT, Key=key)["Body"].read())
    stack.put(key, json.dumps({name: value for name, value in manifest.items() if name != "amounts"}).encode())
    exported = stack.export(parse_period("2026-01-01", f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}"))
    assert [row["state"] for row in exported.table()] == ["superseded"]
    assert "is not the manifest of its file and was left out: it has no amounts" in exported.contents.problems[0]


def test_answers_come_in_the_order_of_the_items() -> None:
    with ThreadPoolExecutor(WORKERS) as pool:
        assert list(in_order(pool, str, range(50))) == [str(number) for number in range(50)]


def test_a_manifest_of_another_file_and_other_objects_are_named_and_left_out(stack: Stack) -> None:
    source = stack.finish()
    manifest = stack.s3.get_object(Bucket=OUTPUT, Key=f"{source.file_id}/{MANIFEST}")["Body"].read()
    stack.put(f"{64 * '0'}/{MANIFEST}", manifest)
    stack.put("../../etc/passwd")
    today = datetime.now(UTC)
    exported = stack.export(parse_period("2026-01-01", f"{today + timedelta(days=2):%Y-%m-%d}"))
    assert exported.keys == ["in/file.csv"]
    first, second = exported.contents.problems
    assert re.match(r"\.\./\.\./etc/passwd.*is neither a manifest nor a part", first)
    assert f"it names another file, {source.file_id}" in second


def test_a_file_that_failed_and_was_processed_again_has_two_results(stack: Stack) -> None:
    failed: Any = {"manifest_status": "FAILED", "output_parts": 0, "error": "processing: last attempt failed, Timeout"}
    stack.finish(part=b"", **failed)
    source = stack.finish(at="2026-01-16T00:00:00.000Z")
    rows = stack.export().table()
    assert [(row["result"], row["state"], row["manifest_status"]) for row in rows] == [
        ("1", "superseded", "FAILED"),
        ("2", "current", "COMPLETED"),
    ]
    assert rows[1]["manifest_entry"] == f"{folder_of(source, 2, '2026-01-16')}/{MANIFEST}"


def test_a_result_that_was_deleted_is_packed_and_said_to_be_deleted(stack: Stack) -> None:
    source = stack.finish()
    for name in (MANIFEST, PART):
        stack.s3.delete_object(Bucket=OUTPUT, Key=f"{source.file_id}/{name}")
    exported = stack.export()
    assert [(row["state"], row["problem"]) for row in exported.table()] == [("deleted", "")]
    assert f"{folder_of(source)}/{PART}" in exported.names


def test_results_of_an_earlier_bucket_that_was_retained_are_packed_too(stack: Stack) -> None:
    earlier = "strongroom-dev-data-output-fffffff"
    create(stack.s3, earlier)
    for other in ("strongroom-dev2-data-output-0a1b2c3", "strongroom-dev-data-output-0a1b2c3-copy"):
        create(stack.s3, other)
        stack.finish("other.csv", bucket=other)
    stack.finish("a.csv")
    stack.finish("a.csv", bucket=earlier)
    assert [row["output_bucket"] for row in stack.export().table()] == [OUTPUT, earlier]


def test_more_versions_than_a_page_of_a_listing_are_packed(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = stack.s3.list_object_versions
    monkeypatch.setattr(stack.s3, "list_object_versions", lambda **arguments: whole(**arguments, MaxKeys=3))
    sources = [stack.finish(f"{number}.csv") for number in range(5)]
    stack.s3.delete_object(Bucket=OUTPUT, Key=f"{sources[0].file_id}/{MANIFEST}")
    for hour in range(5):
        stack.put(LOG.format(JANUARY.start + timedelta(hours=hour), "eu-central-1"), bucket=AUDIT)
    exported = stack.export()
    assert sorted(exported.keys) == [f"{number}.csv" for number in range(5)]
    assert [row["key"] for row in exported.table() if row["state"] == "deleted"] == ["0.csv"]
    assert exported.contents.audit_trail == {"trail": 5}


def test_a_period_without_results_gives_a_package_that_says_so(stack: Stack) -> None:
    stack.finish(at="2026-03-01T00:00:00.000Z")
    exported = stack.export()
    assert exported.names == ["audit-trail.csv", "index.csv", "index.html", "README.txt", "SHA256SUMS"]
    assert exported.contents.facts["Results"] == "none: no processing finished in this period"
    assert "none is in the audit bucket" in exported.contents.facts["Files of the trail"]
    assert exported.table() == []


def test_a_period_that_is_not_over_is_said_to_be_incomplete(stack: Stack) -> None:
    early = stack.export(now=datetime(2026, 1, 20, tzinfo=UTC)).contents.facts["Buckets read"]
    assert early == "2026-01-20 00:00:00 UTC, before the end of the period: results that finish later are not here"
    assert stack.export(name="later.zip").contents.facts["Buckets read"] == "2026-11-25 01:02:04 UTC"


def test_the_audit_trail_has_evidence_and_the_trails_files_of_the_period_and_the_day_after(stack: Stack) -> None:
    before, inside = JANUARY.start - timedelta(seconds=1), JANUARY.start
    last, after = JANUARY.end - timedelta(seconds=1), JANUARY.end
    day_after = JANUARY.end + timedelta(hours=23)
    expected = {
        *(EVIDENCE.format(moment) for moment in (inside, last)),
        *(
            LOG.format(moment, region)
            for moment in (inside, last, day_after)
            for region in ("eu-central-1", "us-east-1")
        ),
        *(DIGEST.format(moment) for moment in (inside, last, day_after)),
    }
    left_out = {
        *(EVIDENCE.format(moment) for moment in (before, after)),
        *(LOG.format(moment, "us-east-1") for moment in (before, JANUARY.end + timedelta(days=1))),
        DIGEST.format(before),
        "attestation/strongroom-dev-attestor/expected-state.json",
    }
    for key in expected | left_out:
        stack.put(key, key.encode(), AUDIT)
    exported = stack.export()
    rows = exported.table("audit-trail.csv")
    assert {row["key"] for row in rows} == expected
    assert exported.contents.audit_trail == {"trail": 9, "attestation": 2}
    for row in rows:
        assert row["entry"] == f"audit-trail/{AUDIT}/{row['key']}"
        assert exported.zip.read(row["entry"]) == row["key"].encode()


def test_the_signature_of_a_digest_is_kept(stack: Stack) -> None:
    stack.put(
        DIGEST.format(JANUARY.start), b"x", AUDIT, {"signature": "3be472", "signature-algorithm": "SHA256withRSA"}
    )
    (row,) = stack.export().table("audit-trail.csv")
    assert (row["signature"], row["signature_algorithm"]) == ("3be472", "SHA256withRSA")


def test_every_version_of_the_audit_trail_is_packed(stack: Stack) -> None:
    key = EVIDENCE.format(JANUARY.start)
    for content in (b"first", b"second"):
        stack.put(key, content, AUDIT)
    exported = stack.export()
    rows = exported.table("audit-trail.csv")
    assert [(row["state"], exported.zip.read(row["entry"])) for row in rows] == [
        ("current", b"second"),
        ("superseded", b"first"),
    ]


HOSTILE = [
    "../../../etc/passwd", "/etc/passwd", "a/../../b", "C:\\Windows\\x", "a\\..\\b", "con", "aux.json", "a//b", "a/", ".", "..",
    "trailing.", "space ", "new\nline", "nul\0byte", "ümlaut", "a:stream", "*?", "x" * 900, "-rf",
]  # fmt: skip


@pytest.mark.parametrize("key", HOSTILE)
def test_a_key_that_is_no_portable_path_gets_another_name(key: str) -> None:
    with closing(Package(io.BytesIO())) as package:
        assert re.fullmatch(r"folder/renamed/[0-9a-f]{64}", package.name("folder", key, "v"))


@given(keys=st.lists(st.one_of(st.text(max_size=20), st.sampled_from(["a/b", "A/b", "a/B", *HOSTILE])), max_size=8))
def test_entries_stay_in_their_folder_and_differ_on_every_system(keys: list[str]) -> None:
    package, names = Package(io.BytesIO()), []
    for number, key in enumerate(keys):
        names.append(package.name("folder", key, str(number)))
        package.add(names[-1], [b"x"], NOW)
    assert len({name.lower() for name in names}) == len(keys)
    for name in names:
        assert name.startswith("folder/")
        assert re.fullmatch(r"[A-Za-z0-9._=/-]+", name)
        assert not {"", ".", ".."} & set(name.split("/"))


class Page(html.parser.HTMLParser):
    """What a page consists of: tags, text, and the addresses that it refers to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "action", "data", "srcset")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_refers_only_to_entries_of_the_package(stack: Stack) -> None:
    stack.finish()
    exported = stack.export()
    text = exported.zip.read("index.html").decode()
    page = Page(text)
    assert page.addresses
    assert set(page.addresses) <= set(exported.names)
    assert not re.search(r"https?:|//|url\(|@import", text)
    assert "default-src 'none'" in text


def test_hostile_keys_are_text_in_the_page_and_no_formula_in_the_table(stack: Stack) -> None:
    key = '=cmd|"/c calc"!A1<script>alert(1)</script>"\'.csv'
    stack.finish(key)
    exported = stack.export()
    page = Page(exported.zip.read("index.html").decode())
    assert key in page.text
    assert "script" not in page.tags
    assert exported.keys == [f"'{key}"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("-12.50", "-12.50"), ("+1", "+1"), (7, "7"), ("", ""), ("text", "text"), ("=1+1", "'=1+1"), ("-1+1", "'-1+1"),
        ("+cmd|x", "'+cmd|x"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"), ("\r=1", "'\r=1"), ("＝1", "'＝1"), ("-1\n", "'-1\n"),
    ],
)  # fmt: skip
def test_a_cell_is_no_formula_and_a_number_stays_a_number(value: object, expected: str) -> None:
    assert cell(value) == expected


def test_a_long_table_is_written_in_blocks() -> None:
    chunks = list(csv_chunks(["a"], ({"a": str(number)} for number in range(100_000))))
    assert len(chunks) > 3
    assert b"".join(chunks).decode().split() == ["a", *map(str, range(100_000))]


def test_an_existing_file_is_refused_and_stays(stack: Stack) -> None:
    (stack.folder / "export.zip").write_text("mine")
    with pytest.raises(UserError, match="exists already and was not changed"):
        stack.export()
    assert (stack.folder / "export.zip").read_text() == "mine"


def test_a_folder_that_does_not_exist_is_named(stack: Stack) -> None:
    with pytest.raises(UserError, match=r"nowhere/export.zip cannot be written: No such file or directory"):
        stack.export(name="nowhere/export.zip")


def test_a_full_disk_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    def content() -> Iterator[bytes]:
        yield b"x"
        raise OSError(errno.ENOSPC, "No space left on device")

    with (
        pytest.raises(UserError, match="cannot be written: No space left on device"),
        new_package(tmp_path / "a.zip", NOW) as package,
    ):
        package.add("a", content(), NOW)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), new_package(tmp_path / "a.zip", NOW):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_only_its_owner_can_read_the_package(stack: Stack) -> None:
    assert stack.export().path.stat().st_mode & 0o077 == 0


def test_a_denied_request_is_an_error_that_names_it_and_leaves_nothing(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not authorized"}}, "GetObject")

    stack.finish()
    before = set(stack.folder.iterdir())
    monkeypatch.setattr(stack.s3, "get_object", denied)
    with pytest.raises(
        UserError,
        match=r"AccessDenied to GetObject: not authorized. Nothing was written. Use the credentials of an auditor",
    ):
        stack.export()
    assert set(stack.folder.iterdir()) == before


def test_a_broken_connection_is_tried_again_and_then_an_error(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.finish()
    whole, failures = stack.s3.get_object, [3]

    def flaky(**arguments: Any) -> Any:
        if failures[0]:
            failures[0] -= 1
            raise EndpointConnectionError(endpoint_url="https://s3")
        return whole(**arguments)

    monkeypatch.setattr(stack.s3, "get_object", flaky)
    assert len(stack.export().contents.rows) == 1
    failures[0] = 1000
    with pytest.raises(UserError, match="S3 cannot be read"):
        stack.export(name="again.zip")


def test_a_stack_without_buckets_is_named(stack: Stack) -> None:
    with pytest.raises(UserError, match="no bucket strongroom-prod-data-output-<suffix>"):
        export_period(stack.s3, stack="prod", period=JANUARY, path=stack.folder / "a.zip", clock=lambda: NOW)


@pytest.fixture
def account(stack: Stack, shared_session: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """The account of stack dev, for the command."""
    monkeypatch.setattr(boto3, "Session", lambda **_: shared_session)
    return stack


def test_the_command_needs_no_state_and_prints_the_checksum_of_the_package(
    account: Stack, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    account.finish()
    path = account.folder / "a.zip"
    commands.examiner_export("dev", "2026-01-01", "2026-02-01", str(path))
    printed = capfd.readouterr()
    sha256 = subprocess.run(["sha256sum", str(path)], capture_output=True, text=True, check=True).stdout[:64]
    assert sha256 in printed.err
    assert "Results: 1" in printed.err
    assert printed.out == ""


def test_the_command_fails_after_it_has_written_a_package_with_problems(account: Stack) -> None:
    account.finish(part=b"damaged")
    path = account.folder / "a.zip"
    with pytest.raises(UserError, match=r"a.zip has 1 problems, which its README.txt lists: in/file.csv"):
        commands.examiner_export("dev", "2026-01-01", "2026-02-01", str(path))
    assert zipfile.is_zipfile(path)


def test_the_command_asks_for_a_file() -> None:
    with pytest.raises(UserError, match="Set FILE="):
        commands.examiner_export("dev", "2026-01-01", "2026-02-01", "")
