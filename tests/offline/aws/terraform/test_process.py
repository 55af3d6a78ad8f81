"""The provider's process ends with its parent process."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from offline.aws.terraform.process import ProviderProcess
from offline.emulator import wait_until
from tests.offline.settings import ROOT

FAKE = """#!/bin/sh
echo $$ > "$PID_FILE"
echo "1|5|unix|/nowhere|grpc|"
exec sleep 300
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A provider that only prints its handshake, and the file in which it writes its process id."""
    binary, pid = tmp_path / "provider", tmp_path / "pid"
    binary.write_text(FAKE)
    binary.chmod(0o755)
    monkeypatch.setenv("PID_FILE", str(pid))
    return binary, pid


def alive(pid: Path) -> bool:
    try:
        stat = Path(f"/proc/{pid.read_text().strip()}/stat").read_text()
    except OSError:
        return False
    return stat.rsplit(")", maxsplit=1)[1].split()[0] != "Z"


def test_closing_ends_the_provider_and_removes_its_folder(fake: tuple[Path, Path]) -> None:
    process = ProviderProcess(fake[0])
    assert process.address == "unix:/nowhere"
    assert alive(fake[1])
    process.close()
    assert not alive(fake[1])
    assert not process.folder.exists()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_provider_ends_when_its_parent_is_killed(fake: tuple[Path, Path], number: signal.Signals) -> None:
    code = (
        "import sys, time; from pathlib import Path; from offline.aws.terraform.process import ProviderProcess; "
        "print(ProviderProcess(Path(sys.argv[1])).folder, flush=True); time.sleep(300)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(fake[0])], cwd=ROOT, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as parent:  # fmt: skip
        assert parent.stdout is not None
        folder = Path(parent.stdout.readline().decode().strip())
        assert alive(fake[1])
        parent.send_signal(number)
        parent.wait()
    assert wait_until(lambda: not alive(fake[1]) and not folder.exists())


def test_killing_the_parent_during_the_start_leaves_no_process_and_no_folder(
    temporary: Path, fake: tuple[Path, Path]
) -> None:
    fake[0].write_text('#!/bin/sh\necho $$ > "$PID_FILE"\nexec sleep 300\n')  # without a handshake
    code = (
        "import sys; from pathlib import Path; from offline.aws.terraform.process import ProviderProcess; "
        "ProviderProcess(Path(sys.argv[1]))"
    )
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen([sys.executable, "-c", code, str(fake[0])], cwd=ROOT, env=environment) as parent:
        assert wait_until(fake[1].exists)
        assert wait_until(lambda: alive(fake[1]))
        parent.kill()
    assert wait_until(lambda: not alive(fake[1]) and not list(temporary.glob("offline-aws-*")))


def test_the_error_for_a_program_that_is_not_a_provider_contains_its_output(tmp_path: Path) -> None:
    binary = tmp_path / "broken"
    binary.write_text('#!/bin/sh\necho "hello"\nsleep 0.1\necho "panic: no memory" >&2\n')
    binary.chmod(0o755)
    with pytest.raises(RuntimeError, match=r"(?s)broken.*hello.*panic: no memory"):
        ProviderProcess(binary)


def test_a_long_path_for_temporary_files_is_not_used_for_the_socket(
    tmp_path: Path, fake: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("d" * 60)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    process = ProviderProcess(fake[0])
    try:
        assert len(str(process.folder / "plugin1234567890")) < 104
    finally:
        process.close()
    assert not process.folder.exists()
