import itertools

import pytest

from offline.engine.selection import Engine, Machine, Plugin, choose_engine, choose_plugin, is_supported


def machine_with(
    *, version: str | None = None, cached: bool = False, official: bool = False, plugin: bool = False
) -> Machine:
    return Machine(
        path_version=lambda: version,
        engine_cached=lambda: cached,
        site_reachable=lambda: official,
        plugin_installed=lambda: plugin,
    )


@pytest.mark.parametrize(
    ("machine", "engine"),
    [
        (machine_with(version="v3.259.0"), Engine.ON_PATH),
        (machine_with(version="v3.300.1", cached=True, official=True), Engine.ON_PATH),
        (machine_with(version="v3.258.9", cached=True), Engine.CACHED),
        (machine_with(version="v4.0.0", official=True), Engine.DOWNLOADED),
        (machine_with(version=None, cached=True, official=True), Engine.CACHED),
        (machine_with(official=True), Engine.DOWNLOADED),
        (machine_with(), Engine.BUILT),
    ],
)
def test_the_installed_engine_comes_before_the_download_and_the_download_before_a_build(
    machine: Machine, engine: Engine
) -> None:
    assert choose_engine(machine) is engine


@pytest.mark.parametrize(
    ("machine", "plugin"),
    [
        (machine_with(plugin=True, official=True), Plugin.INSTALLED),
        (machine_with(official=True), Plugin.DOWNLOADED),
        (machine_with(), Plugin.ADAPTER),
    ],
)
def test_the_official_plugin_comes_before_the_adapter(machine: Machine, plugin: Plugin) -> None:
    assert choose_plugin(machine) is plugin


@pytest.mark.parametrize("version", ["", "v3", "3.259.0-alpha.1", "v3.259.0+dirty", "pulumi v3.259.0", "v2.300.0"])
def test_only_releases_of_the_same_major_version_are_supported(version: str) -> None:
    assert not is_supported(version)


def test_the_network_is_used_only_when_nothing_else_decides() -> None:
    asked = itertools.count()
    machine = Machine(
        path_version=lambda: None,
        engine_cached=lambda: True,
        site_reachable=lambda: bool(next(asked)),
        plugin_installed=lambda: True,
    )
    choose_engine(machine)
    choose_plugin(machine)
    assert next(asked) == 0
