"""The command line, `python -m policy`: checks a stack without the engine, and renders the published pages."""

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
from policy.pulumi_json import PulumiJsonError, stack_from_preview, stack_from_state
from policy.reports import FORMATS, text
from policy.reports.schema import report_schema
from policy.settings import SettingsError, load_settings, settings_for_stack
from policy.settings_schema import settings_schema

SCHEMAS: Mapping[str, Callable[[], Mapping[str, Any]]] = {"settings": settings_schema, "report": report_schema}

PASSED, FAILED, UNUSABLE = 0, 1, 2


class _UnusableFileError(Exception):
    """A file that the user named cannot be used; the message is for the user."""


def main(arguments: Sequence[str] | None = None, *, today: date | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    today
        The date that decides whether a waiver has expired; by default today's date in UTC.

    Returns
    -------
    int
        0; 1 when a mandatory rule fails; 2 when the input, the settings or the output file cannot be used.
    """
    options = _parser().parse_args(arguments)
    if options.command == "rules":
        sys.stdout.write(catalogue())
        return PASSED
    if options.command == "schema":
        sys.stdout.write(schema_json(options.of))
        return PASSED
    try:
        stack = _stack(options.state, options.preview)
        settings = load_settings(options.config) if options.config else settings_for_stack(stack.name)
        report = evaluate(stack, settings, today or datetime.now(UTC).date())
        _write(report, options.format, options.output)
    except (SettingsError, _UnusableFileError) as error:
        sys.stderr.write(f"error: {error}\n")
        return UNUSABLE
    return FAILED if report.failed else PASSED


def schema_json(name: str) -> str:
    """Return one of the `SCHEMAS` as it is published."""
    return json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False) + "\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m policy", description="Apply the policy pack without AWS and without the Pulumi engine."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser(
        "check",
        help="check an exported state or a preview",
        epilog="Exit code: 0; 1 when a mandatory rule fails; 2 when the input, the settings or the output file cannot be used.",
    )
    source = check.add_mutually_exclusive_group(required=True)
    source.add_argument("--state", metavar="FILE", help="the output of `pulumi stack export`; - reads standard input")
    source.add_argument(
        "--preview",
        metavar="FILE",
        help="the output of `pulumi preview --json --show-sames`; - reads standard input",
    )
    check.add_argument("--format", choices=tuple(FORMATS), default="text", help="format of the report (default: text)")
    check.add_argument("--output", metavar="FILE", type=Path, help="write the report here (default: standard output)")
    check.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        help="levels, parameters and waivers (default: policy/config/STACK.yaml, STACK being the input's stack)",
    )
    commands.add_parser("rules", help="print the catalogue of rules as a Markdown page")
    schema = commands.add_parser("schema", help="print a JSON Schema")
    schema.add_argument("of", choices=tuple(SCHEMAS), help="schema of the settings, or of the JSON report")
    return parser


def _stack(state: str | None, preview: str | None) -> Stack:
    name = state or preview or ""
    label = "standard input" if name == "-" else name
    try:
        content = (sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()).decode("utf-8")
        return stack_from_state(content) if state else stack_from_preview(content)
    except OSError as error:
        raise _UnusableFileError(f"{label} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise _UnusableFileError(
            f"{label} is not UTF-8 text: byte {error.start} is invalid; convert the file to UTF-8"
        ) from error
    except PulumiJsonError as error:
        raise _UnusableFileError(f"{label} {error}") from error


def _write(report: Report, form: str, output: Path | None) -> None:
    if output is None:
        colour = form == "text" and _wants_colour(sys.stdout)
        sys.stdout.write(text.render(report, colour=True) if colour else FORMATS[form](report))
        return
    try:
        output.write_text(FORMATS[form](report), "utf-8")
    except OSError as error:
        raise _UnusableFileError(f"{output} cannot be written: {error.strerror}") from error


def _wants_colour(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR")
