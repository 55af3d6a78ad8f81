"""The process of the Terraform provider, which ends with this process in every case."""

import os
import subprocess
import tempfile
import threading
from pathlib import Path

_COOKIE = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"
"""go-plugin's public handshake value: without it in the environment, a plugin assumes that a person started it."""

_GUARD = """
folder=$1; shift
"$@" </dev/null 2>"$folder/stderr" &
exec >/dev/null
cat
kill -9 $! 2>/dev/null
wait
rm -rf "$folder"
"""
"""Runs a command until standard input closes, which happens when this process ends for any reason."""

_END_SECONDS = 10
_PREFIX = "offline-aws-"
_SOCKET_NAME, _SOCKET_PATH = 40, 104
"""Bytes that the folder's name and the socket's name need, and the longest socket path on macOS (108 on Linux)."""


def _temporary_folder() -> str:
    """Return the folder for temporary files, or /tmp if the path of a socket in it would be too long."""
    folder = tempfile.gettempdir()
    return folder if len(os.fsencode(folder)) + _SOCKET_NAME < _SOCKET_PATH else "/tmp"  # noqa: S108 - mkdtemp follows


class ProviderProcess:
    """A running provider.

    Parameters
    ----------
    binary
        The provider's executable.

    Attributes
    ----------
    folder
        Folder of the provider's socket and temporary files; removed when the provider has ended.
    address
        The provider's address in gRPC's notation.

    Raises
    ------
    RuntimeError
        The program does not start as a provider of plugin protocol 5.
    """

    def __init__(self, binary: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_temporary_folder()))
        environment = {
            **os.environ,
            "TF_PLUGIN_MAGIC_COOKIE": _COOKIE,
            "PLUGIN_PROTOCOL_VERSIONS": "5",
            "TMPDIR": str(self.folder),
        }
        environment.pop("PLUGIN_CLIENT_CERT", None)
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "guard", str(self.folder), str(binary)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # the engine handles an interrupt from the terminal
        )
        assert self._guard.stdin is not None  # noqa: S101 - both are pipes
        assert self._guard.stdout is not None  # noqa: S101
        self._lifeline, self._output = self._guard.stdin, self._guard.stdout
        self._drainer = threading.Thread(target=self._drain, daemon=True)
        greeting = self._output.readline().decode(errors="replace").strip().split("|")
        if len(greeting) < 5 or (greeting[1], greeting[4]) != ("5", "grpc"):
            self._drainer.start()
            self._drainer.join(_END_SECONDS)  # standard error is complete when the program has ended
            last = self.last_error()
            self.close()
            raise RuntimeError(
                f"{binary} did not start as a Terraform provider of plugin protocol 5: it printed {'|'.join(greeting)!r} {last}"
            )
        self.address = f"unix:{greeting[3]}" if greeting[2] == "unix" else greeting[3]
        self._drainer.start()

    def _drain(self) -> None:
        while self._output.read(1 << 16):
            pass

    def last_error(self) -> str:
        """Return the last line of standard error, or the reason of a crash."""
        try:
            lines = (self.folder / "stderr").read_text(errors="replace").splitlines()
        except OSError:
            return ""
        panic = [line for line in lines if line.startswith(("panic:", "fatal error:"))]
        return (panic or lines[-1:] or [""])[0]

    def close(self) -> None:
        """Stop the provider."""
        self._lifeline.close()
        self._guard.wait(_END_SECONDS)
        if self._drainer.is_alive():
            self._drainer.join(_END_SECONDS)
        self._output.close()
