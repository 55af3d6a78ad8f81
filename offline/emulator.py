"""A local AWS: the ministack emulator in its own process group, on the loopback interface only.

The emulator runs as long as its lease file exists. Deleting the lease stops it, and so does deleting the folder that the
lease is in. No process is ever signalled by its id: that id could belong to another program by then.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import socket
import ssl
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

from offline import enforcement
from offline.environment import without_credentials
from offline.terminal import UserError

HOST = "127.0.0.1"
PORT = 4566
"""LocalStack's port, which LocalStack's clients expect."""

_LEASE = "emulator.lease"
_START_SECONDS = 60.0
_STOP_SECONDS = 15.0
_POLL_SECONDS = 0.1
_RESPONSE_DELAY_SECONDS = 0.002

App = Callable[[Any, Any, Callable[[Any], Awaitable[None]]], Awaitable[None]]
"""An ASGI application."""


@dataclass(frozen=True)
class Certificate:
    """Files in PEM format of an emulator that serves HTTPS on 127.0.0.1 and localhost.

    Attributes
    ----------
    chain, key
        The emulator's certificate with its chain, and its private key.
    authority
        The certificate authority, which clients must trust (`AWS_CA_BUNDLE`).
    """

    chain: Path
    key: Path
    authority: Path


@dataclass(frozen=True)
class Emulator:
    """A running emulator.

    Attributes
    ----------
    endpoint
        The URL of every service.
    lease
        The file whose deletion stops the emulator; its folder also holds the log and the temporary files.
    process
        The emulator's process, if this process started it.
    """

    endpoint: str
    lease: Path
    process: subprocess.Popen[bytes] | None = None

    def stop(self) -> None:
        """Stop the emulator and wait until its port is free.

        Raises
        ------
        UserError
            The emulator still answers after 15 s.
        """
        self.lease.unlink(missing_ok=True)
        if not wait_until(lambda: not is_listening(self.endpoint), _STOP_SECONDS):
            raise UserError(
                f"The emulator at {self.endpoint} still answers {_STOP_SECONDS:.0f} s after it was stopped."
            )
        if self.process is not None:
            self.process.wait()
        shutil.rmtree(self.lease.parent / "tmp", ignore_errors=True)


def is_healthy(endpoint: str, authority: Path | None = None) -> bool:
    """Tell whether an AWS emulator answers LocalStack's health check at an endpoint."""
    trust = ssl.create_default_context(cafile=authority) if authority else None
    try:
        with urllib.request.urlopen(f"{endpoint}/_localstack/health", timeout=5, context=trust) as answer:  # noqa: S310
            return isinstance(json.load(answer).get("services"), dict)
    except (OSError, ValueError, AttributeError, urllib.error.URLError):
        return False


def is_listening(endpoint: str) -> bool:
    """Tell whether any program accepts connections at an endpoint."""
    host, _, port = endpoint.rpartition("://")[2].rstrip("/").partition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(2)
        return probe.connect_ex((host, int(port or 80))) == 0


def free_port() -> int:
    """Return a port of the loopback interface that no program listens on now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def start(
    folder: Path, port: int = PORT, *, parent: int | None = None, certificate: Certificate | None = None
) -> Emulator:
    """Start an emulator and wait until it answers.

    Parameters
    ----------
    folder
        The folder for the lease, the log and the temporary files.
    port
        The port on 127.0.0.1.
    parent
        A process whose end also stops the emulator; by default the emulator outlives the caller.
    certificate
        With a certificate, the emulator serves HTTPS only and enforces policies (`enforcement.py`). Without one it
        enforces nothing: over plain HTTP, every policy that requires TLS would deny every request.

    Raises
    ------
    UserError
        Another program uses the port, or the emulator does not start; the message quotes the end of its log.
    """
    endpoint = f"{'https' if certificate else 'http'}://{HOST}:{port}"
    authority = certificate.authority if certificate else None
    if is_listening(endpoint):
        raise UserError(
            f"Port {port} on {HOST} is taken by another program. Stop that program, or start the emulator on another port."
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tmp").mkdir(exist_ok=True)
    lease, log = folder / _LEASE, folder / "emulator.log"
    lease.write_text(endpoint)
    command = [sys.executable, "-m", "offline.emulator", "--lease", str(lease)]
    if parent is not None:
        command += ["--parent", str(parent)]
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=Path(__file__).parents[1], env=_environment(folder, port, certificate), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip
    if (
        not wait_until(lambda: is_healthy(endpoint, authority) or process.poll() is not None, _START_SECONDS)
        or process.poll() is not None
    ):
        lease.unlink(missing_ok=True)
        tail = " | ".join(log.read_text(errors="replace").splitlines()[-5:])
        raise UserError(f"The AWS emulator did not start on {endpoint}. The end of its log, {log}: {tail or 'empty'}")
    return Emulator(endpoint, lease, process)


def find_running(folder: Path) -> Emulator | None:
    """Return the emulator that was started with a folder, or None if it has been stopped."""
    lease = folder / _LEASE
    return Emulator(lease.read_text(), lease) if lease.exists() else None


@contextmanager
def temporary(folder: Path, certificate: Certificate | None = None) -> Iterator[Emulator]:
    """Run an emulator on a free port until the block or this process ends."""
    emulator = start(folder, free_port(), parent=os.getpid(), certificate=certificate)
    try:
        yield emulator
    finally:
        emulator.stop()


def _environment(folder: Path, port: int, certificate: Certificate | None) -> dict[str, str]:
    # Lambda functions run inside the emulator and inherit its environment, so it holds no credentials of the user.
    inherited = without_credentials()
    inherited.pop("PYTHONDONTWRITEBYTECODE", None)
    return inherited | {
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "localhost",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "TMPDIR": str(folder / "tmp"),
        **(_enforcing(certificate) if certificate else {}),
    }


def _enforcing(certificate: Certificate) -> dict[str, str]:
    return {
        "AUTH": "true",
        "USE_SSL": "1",
        "MINISTACK_SSL_CERT": str(certificate.chain),
        "MINISTACK_SSL_KEY": str(certificate.key),
        # Functions inherit it; otherwise they would trust the certificate and not its authority.
        "AWS_CA_BUNDLE": str(certificate.authority),
    }


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Wait for a condition; return False if it is still false after some seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(_POLL_SECONDS)
    return False


def delay_responses(inner: App) -> App:
    """Return an ASGI application that waits before it responds.

    If a response arrives before Go's HTTP client has finished sending the request, the client treats the connection as
    broken and retries. The AWS provider uses this client; its second request then fails with "already exists".
    """

    async def app(scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        async def delayed_send(message: Any) -> None:
            if message["type"] == "http.response.start":
                await asyncio.sleep(_RESPONSE_DELAY_SECONDS)
            await send(message)

        await inner(scope, receive, delayed_send)

    return app


def main() -> None:
    """Run the emulator until its lease is deleted or its parent process ends."""
    parser = argparse.ArgumentParser(prog="python -m offline.emulator", description=main.__doc__)
    parser.add_argument("--lease", type=Path, required=True, help="file whose deletion stops the emulator")
    parser.add_argument("--parent", type=int, help="process whose end stops the emulator")
    arguments = parser.parse_args()
    from ministack import app  # noqa: PLC0415 - slow to import, and only this process needs it

    app.app = delay_responses(app.app)
    if app.AUTH:
        enforcement.correct()

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
