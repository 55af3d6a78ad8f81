"""The commands behind `make`: `python -m localcloud <command>`."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this is where an older Python learns it
    sys.exit(
        "error: Python {}.{} is too old: Strongroom needs 3.11 or newer. Name one: make PYTHON=python3.12 …".format(
            *sys.version_info[:2]
        )
    )

import argparse

from localcloud.console import interruptible


def main() -> None:
    """Run one command; 0 when it did what it says, 1 when not, 130 when interrupted."""
    parser = argparse.ArgumentParser(prog="python -m localcloud", description="Runs Strongroom's stacks.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("setup", help="make this checkout ready: packages, engine, AWS plugin, launchers")
    commands.add_parser("demo", help="deploy the local stack and send the samples through it")
    commands.add_parser("diagram", help="print the deployed local stack as a Mermaid diagram")
    commands.add_parser(
        "attest", help="compare the deployed local stack with what was meant, print the evidence as JSON"
    )
    commands.add_parser("docs", help="write the pages that are rendered from data: rules, controls, runbooks")
    commands.add_parser("down", help="stop the local AWS and forget the local state")
    process = commands.add_parser(
        "process", help="send a file through the running local stack and print its manifest as JSON"
    )
    process.add_argument("file", help="path of the file")
    for name, text in {
        "up": "deploy a stack under the policy pack",
        "preview": "show what up would change, and what the policy pack says of it",
        "destroy": "destroy a stack; prod is refused",
        "outputs": "print a stack's outputs as JSON",
        "export": "print a stack's state as JSON",
    }.items():
        commands.add_parser(name, help=text).add_argument(
            "--stack", default="local", help="name of the stack (default: local)"
        )
    arguments = vars(parser.parse_args())
    command = arguments.pop("command")
    with interruptible():
        if command == "setup":
            from localcloud.setup import setup  # noqa: PLC0415 - the other commands need packages that setup installs

            setup()
        else:
            from localcloud import commands as stack_commands  # noqa: PLC0415

            getattr(stack_commands, command)(**arguments)


if __name__ == "__main__":
    main()
