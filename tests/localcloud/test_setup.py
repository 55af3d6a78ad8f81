"""A second setup only looks, unless something is not as the first one left it."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from localcloud import setup
from localcloud.console import Failure
from localcloud.engine.choice import Engine, Plugin
from localcloud.setup import Ready


class LooksAgain(Exception):  # noqa: N818
    """Setup begins anew: it chooses an engine."""


@pytest.fixture
def ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ready:
    """What an earlier setup left in a checkout."""
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").touch()
    for name in ("pulumi", "provider"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "requirements").write_text("pulumi\n")

    def choose(_: object) -> Engine:
        raise LooksAgain

    monkeypatch.setattr(setup, "VENV", venv)
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "REQUIREMENTS", tmp_path / "requirements")
    monkeypatch.setattr(setup, "_READY", venv / "ready.json")
    monkeypatch.setattr(setup, "make_stack", lambda *_: None)
    monkeypatch.setattr(setup, "choose_engine", choose)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    engine = tmp_path / "pulumi"
    left = Ready(
        requirements=setup._digest(),
        python="3.11.0",
        root=str(tmp_path),
        engine=Engine.BUILT.value,
        plugin=Plugin.ADAPTER.value,
        pulumi=str(engine),
        pulumi_bytes=engine.stat().st_size,
        provider=str(tmp_path / "provider"),
    )
    write(left)
    return left


def write(left: Ready) -> None:
    setup._READY.write_text(json.dumps(asdict(left)))


def test_what_holds_is_taken_as_it_is(ready: Ready) -> None:
    assert setup.setup() == ready


@pytest.mark.parametrize("text", ["#!/bin/sh\n# changed\n", "#!/bin/", ""])
def test_an_engine_of_another_size_than_setup_saw_makes_setup_look_again(ready: Ready, text: str) -> None:
    Path(ready.pulumi).write_text(text)
    with pytest.raises(LooksAgain):
        setup.setup()
    assert not setup._READY.exists()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda ready: Path(ready.pulumi).unlink(),
        lambda ready: Path(ready.pulumi).chmod(0o644),
        lambda ready: Path(ready.provider).unlink(),
        lambda ready: (Path(ready.root) / ".venv" / "bin" / "python").unlink(),
        lambda _: setup.REQUIREMENTS.write_text("pulumi\nboto3\n"),
        lambda _: setup._READY.unlink(),
        lambda _: setup._READY.write_text('{"requirements": "'),
        lambda _: setup._READY.write_text('{"requirements": "of another version of this file"}'),
        lambda ready: write(replace(ready, root="/elsewhere")),
        lambda ready: write(replace(ready, plugin=Plugin.DOWNLOADED.value, provider=None)),
    ],
    ids=[
        "its engine is gone",
        "its engine cannot be run",
        "its provider is gone",
        "its Python is gone",
        "other packages are asked for",
        "nothing was left",
        "what was left is torn",
        "what was left is of another version",
        "the checkout was moved",
        "its plugin is gone",
    ],
)
def test_setup_looks_again_when(ready: Ready, spoil: Callable[[Ready], object]) -> None:
    spoil(ready)
    with pytest.raises(LooksAgain):
        setup.setup()


@pytest.mark.usefixtures("ready")
def test_a_python_that_is_too_old_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 9))
    with pytest.raises(Failure, match=r"3\.11 or newer"):
        setup.setup()
