"""The formats of a report: each is a function from a report to text."""

from collections.abc import Callable, Mapping

from policy.evaluation import Report
from policy.reports import document, text

FORMATS: Mapping[str, Callable[[Report], str]] = {"text": text.render, "json": document.render}
