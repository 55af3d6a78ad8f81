"""The Python environment of a Pulumi program: its interpreter, its Pulumi packages, and how it is installed."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from pulumi.runtime.proto import language_pb2 as language
from pulumi.runtime.proto import plugin_pb2


def _virtualenv(info: language.ProgramInfo) -> str:
    return info.options.fields["virtualenv"].string_value if "virtualenv" in info.options.fields else ""


def interpreter_for(info: language.ProgramInfo) -> str:
    """Return a program's interpreter: that of the virtual environment in `Pulumi.yaml`, else the host's own.

    Raises
    ------
    FileNotFoundError
        `Pulumi.yaml` names a virtual environment that does not exist.
    """
    virtualenv = _virtualenv(info)
    if not virtualenv:
        return sys.executable
    python = Path(info.root_directory, virtualenv, "bin", "python")
    if not python.exists():
        raise FileNotFoundError(
            f"The virtual environment {python.parent.parent}, which Pulumi.yaml in {info.root_directory} names, does not "
            f"exist. Run `pulumi install` in that folder, then run the command again."
        )
    return str(python)


def installed_packages(python: str) -> list[plugin_pb2.PackageDependency]:
    """Return the Pulumi packages that are installed for an interpreter, by the plugin file that each package contains.

    Only the folders of packages named `pulumi_…` are read: this takes a thousandth of the time that reading the metadata
    of every installed distribution takes.
    """
    if Path(python).parent == Path(sys.executable).parent:
        folders = [Path(entry) for entry in sys.path if entry.endswith("site-packages")]
    else:
        folders = sorted(Path(python).parent.parent.glob("lib/python3*/site-packages"))
    packages = []
    for file in sorted(file for folder in folders for file in folder.glob("pulumi_*/pulumi-plugin.json")):
        plugin = json.loads(file.read_text())
        if plugin.get("resource"):
            version = str(plugin.get("version", ""))
            packages.append(
                plugin_pb2.PackageDependency(
                    name=plugin["name"],
                    kind="resource",
                    version=f"v{version}" if version else "",
                    server=plugin.get("server", ""),
                )
            )
    return packages


def install_commands(root: Path, info: language.ProgramInfo) -> Iterator[list[str]]:
    """Yield the commands that create a program's virtual environment and install its requirements.txt."""
    virtualenv = _virtualenv(info)
    python = Path(root, virtualenv, "bin", "python") if virtualenv else Path(sys.executable)
    if virtualenv and not python.exists():
        yield [sys.executable, "-m", "venv", str(root / virtualenv)]
    requirements = root / "requirements.txt"
    if requirements.exists():
        yield [str(python), "-m", "pip", "install", "--disable-pip-version-check", "-r", str(requirements)]
