"""Sets up a checkout: virtual environment, packages, Pulumi engine, AWS plugin, launchers. A second run only checks.

Standard library only: it runs with the system's Python before it has installed any package.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from cli.paths import CACHE, LOCAL, PULUMI, ROOT, VENV
from offline.install import Installation, Installer
from offline.terminal import Progress, UserError, done, step

REQUIREMENTS = ROOT / "requirements-dev.txt"
MIRROR_VARIABLE = "STRONGROOM_TERRAFORM_MIRROR"
PASSPHRASE = "local"  # noqa: S105 - of the local stack's state, which contains only the emulator's dummy values
STATE = LOCAL / "state"
_RECORD = VENV / "ready.json"
_MINIMUM_PYTHON = (3, 11)


@dataclass(frozen=True)
class Ready:
    """A completed setup, recorded in the virtual environment.

    Attributes
    ----------
    requirements
        SHA-256 of the requirements file whose packages are installed.
    root
        The checkout for which the launchers were written; a moved checkout needs new ones.
    installation
        The engine and the AWS plugin.
    """

    requirements: str
    root: str
    installation: Installation


def setup() -> Ready:
    """Set up the checkout; do only what is missing.

    Raises
    ------
    UserError
        A part cannot be installed. Another run continues from what is already there.
    """
    if sys.version_info < _MINIMUM_PYTHON:
        raise UserError(
            f"Python {sys.version.split()[0]} is too old: Strongroom needs 3.11 or newer. Choose one with `make PYTHON=python3.12`."
        )
    ready = _recorded()
    if ready is not None:
        make_stack(STATE, os.environ | backend(STATE))
        return ready
    _RECORD.unlink(missing_ok=True)
    installer = Installer(
        venv=VENV,
        state=STATE,
        passphrase=PASSPHRASE,
        settings=ROOT / "Pulumi.local.yaml",
        cache=CACHE,
        mirror_variable=MIRROR_VARIABLE,
        emulator_command="make up STACK=local",
    )
    ready = Ready(_digest(), str(ROOT), _install(installer))
    _RECORD.write_text(json.dumps(asdict(ready), indent=2) + "\n")
    make_stack(STATE, os.environ | backend(STATE))
    done("ready. `source .venv/bin/activate` gives a shell with this checkout's pulumi")
    return ready


def _install(installer: Installer) -> Installation:
    engine = installer.choose_engine()
    step(f"engine: {engine}")
    failures: list[UserError] = []

    def fetch_engine() -> None:
        try:
            installer.fetch_engine(engine)
        except UserError as failure:
            failures.append(failure)

    # In parallel: building the engine needs the processors, installing packages needs the network.
    thread = threading.Thread(target=fetch_engine)
    thread.start()
    try:
        _install_packages()
    finally:
        thread.join()
    if failures:
        raise failures[0]
    return installer.finish(engine)


def _recorded() -> Ready | None:
    """Return the setup of an earlier run if it is still valid."""
    try:
        content = json.loads(_RECORD.read_text())
        ready = Ready(**{**content, "installation": Installation(**content["installation"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    valid = (
        ready.requirements == _digest()
        and ready.root == str(ROOT)
        and (VENV / "bin" / "python").exists()
        and ready.installation.is_intact()
    )
    return ready if valid else None


def _digest() -> str:
    return hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()


def _install_packages() -> None:
    """Create the virtual environment and install the locked packages with byte code, which halves every start."""
    python = VENV / "bin" / "python"
    if not _has_pip(python):
        step(f"making .venv with Python {sys.version.split()[0]}")
        shutil.rmtree(VENV, ignore_errors=True)
        made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
        if made.returncode:
            raise UserError(
                f"The virtual environment .venv was not created: {' '.join((made.stdout + made.stderr).split())[-400:]} "
                f"On Debian and Ubuntu install python3-venv, then run the command again."
            )
    total = sum(line[:1].isalnum() for line in REQUIREMENTS.read_text().splitlines())
    step(f"installing {total} locked Python packages")
    command = [
        str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--compile", "--require-hashes",
        "--no-deps", "-r", str(REQUIREMENTS),
    ]  # fmt: skip
    seen, last = 0, ""
    with Progress("installing packages") as progress:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        for line in process.stdout:
            last = line.strip() or last
            seen += line.startswith(("Collecting", "Requirement already"))
            progress.detail = last[:50] if line.startswith("Installing collected") else f"{seen} of {total}"
        process.wait()
    if process.returncode:
        raise UserError(
            f"The Python packages were not installed: {last} If the package index cannot be reached, check the network and "
            f"pip's settings (`pip config list`). Then run the command again; downloaded packages are cached."
        )


def _has_pip(python: Path) -> bool:
    return (
        python.exists()
        and not subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode
    )


def backend(state: Path) -> dict[str, str]:
    """Return the environment variables that select a local backend in a folder.

    The salt of the passphrase is in the state, and in no settings file: the engine looks for it there.
    """
    return {
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true",
    }


def stack_file(state: Path, stack: str = "local") -> Path:
    """Return the file in which a local backend keeps a stack."""
    return state / ".pulumi" / "stacks" / "strongroom" / f"{stack}.json"


def make_stack(state: Path, environment: Mapping[str, str], stack: str = "local") -> None:
    """Create a stack in a local backend, so that plain `pulumi up -s local` finds it.

    Raises
    ------
    UserError
        The engine refused; the message is the engine's.
    """
    if stack_file(state, stack).exists():
        return
    state.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as project:  # the engine writes a salt beside the project's file
        shutil.copy(ROOT / "Pulumi.yaml", project)
        made = subprocess.run(
            [PULUMI, "stack", "init", stack, "--no-select", "--secrets-provider", "passphrase"],
            cwd=project, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
    if made.returncode:
        raise UserError(f"Stack {stack} was not created: {' '.join(made.stderr.split())[-400:]} Run the command again.")
