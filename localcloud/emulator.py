"""The local AWS: an emulator in a process group of its own, on the loopback interface only.

It lives exactly as long as a file, its lease: whoever started it ends it by deleting the lease, and a checkout
that is deleted takes its emulator along. No process id is ever signalled that might belong to somebody else.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.console import Failure
from localcloud.environment import without_accounts
from localcloud.paths import ROOT

HOST = "127.0.0.1"
PORT = 4566
"""LocalStack's port, which its clients expect."""

_LEASE = "emulator.lease"
_START_SECONDS = 60.0
_STOP_SECONDS = 15.0
_POLL_SECONDS = 0.1
_ANSWER_SECONDS = 0.002

App = Callable[[Any, Any, Callable[[Any], Awaitable[None]]], Awaitable[None]]
"""An ASGI application."""


@dataclass(frozen=True)
class Emulator:
    """A running emulator.

    Attributes
    ----------
    endpoint
        The URL of every service.
    lease
        The file whose deletion ends it; its folder also holds the emulator's log and temporary files.
    process
        Its process, where this one started it.
    """

    endpoint: str
    lease: Path
    process: subprocess.Popen[bytes] | None = None

    def stop(self) -> None:
        """End it and wait until its port is free.

        Raises
        ------
        Failure
            It still answers after 15 s.
        """
        self.lease.unlink(missing_ok=True)
        if not _await(lambda: not listens(self.endpoint), _STOP_SECONDS):
            raise Failure(f"The emulator at {self.endpoint} still answers {_STOP_SECONDS:.0f} s after it was stopped.")
        if self.process is not None:
            self.process.wait()
        shutil.rmtree(self.lease.parent / "tmp", ignore_errors=True)


def healthy(endpoint: str) -> bool:
    """Whether an AWS emulator answers there, LocalStack's way."""
    try:
        with urllib.request.urlopen(f"{endpoint}/_localstack/health", timeout=5) as answer:  # noqa: S310
            return isinstance(json.load(answer).get("services"), dict)
    except (OSError, ValueError, AttributeError, urllib.error.URLError):
        return False


def listens(endpoint: str) -> bool:
    """Whether anything accepts connections there."""
    host, _, port = endpoint.rpartition("://")[2].rstrip("/").partition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(2)
        return probe.connect_ex((host, int(port or 80))) == 0


def free_port() -> int:
    """Return a port of the loopback interface that nothing listens on now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def start(folder: Path, port: int = PORT, *, parent: int | None = None) -> Emulator:
    """Start an emulator and wait until it answers.

    Parameters
    ----------
    folder
        Where its lease, log and temporary files are kept.
    port
        Where it listens, on 127.0.0.1.
    parent
        A process whose death ends it as well; by default it outlives the caller.

    Raises
    ------
    Failure
        The port is taken, or the emulator does not come up; the message quotes the end of its log.
    """
    endpoint = f"http://{HOST}:{port}"
    if listens(endpoint):
        raise Failure(
            f"Port {port} on {HOST} is taken by a program that is not an AWS emulator. "
            f"Stop that program, or point STRONGROOM_ENDPOINT at an emulator of your own, then run the command again."
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tmp").mkdir(exist_ok=True)
    lease, log = folder / _LEASE, folder / "emulator.log"
    lease.write_text(endpoint)
    command = [sys.executable, "-m", "localcloud.emulator", "--lease", str(lease)]
    if parent is not None:
        command += ["--parent", str(parent)]
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=_environment(folder, port), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip
    if (
        not _await(lambda: healthy(endpoint) or process.poll() is not None, _START_SECONDS)
        or process.poll() is not None
    ):
        lease.unlink(missing_ok=True)
        tail = " | ".join(log.read_text(errors="replace").splitlines()[-5:])
        raise Failure(f"The AWS emulator did not come up on {endpoint}. The end of its log, {log}: {tail or 'empty'}")
    return Emulator(endpoint, lease, process)


def leased(folder: Path) -> Emulator | None:
    """Return the emulator that was started with this folder, if it has not been stopped."""
    lease = folder / _LEASE
    return Emulator(lease.read_text(), lease) if lease.exists() else None


@contextmanager
def temporary(folder: Path) -> Iterator[Emulator]:
    """Give an emulator on a free port that ends with the block, and with this process."""
    emulator = start(folder, free_port(), parent=os.getpid())
    try:
        yield emulator
    finally:
        emulator.stop()


def _environment(folder: Path, port: int) -> dict[str, str]:
    # Functions run inside the emulator and inherit its environment: nothing of the user's own account may be in it.
    inherited = without_accounts()
    inherited.pop("PYTHONDONTWRITEBYTECODE", None)
    return inherited | {
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "localhost",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "TMPDIR": str(folder / "tmp"),
    }


def _await(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(_POLL_SECONDS)
    return False


def unhurried(inner: App) -> App:
    """Return an ASGI application that answers no faster than a network would.

    Go's HTTP client, which the AWS provider uses, takes an answer that overtakes the end of its own request for a broken
    connection and sends the request again; what the first one made "already exists" then.
    """

    async def app(scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        async def later(message: Any) -> None:
            if message["type"] == "http.response.start":
                await asyncio.sleep(_ANSWER_SECONDS)
            await send(message)

        await inner(scope, receive, later)

    return app


def main() -> None:
    """Serve until the lease is deleted or the parent is gone."""
    parser = argparse.ArgumentParser(prog="python -m localcloud.emulator", description=main.__doc__)
    parser.add_argument("--lease", type=Path, required=True, help="file whose deletion ends the emulator")
    parser.add_argument("--parent", type=int, help="process whose death ends the emulator")
    arguments = parser.parse_args()
    from ministack import app  # noqa: PLC0415 - heavy, and needed in this process only

    app.app = unhurried(app.app)

    def watch() -> None:
        while arguments.lease.exists() and arguments.parent in (None, os.getppid()):
            time.sleep(_POLL_SECONDS)
        os.killpg(0, signal.SIGTERM)
        time.sleep(3)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()
    sys.argv = ["ministack"]
    app.main()


if __name__ == "__main__":
    main()
