"""What a local stack survives."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from localcloud.console import Failure
from localcloud.setup import stack_file
from localcloud.stack import LocalStack


@pytest.fixture
def local(tmp_path: Path) -> LocalStack:
    stack = LocalStack(folder=tmp_path)
    stack.ensure()
    return stack


def locked(local: LocalStack, **holder: object) -> Path:
    """Write the lock that the engine leaves when it is killed."""
    lock = local.state / ".pulumi" / "locks" / "organization" / "strongroom" / "local" / "one.json"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text(json.dumps(holder))
    return lock


def ended() -> int:
    """Return the id of a process that is gone."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        return process.pid


def test_the_lock_of_a_killed_engine_is_taken_away_and_the_next_run_goes_on(
    local: LocalStack, capfd: pytest.CaptureFixture[str]
) -> None:
    locked(local, pid=ended(), hostname=socket.gethostname(), username="", timestamp="2026-01-01T00:00:00Z")
    with pytest.raises(Failure, match="exit code"):
        local.run("destroy", "--yes", "--skip-preview")
    local.recover()
    local.run("destroy", "--yes", "--skip-preview")
    assert "was killed" in capfd.readouterr().err


@pytest.mark.parametrize(
    "holder",
    [
        {"pid": os.getpid(), "hostname": socket.gethostname()},
        {"pid": 1, "hostname": "another-machine"},
        {"hostname": socket.gethostname()},
        {"pid": "none", "hostname": socket.gethostname()},
    ],
    ids=["its holder lives", "it is of another machine", "it names no process", "its process is no number"],
)
def test_a_lock_stays_when(local: LocalStack, holder: dict[str, object]) -> None:
    lock = locked(local, **holder)
    local.recover()
    assert lock.exists()


def test_what_a_killed_update_was_making_is_named(local: LocalStack, capfd: pytest.CaptureFixture[str]) -> None:
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
    told = capfd.readouterr().err
    assert "creating aws:kms/alias:Alias::records was cut short" in told
    assert "make down" in told
