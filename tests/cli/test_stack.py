"""Recovery of a local stack from a killed engine, and the errors without an emulator."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from cli.paths import PULUMI, ROOT
from cli.setup import STATE, stack_file
from cli.stack import EmulatedStack, ensure_emulator, require_emulator
from offline import emulator
from offline.terminal import UserError


@pytest.fixture
def local(tmp_path: Path) -> EmulatedStack:
    stack = EmulatedStack(folder=tmp_path)
    stack.ensure()
    return stack


def locked(local: EmulatedStack, **holder: object) -> Path:
    """Write the lock that the engine leaves when it is killed."""
    lock = local.state / ".pulumi" / "locks" / "organization" / "strongroom" / "local" / "one.json"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text(json.dumps(holder))
    return lock


def ended() -> int:
    """Return the id of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        return process.pid


def test_the_lock_of_a_killed_engine_is_removed_and_the_next_run_continues(
    local: EmulatedStack, capfd: pytest.CaptureFixture[str]
) -> None:
    locked(local, pid=ended(), hostname=socket.gethostname(), username="", timestamp="2026-01-01T00:00:00Z")
    with pytest.raises(UserError, match="exit code"):
        local.run("destroy", "--yes", "--skip-preview")
    local.recover()
    local.run("destroy", "--yes", "--skip-preview")
    assert "was killed" in capfd.readouterr().err


@pytest.mark.parametrize("name", ["local", "dev", "prod"])
def test_a_stack_is_created_and_used_with_a_passphrase_without_a_change_of_its_tracked_file(
    tmp_path: Path, name: str
) -> None:
    tracked = {file: file.read_text() for file in ROOT.glob("Pulumi*.yaml")}
    stack = EmulatedStack(tmp_path, name=name)
    stack.ensure()
    latest = json.loads(stack_file(stack.state, name).read_text())["checkpoint"]["latest"]
    assert latest["secrets_providers"]["type"] == "passphrase"
    salt = latest["secrets_providers"]["state"]["salt"]
    with pytest.raises(UserError, match="exit code"):  # no emulator answers
        stack.run("destroy", "--yes", "--skip-preview", "--run-program")
    assert yaml.safe_load((tmp_path / f"Pulumi.{name}.yaml").read_text())["encryptionsalt"] == salt
    assert {file: file.read_text() for file in ROOT.glob("Pulumi*.yaml")} == tracked


def test_a_plain_pulumi_command_on_stack_local_leaves_its_tracked_file_alone() -> None:
    tracked = (ROOT / "Pulumi.local.yaml").read_text()
    subprocess.run([PULUMI, "preview", "--stack", "local"], cwd=ROOT, capture_output=True, check=False)
    assert (ROOT / "Pulumi.local.yaml").read_text() == tracked
    assert "encryptionsalt" in (STATE / "Pulumi.local.yaml").read_text()


@pytest.mark.parametrize(
    "holder",
    [
        {"pid": os.getpid(), "hostname": socket.gethostname()},
        {"pid": 1, "hostname": "another-machine"},
        {"hostname": socket.gethostname()},
        {"pid": "none", "hostname": socket.gethostname()},
    ],
    ids=["its process is running", "it is from another machine", "it has no process", "its process is not a number"],
)
def test_a_lock_is_kept_if(local: EmulatedStack, holder: dict[str, object]) -> None:
    lock = locked(local, **holder)
    local.recover()
    assert lock.exists()


def test_the_unfinished_operation_of_a_killed_update_is_reported(
    local: EmulatedStack, capfd: pytest.CaptureFixture[str]
) -> None:
    resource = {
        "urn": "urn:pulumi:local::strongroom::aws:kms/alias:Alias::records",
        "type": "aws:kms/alias:Alias",
        "custom": True,
    }
    checkpoint = json.loads(stack_file(local.state).read_text())
    checkpoint["checkpoint"]["latest"] = {"pending_operations": [{"resource": resource, "type": "creating"}]}
    stack_file(local.state).write_text(json.dumps(checkpoint))
    capfd.readouterr()
    local.recover()
    messages = capfd.readouterr().err
    assert "creating aws:kms/alias:Alias::records was interrupted" in messages
    assert "make down" in messages


def test_the_error_for_an_endpoint_without_emulator_says_what_to_do(tmp_path: Path) -> None:
    stack = EmulatedStack(folder=tmp_path, endpoint=f"http://127.0.0.1:{emulator.free_port()}")
    with pytest.raises(UserError, match="make up STACK=local"):
        require_emulator(stack)
    with pytest.raises(UserError, match="STRONGROOM_ENDPOINT"):
        ensure_emulator(stack)
