"""Chooses the engine and the AWS plugin for a machine.

The order for each is: what is installed, then the official download, then the replacement that needs no download.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

ENGINE_VERSION = "3.259.0"
"""The version that is downloaded or built; go.mod pins the same version."""

PLUGIN_VERSION = "7.51.1"
"""The version of the official AWS plugin; pin the Python package pulumi-aws to the same version."""


class Engine(StrEnum):
    """Where the Pulumi command line comes from."""

    ON_PATH = "the pulumi on PATH"
    CACHED = "the engine in the user's cache"
    DOWNLOADED = "the official download"
    BUILT = "a build from Pulumi's Go modules"


class Plugin(StrEnum):
    """Where the AWS resource plugin comes from."""

    INSTALLED = "the official plugin, installed before"
    DOWNLOADED = "the official plugin, downloaded"
    ADAPTER = "the adapter over the Terraform AWS provider"


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What a machine offers; each function is called only when the choice depends on it.

    Attributes
    ----------
    path_version
        Version that the `pulumi` on PATH prints; None if there is no `pulumi`.
    engine_cached
        Whether the user's cache holds a complete engine of `ENGINE_VERSION`.
    site_reachable
        Whether Pulumi's download site can be reached.
    plugin_installed
        Whether the user's plugin folder holds the official plugin of `PLUGIN_VERSION`.
    """

    path_version: Callable[[], str | None]
    engine_cached: Callable[[], bool]
    site_reachable: Callable[[], bool]
    plugin_installed: Callable[[], bool]


def choose_engine(machine: Machine) -> Engine:
    """Choose the engine; the cache comes before the network because it holds the same version."""
    version = machine.path_version()
    if version is not None and is_supported(version):
        return Engine.ON_PATH
    if machine.engine_cached():
        return Engine.CACHED
    return Engine.DOWNLOADED if machine.site_reachable() else Engine.BUILT


def choose_plugin(machine: Machine) -> Plugin:
    """Choose the AWS plugin."""
    if machine.plugin_installed():
        return Plugin.INSTALLED
    return Plugin.DOWNLOADED if machine.site_reachable() else Plugin.ADAPTER


def is_supported(version: str) -> bool:
    """Tell whether a version is a release of the same major version as `ENGINE_VERSION`, and not older."""
    match = re.fullmatch(r"v?(\d+)\.(\d+)\.(\d+)", version.strip())
    if match is None:
        return False
    found = tuple(int(part) for part in match.groups())
    least = tuple(int(part) for part in ENGINE_VERSION.split("."))
    return found[0] == least[0] and found >= least
