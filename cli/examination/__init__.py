"""Packs the records and the audit trail of a period for an examiner (17 CFR 240.17a-4(f)(2)(iv))."""
