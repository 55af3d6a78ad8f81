"""The one door: under the engine it builds the policy pack, under `python -m policy` it is the command line."""

import sys
from pathlib import Path

# Another project may have a `policy` of its own on the path: this pack's comes first.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import argparse
from datetime import UTC, datetime

from policy import report
from policy.evaluation import evaluate, unused
from policy.model import Level, Verdict
from policy.settings import ConfigError, PackConfig, load
from policy.sources import SourceError, from_preview, from_state


def main() -> int:
    """Check a state or a preview; 0 when no mandatory rule fails, 1 when one does, 2 when the input cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m policy", description="Checks a stack without cloud and engine.")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="check an exported state or a preview")
    source = check.add_mutually_exclusive_group(required=True)
    source.add_argument("--state", metavar="FILE", help="what `pulumi stack export` prints; - is standard input")
    source.add_argument("--preview", metavar="FILE", help="what `pulumi preview --json` prints; - is standard input")
    check.add_argument("--format", choices=("text", "json"), default="text", help="form of the report (default: text)")
    check.add_argument("--output", type=Path, metavar="F", help="where the report goes (default: standard output)")
    check.add_argument(
        "--config", type=Path, metavar="F", help="levels, parameters and waivers, such as policy/config/dev.yaml"
    )
    arguments = parser.parse_args()
    name = arguments.state or arguments.preview
    try:
        content = sys.stdin.read() if name == "-" else Path(name).read_text()
        stack = from_state(content) if arguments.state else from_preview(content)
        config = load(arguments.config) if arguments.config else PackConfig()
    except (OSError, UnicodeDecodeError, SourceError, ConfigError, KeyError, TypeError, AttributeError) as error:
        print(f"error: {name}: {error}", file=sys.stderr)
        return 2
    findings = evaluate(stack, config, datetime.now(UTC).date())
    idle = unused(findings, config)
    colour = arguments.output is None and sys.stdout.isatty()
    made = report.as_json(findings, idle) if arguments.format == "json" else report.text(findings, idle, colour=colour)
    if arguments.output is None:
        sys.stdout.write(made)
    else:
        arguments.output.write_text(made)
    return int(any(one.verdict is Verdict.FAIL and one.level is Level.MANDATORY for one in findings))


if __name__ == "__main__":
    if sys.argv[1:2] == ["check"] or {"-h", "--help"} & set(sys.argv[1:2]) or len(sys.argv) == 1:
        sys.exit(main())
    from policy.crossguard import pack

    pack()
