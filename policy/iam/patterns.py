"""Patterns in IAM policies: `*` matches any text, `?` any character."""

import re
from functools import lru_cache


@lru_cache(maxsize=4096)
def _compiled(pattern: str, flags: int) -> re.Pattern[str]:
    parts = re.split(r"([*?])", pattern)
    return re.compile("".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in parts), flags | re.DOTALL)


def matches(text: str, pattern: str, *, ignore_case: bool = False) -> bool:
    """Tell whether a whole text matches a pattern."""
    return _compiled(pattern, re.IGNORECASE if ignore_case else 0).fullmatch(text) is not None


def covers_everything(pattern: str) -> bool:
    """Tell whether a pattern matches every text that is not empty."""
    return "*" in pattern and not pattern.strip("*?")
