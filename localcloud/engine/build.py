"""Gets the Pulumi command line into the user's cache: downloaded and checked, or built from its Go modules.

Standard library only: setup runs before anything is installed. Whatever is got appears whole or not at all, and
whoever comes second waits for the first.
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

from localcloud.console import Failure, Progress, step
from localcloud.engine.choice import ENGINE_VERSION
from localcloud.paths import cache

OFFICIAL = "https://get.pulumi.com"
_REACH_SECONDS = 5
_DOWNLOAD_SECONDS = 60
_CHUNK_BYTES = 1 << 20
_MODULE = "github.com/pulumi/pulumi"
_SOURCES = Path(__file__).parent


def home() -> Path:
    """Folder of the engine of this version in the user's cache."""
    return cache() / "engine" / f"v{ENGINE_VERSION}"


def binary() -> Path:
    """Path of the cached command line."""
    return home() / "pulumi"


def bundles_language_host() -> bool:
    """Whether the cached engine came with the official language host, as a download does and a build cannot."""
    return (home() / "pulumi-language-python").exists()


def whole() -> bool:
    """Whether the cached command line is there and tells the right version: a torn or foreign file does not."""
    return version_of(str(binary())) == f"v{ENGINE_VERSION}"


def version_of(pulumi: str) -> str | None:
    """Return what `pulumi version` prints, or none if it does not run."""
    try:
        answer = subprocess.run([pulumi, "version"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()


def reachable() -> bool:
    """Whether the official download site answers within five seconds."""
    try:
        request = urllib.request.Request(f"{OFFICIAL}/", method="HEAD")  # noqa: S310 - a constant https address
        with urllib.request.urlopen(request, timeout=_REACH_SECONDS):  # noqa: S310
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def download() -> None:
    """Download the official release and check it against its published SHA-256.

    Raises
    ------
    Failure
        There is no release for this machine, it cannot be fetched, or it is not what its checksum says.
    """
    system = {"Linux": "linux", "Darwin": "darwin"}.get(platform.system())
    processor = {"x86_64": "x64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine())
    if system is None or processor is None:
        raise Failure(
            f"Pulumi publishes no release for {platform.system()} on {platform.machine()}: use Linux or macOS."
        )
    name = f"pulumi-v{ENGINE_VERSION}-{system}-{processor}.tar.gz"
    address = f"{OFFICIAL}/releases/sdk"
    with _made_once() as workshop:
        if workshop is None:
            return
        step(f"downloading {name}")
        archive = workshop / name
        try:
            with Progress("downloading Pulumi") as progress:
                sums = _fetch(f"{address}/pulumi-{ENGINE_VERSION}-checksums.txt").decode()
                digest = _fetch_to(f"{address}/{name}", archive, progress)
        except OSError as error:
            raise Failure(
                f"Downloading {address}/{name} failed: {error}. Run the command again when it can be reached."
            ) from None
        expected = next((line.split()[0] for line in sums.splitlines() if line.split()[1:] == [name]), None)
        if digest != expected:
            raise Failure(
                f"{name} has SHA-256 {digest}, but its release says {expected}: it was not installed. Run the command again."
            )
        with tarfile.open(archive) as tar:
            tar.extractall(workshop, filter="data")
        _publish(workshop / "pulumi")


def build() -> None:
    """Build the command line from the pinned Go modules; five minutes on two cores, once per user.

    Raises
    ------
    Failure
        Go is missing, a module cannot be fetched, or the build fails; the message quotes the last lines.
    """
    if shutil.which("go") is None:
        raise Failure(
            f"Go is not on PATH. Where Pulumi cannot be downloaded, its engine {ENGINE_VERSION} is built from Go modules: "
            f"install Go 1.25 or newer, or put a pulumi of version {ENGINE_VERSION} or newer on PATH, then run the command again."
        )
    with _made_once() as workshop:
        if workshop is None:
            return
        step(f"building Pulumi {ENGINE_VERSION} from its Go modules: about five minutes on two cores, once per user")
        with Progress("fetching Go modules") as progress:
            fetched = 0

            def count_fetched(line: str) -> None:
                nonlocal fetched
                if line.startswith("go: downloading"):
                    fetched += 1
                    progress.detail = f"{fetched} so far"

            packages = _go(["list", "-mod=readonly", "-deps", f"{_MODULE}/pkg/v3/cmd/pulumi"], count_fetched)
        with Progress("compiling") as progress:
            compiled = 0

            def count_compiled(line: str) -> None:
                nonlocal compiled
                compiled += re.fullmatch(r"[\w./~-]+", line) is not None
                progress.detail = f"{min(compiled, len(packages))} of {len(packages)} packages"

            target = workshop / "built" / "pulumi"
            _go(
                [
                    "build", "-mod=readonly", "-v", "-trimpath", "-buildvcs=false",
                    "-ldflags", f"-s -w -X {_MODULE}/sdk/v3/go/common/version.Version=v{ENGINE_VERSION}",
                    "-o", str(target), f"{_MODULE}/pkg/v3/cmd/pulumi",
                ],
                count_compiled,
            )  # fmt: skip
        _publish(target.parent)


def _go(arguments: list[str], on_line: Callable[[str], None]) -> list[str]:
    """Run go in the folder of go.mod; return its standard output's lines, hand over each of standard error's."""
    process = subprocess.Popen(
        ["go", *arguments], cwd=_SOURCES, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None  # noqa: S101 - both are pipes
    assert process.stderr is not None  # noqa: S101
    lines: list[str] = []
    reader = threading.Thread(target=lambda stream: lines.extend(stream.read().splitlines()), args=(process.stdout,))
    reader.start()
    last: deque[str] = deque(maxlen=6)
    try:
        for line in process.stderr:
            last.append(line.strip())
            on_line(line.strip())
        process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
        reader.join()
    if process.returncode:
        raise Failure(
            f"`go {arguments[0]}` of Pulumi's engine failed: {' | '.join(last)}. If modules could not be fetched, check that the "
            f"Go module proxy can be reached (go env GOPROXY); what is built already is kept, so run the command again."
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


@contextmanager
def _made_once() -> Iterator[Path | None]:
    """Give a work folder to whoever makes the engine, or none if another has made it in the meantime."""
    home().parent.mkdir(parents=True, exist_ok=True)
    with (home().parent / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            step("another setup is making the engine: waiting for it")
            with Progress("waiting"):
                fcntl.flock(lock, fcntl.LOCK_EX)
        if whole():
            yield None
            return
        with tempfile.TemporaryDirectory(dir=home().parent, prefix="making-") as folder:
            yield Path(folder)


def _publish(made: Path) -> None:
    """Put a finished folder in its place at once."""
    if version_of(str(made / "pulumi")) != f"v{ENGINE_VERSION}":
        raise Failure(f"The engine that was made does not say it is v{ENGINE_VERSION}: it was not installed.")
    shutil.rmtree(home(), ignore_errors=True)
    made.rename(home())
