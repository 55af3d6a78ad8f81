"""The command line: `python -m policy check`, with neither cloud nor engine, and what renders the published pages."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TextIO

from policy.catalogue import catalogue
from policy.evaluation import Report, evaluate
from policy.model import Stack
from policy.pulumi_json import SourceError, from_preview, from_state
from policy.reports import FORMATS, text
from policy.reports.schema import report_schema
from policy.settings import SettingsError, for_stack, load, settings_schema

SCHEMAS: Mapping[str, Callable[[], Mapping[str, Any]]] = {"settings": settings_schema, "report": report_schema}

PASSED, FAILED, UNUSABLE = 0, 1, 2


class _UnusableError(Exception):
    """Something the user named cannot be used; the message is for them."""


def main(arguments: Sequence[str] | None = None, *, today: date | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    today
        The day on which waivers are looked at; by default today's in UTC.

    Returns
    -------
    int
        0; 1 when a mandatory rule fails; 2 when the input, the settings or the output cannot be used.
    """
    given = _parser().parse_args(arguments)
    if given.command == "rules":
        sys.stdout.write(catalogue())
        return PASSED
    if given.command == "schema":
        sys.stdout.write(json.dumps(SCHEMAS[given.of](), indent=2, ensure_ascii=False) + "\n")
        return PASSED
    try:
        stack = _stack(given.state, given.preview)
        settings = load(given.config) if given.config else for_stack(stack.name)
        report = evaluate(stack, settings, today or datetime.now(UTC).date())
        _write(report, given.format, given.output)
    except (SettingsError, _UnusableError) as error:
        sys.stderr.write(f"error: {error}\n")
        return UNUSABLE
    return FAILED if report.failed else PASSED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m policy", description="The policy pack without cloud or engine.")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser(
        "check",
        help="check an exported state or a preview",
        epilog="Exit code 0, 1 when a mandatory rule fails, 2 when the input or the settings cannot be used.",
    )
    source = check.add_mutually_exclusive_group(required=True)
    source.add_argument("--state", metavar="FILE", help="what `pulumi stack export` printed; - is standard input")
    source.add_argument(
        "--preview", metavar="FILE", help="what `pulumi preview --json --show-sames` printed; - is standard input"
    )
    check.add_argument("--format", choices=tuple(FORMATS), default="text", help="form of the report (default: text)")
    check.add_argument("--output", metavar="F", type=Path, help="where the report goes (default: standard output)")
    check.add_argument(
        "--config",
        metavar="F",
        type=Path,
        help="levels, parameters and waivers (default: policy/config/STACK.yaml of the stack that the input names)",
    )
    commands.add_parser("rules", help="print the catalogue of rules as a Markdown page")
    schema = commands.add_parser("schema", help="print a JSON Schema")
    schema.add_argument("of", choices=tuple(SCHEMAS), help="of a stack's settings, or of the report as JSON")
    return parser


def _stack(state: str | None, preview: str | None) -> Stack:
    name = state or preview or ""
    shown = "standard input" if name == "-" else name
    try:
        content = (sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()).decode("utf-8")
        return from_state(content) if state else from_preview(content)
    except OSError as error:
        raise _UnusableError(f"{shown} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise _UnusableError(f"{shown} is no UTF-8 text: byte {error.start} cannot be read") from error
    except SourceError as error:
        raise _UnusableError(f"{shown} {error}") from error


def _write(report: Report, form: str, output: Path | None) -> None:
    if output is None:
        coloured = form == "text" and _wants_colour(sys.stdout)
        sys.stdout.write(text.render(report, colour=True) if coloured else FORMATS[form](report))
        return
    try:
        output.write_text(FORMATS[form](report), "utf-8")
    except OSError as error:
        raise _UnusableError(f"{output} cannot be written: {error.strerror}") from error


def _wants_colour(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR")
