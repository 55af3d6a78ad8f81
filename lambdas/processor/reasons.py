"""Every reason for which a record or a file is refused, defined once; docs/file-format.md is rendered from this table.

A reason reads `subject: text`. In quarantine the subject is a field, or `record` for the record as a whole; in a
manifest's `error` it is the part of the file that was refused. A reason never quotes a value of the input.
"""

from enum import Enum

from lambdas.processor.records.fields import FIELDS, KINDS, MAX_LENGTHS, MAX_RECORD_BYTES, REQUIRED

RECORD, HEADER, FILE, SCAN = "record", "header", "file", "malware scan"
_TEXTS = ("transaction_id", *MAX_LENGTHS)


class Reason(Enum):
    """A reason: the subjects it can have, its text with named places for details, and the remedy."""

    # Fields
    MISSING = REQUIRED, "missing", "Send a value: the field is required."
    NOT_A_STRING = FIELDS, "not a string", "In JSON, put the value in quotes, amounts too."
    CONTAINS_NUL = (*FIELDS, RECORD, HEADER), "contains a NUL character", "Remove the character U+0000."
    UNPAIRED_SURROGATE = (
        FIELDS,
        "contains an unpaired surrogate",
        "In JSON, escape a character as a whole surrogate pair.",
    )
    DUPLICATE_MEMBER = (*FIELDS, RECORD), "duplicate JSON member", "Write each name once in an object."
    CONTAINS_CARD = _TEXTS, "contains a card number", "Send card numbers in `account` only."
    INVALID_ID = ("transaction_id",), "must be 1 to 64 of the characters A-Z a-z 0-9 . _ -", "Use these characters."
    DUPLICATE_ID = ("transaction_id",), "duplicate, first seen on an earlier line", "Send a transaction once per file."
    NOT_AN_ACCOUNT = ("account",), "not an IBAN or a card number", "Send one of them; spaces are allowed."
    CARD_CHECK_DIGIT = ("account",), "wrong check digit for a card number", "Correct the number."
    IBAN_COUNTRY = ("account",), "country code does not issue IBANs", "Correct the country code."
    IBAN_LENGTH = ("account",), "IBAN has {found} characters, its country requires {expected}", "Correct the IBAN."
    IBAN_CHECK_DIGITS = ("account",), "wrong check digits for an IBAN", "Correct the IBAN."
    NOT_DECIMAL = ("amount",), "not a decimal number", "Send ASCII digits with a point, such as `-12.50`; no exponent."
    AMOUNT_TOO_LARGE = ("amount",), "must be less than 10^15", "Correct or split the amount."
    TOO_MANY_DECIMALS = ("amount",), "too many decimal places, {currency} has {digits}", "Round to the minor unit."
    UNKNOWN_CURRENCY = ("currency",), "not an active ISO 4217 code with minor units", "Send the code in upper case."
    NOT_RFC_3339 = ("booked_at",), "not an RFC 3339 date-time with an offset", "Send such as `2026-11-23T09:15:00Z`."
    NOT_A_DATE = ("booked_at",), "not a calendar date", "Correct year, month or day."
    NOT_A_TIME = ("booked_at",), "not a time of day", "Send 00:00:00 to 23:59:59."
    NOT_AN_OFFSET = ("booked_at",), "not a valid offset", "Send `Z`, or -23:59 to +23:59."
    UNKNOWN_KIND = ("kind",), f"must be one of {', '.join(KINDS)}", "Send one of them, or leave the field empty."
    TOO_LONG = tuple(MAX_LENGTHS), "longer than {limit} characters", "Shorten the text."

    # Records
    TOO_MANY_BYTES = (RECORD, HEADER), f"longer than {MAX_RECORD_BYTES} bytes", "Leave out columns that are not kept."
    NOT_UTF_8 = (RECORD, HEADER), "not valid UTF-8", "Encode the file in UTF-8."
    UNQUOTED_QUOTE = (RECORD, HEADER), "quote in an unquoted field", "Quote the field, and double the quotes in it."
    TEXT_AFTER_QUOTE = (RECORD, HEADER), "text after a closing quote", "Double the quotes in a quoted field."
    CARRIAGE_RETURN = (
        (RECORD, HEADER),
        "carriage return in an unquoted field",
        "Quote the field; end lines with LF or CRLF.",
    )
    UNCLOSED_QUOTE = (RECORD, HEADER), "missing closing quote", "Close the quoted field."
    FIELD_COUNT = (RECORD,), "{found} fields, the header has {expected}", "Write every column in every row."
    NOT_JSON = (RECORD,), "not valid JSON", "Write one JSON object on each line."
    NOT_AN_OBJECT = (RECORD,), "not a JSON object", "Write one JSON object on each line."
    NESTED_TOO_DEEPLY = (RECORD,), "nested too deeply", "Flatten the object."

    # Files
    UNKNOWN_FORMAT = (
        (FILE,),
        "unknown format, the name must end with {endings}, each with or without .gz",
        "Rename the file.",
    )
    EMPTY = (FILE,), "empty, 0 bytes", "Send the file again."
    NOT_GZIP = (FILE,), "not valid gzip data", "Compress the file again, or send it without `.gz`."
    TRUNCATED_GZIP = (FILE,), "truncated gzip data", "Send the whole file again."
    NO_HEADER = (HEADER,), "missing", "Write the names of the columns on the first line."
    MISSING_COLUMNS = (HEADER,), "missing required columns: {columns}", "Write all required columns."
    DUPLICATE_COLUMN = (HEADER,), "duplicate column: {column}", "Write each column once."
    KEY_TOO_LONG = ("key",), "{found} bytes, at most {limit} are allowed", "Upload the file under a shorter key."
    NOT_READABLE = (
        ("object",),
        "version cannot be read, S3 answered {code}",
        "It was deleted or archived: upload the file again.",
    )
    THREATS_FOUND = (
        (SCAN,),
        "threats found",
        "Do not open the file. Follow the runbook of the alarm malware-found.",
    )
    SCAN_NOT_COMPLETED = (
        (SCAN,),
        "not completed, GuardDuty answered {answer}",
        "Send the file again, without a password and below the quotas of GuardDuty.",
    )
    UNBALANCED = (
        ("control totals",),
        "{read} records read, {accepted} accepted, {rejected} rejected, {totalled} in the amounts",
        "A defect of the processor; nothing was published. Follow the runbook of the alarm control-total-mismatch.",
    )
    LAST_ATTEMPT_FAILED = (
        ("processing",),
        "last attempt failed, {error}",
        "Repair the cause, then redrive the dead-letter queue.",
    )

    def __init__(self, subjects: tuple[str, ...], text: str, remedy: str) -> None:
        self.subjects = subjects
        self.text = text
        self.remedy = remedy

    def of(self, subject: str, **details: object) -> str:
        """Return the reason as it is published: `subject: text`."""
        return f"{subject}: {self.text.format(**details)}"


class InvalidField(Exception):
    """A value breaks a rule of its field."""

    def __init__(self, reason: Reason, **details: object) -> None:
        super().__init__(reason, details)
        self.reason = reason
        self.details = details


class InvalidFile(Exception):
    """The file as a whole cannot be processed; the message is its reason."""

    def __init__(self, reason: Reason, subject: str, **details: object) -> None:
        super().__init__(reason.of(subject, **details))
