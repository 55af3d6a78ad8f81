"""The monitoring tier."""
