"""The processing tier."""
