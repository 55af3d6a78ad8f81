"""Every reason of the table, as a sender and an operator read it: the wording is an interface."""

import gzip
import re

import pytest

from lambdas.processor.reasons import Reason
from lambdas.processor.records.fields import MAX_RECORD_BYTES
from tests.lambdas.processor.material import ENDINGS, GOOD, IBAN, jsonl_of, process_record, run

HEADER = b"transaction_id,account,amount,currency,booked_at,memo\n"
ROW = b"T-1,%s,1,EUR,2026-11-23T09:15:00Z,\n" % IBAN.encode()

FIELD_REASONS = [
    (Reason.MISSING, "amount", "", "amount: missing"),
    (Reason.NOT_A_STRING, "amount", 5, "amount: not a string"),
    (Reason.CONTAINS_NUL, "memo", "a\0", "memo: contains a NUL character"),
    (Reason.UNPAIRED_SURROGATE, "memo", "\ud800", "memo: contains an unpaired surrogate"),
    (Reason.CONTAINS_CARD, "memo", "4111111111111111", "memo: contains a card number"),
    (Reason.INVALID_ID, "transaction_id", "a b", "transaction_id: must be 1 to 64 of the characters A-Z a-z 0-9 . _ -"),
    (Reason.NOT_AN_ACCOUNT, "account", "x", "account: not an IBAN or a card number"),
    (Reason.CARD_CHECK_DIGIT, "account", "4111111111111112", "account: wrong check digit for a card number"),
    (Reason.IBAN_COUNTRY, "account", "US89370400440532013000", "account: country code does not issue IBANs"),
    (Reason.IBAN_LENGTH, "account", IBAN[:-1], "account: IBAN has 21 characters, its country requires 22"),
    (Reason.IBAN_CHECK_DIGITS, "account", f"{IBAN[:-1]}1", "account: wrong check digits for an IBAN"),
    (Reason.NOT_DECIMAL, "amount", "1,5", "amount: not a decimal number"),
    (Reason.AMOUNT_TOO_LARGE, "amount", "1000000000000000", "amount: must be less than 10^15"),
    (Reason.TOO_MANY_DECIMALS, "amount", "1.234", "amount: too many decimal places, EUR has 2"),
    (Reason.UNKNOWN_CURRENCY, "currency", "eur", "currency: not an active ISO 4217 code with minor units"),
    (Reason.NOT_RFC_3339, "booked_at", "2026-11-23", "booked_at: not an RFC 3339 date-time with an offset"),
    (Reason.NOT_A_DATE, "booked_at", "2026-02-30T00:00:00Z", "booked_at: not a calendar date"),
    (Reason.NOT_A_TIME, "booked_at", "2026-02-01T24:00:00Z", "booked_at: not a time of day"),
    (Reason.NOT_AN_OFFSET, "booked_at", "2026-02-01T00:00:00+24:00", "booked_at: not a valid offset"),
    (Reason.UNKNOWN_KIND, "kind", "refund", "kind: must be one of credit, debit, fee, reversal"),
    (Reason.TOO_LONG, "memo", "x" * 501, "memo: longer than 500 characters"),
]
RECORD_REASONS = [
    (
        Reason.DUPLICATE_ID,
        "f.jsonl",
        jsonl_of([GOOD, GOOD]),
        "transaction_id: duplicate, first seen on an earlier line",
    ),
    (Reason.DUPLICATE_MEMBER, "f.jsonl", b'{"memo": "", "memo": ""}', "memo: duplicate JSON member"),
    (Reason.DUPLICATE_MEMBER, "f.jsonl", b'{"x": "", "x": ""}', "record: duplicate JSON member"),
    (Reason.TOO_MANY_BYTES, "f.jsonl", b"x" * (MAX_RECORD_BYTES + 1), "record: longer than 1048576 bytes"),
    (Reason.NOT_UTF_8, "f.jsonl", b"\xff", "record: not valid UTF-8"),
    (Reason.NOT_JSON, "f.jsonl", b"{", "record: not valid JSON"),
    (Reason.NOT_AN_OBJECT, "f.jsonl", b"[]", "record: not a JSON object"),
    (Reason.NESTED_TOO_DEEPLY, "f.jsonl", b"[" * 100_000, "record: nested too deeply"),
    (Reason.CONTAINS_NUL, "f.csv", HEADER + b"\0,,,,,", "record: contains a NUL character"),
    (Reason.FIELD_COUNT, "f.csv", HEADER + b"x,y", "record: 2 fields, the header has 6"),
    (Reason.UNQUOTED_QUOTE, "f.csv", HEADER + b'x",,,,,', "record: quote in an unquoted field"),
    (Reason.TEXT_AFTER_QUOTE, "f.csv", HEADER + b'"x"y,,,,,', "record: text after a closing quote"),
    (Reason.CARRIAGE_RETURN, "f.csv", HEADER + b"x\ry,,,,,", "record: carriage return in an unquoted field"),
    (Reason.UNCLOSED_QUOTE, "f.csv", HEADER + b'"x,,,,,', "record: missing closing quote"),
]
FILE_REASONS = [
    (
        Reason.UNKNOWN_FORMAT,
        "f.txt",
        HEADER,
        f"file: unknown format, the name must end with {ENDINGS}, each with or without .gz",
    ),
    (Reason.EMPTY, "f.csv", b"", "file: empty, 0 bytes"),
    (Reason.NOT_GZIP, "f.csv.gz", HEADER, "file: not valid gzip data"),
    (Reason.TRUNCATED_GZIP, "f.csv.gz", gzip.compress(HEADER + ROW)[:-1], "file: truncated gzip data"),
    (Reason.NO_HEADER, "f.csv", b"\n", "header: missing"),
    (Reason.MISSING_COLUMNS, "f.csv", b"account,amount,currency\n", "header: missing required columns: transaction_id, booked_at"),
    (Reason.DUPLICATE_COLUMN, "f.csv", HEADER.strip() + b",memo\n", "header: duplicate column: memo"),
    (Reason.NOT_UTF_8, "f.csv", HEADER.strip() + b",\xff\n", "header: not valid UTF-8"),
]  # fmt: skip
PROCESSING_REASONS = [
    (Reason.KEY_TOO_LONG, "key", {"found": 901, "limit": 900}, "key: 901 bytes, at most 900 are allowed"),
    (Reason.NOT_READABLE, "object", {"code": "NoSuchVersion"}, "object: version cannot be read, S3 answered NoSuchVersion"),
    (
        Reason.UNBALANCED,
        "control totals",
        {"read": 3, "accepted": 1, "rejected": 1, "totalled": 2},
        "control totals: 3 records read, 1 accepted, 1 rejected, 2 in the amounts",
    ),
    (Reason.THREATS_FOUND, "malware scan", {}, "malware scan: threats found"),
    (
        Reason.SCAN_NOT_COMPLETED, "malware scan", {"answer": "UNSUPPORTED"},
        "malware scan: not completed, GuardDuty answered UNSUPPORTED",
    ),
    (Reason.LAST_ATTEMPT_FAILED, "processing", {"error": "OSError"}, "processing: last attempt failed, OSError"),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "field", "value", "text"), FIELD_REASONS)
def test_a_field_is_rejected_with_its_reason(reason: Reason, field: str, value: object, text: str) -> None:
    assert process_record({**GOOD, field: value}).reasons == [[text]]
    assert field in reason.subjects


@pytest.mark.parametrize(("reason", "key", "content", "text"), RECORD_REASONS)
def test_a_record_is_rejected_with_its_reason(reason: Reason, key: str, content: bytes, text: str) -> None:
    assert run(content, key).reasons == [[text]]
    assert text.partition(":")[0] in reason.subjects


@pytest.mark.parametrize(("reason", "key", "content", "text"), FILE_REASONS)
def test_a_file_is_quarantined_with_its_reason(reason: Reason, key: str, content: bytes, text: str) -> None:
    result = run(content, key).result
    assert (result.status, result.error) == ("QUARANTINED", text)
    assert text.partition(":")[0] in reason.subjects


@pytest.mark.parametrize(("reason", "subject", "details", "text"), PROCESSING_REASONS)
def test_a_failed_file_has_its_reason(reason: Reason, subject: str, details: dict[str, object], text: str) -> None:
    assert reason.of(subject, **details) == text
    assert subject in reason.subjects


def test_every_reason_of_the_table_has_an_example() -> None:
    examples = {row[0] for rows in (FIELD_REASONS, RECORD_REASONS, FILE_REASONS, PROCESSING_REASONS) for row in rows}
    assert examples == set(Reason)


def test_a_reason_is_written_once_and_says_what_to_do() -> None:
    written = [(subject, reason.text) for reason in Reason for subject in reason.subjects]
    assert len(written) == len(set(written))
    assert all(re.fullmatch(r"[A-Z].*\.", reason.remedy) for reason in Reason)
