"""The data tier."""
