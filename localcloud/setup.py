"""Makes a checkout ready: Python environment, engine, AWS plugin, launchers. A second time it only looks.

Standard library only: it runs on the machine's own Python before anything is installed.
"""

import functools
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from localcloud.aws import mirror
from localcloud.console import Failure, Progress, done, step
from localcloud.engine import build
from localcloud.engine.choice import PLUGIN_VERSION, Engine, Machine, Plugin, choose_engine, choose_plugin
from localcloud.paths import LOCAL, PULUMI, ROOT, VENV

REQUIREMENTS = ROOT / "requirements-dev.txt"
PASSPHRASE = "local"  # noqa: S105 - of the local stack's state, which holds nothing but the emulator's dummy values
STATE = LOCAL / "state"
_READY = VENV / "ready.json"
_LEAST_PYTHON = (3, 11)


@dataclass(frozen=True)
class Ready:
    """What setup left behind, as it stands in the environment's folder.

    Attributes
    ----------
    requirements
        SHA-256 of the requirements that are installed.
    python
        Version of the Python that the environment was made with.
    root
        The checkout that the launchers were written for: a moved one needs new launchers.
    engine, plugin
        Which was taken, in words.
    pulumi
        Path of the engine's command line.
    pulumi_bytes
        Its size: another one is an engine that was changed, or torn.
    provider
        Path of the Terraform provider that the adapter drives; none with the official plugin.
    """

    requirements: str
    python: str
    root: str
    engine: str
    plugin: str
    pulumi: str
    pulumi_bytes: int
    provider: str | None


def setup() -> Ready:
    """Make the checkout ready, doing only what is missing.

    Raises
    ------
    Failure
        Something cannot be had; what is there stays, and the next run goes on from it.
    """
    if sys.version_info < _LEAST_PYTHON:
        raise Failure(
            f"Python {sys.version.split()[0]} is too old: Strongroom needs 3.11 or newer. Name one with make PYTHON=python3.12."
        )
    ready = _ready()
    if ready is not None:
        make_stack(STATE, os.environ | backend(STATE))
        return ready
    _READY.unlink(missing_ok=True)
    machine = Machine(
        path_version=_path_version,
        cached=build.whole,
        official=functools.cache(build.reachable),
        plugin_installed=lambda: _official_plugin().exists(),
    )
    engine = choose_engine(machine)
    step(f"engine: {engine}")
    failures: list[Failure] = []

    def get_engine() -> None:
        try:
            {Engine.DOWNLOADED: build.download, Engine.BUILT: build.build}.get(engine, lambda: None)()
        except Failure as failure:
            failures.append(failure)

    # The engine's build and the packages' download use different things: processors and network.
    thread = threading.Thread(target=get_engine)
    thread.start()
    try:
        _install_packages()
    finally:
        thread.join()
    if failures:
        raise failures[0]
    pulumi = shutil.which("pulumi", path=_outer_path()) if engine is Engine.ON_PATH else str(build.binary())
    if pulumi is None:
        raise Failure("The pulumi on PATH went away while setup ran: run the command again.")
    plugin = choose_plugin(machine)
    if plugin is Plugin.DOWNLOADED:
        _install_plugin(pulumi)
    provider = mirror.find() if plugin is Plugin.ADAPTER else None
    step(f"AWS plugin: {plugin}" + (f" {provider.version}" if provider else ""))
    ready = Ready(
        _digest(),
        _python_version(),
        str(ROOT),
        engine.value,
        plugin.value,
        pulumi,
        Path(pulumi).stat().st_size,
        str(provider.path) if provider else None,
    )
    _write_launchers(ready, own_host=engine is not Engine.ON_PATH and not build.bundles_language_host())
    _READY.write_text(json.dumps(asdict(ready), indent=2) + "\n")
    make_stack(STATE, os.environ | backend(STATE))
    done("ready. `source .venv/bin/activate` gives a shell with this checkout's pulumi")
    return ready


def _ready() -> Ready | None:
    """Return what an earlier setup left, if it still holds."""
    try:
        ready = Ready(**json.loads(_READY.read_text()))
    except (OSError, ValueError, TypeError):
        return None
    holds = (
        ready.requirements == _digest()
        and ready.root == str(ROOT)
        and (VENV / "bin" / "python").exists()
        and os.access(ready.pulumi, os.X_OK)
        and Path(ready.pulumi).stat().st_size == ready.pulumi_bytes
        and (ready.provider is None or os.access(ready.provider, os.X_OK))
        and (ready.plugin == Plugin.ADAPTER.value or _official_plugin().exists())
    )
    return ready if holds else None


def _digest() -> str:
    return hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()


def _python_version() -> str:
    return ".".join(str(part) for part in sys.version_info[:3])


def _outer_path() -> str:
    """PATH without this checkout's environment, whose `pulumi` is only our launcher."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if Path(folder) != VENV / "bin")


def _path_version() -> str | None:
    pulumi = shutil.which("pulumi", path=_outer_path())
    return build.version_of(pulumi) if pulumi else None


def _official_plugin() -> Path:
    home = os.environ.get("PULUMI_HOME")
    base = Path(home) if home else Path.home() / ".pulumi"
    return base / "plugins" / f"resource-aws-v{PLUGIN_VERSION}" / "pulumi-resource-aws"


def _install_plugin(pulumi: str) -> None:
    step(f"downloading the official AWS plugin {PLUGIN_VERSION}")
    with Progress("downloading"):
        answer = subprocess.run(
            [pulumi, "plugin", "install", "resource", "aws", PLUGIN_VERSION],
            capture_output=True,
            text=True,
            check=False,
        )
    if answer.returncode:
        last = (answer.stderr.strip().splitlines() or ["no message"])[-1]
        raise Failure(f"`pulumi plugin install resource aws {PLUGIN_VERSION}` failed: {last} Run the command again.")


def _install_packages() -> None:
    """Make the environment and install the locked packages, byte code included: it is most of every start-up."""
    python = VENV / "bin" / "python"
    if (
        subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode
        if python.exists()
        else True
    ):
        step(f"making .venv with Python {_python_version()}")
        shutil.rmtree(VENV, ignore_errors=True)
        made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
        if made.returncode:
            raise Failure(
                f"Making the Python environment .venv failed: {' '.join((made.stdout + made.stderr).split())[-400:]} "
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
        raise Failure(
            f"Installing the Python packages failed: {last} If the package index could not be reached, check the network and "
            f"pip's settings (`pip config list`), then run the command again: what was downloaded is cached."
        )


def _write_launchers(ready: Ready, *, own_host: bool) -> None:
    """Write the commands that an activated shell finds first: the engine, and what of its plugins is ours."""
    modules = {"pulumi-language-python": "localcloud.engine.language_host", "pulumi-resource-aws": "localcloud.aws"}
    wanted = {"pulumi-language-python": own_host, "pulumi-resource-aws": ready.provider is not None}
    for name, module in modules.items():
        launcher = VENV / "bin" / name
        launcher.unlink(missing_ok=True)
        if wanted[name]:
            _script(
                launcher,
                f"PYTHONPATH={shlex.quote(str(ROOT))}${{PYTHONPATH:+:$PYTHONPATH}}",
                "export PYTHONPATH",
                f'exec {shlex.quote(str(VENV / "bin" / "python"))} -m {module} "$@"',
            )
    _script(
        Path(PULUMI),
        f"PATH={shlex.quote(str(VENV / 'bin'))}:$PATH",
        "# A backend that is set, or that the user has logged in to, is left alone.",
        'if [ -z "${PULUMI_BACKEND_URL:-}" ] &&',
        '    ! grep -qs \'"current": *"[^"]\' "${PULUMI_HOME:-$HOME/.pulumi}/credentials.json"; then',
        f"    PULUMI_BACKEND_URL=file://{shlex.quote(str(STATE))}",
        f'    if [ -z "${{PULUMI_CONFIG_PASSPHRASE_FILE:-}}" ]; then : "${{PULUMI_CONFIG_PASSPHRASE={PASSPHRASE}}}"; fi',
        f"    mkdir -p {shlex.quote(str(STATE))}",
        "    export PULUMI_BACKEND_URL PULUMI_CONFIG_PASSPHRASE",
        "fi",
        "# Without byte code every start-up takes twice as long.",
        "unset PYTHONDONTWRITEBYTECODE",
        'export PATH PULUMI_SKIP_UPDATE_CHECK="${PULUMI_SKIP_UPDATE_CHECK:-true}"',
        f'exec {shlex.quote(ready.pulumi)} "$@"',
    )


def backend(state: Path) -> dict[str, str]:
    """Return the variables that lead the engine to a local backend in a folder."""
    return {"PULUMI_BACKEND_URL": f"file://{state}", "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE}


def stack_file(state: Path, stack: str = "local") -> Path:
    """Return where a local backend keeps a stack."""
    return state / ".pulumi" / "stacks" / "strongroom" / f"{stack}.json"


def make_stack(state: Path, environment: Mapping[str, str], stack: str = "local") -> None:
    """Make a stack known to a local backend, so that plain `pulumi up -s local` finds it.

    Raises
    ------
    Failure
        The engine says no; the message is its own.
    """
    if stack_file(state, stack).exists():
        return
    state.mkdir(parents=True, exist_ok=True)
    made = subprocess.run(
        [PULUMI, "stack", "init", stack, "--no-select"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode:
        raise Failure(f"Making stack {stack} failed: {' '.join(made.stderr.split())[-400:]} Run the command again.")


def _script(path: Path, *lines: str) -> None:
    path.write_text("\n".join(["#!/bin/sh", "# Written by `make setup`.", *lines, ""]))
    path.chmod(0o755)
