"""Renders docs/file-format.md from the processor's own tables, with examples that the processor itself produces."""

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from gzip import decompress
from pathlib import Path
from typing import get_type_hints

from lambdas.processor.formats.format import FORMATS
from lambdas.processor.manifest import MANIFEST, PART, Manifest, manifest_of
from lambdas.processor.pipeline import Result, process
from lambdas.processor.reasons import RECORD, Reason
from lambdas.processor.records.fields import FIELDS, KINDS, MAX_LENGTHS, MAX_RECORD_BYTES, REQUIRED
from lambdas.processor.records.tokens import Tokens
from lambdas.processor.service import MAX_KEY_BYTES
from lambdas.processor.table import INDEXED_FIELDS
from lambdas.shared.source import Source

_EXAMPLE_KEY = bytes(32)
_SAMPLES = Path(__file__).parents[1] / "samples"

FIELD_RULES: Mapping[str, tuple[str, str, str]] = {
    "transaction_id": ("1 to 64 of the characters A-Z a-z 0-9 . _ -, unique in the file", "T-2026-000123", "T 123"),
    "account": (
        "an IBAN or a card number of 12 to 19 digits, with valid check digits; spaces and lower case are allowed",
        "DE89 3704 0044 0532 0130 00",
        "DE89370400440532013001",
    ),
    "amount": (
        "a decimal number less than 10^15, with no more decimal places than the currency has; in JSON a string",
        "-1234.50",
        "1,234.50",
    ),
    "currency": ("an active ISO 4217 code with minor units, in upper case", "EUR", "eur"),
    "booked_at": ("an RFC 3339 date-time with an offset", "2026-11-23T09:15:00+01:00", "2026-11-23 09:15"),
    "kind": (f"one of {', '.join(KINDS)}", "credit", "refund"),
    "counterparty": (f"up to {MAX_LENGTHS['counterparty']} characters", "Example Shop", "4111 1111 1111 1111"),
    "memo": (f"up to {MAX_LENGTHS['memo']} characters", "invoice 42", "paid with 5555 5555 5555 4444"),
}
"""The rule of each field, a valid example, and an invalid one."""

OUTPUT_FIELDS: Mapping[str, str] = {
    **dict.fromkeys((field for field in FIELDS if field not in ("account", "amount")), "as in the input"),
    "amount": "as in the input, without `+` and leading zeros; `-0` is `0`",
    "account_token": "`v1.` and 64 hexadecimal digits; the same account always has the same token",
    "account_last4": "last four characters of the account, unless the stack's setting leaves them out",
    "line": "the physical line on which the record starts, from 1, the header counted",
}
_QUARANTINE_FIELDS: Mapping[str, str] = {
    "line": "the physical line on which the record starts, from 1, the header counted",
    "offset": "position of the record in the decompressed file, in bytes",
    "length": "length of the record in bytes, without the line ending",
    "reasons": "every reason for the rejection, in the order of the input fields",
    "record": "the record's text, up to 4,096 characters, with all account and card numbers masked to the last four",
}
MANIFEST_FIELDS: Mapping[str, str] = {
    "bucket": "bucket of the input file",
    "key": "key of the input file",
    "version_id": "version of the input file",
    "manifest_status": "COMPLETED, QUARANTINED, FAILED; in the table also PROCESSING",
    "records_read": "always the sum of accepted and rejected records",
    "records_accepted": "records in the output",
    "records_rejected": "records in quarantine",
    "amounts": "by currency: number of accepted records, sum of their positive and of their negative amounts, as exact strings",
    "output_parts": "number of output parts, 0 or 1",
    "quarantine_parts": "number of quarantine parts, 0 or 1",
    "started_at": "start of the processing, RFC 3339 in UTC",
    "finished_at": "end of the processing, RFC 3339 in UTC",
    "dropped_columns": "names of columns that are not kept",
    "input_sha256": "SHA-256 of the file's bytes as stored",
    "output_prefix": "prefix of the output parts in the output bucket",
    "output_sha256": "SHA-256 of the output part",
    "quarantine_prefix": "prefix of the quarantine parts in the quarantine bucket",
    "quarantine_sha256": "SHA-256 of the quarantine part",
    "error": "why the file is QUARANTINED or FAILED, as `subject: reason`",
}


def render() -> str:
    """Return docs/file-format.md."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    result, manifest, accepted, rejected = _process("rejects.csv")
    yield "# File format"
    yield ""
    yield (
        "Rendered by `make docs` from the tables of `lambdas/processor/`. The examples are what the processor makes of\n"
        "`samples/rejects.csv`. Try your own file, without AWS: `python -m lambdas.processor FILE --out DIR`."
    )
    yield from _input()
    yield from _output(accepted)
    yield from _quarantine(rejected)
    yield from _manifest(manifest)
    yield from _transactions()
    yield from _reasons()
    assert result.balanced  # noqa: S101 - the examples would be wrong otherwise


def _input() -> Iterator[str]:
    yield from _heading("Input")
    yield "The ending of the object's key, in upper or lower case, selects the format."
    yield ""
    rows = [(form.name, _codes(form.endings), _codes(f"{ending}.gz" for ending in form.endings)) for form in FORMATS]
    yield from _table(("format", "ending", "compressed with gzip"), rows)
    yield ""
    yield (
        "CSV follows RFC 4180 and starts with a header; its columns may have any order. JSON Lines has one object on each line.\n"
        "Text is UTF-8, with or without a byte order mark. Blank lines are ignored. A record has at most\n"
        f"{MAX_RECORD_BYTES:,} bytes, and a key at most {MAX_KEY_BYTES} bytes."
    )
    yield ""
    fields = [
        (f"`{name}`", "yes" if name in REQUIRED else "no", rule, f"`{valid}`", f"`{invalid}`")
        for name, (rule, valid, invalid) in FIELD_RULES.items()
    ]
    yield from _table(("field", "required", "valid values", "example", "rejected"), fields)
    yield ""
    yield (
        "An empty optional field counts as absent. Other columns are dropped, and the manifest names them. A card number in any\n"
        "field but `account` rejects the record. Of several records with one `transaction_id`, the first line counts."
    )


def _output(accepted: str) -> Iterator[str]:
    yield from _heading("Output")
    yield (
        f"Accepted records are in the output bucket, under `<file_id>/{PART}`, as JSON Lines compressed with gzip. `file_id` is the\n"
        "SHA-256, in hexadecimal, of bucket, key and version id, joined by newlines. Read a part only after its manifest exists."
    )
    yield ""
    yield from _table(("field", "meaning"), ((f"`{name}`", meaning) for name, meaning in OUTPUT_FIELDS.items()))
    yield from _json_block(accepted)


def _quarantine(rejected: str) -> Iterator[str]:
    yield from _heading("Quarantine")
    yield (
        f"Rejected records are in the quarantine bucket, under `<file_id>/{PART}`, in the same form. The unmasked text is only in the\n"
        "version of the input file, until it expires."
    )
    yield ""
    yield from _table(("field", "meaning"), ((f"`{name}`", meaning) for name, meaning in _QUARANTINE_FIELDS.items()))
    yield from _json_block(rejected)


def _manifest(manifest: Manifest) -> Iterator[str]:
    yield from _heading("Manifest")
    yield (
        f"`<file_id>/{MANIFEST}` in the output bucket is written last, after all parts are complete. Fields without a value are left\n"
        "out, and new fields may be added."
    )
    yield ""
    rows = ((f"`{name}`", MANIFEST_FIELDS[name]) for name in get_type_hints(Manifest))
    yield from _table(("field", "meaning"), rows)
    yield from _json_block(json.dumps(manifest, indent=2, sort_keys=True))
    statuses = [
        ("PROCESSING", "an invocation is processing the file, or its next attempt is due"),
        (
            "COMPLETED",
            "every record is either in the output or in quarantine; all may be rejected, or there may be none",
        ),
        ("QUARANTINED", "the content cannot be read as records, or the malware scan refused it: nothing is published"),
        ("FAILED", "the file could not be processed; ignore its parts, if it has any. A redrive processes it again"),
    ]
    yield ""
    yield from _table(("status", "meaning"), statuses)


def _transactions() -> Iterator[str]:
    yield from _heading("Table")
    yield "The table of transaction metadata is an index of manifests and accepted records."
    yield ""
    rows = [
        ("manifest", "`file#<file_id>`", "`manifest`", "the fields of the manifest"),
        ("transaction", "`transaction#<transaction_id>`", "`<file_id>`", _codes(INDEXED_FIELDS)),
    ]
    yield from _table(("item", "`pk`", "`sk`", "attributes"), rows)
    yield ""
    yield "The index `by_status` has the keys `manifest_status` and `started_at`."


def _reasons() -> Iterator[str]:
    yield from _heading("Reasons")
    yield (
        "A reason reads `subject: reason` and never quotes a value of the input. In quarantine, the subject is a field, or `record`;\n"
        "in a manifest's `error`, it is the part of the file that was refused. Words in braces stand for details."
    )
    subjects = {
        "In quarantine": {*FIELDS, RECORD},
        "In a manifest's `error`": {s for r in Reason for s in r.subjects} - {*FIELDS, RECORD},
    }
    for title, wanted in subjects.items():
        yield ""
        yield f"### {title}"
        yield ""
        rows = [
            (_subjects(reason, wanted), reason.text, reason.remedy)
            for reason in Reason
            if wanted & set(reason.subjects)
        ]
        yield from _table(("subject", "reason", "what to do"), rows)


def _subjects(reason: Reason, wanted: set[str]) -> str:
    subjects = [subject for subject in reason.subjects if subject in wanted]
    if set(FIELDS) <= set(subjects):
        subjects = ["any field", *(subject for subject in subjects if subject not in FIELDS)]
    elif set(REQUIRED) == set(subjects):
        subjects = ["any required field"]
    return ", ".join(subject if subject.startswith("any") else f"`{subject}`" for subject in subjects)


def _process(sample: str) -> tuple[Result, Manifest, str, str]:
    """Return what the processor makes of a sample: its result, its manifest, its first accepted and rejected record."""
    content = (_SAMPLES / sample).read_bytes()
    source = Source(bucket="example-input", key=f"2026/11/{sample}", version_id="example-version")
    with tempfile.TemporaryDirectory() as folder:
        result = process(source.key, [content], Tokens(_EXAMPLE_KEY), Path(folder), last4=True)
        manifest = manifest_of(source, result, "2026-11-23T09:15:00.000Z", "2026-11-23T09:15:01.250Z")
        accepted, rejected = (
            decompress(part.read_bytes()).decode().splitlines()[0] if part else ""
            for part in (result.output, result.quarantine)
        )
    return result, manifest, accepted, rejected


def _heading(title: str) -> Iterator[str]:
    yield ""
    yield f"## {title}"
    yield ""


def _json_block(text: str) -> Iterator[str]:
    yield ""
    yield "```json"
    yield text
    yield "```"


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield "|" + "---|" * len(columns)
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
