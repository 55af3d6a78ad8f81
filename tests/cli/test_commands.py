"""The command `destroy`, with a fake engine."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli import commands
from cli import settings as stack_settings
from cli import stack as stacks
from cli.commands import destroy
from cli.paths import ROOT
from cli.stack import EmulatedStack
from offline.terminal import UserError

Messages = Callable[[], str]
WARNING = "destroying everything in stack {} but its keys"


class Engine:
    """Records the commands, and the messages to the user before the first one."""

    def __init__(self, messages: Messages) -> None:
        self.commands: list[str] = []
        self.messages_before = ""
        self.protections: list[Any] = []
        self.resources: list[dict[str, Any]] = [{"type": "aws:kms/key:Key"}]
        self._messages = messages

    def record(self, command: str) -> None:
        if not self.commands:
            self.messages_before = " ".join(self._messages().split())
        self.commands.append(command)

    def run(self, command: list[str], environment: dict[str, str]) -> None:
        self.record(" ".join(command[1:4]))
        config = yaml.safe_load(Path(command[command.index("--config-file") + 1]).read_text())["config"]
        self.protections.append(config["strongroom:protection"])


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Engine:
    engine = Engine(lambda: capfd.readouterr().err)

    def recover(_: EmulatedStack) -> None:
        engine.record("recover")

    for module in (commands, stacks):
        monkeypatch.setattr(module, "run_engine", engine.run)
    monkeypatch.setattr(commands, "LOCAL", tmp_path)
    monkeypatch.setattr(commands, "EmulatedStack", lambda overrides: EmulatedStack(tmp_path, overrides=overrides))
    monkeypatch.setattr(commands, "require_emulator", lambda _: engine.record("emulator"))
    monkeypatch.setattr(EmulatedStack, "recover", recover)
    monkeypatch.setattr(EmulatedStack, "resources", lambda _: engine.resources)
    monkeypatch.setenv("PULUMI_BACKEND_URL", "file:///nowhere")
    return engine


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Write the settings of a stack `eu` in another checkout."""
    monkeypatch.setattr(commands, "ROOT", tmp_path)
    monkeypatch.setattr(stack_settings, "ROOT", tmp_path)

    def write(**values: str) -> None:
        config = {f"strongroom:{name}": value for name, value in values.items()}
        (tmp_path / "Pulumi.eu.yaml").write_text(yaml.safe_dump({"config": config}))

    return write


def test_prod_is_refused_before_anything_changes(engine: Engine) -> None:
    with pytest.raises(UserError, match="ten years"):
        destroy("prod")
    assert engine.commands == []


def test_a_stack_with_another_name_and_environment_prod_is_refused(
    engine: Engine, settings: Callable[..., None]
) -> None:
    settings(environment="prod")
    with pytest.raises(UserError, match="Stack eu is production"):
        destroy("eu")
    assert engine.commands == []


def test_a_stack_that_locks_in_compliance_mode_is_refused_before_anything_changes(
    engine: Engine, settings: Callable[..., None], tmp_path: Path
) -> None:
    settings(environment="dev", object_lock_mode="compliance")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(UserError, match="Stack eu locks its records in compliance mode"):
        destroy("eu")
    assert engine.commands == []
    assert sorted(tmp_path.iterdir()) == before


def test_a_stack_that_locks_in_governance_mode_is_destroyed(engine: Engine, settings: Callable[..., None]) -> None:
    settings(environment="dev", object_lock_mode="governance")
    destroy("eu")
    assert engine.commands == ["up --stack eu", "destroy --stack eu"]


def test_the_error_for_an_unknown_stack_lists_the_stacks_with_settings(engine: Engine) -> None:
    with pytest.raises(UserError, match="no stack 'prd': expected one of dev, local, prod"):
        destroy("prd")
    assert engine.commands == []


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        ("dev", ["up --stack dev", "destroy --stack dev"]),
        ("local", ["emulator", "recover", "up --stack local", "destroy --stack local"]),
    ],
)
def test_destroy_first_warns_then_lifts_the_protections_then_destroys(
    engine: Engine, stack: str, expected: list[str]
) -> None:
    tracked = (ROOT / f"Pulumi.{stack}.yaml").read_text()
    destroy(stack)
    assert WARNING.format(stack) in engine.messages_before
    assert engine.commands == expected
    assert engine.protections == [False, False]
    assert (ROOT / f"Pulumi.{stack}.yaml").read_text() == tracked


def test_a_local_stack_without_resources_needs_no_engine(engine: Engine) -> None:
    engine.resources = []
    destroy("local")
    assert engine.commands == ["emulator", "recover"]


def test_a_stack_in_an_account_needs_a_backend(engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PULUMI_BACKEND_URL")
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path))
    with pytest.raises(UserError, match="pulumi login"):
        destroy("dev")
    assert engine.commands == []
