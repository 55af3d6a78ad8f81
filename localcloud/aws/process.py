"""The Terraform provider's process, which never outlives this one."""

import os
import subprocess
import tempfile
import threading
from pathlib import Path

_COOKIE = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"
"""What go-plugin wants to see in the environment, to tell a plugin's start from a user's; it is public."""

_GUARD = """
folder=$1; shift
"$@" </dev/null 2>"$folder/stderr" &
exec >/dev/null
cat
kill -9 $! 2>/dev/null
wait
rm -rf "$folder"
"""
"""Runs a command until standard input ends, which it does when this process ends, however it ends."""

_END_SECONDS = 10
_PREFIX = "strongroom-aws-"
_SOCKET_NAME, _SOCKET_PATH = 40, 104
"""Bytes that our folder and the provider take to name a socket, and all that macOS (Linux: 108) has for its path."""


def _temporary() -> str:
    """Return the folder for temporary files, or a short one where a socket in it would have too long a path."""
    usual = tempfile.gettempdir()
    return usual if len(os.fsencode(usual)) + _SOCKET_NAME < _SOCKET_PATH else "/tmp"  # noqa: S108 - mkdtemp follows


class ProviderProcess:
    """A running provider.

    Parameters
    ----------
    binary
        The provider's executable.

    Attributes
    ----------
    folder
        Where it keeps its socket and temporary files; gone when it has ended.
    address
        Where it listens, as gRPC writes it.

    Raises
    ------
    RuntimeError
        It does not start, or speaks another protocol than 5.
    """

    def __init__(self, binary: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_temporary()))
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
            start_new_session=True,  # an interrupt of the terminal is for the engine to handle
        )
        assert self._guard.stdin is not None  # noqa: S101 - both are pipes
        assert self._guard.stdout is not None  # noqa: S101
        self._lifeline, self._output = self._guard.stdin, self._guard.stdout
        self._drainer = threading.Thread(target=self._drain, daemon=True)
        greeting = self._output.readline().decode(errors="replace").strip().split("|")
        if len(greeting) < 5 or (greeting[1], greeting[4]) != ("5", "grpc"):
            self._drainer.start()
            self._drainer.join(_END_SECONDS)  # its last words are complete when it has ended
            last = self.last_words()
            self.close()
            raise RuntimeError(
                f"{binary} does not start as a Terraform provider of plugin protocol 5: it says {'|'.join(greeting)!r} {last}"
            )
        self.address = f"unix:{greeting[3]}" if greeting[2] == "unix" else greeting[3]
        self._drainer.start()

    def _drain(self) -> None:
        while self._output.read(1 << 16):
            pass

    def last_words(self) -> str:
        """Return what it said last on standard error: of a crash, its reason."""
        try:
            lines = (self.folder / "stderr").read_text(errors="replace").splitlines()
        except OSError:
            return ""
        panic = [line for line in lines if line.startswith(("panic:", "fatal error:"))]
        return (panic or lines[-1:] or [""])[0]

    def close(self) -> None:
        """End it."""
        self._lifeline.close()
        self._guard.wait(_END_SECONDS)
        if self._drainer.is_alive():
            self._drainer.join(_END_SECONDS)
        self._output.close()
