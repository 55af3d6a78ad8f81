"""The forms a report can have: each is a function from a report to a text, registered here once."""

from collections.abc import Callable, Mapping

from policy.evaluation import Report
from policy.reports import document, text

FORMATS: Mapping[str, Callable[[Report], str]] = {"text": text.render, "json": document.render}
