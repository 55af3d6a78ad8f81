"""Runs the Pulumi engine's command line."""

import subprocess
from collections.abc import Mapping

from cli.paths import ROOT
from offline.terminal import UserError


def run_engine(command: list[str], environment: Mapping[str, str]) -> None:
    """Run the engine with its output on standard error.

    Raises
    ------
    UserError
        The exit code is not 0; the engine has printed the reason.
    """
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=2)
    while True:
        try:
            code = process.wait()
            break
        except KeyboardInterrupt:
            continue  # the engine is interrupted too: it finishes its operations and says how to continue
    if code:
        raise UserError(f"`pulumi {command[1]}` failed with exit code {code}; the reason is printed above.")


def read_engine(command: list[str], environment: Mapping[str, str]) -> str:
    """Return what the engine prints on standard output.

    Raises
    ------
    UserError
        The exit code is not 0; the message is the engine's.
    """
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if answer.returncode:
        output = (answer.stdout + answer.stderr).splitlines()
        lines = [line for line in output if line.strip() and "from $PATH" not in line]
        raise UserError(f"`pulumi {' '.join(command[1:3])}` failed: {' '.join(lines[-6:])}")
    return answer.stdout
