"""Child processes of the language host."""

import contextlib
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping

_CHUNK_BYTES = 1 << 16
_GRACE_SECONDS = 5.0


class ChildProcesses:
    """The processes that run for the engine, each in its own process group so that its children end with it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._ended = False

    def start(
        self, command: list[str], directory: str, environment: Mapping[str, str], *, piped: bool
    ) -> subprocess.Popen[bytes]:
        """Start a process; its output goes to pipes, or to this process's own output.

        Raises
        ------
        RuntimeError
            `end` has been called.
        """
        pipe = subprocess.PIPE if piped else None
        with self._lock:
            if self._ended:
                raise RuntimeError("the language host is shutting down")
            process = subprocess.Popen(
                command, cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe,
                start_new_session=True,
            )  # fmt: skip
            self._running.add(process)
        return process

    def forget(self, process: subprocess.Popen[bytes]) -> None:
        """Remove a process that has ended."""
        with self._lock:
            self._running.discard(process)

    def end(self) -> None:
        """Terminate all processes; kill those that are still running after five seconds."""
        with self._lock:
            self._ended = True
            running = list(self._running)
        for process in running:
            signal_group(process, signal.SIGTERM)
        for process in running:
            try:
                process.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                signal_group(process, signal.SIGKILL)


def signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to a process and its children, unless the process has ended."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)


def stream_output(process: subprocess.Popen[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the output of a piped process, as ("stdout" or "stderr", bytes), until the process has ended."""
    chunks: queue.Queue[tuple[str, bytes]] = queue.Queue()

    def pump(name: str) -> None:
        descriptor = getattr(process, name).fileno()
        while data := os.read(descriptor, _CHUNK_BYTES):
            chunks.put((name, data))
        chunks.put((name, b""))

    for name in ("stdout", "stderr"):
        threading.Thread(target=pump, args=(name,), daemon=True).start()
    open_streams = 2
    while open_streams:
        name, data = chunks.get()
        if data:
            yield name, data
        else:
            open_streams -= 1
    process.wait()
