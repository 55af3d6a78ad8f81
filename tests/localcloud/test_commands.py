"""What destroys a stack, and what refuses to; the engine's part is played."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from localcloud import commands
from localcloud import stack as stacks
from localcloud.commands import destroy
from localcloud.console import Failure
from localcloud.paths import ROOT
from localcloud.stack import LocalStack

Told = Callable[[], str]
STAYS = "nothing stays but its keys"


class Engine:
    """Notes what it is asked for, with what had been said to the user by then."""

    def __init__(self, told: Told) -> None:
        self.asked: list[str] = []
        self.told_before = ""
        self.protections: list[Any] = []
        self.resources: list[dict[str, Any]] = [{"type": "aws:kms/key:Key"}]
        self._told = told

    def note(self, what: str) -> None:
        if not self.asked:
            self.told_before = " ".join(self._told().split())
        self.asked.append(what)

    def run(self, command: list[str], environment: dict[str, str]) -> None:
        self.note(" ".join(command[1:4]))
        config = yaml.safe_load(Path(command[command.index("--config-file") + 1]).read_text())["config"]
        self.protections.append(config["strongroom:protection"])


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Engine:
    engine = Engine(lambda: capfd.readouterr().err)

    def recover(_: LocalStack) -> None:
        engine.note("recover")

    for room in (commands, stacks):
        monkeypatch.setattr(room, "run_engine", engine.run)
    monkeypatch.setattr(commands, "LOCAL", tmp_path)
    monkeypatch.setattr(commands, "LocalStack", lambda overrides: LocalStack(tmp_path, overrides=overrides))
    monkeypatch.setattr(commands, "require_emulator", lambda _: engine.note("emulator"))
    monkeypatch.setattr(LocalStack, "recover", recover)
    monkeypatch.setattr(LocalStack, "resources", lambda _: engine.resources)
    monkeypatch.setenv("PULUMI_BACKEND_URL", "file:///nowhere")
    return engine


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Give stack `eu` settings, in a checkout of its own."""
    monkeypatch.setattr(commands, "ROOT", tmp_path)
    monkeypatch.setattr(stacks, "ROOT", tmp_path)

    def write(**values: str) -> None:
        config = {f"strongroom:{name}": value for name, value in values.items()}
        (tmp_path / "Pulumi.eu.yaml").write_text(yaml.safe_dump({"config": config}))

    return write


def test_prod_is_refused_before_anything_is_touched(engine: Engine) -> None:
    with pytest.raises(Failure, match="ten years"):
        destroy("prod")
    assert engine.asked == []


def test_a_stack_of_another_name_whose_environment_is_prod_is_refused_as_well(
    engine: Engine, settings: Callable[..., None]
) -> None:
    settings(environment="prod")
    with pytest.raises(Failure, match="Stack eu is production"):
        destroy("eu")
    assert engine.asked == []


def test_a_stack_that_locks_in_compliance_mode_is_refused_before_anything_is_touched(
    engine: Engine, settings: Callable[..., None], tmp_path: Path
) -> None:
    settings(environment="dev", object_lock_mode="compliance")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(Failure, match="Stack eu locks its records in compliance mode"):
        destroy("eu")
    assert engine.asked == []
    assert sorted(tmp_path.iterdir()) == before


def test_a_stack_that_locks_under_governance_is_destroyed(engine: Engine, settings: Callable[..., None]) -> None:
    settings(environment="dev", object_lock_mode="governance")
    destroy("eu")
    assert engine.asked == ["up --stack eu", "destroy --stack eu"]


def test_a_stack_without_settings_is_told_with_those_that_have_some(engine: Engine) -> None:
    with pytest.raises(Failure, match="no stack 'prd': expected one of dev, local, prod"):
        destroy("prd")
    assert engine.asked == []


@pytest.mark.parametrize(
    ("stack", "asked"),
    [
        ("dev", ["up --stack dev", "destroy --stack dev"]),
        ("local", ["emulator", "recover", "up --stack local", "destroy --stack local"]),
    ],
)
def test_what_stays_is_said_first_then_the_protections_are_lifted_then_all_is_destroyed(
    engine: Engine, stack: str, asked: list[str]
) -> None:
    tracked = (ROOT / f"Pulumi.{stack}.yaml").read_text()
    destroy(stack)
    assert f"of stack {stack} {STAYS}" in engine.told_before
    assert engine.asked == asked
    assert engine.protections == [False, False]
    assert (ROOT / f"Pulumi.{stack}.yaml").read_text() == tracked


def test_a_local_stack_without_resources_needs_no_engine(engine: Engine) -> None:
    engine.resources = []
    destroy("local")
    assert engine.asked == ["emulator", "recover"]


def test_a_stack_in_an_account_needs_a_chosen_backend(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("PULUMI_BACKEND_URL")
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path))
    with pytest.raises(Failure, match="pulumi login"):
        destroy("dev")
    assert engine.asked == []
