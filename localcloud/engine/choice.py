"""Which engine and which AWS plugin a machine gets: the decision, apart from the looking and the fetching.

The order for each: what the machine has, else the official download, else what can be had without one.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

ENGINE_VERSION = "3.259.0"
"""The version that is downloaded or built; go.mod pins the same."""

PLUGIN_VERSION = "7.51.1"
"""The version of the official AWS plugin; requirements.txt pins the same of its Python package."""


class Engine(StrEnum):
    """Where the Pulumi command line comes from."""

    ON_PATH = "the pulumi on PATH"
    CACHED = "the engine made for this user before"
    DOWNLOADED = "the official download"
    BUILT = "a build from Pulumi's Go modules"


class Plugin(StrEnum):
    """Where the AWS resource plugin comes from."""

    INSTALLED = "the official plugin, installed before"
    DOWNLOADED = "the official plugin, downloaded"
    ADAPTER = "the adapter over the Terraform AWS provider"


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What a machine offers; each is asked for only when the decision needs it.

    Attributes
    ----------
    path_version
        Version of the `pulumi` on PATH, as it prints it; none when there is none.
    cached
        Whether this user's cache holds a whole engine of `ENGINE_VERSION`.
    official
        Whether the official download site can be reached.
    plugin_installed
        Whether the user's plugin folder holds the official plugin of `PLUGIN_VERSION`.
    """

    path_version: Callable[[], str | None]
    cached: Callable[[], bool]
    official: Callable[[], bool]
    plugin_installed: Callable[[], bool]


def choose_engine(machine: Machine) -> Engine:
    """Choose the engine. One made before goes before the network: it is the same version."""
    version = machine.path_version()
    if version is not None and supported(version):
        return Engine.ON_PATH
    if machine.cached():
        return Engine.CACHED
    return Engine.DOWNLOADED if machine.official() else Engine.BUILT


def choose_plugin(machine: Machine) -> Plugin:
    """Choose the plugin."""
    if machine.plugin_installed():
        return Plugin.INSTALLED
    return Plugin.DOWNLOADED if machine.official() else Plugin.ADAPTER


def supported(version: str) -> bool:
    """Whether a `pulumi version` is at least `ENGINE_VERSION`, of the same major version and no pre-release."""
    match = re.fullmatch(r"v?(\d+)\.(\d+)\.(\d+)", version.strip())
    if match is None:
        return False
    found = tuple(int(part) for part in match.groups())
    least = tuple(int(part) for part in ENGINE_VERSION.split("."))
    return found[0] == least[0] and found >= least
