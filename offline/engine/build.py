"""Puts the Pulumi CLI into the user's cache: the official release, or a build from Pulumi's Go modules.

Standard library only: a project's setup imports this module before it has installed any package. The engine appears in
the cache complete or not at all, and a second process waits for the first instead of doing the work again.
"""

import fcntl
import hashlib
import platform
import re
import shutil
import subprocess
import tarfile
import tempfile
import threading
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from offline.engine.selection import ENGINE_VERSION
from offline.terminal import Progress, UserError, step

SITE = "https://get.pulumi.com"
"""Pulumi's download site."""

_CONNECT_SECONDS = 5
_DOWNLOAD_SECONDS = 60
_CHUNK_BYTES = 1 << 20
_MODULE = "github.com/pulumi/pulumi"
_GO_MODULE_FOLDER = Path(__file__).parent


def version_of(pulumi: str) -> str | None:
    """Return what `pulumi version` prints, or None if the program does not run."""
    try:
        answer = subprocess.run([pulumi, "version"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()


def is_site_reachable() -> bool:
    """Tell whether Pulumi's download site answers within five seconds."""
    try:
        request = urllib.request.Request(f"{SITE}/", method="HEAD")  # noqa: S310 - a constant https address
        with urllib.request.urlopen(request, timeout=_CONNECT_SECONDS):  # noqa: S310
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


class CachedEngine:
    """The engine in a user's cache.

    Attributes
    ----------
    folder
        The folder of the engine's version.
    pulumi
        The CLI.
    """

    def __init__(self, cache: Path) -> None:
        self.folder = cache / "engine" / f"v{ENGINE_VERSION}"
        self.pulumi = self.folder / "pulumi"

    def is_complete(self) -> bool:
        """Tell whether the CLI is there, runs and prints the right version."""
        return version_of(str(self.pulumi)) == f"v{ENGINE_VERSION}"

    def has_language_host(self) -> bool:
        """Tell whether the official language host is there: a release contains it, a build does not."""
        return (self.folder / "pulumi-language-python").exists()

    def download(self) -> None:
        """Download the official release and verify its published SHA-256.

        Raises
        ------
        UserError
            No release exists for this machine, the download fails, or the checksum differs.
        """
        name = f"pulumi-v{ENGINE_VERSION}-{_release_platform()}.tar.gz"
        address = f"{SITE}/releases/sdk"
        with self._exclusive_work_folder() as folder:
            if folder is None:
                return
            step(f"downloading {name}")
            archive = folder / name
            try:
                with Progress("downloading Pulumi") as progress:
                    checksums = _fetch(f"{address}/pulumi-{ENGINE_VERSION}-checksums.txt").decode()
                    digest = _fetch_to(f"{address}/{name}", archive, progress)
            except OSError as error:
                raise UserError(
                    f"The download of {address}/{name} failed: {error}. Check the network, then run the command again."
                ) from None
            expected = next((line.split()[0] for line in checksums.splitlines() if line.split()[1:] == [name]), None)
            if digest != expected:
                raise UserError(
                    f"{name} was not installed: expected SHA-256 {expected}, found {digest}. Run the command again."
                )
            with tarfile.open(archive) as tar:
                tar.extractall(folder, filter="data")
            self._publish(folder / "pulumi")

    def build(self) -> None:
        """Build the CLI from the Go modules that go.mod pins; it takes five minutes on two cores.

        Raises
        ------
        UserError
            Go is not installed, a module cannot be downloaded, or the build fails; the message quotes Go's last lines.
        """
        if shutil.which("go") is None:
            raise UserError(
                f"Pulumi {ENGINE_VERSION} cannot be built: there is no `go` on PATH, and Pulumi's download site cannot be "
                f"reached. Install Go 1.25 or newer, or put pulumi {ENGINE_VERSION} or newer on PATH, then run the command again."
            )
        with self._exclusive_work_folder() as folder:
            if folder is None:
                return
            step(f"building Pulumi {ENGINE_VERSION} from its Go modules: once per user, five minutes on two cores")
            target = folder / "built" / "pulumi"
            _compile(target, _download_modules())
            self._publish(target.parent)

    @contextmanager
    def _exclusive_work_folder(self) -> Iterator[Path | None]:
        """Give a work folder, or None if another process has completed the engine in the meantime."""
        versions = self.folder.parent
        versions.mkdir(parents=True, exist_ok=True)
        with (versions / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                step("another process is installing the engine: waiting for it")
                with Progress("waiting"):
                    fcntl.flock(lock, fcntl.LOCK_EX)
            if self.is_complete():
                yield None
                return
            with tempfile.TemporaryDirectory(dir=versions, prefix="incomplete-") as folder:
                yield Path(folder)

    def _publish(self, built: Path) -> None:
        """Move a complete folder to its place in one step."""
        version = version_of(str(built / "pulumi"))
        if version != f"v{ENGINE_VERSION}":
            raise UserError(f"The new engine was not installed: expected version v{ENGINE_VERSION}, found {version}.")
        shutil.rmtree(self.folder, ignore_errors=True)
        built.rename(self.folder)


def _release_platform() -> str:
    system = {"Linux": "linux", "Darwin": "darwin"}.get(platform.system())
    processor = {"x86_64": "x64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine())
    if system is None or processor is None:
        raise UserError(
            f"Pulumi publishes no release for {platform.system()} on {platform.machine()}: use Linux or macOS."
        )
    return f"{system}-{processor}"


def _download_modules() -> int:
    """Download the Go modules, and return how many packages the compiler will build."""
    with Progress("downloading Go modules") as progress:
        downloaded = 0

        def count(line: str) -> None:
            nonlocal downloaded
            if line.startswith("go: downloading"):
                downloaded += 1
                progress.detail = f"{downloaded} so far"

        return len(_go(["list", "-mod=readonly", "-deps", f"{_MODULE}/pkg/v3/cmd/pulumi"], count))


def _compile(target: Path, packages: int) -> None:
    version_flag = f"-X {_MODULE}/sdk/v3/go/common/version.Version=v{ENGINE_VERSION}"
    with Progress("compiling") as progress:
        compiled = 0

        def count(line: str) -> None:
            nonlocal compiled
            compiled += re.fullmatch(r"[\w./~-]+", line) is not None
            progress.detail = f"{min(compiled, packages)} of {packages} packages"

        _go(
            [
                "build", "-mod=readonly", "-v", "-trimpath", "-buildvcs=false", "-ldflags", f"-s -w {version_flag}",
                "-o", str(target), f"{_MODULE}/pkg/v3/cmd/pulumi",
            ],
            count,
        )  # fmt: skip


def _go(arguments: list[str], on_line: Callable[[str], None]) -> list[str]:
    """Run go beside go.mod; return the lines of standard output, and call `on_line` with those of standard error."""
    process = subprocess.Popen(
        ["go", *arguments], cwd=_GO_MODULE_FOLDER, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None  # noqa: S101 - both are pipes
    assert process.stderr is not None  # noqa: S101
    lines: list[str] = []
    reader = threading.Thread(target=lambda stream: lines.extend(stream.read().splitlines()), args=(process.stdout,))
    reader.start()
    last_lines: deque[str] = deque(maxlen=6)
    try:
        for line in process.stderr:
            last_lines.append(line.strip())
            on_line(line.strip())
        process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
        reader.join()
    if process.returncode:
        raise UserError(
            f"`go {arguments[0]}` failed for Pulumi's engine: {' | '.join(last_lines)}. If a module could not be downloaded, "
            f"check that the Go module proxy (`go env GOPROXY`) can be reached, then run the command again; Go keeps what it has built."
        )
    return lines


def _fetch(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=_DOWNLOAD_SECONDS) as answer:  # noqa: S310 - a constant https address
        data: bytes = answer.read()
    return data


def _fetch_to(address: str, target: Path, progress: Progress) -> str:
    """Stream a file to disk, and return its SHA-256 in hex."""
    digest = hashlib.sha256()
    with urllib.request.urlopen(address, timeout=_DOWNLOAD_SECONDS) as answer, target.open("wb") as file:  # noqa: S310
        while chunk := answer.read(_CHUNK_BYTES):
            digest.update(chunk)
            file.write(chunk)
            progress.detail = f"{file.tell() >> 20} MiB"
    return digest.hexdigest()
