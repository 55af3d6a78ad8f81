"""A second setup only checks, unless something has changed since the first."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from cli import setup
from cli.setup import Ready
from offline.engine.selection import Engine, Plugin
from offline.install import Installation, Installer
from offline.terminal import UserError


class SetupRepeated(Exception):  # noqa: N818
    """The setup starts again: it chooses an engine."""


@pytest.fixture
def ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ready:
    """The result of an earlier setup in a checkout."""
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").touch()
    for name in ("pulumi", "provider"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "requirements").write_text("pulumi\n")

    def choose(_: object) -> Engine:
        raise SetupRepeated

    monkeypatch.setattr(setup, "VENV", venv)
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "REQUIREMENTS", tmp_path / "requirements")
    monkeypatch.setattr(setup, "_RECORD", venv / "ready.json")
    monkeypatch.setattr(setup, "make_stack", lambda *_: None)
    monkeypatch.setattr(Installer, "choose_engine", choose)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    engine = tmp_path / "pulumi"
    recorded = Ready(
        requirements=setup._digest(),
        root=str(tmp_path),
        installation=Installation(
            engine=Engine.BUILT.value,
            plugin=Plugin.ADAPTER.value,
            pulumi=str(engine),
            pulumi_bytes=engine.stat().st_size,
            provider=str(tmp_path / "provider"),
        ),
    )
    write(recorded)
    return recorded


def write(ready: Ready) -> None:
    setup._RECORD.write_text(json.dumps(asdict(ready)))


def test_a_valid_setup_is_kept(ready: Ready) -> None:
    assert setup.setup() == ready


@pytest.mark.parametrize("text", ["#!/bin/sh\n# changed\n", "#!/bin/", ""])
def test_setup_runs_again_if_the_size_of_the_engine_has_changed(ready: Ready, text: str) -> None:
    Path(ready.installation.pulumi).write_text(text)
    with pytest.raises(SetupRepeated):
        setup.setup()
    assert not setup._RECORD.exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda ready: Path(ready.installation.pulumi).unlink(),
        lambda ready: Path(ready.installation.pulumi).chmod(0o644),
        lambda ready: Path(ready.installation.provider).unlink(),
        lambda ready: (Path(ready.root) / ".venv" / "bin" / "python").unlink(),
        lambda _: setup.REQUIREMENTS.write_text("pulumi\nboto3\n"),
        lambda _: setup._RECORD.unlink(),
        lambda _: setup._RECORD.write_text('{"requirements": "'),
        lambda _: setup._RECORD.write_text('{"requirements": "of another version of this file"}'),
        lambda ready: write(replace(ready, root="/elsewhere")),
        lambda ready: write(
            replace(ready, installation=replace(ready.installation, plugin=Plugin.DOWNLOADED.value, provider=None))
        ),
    ],
    ids=[
        "the engine is missing",
        "the engine is not executable",
        "the provider is missing",
        "Python is missing",
        "the requirements have changed",
        "there is no record",
        "the record is incomplete",
        "the record has another format",
        "the checkout was moved",
        "the plugin is missing",
    ],
)
def test_setup_runs_again_if(ready: Ready, damage: Callable[[Ready], object]) -> None:
    damage(ready)
    with pytest.raises(SetupRepeated):
        setup.setup()


@pytest.mark.usefixtures("ready")
def test_a_python_that_is_too_old_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 9))
    with pytest.raises(UserError, match=r"3\.11 or newer"):
        setup.setup()
