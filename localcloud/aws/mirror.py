"""Finds the Terraform AWS provider in a filesystem mirror.

Standard library only: setup runs before anything is installed.
"""

import os
import platform
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from localcloud.console import Failure
from localcloud.paths import cache

VARIABLE = "STRONGROOM_TERRAFORM_MIRROR"
_LEAST = (5, 90, 0)
_BELOW = (6, 0, 0)
_WANTED = "5.90.0 or newer, below 6"


@dataclass(frozen=True)
class Provider:
    """A Terraform AWS provider on this machine.

    Attributes
    ----------
    version
        Such as `5.100.0`.
    path
        Its executable.
    """

    version: str
    path: Path


@dataclass(frozen=True)
class _Found:
    """A provider in a mirror: unpacked, or in the zip that it is published as."""

    version: str
    target: str
    path: Path

    @property
    def numbers(self) -> tuple[int, ...]:
        whole = re.fullmatch(r"\d+\.\d+\.\d+", self.version)
        return tuple(int(part) for part in self.version.split(".")) if whole else ()

    @property
    def packed(self) -> bool:
        return self.path.suffix == ".zip"

    def fault(self) -> str | None:
        """Say why it does not fit; none if it does."""
        if not _LEAST <= self.numbers < _BELOW:
            return "version"
        if self.target != _target():
            return "machine"
        return None if self.packed or os.access(self.path, os.X_OK) else "not executable"


def find() -> Provider:
    """Return the newest supported provider of the first mirror that has one.

    A mirror holds HOST/NAMESPACE/TYPE/VERSION/OS_ARCH, or the published zips in HOST/NAMESPACE/TYPE. What
    `STRONGROOM_TERRAFORM_MIRROR` names comes first, then where Terraform itself looks, then a mirror directly under a
    folder of /opt. A zip is unpacked once into the user's cache.

    Raises
    ------
    Failure
        None has; the message tells where it looked, what it found and how to provide one.
    """
    unfit: list[str] = []
    mirrors = list(dict.fromkeys(_mirrors()))
    for mirror in mirrors:
        fitting = []
        for one in _providers(mirror):
            fault = one.fault()
            if fault is None:
                fitting.append(one)
            else:
                unfit.append(f"{one.version} for {one.target} in {mirror} (wrong: {fault})")
        if fitting:
            best = max(fitting, key=lambda one: (one.numbers, not one.packed))
            return Provider(best.version, _unpacked(best) if best.packed else best.path)
    raise Failure(
        f"No Terraform AWS provider fits, and the official Pulumi plugin is not here. Expected: version {_WANTED}, for "
        f"{_target()}. Found: {', '.join(unfit) or 'none'}. Looked in: {', '.join(str(mirror) for mirror in mirrors)}. "
        f"Provide one with `terraform providers mirror <folder>` on a machine that can, copy that folder here and set "
        f"{VARIABLE}=<folder>; or let this machine reach Pulumi's download site."
    )


def _providers(mirror: Path) -> Iterator[_Found]:
    for binary in sorted(mirror.glob("*/hashicorp/aws/*/*/terraform-provider-aws*")):
        if binary.is_file():
            yield _Found(binary.parent.parent.name, binary.parent.name, binary)
    for packed in sorted(mirror.glob("*/hashicorp/aws/terraform-provider-aws_*.zip")):
        name = re.fullmatch(r"terraform-provider-aws_([^_]+)_(\w+)\.zip", packed.name)
        if name is not None:
            yield _Found(name.group(1), name.group(2), packed)


def _unpacked(found: _Found) -> Path:
    """Return the executable within a zip, unpacked only once."""
    status = found.path.stat()
    target = cache() / "provider" / f"{found.version}-{found.target}-{status.st_size}-{status.st_mtime_ns}"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=target.parent))
        try:
            with zipfile.ZipFile(found.path) as archive:
                member = next((name for name in archive.namelist() if name.startswith("terraform-provider-aws")), None)
                if member is None:
                    raise Failure(f"{found.path} holds no terraform-provider-aws: fetch it anew, then run again.")
                archive.extract(member, draft)
            (draft / member).chmod(0o755)
            draft.rename(target)
        except zipfile.BadZipFile:
            raise Failure(f"{found.path} is not a whole zip file: fetch it anew, then run again.") from None
        except OSError:
            if not target.exists():  # another process may have put the same there meanwhile
                raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return next(target.glob("terraform-provider-aws*"))


def _mirrors() -> Iterator[Path]:
    named = os.environ.get(VARIABLE)
    if named:
        yield Path(named)
    yield from _configured()
    home = Path.home()
    data = os.environ.get("XDG_DATA_HOME")
    yield home / ".terraform.d" / "plugins"
    yield (Path(data) if data else home / ".local" / "share") / "terraform" / "plugins"
    for folder in (os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":"):
        yield Path(folder) / "terraform" / "plugins"
    try:
        yield from sorted(folder for folder in Path("/opt").iterdir() if folder.is_dir())
    except OSError:
        return


def _configured() -> Iterator[Path]:
    """Yield the `filesystem_mirror` paths of Terraform's own configuration file, which may be named and missing."""
    named = os.environ.get("TF_CLI_CONFIG_FILE")
    file = Path(named) if named else Path.home() / ".terraformrc"
    try:
        text = file.read_text(errors="replace")
    except OSError:
        return
    text = re.sub(r"(?m)^\s*(#|//).*$", "", text)
    for block in re.finditer(r"filesystem_mirror\s*\{([^}]*)\}", text):
        path = re.search(r'\bpath\s*=\s*"([^"]+)"', block.group(1))
        if path:
            yield Path(path.group(1)).expanduser()


def _target() -> str:
    processor = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return f"{platform.system().lower()}_{processor}"
