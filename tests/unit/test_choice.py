import itertools

import pytest

from localcloud.engine.choice import Engine, Machine, Plugin, choose_engine, choose_plugin, supported


def machine(
    *, version: str | None = None, cached: bool = False, official: bool = False, plugin: bool = False
) -> Machine:
    return Machine(
        path_version=lambda: version, cached=lambda: cached, official=lambda: official, plugin_installed=lambda: plugin
    )


@pytest.mark.parametrize(
    ("there", "engine"),
    [
        (machine(version="v3.259.0"), Engine.ON_PATH),
        (machine(version="v3.300.1", cached=True, official=True), Engine.ON_PATH),
        (machine(version="v3.258.9", cached=True), Engine.CACHED),
        (machine(version="v4.0.0", official=True), Engine.DOWNLOADED),
        (machine(version=None, cached=True, official=True), Engine.CACHED),
        (machine(official=True), Engine.DOWNLOADED),
        (machine(), Engine.BUILT),
    ],
)
def test_the_engine_is_what_the_machine_has_else_the_download_else_a_build(there: Machine, engine: Engine) -> None:
    assert choose_engine(there) is engine


@pytest.mark.parametrize(
    ("there", "plugin"),
    [
        (machine(plugin=True, official=True), Plugin.INSTALLED),
        (machine(official=True), Plugin.DOWNLOADED),
        (machine(), Plugin.ADAPTER),
    ],
)
def test_the_plugin_is_the_official_one_where_it_can_be_had(there: Machine, plugin: Plugin) -> None:
    assert choose_plugin(there) is plugin


@pytest.mark.parametrize("version", ["", "v3", "3.259.0-alpha.1", "v3.259.0+dirty", "pulumi v3.259.0", "v2.300.0"])
def test_what_is_no_release_of_the_right_kind_is_not_supported(version: str) -> None:
    assert not supported(version)


def test_the_network_is_asked_only_when_nothing_else_decides() -> None:
    asked = itertools.count()
    there = Machine(
        path_version=lambda: None,
        cached=lambda: True,
        official=lambda: bool(next(asked)),
        plugin_installed=lambda: True,
    )
    choose_engine(there)
    choose_plugin(there)
    assert next(asked) == 0
