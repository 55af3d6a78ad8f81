"""The keys tier."""
