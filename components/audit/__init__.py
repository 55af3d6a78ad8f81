"""The audit tier."""
