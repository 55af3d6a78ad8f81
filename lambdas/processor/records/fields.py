"""The fields of a record."""

REQUIRED = ("transaction_id", "account", "amount", "currency", "booked_at")
OPTIONAL = ("kind", "counterparty", "memo")
FIELDS = REQUIRED + OPTIONAL
KINDS = ("credit", "debit", "fee", "reversal")
MAX_LENGTHS = {"counterparty": 140, "memo": 500}
"""Characters (Unicode code points) of a text field, at most."""
MAX_RECORD_BYTES = 1 << 20
"""A record with the longest valid fields is under 4 KiB: the rest is room for columns that are dropped."""
