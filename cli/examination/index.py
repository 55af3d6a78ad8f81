"""The index of a package: a page for people, and a text that says what each entry is and how to verify it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from cli.examination.audit_trail import EVIDENCE, TRAIL
from cli.examination.package import Row
from cli.examination.period import Period

COLUMNS = (
    "bucket", "key", "version_id", "file_id", "result", "state", "manifest_status", "started_at", "finished_at",
    "records_read", "records_accepted", "records_rejected", "amounts", "error", "input_sha256",
    "output_bucket", "output_prefix", "output_parts", "quarantine_prefix", "quarantine_parts", "quarantine_sha256",
    "manifest_version_id", "manifest_entry", "manifest_sha256", "part_version_id", "part_entry", "part_sha256", "output_sha256",
    "csv_entry", "csv_sha256", "problem",
)  # fmt: skip
"""Columns of `index.csv`."""

_STYLE = """
:root { color-scheme: light dark; --line: #8886; --bad: #c0262d }
@media (prefers-color-scheme: dark) { :root { --bad: #ff8a8a } }
* { box-sizing: border-box }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere }
h1 { font-size: 1.5rem; margin: .5rem 0 } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem } dt { font-weight: 600 } dd { margin: 0 }
table { border-collapse: collapse; width: 100%; table-layout: fixed } th, td { text-align: left; vertical-align: top; padding: .3rem .5rem }
tbody { border-top: 1px solid var(--line) } th:first-child { width: 20% } th:nth-child(2) { width: 17% } .n { text-align: right; font-variant-numeric: tabular-nums }
th.n { width: 8.5% } .more { font-size: .8rem; padding-top: 0 } .bad { color: var(--bad); font-weight: 600 }
@media (max-width: 45rem) {
  thead { display: none } table, tbody, tr, td { display: block } tbody { border: 1px solid var(--line); margin: .6rem 0; padding: .3rem }
  td, td.n { padding: .15rem .3rem; text-align: left } td[data-of]::before { content: attr(data-of) ": "; font-weight: 600 }
}
@media print { body { font-size: 9pt; max-width: none; padding: 0 } tbody { break-inside: avoid } a { color: inherit } }
"""
_IDENTITIES = {
    "bucket": "bucket",
    "version": "version_id",
    "file id": "file_id",
    "SHA-256 of the input": "input_sha256",
    "of the part": "part_sha256",
    "of the manifest": "manifest_sha256",
}
"""What the page shows below each result, with its column in `index.csv`."""


@dataclass(frozen=True)
class Contents:
    """What a package contains.

    Attributes
    ----------
    read_at
        When the buckets were read.
    rows
        The results, in the order in which their processing finished.
    audit_trail
        Number of entries of the audit trail by kind.
    problems
        What is damaged, missing or left out, as sentences.
    """

    stack: str
    period: Period
    read_at: datetime
    rows: Sequence[Row]
    audit_trail: Mapping[str, int]
    problems: Sequence[str]

    @property
    def facts(self) -> dict[str, str]:
        """What the package is about, by name."""
        read_at = f"{self.read_at:%Y-%m-%d %H:%M:%S} UTC"
        if self.read_at < self.period.end:
            read_at += ", before the end of the period: results that finish later are not here"
        return {
            "Stack": self.stack,
            "Period": str(self.period),
            "Buckets read": read_at,
            "Results": str(len(self.rows)) if self.rows else "none: no processing finished in this period",
            "Files of the trail": self._trail(),
            "Runs of the attestor": str(self.audit_trail.get(EVIDENCE, 0)),
            "Problems": str(len(self.problems)),
        }

    def _trail(self) -> str:
        if count := self.audit_trail.get(TRAIL):
            return str(count)
        return "none is in the audit bucket. If the stack uses an existing trail, ask whoever manages it"


def page(contents: Contents) -> Iterator[bytes]:
    """Yield `index.html`, which refers to nothing outside the package."""
    title = f"Records of stack {escape(contents.stack)}, {escape(str(contents.period))}"
    yield (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{title}</title>\n<style>{_STYLE}</style></head>\n<body>\n<h1>{title}</h1>\n<dl>\n"
    ).encode()
    for name, value in contents.facts.items():
        yield f"<dt>{name}</dt><dd>{escape(value)}</dd>\n".encode()
    yield (
        b'</dl>\n<p><a href="README.txt">README.txt</a> says what each entry is and how to verify it. For machines: '
        b'<a href="index.csv">index.csv</a>, <a href="audit-trail.csv">audit-trail.csv</a>, '
        b'<a href="SHA256SUMS">SHA256SUMS</a>.</p>\n'
    )
    if contents.problems:
        yield b'<h2 class="bad">Problems</h2>\n<ul>\n'
        for problem in contents.problems:
            yield f"<li>{escape(problem)}</li>\n".encode()
        yield b"</ul>\n"
    if contents.rows:
        yield b"<h2>Results</h2>\n<table><thead><tr>"
        yield "".join(f"<th{_number(name)}>{name}</th>" for name in _cells(contents.rows[0])).encode()
        yield b"</tr></thead>\n"
        for row in contents.rows:
            cells = _cells(row)
            line = "".join(f'<td{_number(name)} data-of="{name}">{cell}</td>' for name, cell in cells.items())
            more = "; ".join(f"{name} {escape(str(row[key]))}" for name, key in _IDENTITIES.items() if row.get(key))
            yield f'<tbody><tr>{line}</tr>\n<tr><td class="more" colspan="{len(cells)}">{more}</td></tr></tbody>\n'.encode()
        yield b"</table>\n"
    yield b"</body></html>\n"


def _number(name: str) -> str:
    return ' class="n"' if name in ("Read", "Accepted", "Rejected") else ""


def _cells(row: Row) -> dict[str, str]:
    """Return the cells of a result as HTML, by the title of their column."""
    amounts = "<br>".join(
        escape(f"{currency} +{total['positive']} {total['negative']} ({total['count']})")
        for currency, total in json.loads(row["amounts"]).items()
    )
    links = [
        f'<a href="{escape(row[entry])}">{name}</a>'
        for name, entry in (("table of records", "csv_entry"), ("part", "part_entry"), ("manifest", "manifest_entry"))
        if row.get(entry)
    ]
    status = escape(row["manifest_status"]) + ("" if row["state"] == "current" else f", {escape(row['state'])}")
    if row.get("error"):
        status += f"<br>{escape(row['error'])}"
    if row["problem"]:
        status += f'<br><span class="bad">{escape(row["problem"])}</span>'
    return {
        "File": escape(row["key"]),
        "Processed": f"{escape(row['started_at'])}<br>to {escape(row['finished_at'])}",
        "Status": status,
        "Read": str(row["records_read"]),
        "Accepted": str(row["records_accepted"]),
        "Rejected": str(row["records_rejected"]),
        "Amounts (number)": amounts,
        "Entries": "<br>".join(links),
    }


def readme(contents: Contents) -> str:
    """Return `README.txt`."""
    facts = "\n".join(f"{name}: {value}" for name, value in contents.facts.items())
    problems = "".join(f"\n- {problem}" for problem in contents.problems) or " none"
    return f"""RECORDS AND AUDIT TRAIL FOR AN EXAMINATION

{facts}

Problems:{problems}

WHAT IS HERE

index.html       the results, for people; open it in a browser, it needs no network
index.csv        the same, one row a result, for machines
records/         by output bucket, day and file: manifest.json and part-00000.jsonl.gz as they are stored, and the
                 records of the part as a table, records.csv
audit-trail/     by audit bucket, under the objects' keys: AWSLogs/ holds the log files of AWS CloudTrail, which record who
                 read, wrote or deleted what, and their digest files; attestation/ holds the results of the attestor's
                 daily comparison of the deployed stack with its expected state. A key that is no portable file name is
                 replaced by a checksum, under renamed/
audit-trail.csv  each entry of audit-trail/ with its key, version and checksum, and the signature of a digest file
SHA256SUMS       the SHA-256 of every other entry

A result belongs to the period if its processing finished in it (finished_at in the manifest). A file that failed and was
processed again has several results, numbered from 1. State "superseded" means that a later result exists, "deleted" that the
manifest was deleted later. Files of the trail belong to the period by their day; those of the day after the period are included,
because CloudTrail delivers with a delay.

The part is the record; records.csv is made from it for reading. In all tables, text that a spreadsheet would take for a formula
has an apostrophe in front of it. Amounts are exact decimal numbers. Accounts appear as tokens: the same
account always has the same token.

NOT HERE

Input files, which hold whole account numbers and expire, and rejected records, which are in the quarantine bucket until they
expire. For each result index.csv names the input's version and checksum, and where its rejected records are.

HOW TO VERIFY

1. Unpack the ZIP file and run in its folder: sha256sum -c SHA256SUMS
2. In index.csv, part_sha256 is the checksum of the part as it was read, and output_sha256 the one that the processor wrote into the
   manifest. The export compared them: results that differ are among the problems.
3. Each digest file lists the SHA-256 of uncompressed log files and is signed by CloudTrail. Its signature is in audit-trail.csv; the
   public keys come from "aws cloudtrail list-public-keys". AWS describes how to verify them:
   https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
"""
