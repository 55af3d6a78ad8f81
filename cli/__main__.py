"""The command line `python -m cli COMMAND`, which the Makefile calls."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python must fail here with a clear message
    sys.exit(
        "error: Python {}.{} is too old: Strongroom needs 3.11 or newer. Choose one with `make PYTHON=python3.12 ...`.".format(
            *sys.version_info[:2]
        )
    )

import argparse

from offline.terminal import report_errors


def main() -> None:
    """Run one command; exit with 0 on success, 1 on failure and 130 on an interrupt."""
    parser = argparse.ArgumentParser(prog="python -m cli", description="Set up, deploy and use Strongroom's stacks.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("setup", help="install packages, Pulumi engine, AWS plugin and launchers into this checkout")
    commands.add_parser("demo", help="deploy stack local and process the sample files")
    commands.add_parser("diagram", help="draw the pictures of the documentation")
    commands.add_parser(
        "attest", help="compare the deployed local stack with its expected state, and print the evidence as JSON"
    )
    commands.add_parser(
        "docs", help="write everything that is rendered from code: pages, API reference, schemas, pictures"
    )
    commands.add_parser("down", help="stop the local AWS and delete the local state")
    process = commands.add_parser("process", help="process a file with the local stack, and print its manifest as JSON")
    process.add_argument("file", help="path of the file")
    replay = commands.add_parser("replay", help="notify a stack's processor of a file again")
    replay.add_argument("--stack", default="local", help="name of the stack (default: local)")
    replay.add_argument("--version", default="", help="version of the object (default: the current one)")
    replay.add_argument("key", help="key of the object in the input bucket")
    examiner = commands.add_parser(
        "examiner-export",
        help="pack the results and the audit trail of a period into a ZIP file",
        description="Pack the results whose processing finished in a period, and the audit trail of its days, into a ZIP file.",
    )
    examiner.add_argument("--stack", default="local", help="name of the stack (default: local)")
    examiner.add_argument("--from", dest="start", required=True, help="first day in UTC, YYYY-MM-DD")
    examiner.add_argument("--to", dest="end", required=True, help="day after the last one, which is not included")
    examiner.add_argument("--output", required=True, help="path of the ZIP file, which must not exist")
    for name, text in {
        "up": "deploy a stack under the policy pack",
        "preview": "show what a deployment would change, and the policy pack's findings",
        "destroy": "destroy a stack; a production stack is refused",
        "rebuild-table": "rebuild a stack's table from its output bucket",
        "redrive": "return a stack's dead letters to its processor",
        "outputs": "print a stack's outputs as JSON",
        "export": "print a stack's state as JSON",
    }.items():
        commands.add_parser(name, help=text).add_argument(
            "--stack", default="local", help="name of the stack (default: local)"
        )
    arguments = vars(parser.parse_args())
    command = arguments.pop("command")
    with report_errors():
        if command == "setup":
            from cli.setup import setup  # noqa: PLC0415 - setup installs the packages that the other commands import

            setup()
        else:
            from cli import commands as stack_commands  # noqa: PLC0415

            getattr(stack_commands, command.replace("-", "_"))(**arguments)


if __name__ == "__main__":
    main()
