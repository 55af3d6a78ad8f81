"""The rules, one file a family; importing this registers them all."""

from policy.rules import encryption, retention, tagging

__all__ = ["encryption", "retention", "tagging"]
