"""Installs the engine and the AWS plugin for a virtual environment, and writes the launchers that start them.

Standard library only: a project's setup imports this module before it has installed any package.
"""

import functools
import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from offline.aws.terraform import mirror
from offline.engine import build
from offline.engine.selection import PLUGIN_VERSION, Engine, Machine, Plugin, choose_engine, choose_plugin
from offline.terminal import Progress, UserError, step

_SOURCES = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Installation:
    """What was installed; a project's setup records it to find out later whether anything has changed.

    Attributes
    ----------
    engine, plugin
        Values of `Engine` and `Plugin`.
    pulumi
        Path of the Pulumi CLI.
    pulumi_bytes
        Size of the CLI; another size means that it was replaced or damaged.
    provider
        Path of the Terraform AWS provider; None with the official plugin.
    """

    engine: str
    plugin: str
    pulumi: str
    pulumi_bytes: int
    provider: str | None

    def is_intact(self) -> bool:
        """Tell whether everything that was installed is still there."""
        return (
            os.access(self.pulumi, os.X_OK)
            and Path(self.pulumi).stat().st_size == self.pulumi_bytes
            and (self.provider is None or os.access(self.provider, os.X_OK))
            and (self.plugin == Plugin.ADAPTER.value or _official_plugin().exists())
        )


@dataclass(frozen=True, kw_only=True)
class Installer:
    """Installs for one virtual environment.

    Attributes
    ----------
    venv
        The virtual environment; the launchers go into its `bin`.
    state
        Folder of the Pulumi backend that is used when the user has chosen none.
    passphrase
        Passphrase of that backend.
    settings
        Settings file of the stack in that backend, named `Pulumi.<stack>.yaml`. The engine gets a copy, since it writes the
        salt of the passphrase into the file that it uses.
    cache
        Folder for what is downloaded or built once per user.
    mirror_variable
        Environment variable that names a Terraform provider mirror.
    emulator_command
        The command that starts the AWS emulator, for the error message when no emulator answers.
    """

    venv: Path
    state: Path
    passphrase: str
    settings: Path
    cache: Path
    mirror_variable: str = mirror.VARIABLE
    emulator_command: str = ""

    @functools.cached_property
    def _machine(self) -> Machine:
        return Machine(
            path_version=self._version_on_path,
            engine_cached=self._cached_engine.is_complete,
            site_reachable=functools.cache(build.is_site_reachable),
            plugin_installed=lambda: _official_plugin().exists(),
        )

    @property
    def _cached_engine(self) -> build.CachedEngine:
        return build.CachedEngine(self.cache)

    def choose_engine(self) -> Engine:
        """Choose the engine for this machine."""
        return choose_engine(self._machine)

    def fetch_engine(self, engine: Engine) -> None:
        """Download or build the engine, if it was chosen to be.

        Raises
        ------
        UserError
            The download or the build failed.
        """
        if engine is Engine.DOWNLOADED:
            self._cached_engine.download()
        elif engine is Engine.BUILT:
            self._cached_engine.build()

    def finish(self, engine: Engine) -> Installation:
        """Install the AWS plugin and write the launchers.

        Raises
        ------
        UserError
            The plugin cannot be installed, or no Terraform AWS provider is found for the adapter.
        """
        on_path = engine is Engine.ON_PATH
        pulumi = shutil.which("pulumi", path=self._outer_path()) if on_path else str(self._cached_engine.pulumi)
        if pulumi is None:
            raise UserError("The `pulumi` on PATH disappeared during the installation. Run the command again.")
        plugin = choose_plugin(self._machine)
        if plugin is Plugin.DOWNLOADED:
            _download_plugin(pulumi)
        provider = mirror.find(self.cache, self.mirror_variable) if plugin is Plugin.ADAPTER else None
        step(f"AWS plugin: {plugin}" + (f" {provider.version}" if provider else ""))
        self._write_engine_launcher(pulumi)
        self._write_plugin_launcher(
            "pulumi-language-python",
            None if on_path or self._cached_engine.has_language_host() else "offline.engine.language_host",
        )
        self._write_plugin_launcher("pulumi-resource-aws", self._adapter_arguments() if provider else None)
        provider_path = str(provider.path) if provider else None
        return Installation(engine.value, plugin.value, pulumi, Path(pulumi).stat().st_size, provider_path)

    def _outer_path(self) -> str:
        """Return PATH without this virtual environment, whose `pulumi` is only a launcher."""
        folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
        return os.pathsep.join(folder for folder in folders if Path(folder) != self.venv / "bin")

    def _version_on_path(self) -> str | None:
        pulumi = shutil.which("pulumi", path=self._outer_path())
        return build.version_of(pulumi) if pulumi else None

    def _adapter_arguments(self) -> str:
        return (
            f"offline.aws --cache {shlex.quote(str(self.cache))} --mirror-variable {shlex.quote(self.mirror_variable)} "
            f"--emulator-command {shlex.quote(self.emulator_command)}"
        )

    def _write_engine_launcher(self, pulumi: str) -> None:
        state = shlex.quote(str(self.state))
        settings, copy = (shlex.quote(str(path)) for path in (self.settings, self.state / self.settings.name))
        stack = self.settings.name.split(".")[1]
        _write_script(
            self.venv / "bin" / "pulumi",
            f"PATH={shlex.quote(str(self.venv / 'bin'))}:$PATH",
            "# Keep a backend that the user has set or logged in to.",
            'if [ -z "${PULUMI_BACKEND_URL:-}" ] &&',
            '    ! grep -qs \'"current": *"[^"]\' "${PULUMI_HOME:-$HOME/.pulumi}/credentials.json"; then',
            f"    PULUMI_BACKEND_URL=file://{state}",
            f'    if [ -z "${{PULUMI_CONFIG_PASSPHRASE_FILE:-}}" ]; then : "${{PULUMI_CONFIG_PASSPHRASE={self.passphrase}}}"; fi',
            f"    mkdir -p {state}",
            "    export PULUMI_BACKEND_URL PULUMI_CONFIG_PASSPHRASE PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER=true",
            '    case " $* " in',
            '    " config "*) ;; # changes the file itself',
            f'    *" -s {stack} "* | *" --stack {stack} "* | *" --stack={stack} "*)',
            f"        cp {settings} {copy}",
            f'        export PULUMI_OPTION_CONFIG_FILE="${{PULUMI_OPTION_CONFIG_FILE:-{copy}}}" ;;',
            "    esac",
            "fi",
            "# Without byte code every start takes twice as long.",
            "unset PYTHONDONTWRITEBYTECODE",
            'export PATH PULUMI_SKIP_UPDATE_CHECK="${PULUMI_SKIP_UPDATE_CHECK:-true}"',
            f'exec {shlex.quote(pulumi)} "$@"',
        )

    def _write_plugin_launcher(self, name: str, module: str | None) -> None:
        """Write the launcher of a plugin that runs a module of this package; remove an old launcher if there is none."""
        launcher = self.venv / "bin" / name
        launcher.unlink(missing_ok=True)
        if module is not None:
            _write_script(
                launcher,
                f"PYTHONPATH={shlex.quote(str(_SOURCES))}${{PYTHONPATH:+:$PYTHONPATH}}",
                "export PYTHONPATH",
                f'exec {shlex.quote(str(self.venv / "bin" / "python"))} -m {module} "$@"',
            )


def _official_plugin() -> Path:
    home = os.environ.get("PULUMI_HOME")
    base = Path(home) if home else Path.home() / ".pulumi"
    return base / "plugins" / f"resource-aws-v{PLUGIN_VERSION}" / "pulumi-resource-aws"


def _download_plugin(pulumi: str) -> None:
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
        raise UserError(f"`pulumi plugin install resource aws {PLUGIN_VERSION}` failed: {last} Run the command again.")


def _write_script(path: Path, *lines: str) -> None:
    path.write_text("\n".join(["#!/bin/sh", "# Written by the setup; do not edit.", *lines, ""]))
    path.chmod(0o755)
